"""What payment intents and setup intents share: their methods' types, and sending people to authenticate."""

from charges.fake_stripe.call import Call
from charges.fake_stripe.cards import Card
from charges.fake_stripe.errors import NOUNS, Json, invalid_request, wrong_parameter
from charges.fake_stripe.forms import Spec, boolean, hash_of, list_of, one_of, text

METHOD_TYPES: Spec = {
    "automatic_payment_methods": hash_of(
        {"enabled": boolean, "allow_redirects": one_of("always", "never")}, required=("enabled",)
    ),
    "payment_method_types": list_of(one_of("card", "link")),
}
CONFIRM: Spec = {"payment_method": text(), "return_url": text(), "use_stripe_sdk": boolean}
_NEEDS_RETURN_URL = (
    "This {noun} is configured to accept payment methods enabled in your Dashboard. Because some of these "
    "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you "
    "don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` "
    "and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment "
    "Intents."
)
AUTHENTICATE_PATH = "/_authenticate/"


def method_types(asked: Json) -> Json:
    """The two fields that say which payment methods an intent takes; "automatic" by default, since 2023."""
    automatic = asked.get("automatic_payment_methods")
    types = asked.get("payment_method_types")
    if automatic and automatic["enabled"] and types:
        raise invalid_request(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types."
        )
    if automatic is None and types is None:
        automatic = {"enabled": True}
    is_automatic = bool(automatic and automatic["enabled"])
    shown = {"allow_redirects": "always", **automatic} if automatic and is_automatic else None
    return {
        "automatic_payment_methods": shown,
        "payment_method_types": types or (["card", "link"] if is_automatic else ["card"]),
    }


def require_return_url(intent: Json, asked: Json) -> None:
    """Refuse to confirm without an address to come back to, where some methods could lead away."""
    automatic = intent["automatic_payment_methods"]
    may_lead_away = bool(automatic) and automatic["allow_redirects"] == "always"
    if may_lead_away and "return_url" not in asked and not asked.get("use_stripe_sdk"):
        raise invalid_request(_NEEDS_RETURN_URL.format(noun=NOUNS[intent["object"]]))


def next_action(call: Call, intent: Json, asked: Json) -> Json:
    """Where the card's owner can authenticate: our page, which brings them back to the return_url if any."""
    url = f"{call.address}{AUTHENTICATE_PATH}{intent['id']}"
    if "return_url" in asked:
        return {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": asked["return_url"]}}
    return {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url},
    }


def asks_owner(card: Card, method: Json, *, is_off_session: bool) -> bool:
    return card.needs_authentication(is_set_up=method["_is_set_up"], is_off_session=is_off_session)


def require_confirm(asked: Json, *names: str) -> None:
    """Refuse parameters of a confirmation on a creation that does not confirm."""
    for name in names:
        if name in asked and not asked.get("confirm"):
            message = f"The parameter `{name}` cannot be passed on creation unless `confirm` is set to true."
            raise wrong_parameter(message, param=name)
