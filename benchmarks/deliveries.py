"""Webhooks per second of CPU: ours, recorded and retried, against a Celery message and `requests` for each.

Goal (BENCHMARKS.md): 8 times, then 20 times theirs. Both sign every call; theirs records nothing.
Counted is the CPU of whoever queues and sends, in turns, on SQLite; not the receiver's and the broker's.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.turns import IS_SHORT
from tests.plugins import valkey

ROUNDS = 1 if IS_SHORT else 3
CALLS = 200 if IS_SHORT else 1000
ACCOUNTS = 50
_ROOT = Path(__file__).resolve().parent.parent
_BODY = '{"event":"task.triggered","task":{"id":"0","name":"Water the plants","url":"http://x/tasks/0"}}'
_SECRET = "whsec_" + "c2VjcmV0" * 5 + "c2U="


def main() -> None:
    """Print deliveries per second and core for both, and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        broker = valkey.start(Path(folder) / "valkey")
        receiver = subprocess.Popen(_program("receive"), cwd=_ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert receiver.stdout
            environment = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tasktracker.settings",
                "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
                "TASKTRACKER_DATA": folder,
                "TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS": "1",
                "TASKTRACKER_LOG_LEVEL": "WARNING",
                "BENCH_RECEIVER": receiver.stdout.readline().strip(),
                "BENCH_BROKER": broker.url,
            }
            rounds = [(_seconds("ours", environment), _seconds("theirs", environment)) for _ in range(ROUNDS)]
        finally:
            receiver.kill()
            receiver.communicate()
            broker.stop()
    ours, theirs = (median(seconds) for seconds in zip(*rounds, strict=True))
    print(f"deliveries per second and core: ours {CALLS / ours:.0f}, theirs {CALLS / theirs:.0f}")
    print(f"deliveries per second and core: {theirs / ours:.1f} times theirs")


def _program(part: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.deliveries", part, *(["--short"] if IS_SHORT else [])]


def _seconds(part: str, environment: Mapping[str, str]) -> float:
    done = subprocess.run(
        _program(part), cwd=_ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=300
    )
    return float(done.stdout.split()[-1])


def receive() -> None:
    """Answer 204 to everything, on kept connections."""
    import asyncio

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
                await reader.readexactly(int(length))
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", flush=True)
        await server.serve_forever()

    asyncio.run(run())


def ours() -> None:
    """Queue and drain in this process; prints its CPU seconds."""
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.models import User
    from tasks.models import Webhook
    from tasktracker.core import clock
    from tasktracker.core.ids import new_id
    from tasktracker.outbox.operations.drain import DrainCounts, drain
    from tasktracker.outbox.operations.queue import NewDelivery, enqueue_deliveries

    call_command("migrate", verbosity=0)
    at, run = clock.now(), new_id().hex
    addresses = [f"{run}{number}@example.com" for number in range(ACCOUNTS)]
    users = User.objects.bulk_create([User(email=address, date_joined=at) for address in addresses])
    hooks = [_webhook(user, at) for user in users for _ in range(2)]
    Webhook.objects.bulk_create(hooks)
    began = time.process_time()
    for number in range(0, CALLS, 2):  # an event to both webhooks of an account, as a trigger does
        pair, event_id = hooks[number % len(hooks) :][:2], new_id()
        enqueue_deliveries(
            [NewDelivery("webhook", "task.triggered", event_id, str(h.pk), h.user_id, _BODY) for h in pair]
        )
    counts = drain()
    print(time.process_time() - began)
    assert counts == DrainCounts(delivered=CALLS), counts


def _webhook(user: Any, at: datetime) -> Any:
    from tasks.models import Webhook
    from tasks.operations.webhooks import secret_purpose
    from tasktracker.core.ids import new_id
    from tasktracker.core.sealing import seal

    hook_id = new_id()
    return Webhook(
        id=hook_id,
        user=user,
        url=os.environ["BENCH_RECEIVER"],
        events=["task.triggered"],
        secret_sealed=seal(_SECRET.encode(), purpose=secret_purpose(hook_id)),
        created_at=at,
        updated_at=at,
    )


def theirs() -> None:
    """Publish a message for each call, then be the worker that makes them; prints the CPU seconds of both."""
    import requests
    from celery import Celery
    from standardwebhooks import Webhook

    app = Celery(broker=os.environ["BENCH_BROKER"])
    app.conf.update(task_ignore_result=True, task_acks_late=True)
    made = 0

    @app.task
    def deliver(url: str, body: str, message_id: str) -> None:
        nonlocal made
        at = datetime.now(UTC)
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(_SECRET).sign(message_id, at, body),
        }
        requests.post(url, data=body, headers=headers, timeout=10).raise_for_status()
        made += 1
        if made == CALLS:
            os.write(1, f"{time.process_time() - began}\n".encode())  # Celery has print() to itself
            os._exit(0)

    began = time.process_time()
    for number in range(CALLS):
        deliver.delay(os.environ["BENCH_RECEIVER"], _BODY, f"msg_{number}")
    app.worker_main(
        ["worker", "--pool", "solo", "--loglevel", "ERROR", "--without-mingle", "--without-gossip"]
    )


if __name__ == "__main__":
    {"receive": receive, "ours": ours, "theirs": theirs}.get("".join(sys.argv[1:2]), main)()
