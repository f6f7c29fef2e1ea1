"""The rows of accounts. Only operations, queries, jobs and the admin use them."""

from accounts.models.codes import SignUpCode
from accounts.models.credentials import Credential, CredentialProject
from accounts.models.exports import Export
from accounts.models.guesses import GuessCounter
from accounts.models.integrations import Beeminder
from accounts.models.invitations import Invitation
from accounts.models.organizations import Membership, Organization, Project
from accounts.models.pictures import Picture
from accounts.models.preferences import Preferences
from accounts.models.push_tokens import PushToken
from accounts.models.sessions import Session
from accounts.models.users import User

__all__ = [
    "Beeminder",
    "Credential",
    "CredentialProject",
    "Export",
    "GuessCounter",
    "Invitation",
    "Membership",
    "Organization",
    "Picture",
    "Preferences",
    "Project",
    "PushToken",
    "Session",
    "SignUpCode",
    "User",
]
