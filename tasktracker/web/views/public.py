"""Pages for people without an account, or not signed in: how far a task is, and an end to mail of two kinds.

They show no more than their link was made for, and are counted by address.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from charges.operations.digest import require_digest_link, unsubscribe_by_link
from tasks.operations.action_mail import opt_out, read_opt_out
from tasks.queries.progress import public_standing
from tasks.rules.progress import TERMINAL
from tasktracker.core import clock
from tasktracker.http.page_limits import limit_page
from tasktracker.web.shapes import TASK_WORDS


@limit_page(group="progress")  # an open page asks again and again
@require_safe
def public_task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Show a task's status and progress, never what else is known of it."""
    standing = public_standing(task_id)
    shown = {"standing": standing, "words": TASK_WORDS[standing.status]}
    response = render(request, "web/public/task.html", {**shown, "is_live": standing.status not in TERMINAL})
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def progress_page(_request: HttpRequest, org: str, task_id: UUID) -> HttpResponse:  # noqa: ARG001
    """Lead the address that progress gives a task to its page."""
    return HttpResponseRedirect(reverse("task", args=[task_id]))


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the link is the credential
@limit_page()
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, then end the mails of an organization's actions to an address. A look alone changes nothing."""
    organization, email = read_opt_out(key)
    is_done = request.method == "POST"
    if is_done:
        opt_out(key=key, at=clock.now())
    page = {"organization": organization, "email": email, "is_done": is_done}
    return render(request, "web/public/unsubscribe.html", page)


@csrf_exempt  # as above
@limit_page()
@require_http_methods(["GET", "HEAD", "POST"])
def end_digests(request: HttpRequest, user_id: int) -> HttpResponse:
    """Ask, then end the daily digests of an account. A look alone changes nothing."""
    key = request.GET.get("key", "")
    is_done = request.method == "POST"
    if is_done:
        unsubscribe_by_link(user_id=user_id, key=key)
    else:
        require_digest_link(user_id=user_id, key=key)
    return render(request, "web/public/end_digests.html", {"is_done": is_done})
