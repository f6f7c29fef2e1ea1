"""What a push token may be, and how many an account has. Source: agents.md A.2, "UserPushToken"."""

from typing import Final

IOS: Final = "ios"
ANDROID: Final = "android"
WEB: Final = "web"
PLATFORMS: Final = (IOS, ANDROID, WEB)
MAX_TOKEN: Final = 512
MAX_PER_ACCOUNT: Final = 20
