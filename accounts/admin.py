"""What staff see of accounts: no secret, nothing that an operation guards can be edited around it."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import Credential, Membership, Organization, Project, User

_SECRETS = frozenset({"password", "digest", "session_data", "data"})


class _Shown(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic outside of the stubs
    """Rows that staff look at; add and delete are operations' work."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Refuse filters on secret columns, which would tell them letter by letter (reliability.md 8)."""
        if _SECRETS.intersection(lookup.split("__")):
            return False
        return super().lookup_allowed(lookup, value, request)


class _ReadOnly(_Shown):
    """Rows that staff only look at."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class _MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    fields = ("user", "role", "created_at")
    readonly_fields = fields
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(_Shown):
    list_display = (
        "email",
        "name",
        "is_active",
        "is_staff",
        "email_verified_at",
        "enrolled_at",
        "date_joined",
    )
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("-date_joined", "-id")
    fields = (
        *("email", "pending_email", "name", "time_zone", "is_active", "is_staff", "is_superuser", "groups"),
        *("email_verified_at", "terms_accepted_at", "enrolled_at", "last_login", "date_joined"),
    )
    filter_horizontal = ("groups",)
    _facts = ("email", "pending_email", *fields[-5:])
    _powers = ("is_staff", "is_superuser", "groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Only superusers give power: else staff could give it to themselves."""
        is_superuser = getattr(request.user, "is_superuser", False)
        return self._facts if is_superuser else (*self._facts, *self._powers)


@admin.register(Organization)
class OrganizationAdmin(_Shown):
    list_display = ("slug", "name", "personal_of", "created_at")
    list_select_related = ("personal_of",)
    search_fields = ("slug", "name")
    ordering = ("slug",)
    fields = ("slug", "name", "personal_of", "created_at")
    readonly_fields = ("slug", "personal_of", "created_at")
    inlines = (_MembershipInline,)


@admin.register(Project)
class ProjectAdmin(_Shown):
    list_display = ("slug", "organization", "name", "is_default", "created_at")
    list_select_related = ("organization",)
    search_fields = ("slug", "name", "organization__slug")
    ordering = ("organization__slug", "slug")
    fields = ("organization", "slug", "name", "is_default", "created_at")
    readonly_fields = ("organization", "slug", "is_default", "created_at")


@admin.register(Credential)
class CredentialAdmin(_ReadOnly):
    list_display = ("name", "kind", "user", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("name", "user__email")
    ordering = ("-created_at", "-id")
    fields = (
        *("id", "kind", "user", "project", "name", "scope"),
        *("created_at", "expires_at", "revoked_at", "last_used_at"),
    )


# allauth's own pages show the secret of a second factor, and change addresses behind confirm_email's back.
admin.site.unregister((EmailAddress, Authenticator))


@admin.register(EmailAddress)
class EmailAddressAdmin(_ReadOnly):
    list_display = ("email", "user", "verified", "primary")
    list_select_related = ("user",)
    search_fields = ("email",)
    ordering = ("email", "id")
    fields = ("user", "email", "verified", "primary")


@admin.register(Authenticator)
class AuthenticatorAdmin(_ReadOnly):
    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("-created_at", "-id")
    fields = ("user", "type", "created_at", "last_used_at")
