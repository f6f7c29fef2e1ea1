"""Starts the program: python -m charges.fake_stripe --state FOLDER [--port 0] [--address-file FILE].

It listens on 127.0.0.1 only, and says where in the address file, or on its standard output without one.
"""

import argparse
import secrets
import sys
from pathlib import Path

from charges.fake_stripe import deliveries
from charges.fake_stripe.app import Application
from charges.fake_stripe.sender import Sender
from charges.fake_stripe.server import Handler, Server, end_on_signals, write_address
from charges.fake_stripe.store import Store

_HOST = "127.0.0.1"
_API_KEY = "sk_test_practice"  # any sk_test_ key opens it; this one is what the address file names
_SECRET = "webhook_secret"  # noqa: S105  # the setting's name


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _options(arguments)
    end_on_signals()
    store = Store(options.state)
    webhook = {"url": options.webhook_url, "secret": options.webhook_secret or _own_secret(store)}
    store.set_setting(deliveries.WEBHOOK, webhook)
    sender = Sender(store)
    with Server((_HOST, options.port), Handler) as server:
        address = f"http://{_HOST}:{server.server_port}"
        server.set_app(Application(store, address=address, webhook=webhook))
        sender.start()
        if options.address_file:
            write_address(
                options.address_file, api_base=address, api_key=_API_KEY, webhook_secret=webhook["secret"]
            )
        else:
            sys.stdout.write(f"{address}\n")
            sys.stdout.flush()
        try:
            server.serve_forever(poll_interval=0.1)
        finally:
            if options.address_file:
                options.address_file.unlink(missing_ok=True)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m charges.fake_stripe", description="A stand-in for Stripe."
    )
    parser.add_argument("--state", type=Path, required=True, help="folder of its database")
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1; 0 takes a free one")
    parser.add_argument("--address-file", type=Path, help="JSON with api_base, api_key and webhook_secret")
    parser.add_argument("--webhook-url", default="", help="where events are sent; default: nowhere")
    parser.add_argument("--webhook-secret", default="", help="default: made once, kept with the state")
    return parser.parse_args(arguments)


def _own_secret(store: Store) -> str:
    with store.transaction():
        kept = store.setting(_SECRET)
        if kept is None:
            kept = "whsec_" + secrets.token_hex(16)
            store.set_setting(_SECRET, kept)
    return str(kept)


if __name__ == "__main__":
    main(sys.argv[1:])
