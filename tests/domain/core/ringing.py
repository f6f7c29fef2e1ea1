"""A process for test_jobs.py, python -m tests.domain.core.ringing: it rings once for each line it reads."""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from tasktracker.core.jobs import enqueue_on_commit

    for _line in sys.stdin:
        enqueue_on_commit("outbox.drain")
        sys.stdout.write("rung\n")
        sys.stdout.flush()
