"""Guesses at passwords, codes and tokens, counted in the database: no restart and no flush forgets them.

Limits on ordinary calls do not belong here (tasktracker/http/ratelimit.py).
"""

from django.db import models


class GuessCounter(models.Model):
    """The guesses of one kind at one subject, since the first of them; worthless after ends_at.

    subject_digest: keyed, because addresses can be guessed from a plain digest.
    """

    kind = models.CharField(max_length=32)
    subject_digest = models.CharField(max_length=64)
    guesses = models.PositiveIntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_digest"], name="guess_counter_is_one_per_subject"
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="guess_counter_ends")]

    def __str__(self) -> str:
        return f"{self.guesses} guesses of {self.kind}"
