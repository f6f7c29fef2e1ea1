"""The person: one row per account, signing in with an e-mail address.

What a person may reach is not here; see organizations.py and credentials.py.
"""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from accounts.rules.passwords import is_too_long


class UserManager(BaseUserManager["User"]):
    """What Django's own commands and sign-in need; operations.accounts.open_account opens accounts."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db, force_insert=True)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """An account.

    email: confirmed or not, the address that signs in. pending_email: asked for, used for nothing until it
    is confirmed.
    enrolled_at: when enrolment was finished on the web (ruling "Mobile").
    is_unsubscribed: wants no mail but what money and sign-in make necessary.
    last_project: opened last on the web; agents calls it `@current`.
    ..._generation: of the secrets that are derived, not stored (operations/derived_keys.py); 0 = never made.
    """

    email = models.EmailField(max_length=254, unique=True)
    pending_email = models.EmailField(max_length=254, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    time_zone = models.CharField(max_length=64, default="UTC")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    terms_accepted_at = models.DateTimeField(null=True, blank=True)
    enrolled_at = models.DateTimeField(null=True, blank=True)
    date_joined = models.DateTimeField(db_default=Now())
    is_unsubscribed = models.BooleanField(default=False, db_default=False)
    last_project = models.ForeignKey(
        "accounts.Project", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    stakes_key_generation = models.PositiveIntegerField(default=0, db_default=0)
    calendar_token_generation = models.PositiveIntegerField(default=0, db_default=0)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(condition=~Q(email=""), name="user_email_is_given"),
            models.CheckConstraint(
                condition=Q(pending_email=Lower("pending_email")), name="user_pending_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(enrolled_at__isnull=True)
                | Q(email_verified_at__isnull=False, terms_accepted_at__isnull=False),
                name="user_enrolment_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_enrolled(self) -> bool:
        return self.enrolled_at is not None

    def set_password(self, raw_password: str | None) -> None:
        """Hash and keep a password. One beyond the cap costs the same time and leaves none.

        Source: reliability.md 4.5.
        """
        if raw_password is not None and is_too_long(raw_password):
            make_password("")
            raw_password = None
        super().set_password(raw_password)

    def check_password(self, raw_password: str | None) -> bool:
        """Compare with the stored hash. One beyond the cap costs the same time and is never right."""
        if raw_password is not None and is_too_long(raw_password):
            return super().check_password("") and False
        return super().check_password(raw_password)
