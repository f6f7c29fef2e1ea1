"""The rows of accounts. Only operations, queries, jobs and the admin use them."""

from accounts.models.credentials import Credential
from accounts.models.guesses import GuessCounter
from accounts.models.integrations import Beeminder
from accounts.models.organizations import Membership, Organization, Project
from accounts.models.sessions import Session
from accounts.models.users import User

__all__ = [
    "Beeminder",
    "Credential",
    "GuessCounter",
    "Membership",
    "Organization",
    "Project",
    "Session",
    "User",
]
