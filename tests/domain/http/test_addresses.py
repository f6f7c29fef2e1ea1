"""The client's address: only what a trusted proxy saw can replace the connection's own."""

import ipaddress

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from tasktracker.http.addresses import UNKNOWN, client_address, limit_key

PROXIES = ("10.0.0.0/8", "fd00::/8")


def ask(settings: Settings, peer: str, forwarded: str | None = None) -> str:
    settings.TASKTRACKER_TRUSTED_PROXIES = tuple(map(ipaddress.ip_network, PROXIES))
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (None, "10.0.0.1"),
        ("", "10.0.0.1"),
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("203.0.113.9,10.0.0.3,fd00::7", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("10.0.0.4", "10.0.0.4"),  # a proxy asks by itself
        ("nonsense", "10.0.0.1"),
        ("203.0.113.9, unknown", "10.0.0.1"),  # what stands left of garbage was not written by a proxy
        ("1.2.3.4, 203.0.113.9, 10.0.0.2", "203.0.113.9"),  # the client invented the first
        ("10.0.0.9, 203.0.113.9", "203.0.113.9"),
        (",,,", "10.0.0.1"),
        ("203.0.113.999", "10.0.0.1"),
        ("9" * 5000, "10.0.0.1"),
    ],
)
def test_a_trusted_proxy_names_the_nearest_stranger(
    settings: Settings, forwarded: str | None, client: str
) -> None:
    assert ask(settings, "10.0.0.1", forwarded) == client


@pytest.mark.parametrize(
    "forwarded", ["1.2.3.4", "10.0.0.1", "1.2.3.4, 10.0.0.1", "127.0.0.1", "::1", "garbage"]
)
def test_a_stranger_cannot_name_itself(settings: Settings, forwarded: str) -> None:
    assert ask(settings, "203.0.113.9", forwarded) == "203.0.113.9"


def test_many_spoofed_headers_stay_one_client(settings: Settings) -> None:
    keys = {limit_key(ask(settings, "203.0.113.9", f"198.51.100.{number}")) for number in range(250)}
    behind = {limit_key(ask(settings, "10.0.0.1", f"198.51.100.{n}, 203.0.113.9")) for n in range(250)}

    assert keys == behind == {"203.0.113.9"}


def test_without_trusted_proxies_the_header_says_nothing(settings: Settings) -> None:
    settings.TASKTRACKER_TRUSTED_PROXIES = ()
    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4")

    assert client_address(request) == "127.0.0.1"


@pytest.mark.parametrize("peer", ["", "unix:", "garbage", "/run/socket"])
def test_a_peer_without_address_is_unknown(settings: Settings, peer: str) -> None:
    assert ask(settings, peer, "1.2.3.4") == UNKNOWN


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (UNKNOWN, UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_addresses_of_one_customer_share_a_key(address: str, key: str) -> None:
    assert limit_key(address) == key
