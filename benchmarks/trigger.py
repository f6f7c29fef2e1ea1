"""A trigger through the shipped WSGI application, and its parts, in turns with an empty Django view.

Goals (BENCHMARKS.md): the shipped view costs at most 1/0.85 of a bare Django view that does the same work.
"""

import io
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from benchmarks import seed
from benchmarks.turns import IS_SHORT, Call, Cost, servers_of_this_run, take_turns
from tasks.operations.lifecycle import trigger_task
from tasks.queries.tasks import locked
from tasktracker.core.ids import parse_id
from tasktracker.dialects.triggers.dialect import TRIGGERS, check_token
from tasktracker.http import ratelimit
from tasktracker.http.authentication import authenticate
from tasktracker.wsgi import application

ROUNDS = 3 if IS_SHORT else 21
CALLS = 10 if IS_SHORT else 30
EMPTY = "empty Django view"

_OF_TRANSACTIONS = ("BEGIN", "SAVEPOINT", "RELEASE")
_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def main() -> None:
    """Print the CPU of one call of each, the statements that it runs, and its share."""
    calls = _calls()
    statements = {name: len(_statements(run)) for name, run in calls.items()}
    costs = take_turns(
        {name: Call(run, CALLS) for name, run in calls.items()}, rounds=ROUNDS, servers=servers_of_this_run()
    )
    _report(costs, statements)


def _calls() -> dict[str, Callable[[], object]]:
    quiet, heard = seed.account("quiet"), seed.account("heard", webhooks=2)
    seed.tasks(quiet, 100)
    seed.tasks(heard, 100, first=100)
    with override_settings(MIDDLEWARE=[]):
        plain = WSGIHandler()
    plain.request_class = _PlainRequest
    post = partial(_post, application)
    calls: dict[str, Callable[[], object]] = {
        EMPTY: partial(_post, plain, "/empty", quiet.token),
        "token check": partial(check_token, quiet.token),
        "token check and task look-up": partial(_look_up, quiet.token, seed.row_id(1)),
        "POST trigger, no such task (404)": partial(post, _path(999), quiet.token, "404 Not Found"),
        "POST trigger, 0 webhooks": partial(post, _path(2), quiet.token),
        "POST trigger, 2 webhooks": partial(post, _path(102), heard.token),
        "bare Django view, 0 webhooks": partial(_post, plain, _path(3), quiet.token),
        "bare Django view, 2 webhooks": partial(_post, plain, _path(103), heard.token),
    }
    return calls


def _look_up(token: str, task_id: UUID) -> None:
    """Do what every call does before it changes anything: who calls, and the task under a lock."""
    principal = check_token(token)
    with transaction.atomic():
        locked(principal, task_id)


def _path(number: int) -> str:
    return f"/api/v1/tasks/{seed.row_id(number)}/trigger"


# --- the views to compare with ------------------------------------------------------------------------------
class _PlainRequest(WSGIRequest):
    urlconf = __name__  # what Django asks for before the settings' own


def _empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _bare_trigger(request: HttpRequest, task_id: str) -> HttpResponse:
    """Do a trigger's work in a plain view, without middleware, REST framework, log and request id."""
    principal = authenticate(request, TRIGGERS.schemes)
    windows = (ratelimit.windows(name, principal.user_id) for name in ("account", "trigger"))
    ratelimit.consume([window for some in windows for window in some])
    at: datetime = principal.at
    trigger_task(principal=principal, task_id=parse_id(task_id), at=at)
    return HttpResponse()


urlpatterns = [
    path("empty", _empty),
    path("api/v1/tasks/<str:task_id>/trigger", _bare_trigger),
]


# --- calling and reporting ----------------------------------------------------------------------------------
def _post(serve: _Application, where: str, token: str, expected: str = "200 OK") -> None:
    """Call a WSGI application as a server does. Raises RuntimeError when it does not answer as expected."""
    answered = []
    body = serve(_environ(where, token), lambda status, headers, exc_info=None: answered.append(status))
    b"".join(body)
    body.close()  # type: ignore[attr-defined]  # Django's responses have it, and finish with it
    if answered != [expected]:
        raise RuntimeError(f"{where} answered {answered}")


def _environ(where: str, token: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": where,
        "QUERY_STRING": "",
        "CONTENT_LENGTH": "0",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_USER_AGENT": "curl/8.5.0",
        "HTTP_ACCEPT": "*/*",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }


def _statements(run: Callable[[], object]) -> list[str]:
    """List what a call asks the database, once it has been called before."""
    seen: list[str] = []

    def note(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        if not statement.startswith(_OF_TRANSACTIONS):
            seen.append(statement)
        return execute(statement, *rest)

    run()
    with connection.execute_wrapper(note):
        run()
    return seen


def _report(costs: dict[str, Cost], statements: dict[str, int]) -> None:
    print(f"{'CPU of one call':34} {'here':>8} {'servers':>12} {'statements':>10} {'share':>6} {'times':>6}")
    empty = costs[EMPTY].cpu
    for name, cost in costs.items():
        share, times = empty / cost.cpu, cost.cpu / empty
        print(f"{name:34} {cost} {statements[name]:10} {share:6.2f} {times:6.1f}")
    for hooks in (0, 2):
        shipped, bare = costs[f"POST trigger, {hooks} webhooks"], costs[f"bare Django view, {hooks} webhooks"]
        print(f"bare Django view / shipped view, {hooks} webhooks: {bare.cpu / shipped.cpu:.2f}")


if __name__ == "__main__":
    main()
