"""What people say of a project: a new one, new keys, webhooks, actions and monitors.

What each may be is decided in tasks.rules and accounts.rules.
"""

from collections.abc import Iterable
from typing import Any, Final

import orjson
from django import forms

from accounts.rules.names import CREDENTIAL_NAME_MAX_LENGTH, NAME_MAX_LENGTH
from accounts.rules.slugs import SLUG_MAX_LENGTH
from tasks.operations.actions import NewAction
from tasks.rules.integrations import EMAIL, WEBHOOK_PREFIX
from tasks.rules.monitors import MAX_CRON, MonitorKind, Rhythm
from tasks.rules.name_patterns import MAX_PATTERN
from tasks.rules.triggers import MAX_TRIGGER
from tasktracker.outbox.rules.targets import URL_CHARACTERS_MAX
from tasktracker.web.forms.page_form import OneOf, PageForm
from tasktracker.web.forms.tasks import zone_choices
from tasktracker.web.shapes import duration_words

_NAME_MAX = 100
_UNITS: Final = (("1", "seconds"), ("60", "minutes"), ("3600", "hours"), ("86400", "days"))
_GRACES: Final = (0, 60, 300, 900, 3600, 21600, 86400)
_RECIPIENTS_MAX = 5 * 256
# A field of the operations -> the field of the form that says it.
_SAID_BY: Final = {"config": "to", "interval_seconds": "every", "grace_seconds": "grace"}


def _line(label: str, max_length: int, **options: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **options.pop("attrs", {})})
    return forms.CharField(label=label, max_length=max_length, widget=widget, **options)


class NewProjectForm(PageForm):
    """A new project. organizations: where it can be made, the caller's own first."""

    organization = forms.TypedChoiceField(label="Organization", coerce=int)
    name = _line("Name", NAME_MAX_LENGTH)
    slug = _line(
        "Slug",
        SLUG_MAX_LENGTH,
        required=False,
        help_text="What it is called in addresses: letters, digits and hyphens. Empty: made of the name.",
        attrs={"spellcheck": "false", "autocapitalize": "none"},
    )

    def __init__(self, *args: Any, organizations: Iterable[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(str(each.pk), each.name) for each in organizations]
        self.fields["organization"].choices = known  # type: ignore[attr-defined]  # a ChoiceField's
        self.fields["organization"].initial = known[-1][0] if known else None  # a shared one, if there is one

    def values(self) -> dict[str, Any]:
        """Return what the operation takes."""
        said = self.cleaned_data
        return {
            "organization_id": said["organization"],
            "name": said["name"],
            "slug": said["slug"] or None,
        }


class KeyForm(PageForm):
    """A new project key."""

    name = _line(
        "Name", CREDENTIAL_NAME_MAX_LENGTH, help_text="Where it will be used: “nightly import”, “CI”."
    )


class ProjectWebhookForm(PageForm):
    """A webhook that actions name by its slug."""

    slug = _line("Slug", 40, help_text="Actions send to webhook:<slug>. Letters, digits and hyphens.")
    url = _line(
        "Address",
        URL_CHARACTERS_MAX,
        help_text="The task is sent there with POST, as signed JSON.",
        attrs={"inputmode": "url", "placeholder": "https://"},
    )


class AddressForm(PageForm):
    """Where a project's webhook sends; its slug stays."""

    url = _line("Address", URL_CHARACTERS_MAX, attrs={"inputmode": "url"})


class TellForm(PageForm):
    """Whom to tell. slugs: of the webhooks that can be chosen."""

    integration = forms.ChoiceField(label="Tell")
    to = _line(
        "Recipients",
        _RECIPIENTS_MAX,
        required=False,
        help_text="At most 5 e-mail addresses, with commas between them.",
        attrs={"inputmode": "email"},
    )

    def __init__(self, *args: Any, slugs: Iterable[str], **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = {self.initial.get("integration", EMAIL)} - {EMAIL}
        known = sorted(chosen | {f"{WEBHOOK_PREFIX}{slug}" for slug in slugs})
        choices = [(EMAIL, "people, by e-mail"), *((each, each) for each in known)]
        self.fields["integration"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField's
        self.fields["to"].is_conditional = True  # type: ignore[attr-defined]  # asked for by e-mail only

    def config(self) -> dict[str, str]:
        """Write what the integration needs to know."""
        is_mail = self.cleaned_data["integration"] == EMAIL
        return {"to": self.cleaned_data["to"]} if is_mail else {}

    def _place(self, path: str | None) -> str | None:
        return super()._place(_SAID_BY.get(path or "", path))


def tell_initial(integration: str, config: str) -> dict[str, str]:
    """Turn an integration and its config into what the form shows first."""
    said = orjson.loads(config)
    return {"integration": integration, "to": said.get("to", "") if isinstance(said, dict) else ""}


class ActionForm(TellForm):
    """An action for all tasks whose name fits."""

    name = _line("Name", _NAME_MAX, help_text="Said in messages: “Import failed”.")
    pattern = _line(
        "Only tasks whose name fits",
        MAX_PATTERN,
        required=False,
        help_text="A regular expression, found anywhere in the name. Empty: every task.",
        attrs={"placeholder": "^import-", "spellcheck": "false"},
    )
    trigger = _line(
        "When",
        MAX_TRIGGER,
        help_text="Points, with commas: 50, 80%, */25%, success, error, stale, max_runtime_exceeded.",
        attrs={"placeholder": "error,stale", "spellcheck": "false"},
    )
    is_for_all_projects = forms.BooleanField(label="In every project of the organization", required=False)
    field_order = ("name", "pattern", "trigger", "integration", "to", "is_for_all_projects")

    def values(self) -> dict[str, Any]:
        """Return what the operations take."""
        said = self.cleaned_data
        return {
            "name": said["name"],
            "pattern": said["pattern"],
            "is_for_all_projects": said["is_for_all_projects"],
            "new": NewAction(said["trigger"], said["integration"], self.config()),
        }


class MonitorForm(TellForm):
    """Which runs are expected, and who hears when one is missing."""

    name = _line("Name", _NAME_MAX, help_text="What should run: “nightly import”.")
    kind = forms.ChoiceField(
        label="A run is expected",
        choices=[
            (MonitorKind.INTERVAL.value, "so long after the one before"),
            (MonitorKind.CRON.value, "by cron"),
        ],
        initial=MonitorKind.INTERVAL.value,
        widget=OneOf(),
    )
    every = forms.IntegerField(label="Every", min_value=1, required=False, initial=1)
    unit = forms.TypedChoiceField(label="Unit", choices=_UNITS, coerce=int, initial="3600")
    cron = _line(
        "Cron",
        MAX_CRON,
        required=False,
        help_text="Minute, hour, day, month, weekday.",
        attrs={"placeholder": "0 2 * * *", "spellcheck": "false"},
    )
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices)
    grace = forms.TypedChoiceField(
        label="Grace", coerce=int, initial="60", help_text="So late a run may be before anybody is told."
    )
    field_order = ("name", "kind", "every", "unit", "cron", "time_zone", "grace", "integration", "to")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = sorted({*_GRACES, int(self.initial.get("grace", 60))})
        choices = [(str(each), duration_words(each) if each else "none") for each in known]
        self.fields["grace"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField's
        for name in ("every", "cron"):
            self.fields[name].is_conditional = True  # type: ignore[attr-defined]  # each for its kind

    def values(self) -> dict[str, Any]:
        """Return what the operations take; only what its kind needs is looked at."""
        said = self.cleaned_data
        return {
            "name": said["name"],
            "rhythm": self._rhythm(said),
            "integration": said["integration"],
            "config": self.config(),
        }

    def _rhythm(self, said: dict[str, Any]) -> Rhythm:
        if said["kind"] == MonitorKind.INTERVAL:
            seconds = (said["every"] or 0) * said["unit"]
            return Rhythm(MonitorKind.INTERVAL, interval_seconds=seconds, grace_seconds=said["grace"])
        return Rhythm(
            MonitorKind.CRON, cron=said["cron"], time_zone=said["time_zone"], grace_seconds=said["grace"]
        )


def rhythm_initial(rhythm: Rhythm) -> dict[str, Any]:
    """Turn a monitor's plan into what the form shows first."""
    seconds = rhythm.interval_seconds or 3600
    unit = next(int(unit) for unit, _ in reversed(_UNITS) if seconds % int(unit) == 0)
    return {
        "kind": rhythm.kind,
        "every": seconds // unit,
        "unit": str(unit),
        "cron": rhythm.cron,
        "time_zone": rhythm.time_zone,
        "grace": str(rhythm.grace_seconds),
    }
