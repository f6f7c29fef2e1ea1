"""One-time codes that were mailed, kept so that a copy of the table tells neither code nor address.

How often codes are asked for and tried is counted in guesses.py.
"""

from django.db import models


class SignUpCode(models.Model):
    """The newest code of an address that wants an account; worthless after ends_at.

    email_digest, code_digest: keyed, because addresses and six digits can both be tried out.
    tries: how often it was looked at.
    """

    email_digest = models.CharField(primary_key=True, max_length=64)
    code_digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"sign-up code until {self.ends_at}"
