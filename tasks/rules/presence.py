"""How long a device counts as watching a task. Source: agents.md A.2, "Presence row"."""

from datetime import timedelta
from typing import Final

WATCHED_FOR: Final = timedelta(seconds=60)
EXPIRED_KEPT: Final = timedelta(days=1)  # until the sweep removes them
