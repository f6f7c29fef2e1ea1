"""What staff sees of accounts: no secret, nothing that an operation guards can be edited around it.

Sessions and sign-up codes have no page: their very ids are digests of secrets, and ids stand in addresses.
Counted guesses have none either: whom they are about is a digest.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest

from accounts.models import (
    Beeminder,
    Credential,
    CredentialProject,
    Export,
    Invitation,
    Membership,
    Organization,
    Picture,
    Preferences,
    Project,
    PushToken,
    User,
)
from tasktracker.core.admin import LookOnly, LookOnlyInline, StaffPage, row_link, rows_link


class _MembershipInline(LookOnlyInline):
    model = Membership
    fields = ("user", "role", "created_at")


@admin.register(User)
class UserAdmin(StaffPage):
    list_display = (
        "email",
        "name",
        "is_active",
        "is_staff",
        "email_verified_at",
        "enrolled_at",
        "date_joined",
    )
    list_filter = ("is_active", "is_staff", "date_joined")
    search_fields = ("=id", "email", "name")
    ordering = ("-date_joined", "-id")
    fields = (
        *("email", "pending_email", "name", "time_zone", "is_active", "is_staff", "is_superuser", "groups"),
        *("email_verified_at", "terms_accepted_at", "enrolled_at", "last_login", "date_joined"),
    )
    links = ("tasks", "charges", "months", "deliveries", "credentials", "organizations")
    filter_horizontal = ("groups",)
    _facts = ("email", "pending_email", *fields[-5:])
    _powers = ("is_staff", "is_superuser", "groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Only superusers give power: else staff could give it to themselves."""
        is_superuser = getattr(request.user, "is_superuser", False)
        fixed = self._facts if is_superuser else (*self._facts, *self._powers)
        return (*fixed, *self.links)

    def tasks(self, user: User) -> str:
        return rows_link("tasks_task", "Tasks", owner__id=user.pk)

    def charges(self, user: User) -> str:
        return rows_link("charges_charge", "Charges", user__id=user.pk)

    def months(self, user: User) -> str:
        return rows_link("charges_monthledger", "Months", user__id=user.pk)

    def deliveries(self, user: User) -> str:
        return rows_link("outbox_delivery", "Deliveries", account_id=user.pk)

    def credentials(self, user: User) -> str:
        return rows_link("accounts_credential", "Credentials", user__id=user.pk)

    def organizations(self, user: User) -> str:
        return rows_link("accounts_organization", "Organizations", memberships__user__id=user.pk)


@admin.register(Organization)
class OrganizationAdmin(StaffPage):
    list_display = ("slug", "name", "personal_of", "created_at")
    list_filter = (("personal_of", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("personal_of",)
    search_fields = ("slug", "name", "memberships__user__email")
    ordering = ("slug",)
    fields = ("slug", "name", "personal_of", "created_at")
    readonly_fields = ("slug", "personal_of", "created_at")
    links = ("projects",)
    inlines = (_MembershipInline,)

    def projects(self, organization: Organization) -> str:
        return rows_link("accounts_project", "Projects", organization__id=organization.pk)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow what a person's own page links to."""
        is_own_link = lookup == "memberships__user__id"
        return is_own_link or super().lookup_allowed(lookup, value, request)


@admin.register(Project)
class ProjectAdmin(StaffPage):
    list_display = ("slug", "organization", "name", "is_default", "created_at", "deleted_at")
    list_filter = ("is_default", ("deleted_at", admin.EmptyFieldListFilter))
    list_select_related = ("organization",)
    search_fields = ("=id", "slug", "name", "organization__slug")
    ordering = ("organization__slug", "slug", "id")
    fields = ("organization", "slug", "name", "is_default", "created_at", "deleted_at")
    readonly_fields = ("organization", "slug", "is_default", "created_at", "deleted_at")
    links = ("tasks", "credentials")

    def tasks(self, project: Project) -> str:
        return rows_link("tasks_task", "Tasks", project__id=project.pk)

    def credentials(self, project: Project) -> str:
        return rows_link("accounts_credential", "Keys", project__id=project.pk)


class _TiedProjectInline(LookOnlyInline):
    model = CredentialProject
    fields = ("project",)


@admin.register(Credential)
class CredentialAdmin(LookOnly):
    inlines = (_TiedProjectInline,)
    list_display = ("name", "kind", "user", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("kind", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("=id", "name", "user__email")
    ordering = ("-created_at", "-id")
    fields = (
        *("id", "kind", "user", "project", "name", "scope", "is_tied"),
        *("created_at", "expires_at", "revoked_at", "last_used_at"),
    )


@admin.register(Invitation)
class InvitationAdmin(LookOnly):
    list_display = ("email", "organization", "role", "invited_by", "created_at", "accepted_at", "revoked_at")
    list_filter = ("role", ("accepted_at", admin.EmptyFieldListFilter))
    list_select_related = ("organization", "invited_by")
    search_fields = ("email", "organization__slug", "invited_by__email")
    ordering = ("-id",)


@admin.register(Export)
class ExportAdmin(LookOnly):
    list_display = ("user", "state", "sections_done", "size", "created_at", "finished_at", "expires_at")
    list_filter = ("state",)
    list_select_related = ("user",)
    search_fields = ("=id", "user__email")
    ordering = ("-id",)


@admin.register(PushToken)
class PushTokenAdmin(LookOnly):
    """The devices that accounts are told on; never the tokens that reach them."""

    list_display = ("id", "user", "platform", "created_at", "last_seen_at")
    list_filter = ("platform",)
    list_select_related = ("user",)
    search_fields = ("=id", "user__email")
    ordering = ("-id",)


@admin.register(Beeminder)
class BeeminderAdmin(LookOnly):
    list_display = ("user", "username", "goal_new_tasks")
    list_select_related = ("user",)
    search_fields = ("user__email", "username")
    ordering = ("user_id",)


@admin.register(Preferences)
class PreferencesAdmin(LookOnly):
    list_display = ("user", "wants_email", "wants_task_reminders", "wants_daily_digest", "digest_time")
    list_filter = ("wants_email", "wants_daily_digest")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("user_id",)


@admin.register(Picture)
class PictureAdmin(LookOnly):
    list_display = ("name", "user", "created_at")
    list_filter = (("user", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("=name", "user__email")
    ordering = ("-created_at", "name")


# allauth's own pages show the secret of a second factor, and change addresses behind confirm_email's back;
# Django's own page of groups lets whoever may change them give powers to themselves.
admin.site.unregister((EmailAddress, Authenticator, Group))


@admin.register(EmailAddress)
class EmailAddressAdmin(LookOnly):
    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified",)
    list_select_related = ("user",)
    search_fields = ("email",)
    ordering = ("email", "id")
    fields = ("user", "email", "verified", "primary")


@admin.register(Authenticator)
class AuthenticatorAdmin(LookOnly):
    secret_columns = frozenset({"data"})
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("-created_at", "-id")
    fields = ("user", "type", "created_at", "last_used_at")


@admin.register(Group)
class GroupPage(GroupAdmin):
    """What staff may do, as superusers say."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_superuser(request)


@admin.register(LogEntry)
class LogEntryAdmin(LookOnly):
    """What staff changed with forms. Commands about money and deliveries have rows of their own."""

    list_display = ("action_time", "staff", "content_type", "object_repr", "action_flag", "change_message")
    list_filter = ("action_flag", "action_time")
    list_select_related = ("user", "content_type")
    search_fields = ("=object_id", "object_repr", "user__email")
    ordering = ("-action_time", "-id")
    fields = (
        "action_time",
        "user",
        "content_type",
        "object_id",
        "object_repr",
        "action_flag",
        "change_message",
    )

    def staff(self, entry: LogEntry) -> str:
        return row_link("accounts_user", entry.user_id, entry.user)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
