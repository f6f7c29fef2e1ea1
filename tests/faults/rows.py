"""Prints every delivery of the database as JSON: python -m tests.faults.rows."""

import json
import sys

import django

if __name__ == "__main__":
    django.setup()
    from tasktracker.outbox.models import Delivery

    rows = Delivery.objects.values_list("event_id", "endpoint", "state")
    found = [
        {"id": f"msg_{event_id.hex}", "endpoint": endpoint, "state": state}
        for event_id, endpoint, state in rows
    ]
    json.dump(found, sys.stdout)
