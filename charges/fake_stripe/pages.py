"""The pages for people: Checkout, where they choose a test card, and the bank's, where they authenticate.

No script, no address of anybody else, and no field for a card number: one chooses a card by what it does.
"""

from html import escape
from string import Template

from charges.fake_stripe import checkout, clock, intents, payment_intents, setup_intents
from charges.fake_stripe.call import Call
from charges.fake_stripe.cards import CARDS, Card
from charges.fake_stripe.errors import ApiError, Json
from charges.fake_stripe.forms import nested
from charges.fake_stripe.http_words import Answer, Request, as_page, redirect
from charges.fake_stripe.store import Store

_FRAME = Template(
    """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="data:,">
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem }
label { display: block; padding: .4rem 0 } small { color: #596275 }
button { font: inherit; padding: .6rem 1.2rem; margin: 1rem .5rem 0 0 }
[role=alert] { background: #fde8e8; padding: .6rem 1rem }
</style>
<h1>$title</h1>
<p><small>This is the practice card processor. No money moves here.</small></p>
$content
</html>
"""
)
_MISSING = 404


class Pages:
    """Answers what browsers ask for."""

    def __init__(self, store: Store, address: str) -> None:
        self._store = store
        self._address = address

    def has(self, path: str) -> bool:
        return path.startswith(intents.AUTHENTICATE_PATH)

    def answer(self, request: Request) -> Answer:
        with self._store.transaction():
            call = Call(
                store=self._store,
                params=nested(request.body),
                now=int(clock.now(self._store)),
                address=self._address,
                request_id=None,
            )
            if request.path.startswith(checkout.PAGE_PATH):
                return _checkout(call, request, request.path.removeprefix(checkout.PAGE_PATH))
            if request.path.startswith(intents.AUTHENTICATE_PATH):
                return _bank(call, request, request.path.removeprefix(intents.AUTHENTICATE_PATH))
        return _page("Nothing here", "<p>There is no such page.</p>", _MISSING)


def _page(title: str, content: str, status: int = 200) -> Answer:
    return as_page(_FRAME.substitute(title=escape(title), content=content), status)


# --- Checkout ----------------------------------------------------------------------------------------------
def _checkout(call: Call, request: Request, id_: str) -> Answer:
    session = call.store.find("checkout.session", id_)
    if session is None:
        return _page("Nothing here", "<p>There is no such checkout.</p>", _MISSING)
    checkout.expire_if_due(call, session)
    if session["status"] != "open":
        return _page(
            "This checkout is over", f"<p>It is {escape(session['status'])}. Go back and start again.</p>"
        )
    if request.method != "POST":
        return _ask_for_card(session)
    try:
        is_ready = checkout.add_card(call, session, str(call.params.get("card", "")))
    except ApiError as refusal:
        return _ask_for_card(session, str(refusal))
    return redirect(_success(session)) if is_ready else redirect(_bank_url(call, session["setup_intent"]))


def _ask_for_card(session: Json, refusal: str = "") -> Answer:
    cards = "\n".join(_choice(card, is_first=place == 0) for place, card in enumerate(CARDS.values()))
    alert = f'<p role="alert">{escape(refusal)}</p>' if refusal else ""
    back = f'<a href="{escape(session["cancel_url"])}">Back</a>' if session["cancel_url"] else ""
    return _page(
        "Add a card",
        f'{alert}<form method="post">{cards}<button>Add this card</button>{back}</form>',
        402 if refusal else 200,
    )


def _choice(card: Card, *, is_first: bool) -> str:
    checked = " checked" if is_first else ""
    return (
        f'<label><input type="radio" name="card" value="{card.method}"{checked}> {card.brand} ending in '
        f"{card.number[-4:]} <small>{escape(card.says)}</small></label>"
    )


def _success(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _bank_url(call: Call, intent_id: str) -> str:
    return f"{call.address}{intents.AUTHENTICATE_PATH}{intent_id}"


# --- the bank's page ---------------------------------------------------------------------------------------
def _bank(call: Call, request: Request, id_: str) -> Answer:
    kind = "setup_intent" if id_.startswith("seti_") else "payment_intent"
    intent = call.store.find(kind, id_)
    if intent is None or intent["status"] != "requires_action":
        return _page("Nothing to confirm", "<p>Nobody waits for your answer.</p>", _MISSING)
    if request.method != "POST":
        return _page(
            "Your bank asks",
            '<p>Was it you?</p><form method="post"><button name="answer" value="yes">Yes, it was me</button>'
            '<button name="answer" value="no">No</button></form>',
        )
    back = _way_back(intent)
    go_on = setup_intents.authenticated if kind == "setup_intent" else payment_intents.authenticated
    try:
        go_on(call, intent, is_passed=call.params.get("answer") == "yes")
    except ApiError as refusal:
        session = _session_of(call, id_)
        if session:
            return _ask_for_card(session, str(refusal))
        return redirect(back) if back else _page("Not confirmed", f"<p>{escape(str(refusal))}</p>", 402)
    session = _session_of(call, id_)
    if session and checkout.complete_if_ready(call, session):
        return redirect(_success(session))
    return redirect(back) if back else _page("Thank you", "<p>You can close this page.</p>")


def _way_back(intent: Json) -> str | None:
    """The return_url that the intent was confirmed with, with the intent's name added as Stripe does."""
    action = intent["next_action"].get("redirect_to_url")
    if not action:
        return None
    joint = "&" if "?" in action["return_url"] else "?"
    kind = intent["object"]
    return (
        f"{action['return_url']}{joint}{kind}={intent['id']}&{kind}_client_secret={intent['client_secret']}"
    )


def _session_of(call: Call, intent_id: str) -> Json | None:
    """The open checkout that waits for a setup intent."""
    rows = call.store.rows(
        "SELECT id FROM object WHERE kind = 'checkout.session' AND body LIKE ?",
        f'%"setup_intent": "{intent_id}"%',
    )
    session = call.store.find("checkout.session", rows[0]["id"]) if rows else None
    return session if session and session["status"] == "open" else None
