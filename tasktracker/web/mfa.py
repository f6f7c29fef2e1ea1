"""How allauth keeps second factors: sealed at rest (contract, "Secrets in transit").

Its own adapter writes the secrets of authenticator apps and the seeds of recovery codes in clear.
"""

from typing import Final

from allauth.mfa.adapter import DefaultMFAAdapter

from tasktracker.core.sealing import seal, unseal

# One purpose for both kinds: allauth says neither which secret it hands over nor whose.
_PURPOSE: Final = "second-factor"


class MFAAdapter(DefaultMFAAdapter):
    """Second factors, sealed."""

    def encrypt(self, text: str) -> str:
        return seal(text.encode(), purpose=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what encrypt() sealed. Raises CannotOpen: nothing else may stand in for a secret."""
        return unseal(encrypted_text, purpose=_PURPOSE).decode()

    def get_totp_issuer(self) -> str:
        return "Task Tracker"
