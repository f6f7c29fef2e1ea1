"""Devices: registering them for push, and saying which task is being watched on one."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from accounts.operations.push_tokens import register_push_token, unregister_push_token
from accounts.rules.personal_keys import USER_WRITE
from tasks.operations.presence import stop_watching_task, watch_task
from tasktracker.core.errors import Forbidden
from tasktracker.core.ids import parse_id
from tasktracker.dialects.agents.shapes import devices
from tasktracker.dialects.agents.shapes.reading import read
from tasktracker.dialects.agents.views.scoped import ProjectView, ScopedView
from tasktracker.dialects.agents.views.tasks import PROJECT
from tasktracker.http.dialect import DialectRequest
from tasktracker.http.renderers import empty_answer, json_answer

ME = "@me"
_USER = OpenApiParameter("user", str, OpenApiParameter.PATH, enum=[ME])
_DEVICE = OpenApiParameter("device_id", str, description="Where a DELETE cannot have a body.")
_DONE = {204: OpenApiResponse(description="Done. The body is empty.")}


class NotYou(Forbidden):
    """The path names somebody other than the caller."""

    default_message = "Only your own devices can be registered, as `@me`."


class _OwnView(ScopedView):
    """A call below /api/users/@me/."""

    scope = USER_WRITE

    def admit(self, request: DialectRequest) -> None:
        super().admit(request)
        if self.kwargs["user"] != ME:
            raise NotYou


class PushTokens(_OwnView):
    @extend_schema(
        parameters=[_USER],
        request=devices.PushTokenIn,
        responses={200: devices.PushTokenOut},
        summary="Register a device for push",
    )
    def post(self, request: DialectRequest, **_whose: str) -> HttpResponse:
        """Again, to say that it is still there. The 21st takes the place of the one seen longest ago."""
        said = read(devices.PushTokenIn, request.data)
        token = register_push_token(principal=request.principal, **said, at=request.at)
        return json_answer(devices.push_token_out(token))


class UnregisterPushToken(_OwnView):
    @extend_schema(
        parameters=[_USER], request=devices.UnregisterIn, responses=_DONE, summary="Forget a device"
    )
    def post(self, request: DialectRequest, **_whose: str) -> HttpResponse:
        """Also when it is not known."""
        token = read(devices.UnregisterIn, request.data)["token"]
        unregister_push_token(principal=request.principal, token=token)
        return empty_answer(status=204)


class Presence(ProjectView):
    @extend_schema(
        parameters=[PROJECT], request=devices.PresenceIn, responses=_DONE, summary="Say that you watch a task"
    )
    def post(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        """For 60 seconds none of your devices gets a push about its runs."""
        principal, wanted_id = request.principal, parse_id(task_id)
        watch_task(principal=principal, task_id=wanted_id, device_id=devices.device_in(request))
        return empty_answer(status=204)

    @extend_schema(
        parameters=[PROJECT, _DEVICE],
        request=devices.PresenceIn,
        responses=_DONE,
        summary="Say that you do not watch a task any more",
    )
    def delete(self, request: DialectRequest, task_id: str, **_place: str) -> HttpResponse:
        """Also when you did not."""
        principal, wanted_id = request.principal, parse_id(task_id)
        stop_watching_task(principal=principal, task_id=wanted_id, device_id=devices.device_in(request))
        return empty_answer(status=204)
