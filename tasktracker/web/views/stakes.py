"""The stake of a task: putting money on it, raising that, giving up.

Other pages include its panel (web/stakes/panel.html). What becomes of a charge is contest.py and billing.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse

from accounts.rules.principal import Principal
from charges.operations.missed import cry_uncle
from charges.operations.staking import change_stake, stake_task
from charges.queries import history
from tasktracker.core.errors import DomainError
from tasktracker.core.unset import UNSET
from tasktracker.web.forms.money import StakeForm
from tasktracker.web.views.page import FormPage, Page, status_of

_PROPOSED_CENTS = 500


@dataclass(frozen=True, slots=True)
class ShownPanel:
    """What web/stakes/panel.html takes as `stake_panel`. form: bound after a refusal."""

    stake: history.StakePanel
    form: StakeForm


def stake_panel(principal: Principal, task_id: UUID, *, at: datetime, posted: Any = None) -> ShownPanel:
    """Read the stake of a task with its form, for any page that shows the task. Four statements at most.

    posted: what a form sent. Raises NotFound, Forbidden.
    """
    stake = history.stake_panel(principal, task_id, at=at)
    form = StakeForm(
        posted,
        zone=ZoneInfo(stake.task.owner.time_zone),
        needs_deadline=stake.needs_deadline,
        initial={"stake_cents": stake.task.stake_cents or _PROPOSED_CENTS},
    )
    return ShownPanel(stake, form)


class StakePage(FormPage):
    """The stake alone: where its form leads without a script, and when something is wrong with it."""

    template_name = "web/stakes/page.html"

    def make_form(self, data: Any = None) -> StakeForm:
        self.panel = stake_panel(self.principal, self.kwargs["task_id"], at=self.at, posted=data)
        return self.panel.form

    def act(self, form: StakeForm) -> HttpResponse:
        task_id, cents = self.panel.stake.task.pk, form.cleaned_data["stake_cents"]
        if self.panel.stake.has_stake:
            change_stake(principal=self.principal, task_id=task_id, stake_cents=cents, at=self.at)
            return self.go("task", task_id, say="The stake is raised.")
        due_at = form.due_at() or UNSET
        stake_task(principal=self.principal, task_id=task_id, stake_cents=cents, due_at=due_at, at=self.at)
        return self.go("task", task_id, say="The stake is set. Good luck.")

    def extras(self) -> dict[str, Any]:
        return {"stake_panel": self.panel}


class UncleTask(Page):
    """Ask first, then give up on a staked task."""

    template_name = "web/stakes/uncle.html"

    def get(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        return self.show_stake()

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        cry_uncle(principal=self.principal, task_id=task_id, at=self.at)
        return self.go("stake", task_id, say="You gave up. The charge has begun, and can still be contested.")

    def refused(self, refusal: DomainError) -> HttpResponse:
        return self.show_stake(status=status_of(refusal), refusal=refusal.message)

    def show_stake(self, *, status: int = 200, refusal: str = "") -> HttpResponse:
        """Show what would be lost."""
        panel = stake_panel(self.principal, self.kwargs["task_id"], at=self.at)
        return self.show(status=status, stake_panel=panel, refusal=refusal)
