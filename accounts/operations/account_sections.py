"""What an export holds of accounts: the profile, organizations, keys without their secrets, what was sent."""

from typing import Final

from accounts.models import Credential, Membership, Preferences, Project, PushToken, User
from accounts.operations.export_sections import Section, same_names
from tasktracker.outbox.models import Delivery

SECTIONS: Final = (
    Section(
        "profile",
        lambda user_id: User.objects.filter(pk=user_id),
        same_names(
            *("id", "email", "name", "time_zone", "date_joined", "email_verified_at"),
            *("terms_accepted_at", "enrolled_at", "is_unsubscribed"),
        ),
    ),
    Section(
        "preferences",
        lambda user_id: Preferences.objects.filter(pk=user_id),
        same_names(
            *("wants_email", "reminder_before_minutes", "wants_task_reminders", "wants_automatic_reminders"),
            *("wants_daily_digest", "digest_time"),
        ),
    ),
    Section(
        "memberships",
        lambda user_id: Membership.objects.filter(user_id=user_id),
        {
            "organization": "organization__slug",
            "organization_name": "organization__name",
            **same_names("role", "created_at"),
        },
    ),
    Section(
        "projects",
        lambda user_id: Project.objects.filter(organization__personal_of_id=user_id, deleted_at=None),
        {
            "organization": "organization__slug",
            **same_names("id", "slug", "name", "is_default", "created_at"),
        },
    ),
    Section(
        "keys",
        lambda user_id: Credential.objects.filter(user_id=user_id),
        same_names("id", "kind", "name", "scope", "created_at", "expires_at", "revoked_at", "last_used_at"),
    ),
    Section(
        "push_devices",
        lambda user_id: PushToken.objects.filter(user_id=user_id),
        same_names("id", "platform", "created_at", "last_seen_at"),
    ),
    Section(
        "deliveries",
        lambda user_id: Delivery.objects.filter(account_id=user_id),
        same_names("id", "kind", "event", "state", "tries", "last_status", "created_at", "finished_at"),
    ),
)
