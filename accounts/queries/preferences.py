"""What an account wants to be told."""

from accounts.models import Preferences
from accounts.rules.principal import Principal


def preferences_of(principal: Principal) -> Preferences:
    """Read the caller's preferences; the defaults, not saved, where none were ever written."""
    kept = Preferences.objects.filter(user_id=principal.user_id).first()
    return kept or Preferences(user_id=principal.user_id)
