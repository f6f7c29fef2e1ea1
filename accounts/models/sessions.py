"""The sign-ins of browsers, stored so that a copy of the table opens none of them.

Reading and writing them is operations/sessions.py.
"""

from django.db import models

from accounts.models.users import User


class Session(models.Model):
    """One session.

    digest: SHA-256 of the cookie value, in hex. session_data: sealed (core.sealing).
    user: whose sign-in it is; NULL before sign-in.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")

    def __str__(self) -> str:
        return f"session of {self.user_id or 'nobody'} until {self.expire_date}"
