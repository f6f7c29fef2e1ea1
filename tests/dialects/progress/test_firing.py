"""What actions do: cases 28 and 29 of progress.md, shares and opt-outs."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook as StandardWebhook

from accounts.models import Project, User
from accounts.rules.principal import Principal
from tasks.models import ActionMailCount, Task, Webhook
from tasks.operations.action_mail import opt_out, opt_out_url
from tasks.operations.webhooks import delete_webhook, edit_webhook, register_project_webhook
from tasktracker.outbox.models import Delivery
from tasktracker.outbox.operations.drain import drain
from tests.conftest import NOW
from tests.dialects.progress.conftest import Api, mails, waiting

pytestmark = pytest.mark.django_db

TO = {"integration": "email", "config": {"to": "a@example.com"}}


def watch(trigger: str, to: str = "a@example.com") -> dict[str, Any]:
    return {"trigger": trigger, "integration": "email", "config": {"to": to}}


def fired(api: Api, task: dict[str, Any], *reports: dict[str, Any]) -> list[int]:
    """Report, and count the mails that each report queued."""
    counts = [waiting()]
    for report in reports:
        api.patch(task["id"], **report)
        counts.append(waiting())
    return [after - before for before, after in pairwise(counts)]


# --- case 28: the table of B4, counting mails ---------------------------------------------------------------
WAYS: list[tuple[str, dict[str, Any], list[dict[str, Any]], list[int]]] = [
    ("20,40,80", {"value": 0}, [{"value": 90}], [1]),
    (
        "*/25%,success",
        {},
        [{"value": 10}, {"value": 30}, {"value": 60}, {"value": 100}, {"status": "success"}],
        [1, 1, 1, 1, 1],
    ),
    ("*/30%", {"value": 0}, [{"value": 100}], [1]),
    ("100,success", {"value": 0}, [{"value": 100, "status": "success"}], [1]),
    ("95%,250,error", {"value_max": 1000, "value": 240}, [{"value": 260}], [1]),
    ("success,error,stale", {"status": "processing"}, [{"status": "error"}, {"status": "error"}], [1, 0]),
    ("50%", {"value": 10}, [{"value_max": 20}], [1]),
    ("50", {"value": 40}, [{"value": 60}, {"value": 40}, {"value": 60}, {}], [1, 0, 1, 0]),
    ("processing", {}, [{"status": "processing"}, {"value": 1}, {"status": "processing"}], [1, 0, 0]),
    ("10", {}, [{"name": "other"}, {"data": 1}, {"tags": {"a": "aa"}}], [0, 0, 0]),
]


@pytest.mark.parametrize(("trigger", "made", "reports", "expected"), WAYS, ids=[way[0] for way in WAYS])
def test_case_28_worked_cases(
    api: Api, trigger: str, made: dict[str, Any], reports: list[dict[str, Any]], expected: list[int]
) -> None:
    task = api.make(**made)
    api.call("POST", f"{task['id']}/actions/", watch(trigger))

    assert fired(api, task, *reports) == expected


def test_case_28_cancelling_by_delete_fires_once(api: Api) -> None:
    task = api.make(actions=[watch("cancelled")])

    api.call("DELETE", f"{task['id']}/")
    api.call("DELETE", f"{task['id']}/")

    assert mails() == ["job: cancelled"]


def test_case_28_several_actions_are_judged_one_by_one(api: Api) -> None:
    task = api.make(actions=[watch("20,40"), watch("*/25%", "b@example.com"), watch("error")])

    api.patch(task["id"], value=45)

    assert mails() == ["job: 25%", "job: 40"]


def test_a_task_made_in_a_listed_status_fires(api: Api) -> None:
    api.make(status="processing", value=60, actions=[watch("processing"), watch("*/50%"), watch("success")])

    assert mails() == ["job: 50%", "job: processing"]


def test_an_action_sees_the_report_that_it_came_with_but_nothing_earlier(api: Api) -> None:
    task = api.make(status="processing", value=50)

    api.patch(task["id"], actions=[watch("processing,50")])
    assert waiting() == 0
    api.patch(task["id"], status="success", actions=[watch("success")])
    assert waiting() == 1


def test_a_refused_report_fires_nothing(api: Api) -> None:
    task = api.make(status="processing", actions=[watch("cancelled,10")])
    Task.objects.update(stake_cents=500, due_at=datetime(2100, 1, 1, tzinfo=UTC))

    assert api.call("PATCH", f"{task['id']}/", {"status": "cancelled", "value": 20}).status_code == 409
    assert waiting() == 0


# --- the mail -----------------------------------------------------------------------------------------------
@pytest.fixture
def sent(settings: Settings) -> Callable[[], list[EmailMessage]]:
    settings.TASKTRACKER_BASE_URL = "https://tasks.example.com"

    def read() -> list[Any]:
        drain()
        return sorted(mail.outbox, key=lambda message: message.to)

    return read


def test_each_recipient_gets_a_mail_of_their_own(api: Api, sent: Callable[[], list[Any]]) -> None:
    task = api.make("nightly\nbackup", actions=[watch("50%", "b@example.com, A@example.com")])

    api.patch(task["id"], value=51, data={"secret": "SECRET"})

    first, second = sent()
    assert (first.to, second.to) == (["a@example.com"], ["b@example.com"])
    assert first.subject == "nightly backup: 50%"
    link = f"https://tasks.example.com/a/acme/tasks/{task['id']}/"
    assert link in first.body
    assert "51 of 100 (51 %)" in first.body
    assert "SECRET" not in first.body
    unsubscribe = first.extra_headers["List-Unsubscribe"].strip("<>")
    assert unsubscribe in first.body
    assert unsubscribe.startswith("https://tasks.example.com/unsubscribe/")
    assert first.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert unsubscribe not in second.body


def test_who_opted_out_gets_no_mail_of_this_organization(
    api: Api, foreign_api: Api, project: Project, at: datetime
) -> None:
    url = opt_out_url(organization_id=project.organization_id, email="a@example.com")
    opt_out(key=url.rstrip("/").rpartition("/")[2], at=at)

    api.make(status="success", actions=[watch("success", "A@example.com, b@example.com")])
    foreign_api.make(status="success", actions=[watch("success")])

    drain()
    assert sorted(message.to[0] for message in mail.outbox) == ["a@example.com", "b@example.com"]


def test_an_organization_has_a_share_of_mails_a_day(
    api: Api, foreign_api: Api, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TASKTRACKER_ACTION_MAILS_PER_DAY = 3
    task = api.make(actions=[watch("*/1", "a@example.com,b@example.com"), watch("*/1", "c@example.com")])

    for value in (1, 2, 3):
        assert api.patch(task["id"], value=value)["value"] == value
    foreign_api.make(status="success", actions=[watch("success")])

    assert waiting() == 3 + 1
    assert sorted(ActionMailCount.objects.values_list("used", flat=True)) == [1, 3]
    assert "action.mail_share_used_up" in [record.message for record in caplog.records]


# --- case 29: webhooks --------------------------------------------------------------------------------------
class Receiver:
    """A project's receiver on loopback."""

    def __init__(self, server: HTTPServer, secret: str, status: int = 200) -> None:
        self.server, self.secret = server, secret

    @property
    def calls(self) -> list[Any]:
        return [request for request, _ in self.server.log]


@pytest.fixture
def make_receiver(
    httpserver: HTTPServer,
    settings: Settings,
    owner: User,
    project: Project,
    principal_of: Callable[..., Principal],
) -> Iterator[Callable[..., Receiver]]:
    settings.TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = True

    def make(status: int = 200) -> Receiver:
        httpserver.expect_request("/in", method="POST").respond_with_data("", status=status)
        _, secret = register_project_webhook(
            principal=principal_of(owner),
            project_id=project.pk,
            slug="hook",
            url=httpserver.url_for("/in"),
            at=NOW,
        )
        return Receiver(httpserver, secret)

    yield make
    httpserver.clear_assertions()


HOOK = {"trigger": "50%,success", "integration": "webhook:hook", "config": {"channel": "ops"}}


def test_case_29_a_webhook_gets_the_task(api: Api, make_receiver: Callable[..., Receiver]) -> None:
    receiver = make_receiver()
    task = api.make(data={"a": [1e300]}, actions=[HOOK])
    (action,) = api.call("GET", f"{task['id']}/actions/").json()

    body = api.patch(task["id"], value=60)
    drain()

    (call,) = receiver.calls
    told = {name: action[name] for name in ("id", "trigger", "integration", "config")}
    assert call.get_json() == {**body, "action": {**told, "name": None}, "point": "50%"}
    assert StandardWebhook(receiver.secret).verify(call.data, dict(call.headers)) == call.get_json()
    assert call.headers["X-Tasktracker-Signature"]


def test_case_29_a_failing_url_fails_no_report(api: Api, make_receiver: Callable[..., Receiver]) -> None:
    receiver = make_receiver(status=500)
    task = api.make(actions=[HOOK])

    assert api.patch(task["id"], status="success")["status"] == "success"
    drain()

    delivery = Delivery.objects.get()
    assert len(receiver.calls) == 1
    assert (delivery.state, delivery.tries, delivery.last_status) == ("pending", 1, 500)


def test_a_webhook_that_is_gone_or_off_fails_no_report(
    api: Api, make_receiver: Callable[..., Receiver], owner: User, principal_of: Callable[..., Principal]
) -> None:
    make_receiver()
    caller, hook = principal_of(owner), Webhook.objects.get()
    task = api.make(actions=[HOOK, watch("50%,success")])

    edit_webhook(principal=caller, webhook_id=hook.pk, is_enabled=False, at=NOW)
    api.patch(task["id"], value=50)
    delete_webhook(principal=caller, webhook_id=hook.pk)
    api.patch(task["id"], status="success")

    assert mails() == ["job: 50%", "job: success"]
    assert Delivery.objects.filter(kind="webhook").count() == 0
