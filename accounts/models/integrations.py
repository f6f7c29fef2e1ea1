"""Accounts that people have elsewhere and let us act for. Their secrets are sealed."""

from django.db import models

from accounts.models.users import User


class Beeminder(models.Model):
    """A Beeminder account. Each part may be given alone (partial updates); it works once user and token are.

    token_sealed: with purpose operations.integrations.token_purpose. goal_new_tasks: "" = none.
    """

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="beeminder")
    username = models.CharField(max_length=100, blank=True, default="")
    token_sealed = models.TextField(blank=True, default="")
    goal_new_tasks = models.CharField(max_length=100, blank=True, default="")

    def __str__(self) -> str:
        return self.username
