"""Makes accounts with a card each, in one process: python -m tests.faults.charges.furnish <accounts>.

Prints a JSON list of their keys.
"""

import json
import sys

import django

_PASSWORD = "Fault experiment 1"


def main(accounts: int) -> list[str]:
    from accounts.operations.credentials import principal_of_user
    from accounts.operations.derived_keys import stakes_key
    from accounts.operations.provisioning import find_or_open_account
    from charges.operations.cards import give_card
    from charges.operations.limits import set_limits
    from tasktracker.core import clock

    at, keys = clock.now(), []
    for number in range(accounts):
        user = find_or_open_account(email=f"faults{number}@example.com", password=_PASSWORD, at=at)
        principal = principal_of_user(user, at)
        give_card(user_id=user.pk, payment_method_id="pm_card_visa", at=at)
        set_limits(principal=principal, monthly_charge_limit_cents=None, at=at)
        keys.append(stakes_key(principal=principal))
    return keys


if __name__ == "__main__":
    django.setup()
    json.dump(main(int(sys.argv[1])), sys.stdout)
