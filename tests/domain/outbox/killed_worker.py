"""A worker for test_killed_worker.py: python -m tests.domain.outbox.killed_worker <book>.

It sends what is due by writing a line into the book; TT_FAILPOINTS says where it is killed.
"""

import sys
from pathlib import Path

import django


def main(book: Path) -> None:
    django.setup()
    from tasktracker.outbox.models import Delivery
    from tasktracker.outbox.operations.drain import drain
    from tasktracker.outbox.operations.handlers import register
    from tasktracker.outbox.rules.outcomes import Outcome
    from tests.domain.outbox.fakes import FakeHandler

    def answer(delivery: Delivery) -> Outcome:
        with book.open("a") as lines:
            lines.write(f"{delivery.event_id}\n")
        return Outcome("delivered", 200)

    handler = FakeHandler()
    handler.answer = answer
    register("webhook", handler)
    drain(until_idle=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
