"""`manage.py sweep --at`, a day and two ahead, again and again: python -m tests.faults.charges.ahead.

So deadlines are missed, cards held and money taken long before their time, beside the workers, who have the
same to do when it comes.
"""

import io
import itertools
import time
from datetime import timedelta
from typing import Final

import django
from django.core.management import call_command

_PAUSE_SECONDS: Final = 1.0


def main() -> None:
    from tasktracker.core import clock

    for hours in itertools.cycle((24, 48)):
        moment = clock.now() + timedelta(hours=hours)
        call_command("sweep", at=moment.isoformat(), stdout=io.StringIO())
        time.sleep(_PAUSE_SECONDS)


if __name__ == "__main__":
    django.setup()
    main()
