"""Bodies of signing in and of the account itself."""

from typing import Any, Final

from rest_framework import serializers

from accounts.operations.devices import SignedInDevice
from accounts.rules.names import CREDENTIAL_NAME_MAX_LENGTH, NAME_MAX_LENGTH
from charges.queries.wallets import MoneyProfile
from internal_api.shapes.reading import Body, BodyIn, Name
from internal_api.shapes.showing import ID, MOMENT, NUMBER, TEXT, YES_OR_NO, moment, or_null, thing
from tasktracker.http.fields import Text

_LONGEST: Final = 1024  # of what is compared, not kept


class SessionIn(BodyIn):
    email = Text(max_length=_LONGEST)
    password = Text(max_length=_LONGEST)
    device_name = Name(max_length=CREDENTIAL_NAME_MAX_LENGTH)
    code = Text(max_length=_LONGEST, required=False, allow_null=True, allow_blank=True)


class MeIn(BodyIn):
    name = Name(max_length=NAME_MAX_LENGTH, required=False)
    time_zone = serializers.CharField(max_length=64, required=False, trim_whitespace=False)


def me_out(profile: MoneyProfile) -> Body:
    """Show the caller's account."""
    user = profile.user
    return {
        "id": user.pk,
        "email": profile.shown_email,
        "name": user.name,
        "time_zone": user.time_zone,
        "is_enrolled": user.is_enrolled,
        "has_card": profile.card is not None,
        "monthly_stake_limit_cents": profile.monthly_stake_limit_cents,
        "monthly_charge_limit_cents": profile.monthly_charge_limit_cents,
        "created_at": moment(user.date_joined),
    }


def session_out(signed_in: SignedInDevice, profile: MoneyProfile) -> Body:
    """Show a device that was just signed in, with its token."""
    device: Any = signed_in.credential
    return {
        "token": signed_in.token,
        "device": {"id": str(device.pk), "name": device.name, "created_at": moment(device.created_at)},
        "user": me_out(profile),
    }


ME: Final = thing(
    id=NUMBER,
    email=TEXT,
    name=TEXT,
    time_zone=TEXT,
    is_enrolled=YES_OR_NO,
    has_card=YES_OR_NO,
    monthly_stake_limit_cents=or_null(NUMBER),
    monthly_charge_limit_cents=or_null(NUMBER),
    created_at=MOMENT,
)
SESSION: Final = thing(token=TEXT, device=thing(id=ID, name=TEXT, created_at=MOMENT), user=ME)
