"""What reaches an account from outside and goes out of it: mail, calendar feed, stakes key, Beeminder."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.operations.accounts import set_unsubscribed
from accounts.operations.derived_keys import (
    NoCalendarToken,
    calendar_token,
    reset_calendar_token,
    reset_stakes_key,
    stakes_key,
)
from accounts.operations.integrations import connect_beeminder
from accounts.queries.integrations import beeminder_of
from tasktracker.web.forms.connections import BeeminderForm, MailForm
from tasktracker.web.views.page import FormPage, Page


class Mail(FormPage):
    """What is mailed."""

    template_name = "web/settings/mail.html"

    def make_form(self, data: Any = None) -> MailForm:
        return MailForm(data, initial={"wants_digest": not self.user.is_unsubscribed})

    def act(self, form: MailForm) -> HttpResponse:
        is_unsubscribed = not form.cleaned_data["wants_digest"]
        set_unsubscribed(user_id=self.principal.user_id, is_unsubscribed=is_unsubscribed)
        return self.go("mail_preferences", say="Saved.")


class CalendarFeed(Page):
    """The feed's address, to subscribe to; another one makes it worthless."""

    template_name = "web/settings/calendar.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            token = calendar_token(principal=self.principal)
        except NoCalendarToken:
            return self.show(address=None)
        address = f"{settings.TASKTRACKER_BASE_URL}/api2/calendar/{token}.ics"
        subscribe = f"webcal://{address.partition('://')[2]}"
        return self.show_once(self.template_name, address=address, subscribe=subscribe)

    def post(self, request: HttpRequest) -> HttpResponse:
        reset_calendar_token(principal=self.principal)
        return self.go("calendar_feed", say="Your feed has a new address. Nothing answers at an old one.")


class StakesKey(Page):
    """The key of the stakes API, shown as often as its owner asks."""

    template_name = "web/settings/stakes_key.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show_once(self.template_name, key=stakes_key(principal=self.principal))

    def post(self, request: HttpRequest) -> HttpResponse:
        reset_stakes_key(principal=self.principal)
        return self.go("stakes_key", say="You have a new key. The old one is dead.")


class Beeminder(FormPage):
    """Who the account is at Beeminder."""

    template_name = "web/settings/beeminder.html"

    def make_form(self, data: Any = None) -> BeeminderForm:
        known = beeminder_of(self.principal)
        shown = {
            "beeminder_username": known.username,
            "beeminder_goal_new_tasks": known.goal_new_tasks,
        }
        return BeeminderForm(data, initial=shown)

    def act(self, form: BeeminderForm) -> HttpResponse:
        connect_beeminder(principal=self.principal, **form.values())
        return self.go("beeminder", say="Saved.")

    def extras(self) -> dict[str, Any]:
        return {"is_connected": beeminder_of(self.principal).is_connected}


class LeaveBeeminder(Page):
    """Forget user, token and goal."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        connect_beeminder(principal=self.principal, username=None, token=None, goal_new_tasks=None)
        return self.go("beeminder", say="Beeminder is disconnected.")
