"""The deny list of outgoing calls: every form in which a forbidden address has been seen."""

from ipaddress import ip_network

import pytest

from tasktracker.outbox.rules.addresses import forbidden_reason, is_loopback


def words(table: str) -> list[str]:
    return table.split()


FORBIDDEN_V4 = words("""
    0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255
    127.0.0.1 127.0.0.2 127.255.255.255 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2
    172.16.0.1 172.17.0.1 172.31.255.255 192.0.0.1 192.0.0.8 192.0.0.9 192.0.0.10 192.0.0.192 192.0.2.1
    192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1
    224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.254 255.255.255.255
""")

FORBIDDEN_V6 = words("""
    :: ::1 ::2 0:0:0:0:0:0:0:1 ::127.0.0.1 ::a9fe:a9fe ::8.8.8.8
    ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254 ::ffff:10.0.0.1 ::ffff:0.0.0.0
    ::ffff:8.8.8.8 0:0:0:0:0:ffff:a9fe:a9fe
    ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8
    64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::8.8.8.8 64:ff9b:1::1 64:ff9b:1:ffff::a9fe:a9fe
    100::1 100:0:0:1::1 2001::1 2001:0:a9fe:a9fe:: 2001:0:4136:e378:8000:63bf:5601:5601 2001:2::1 2001:10::1
    2001:db8::1 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2002:7f00:1:: 2002:a9fe:a9fe::1 2002:808:808::1
    3fff::1 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff 5f00::1 5f00:ffff::1 4000::1 8000::1
    fc00::1 fd00:ec2::254 fd20:ce::254 fdff:ffff::1 fe80::1 febf::1 fec0::1 feff::1
    ff00::1 ff02::1 ff0e::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
    fe80::1%eth0 fe80::1%25eth0 ::1%lo 2606:4700::1111%eth0
""")

NOT_ADDRESSES = [
    *("", " ", "localhost", "example.com", "127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "127.0.0.1."),
    *("[::1]", "127.0.0.1:80", "127.0.0.1/32", "1.2.3", "1.2.3.4.5", "256.1.1.1", "\u0661.1.1.1", "1::2::3"),
]

PUBLIC = words("""
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
    168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.88.98.255
    192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
    2001:200::1 2001:4860:4860::8888 2003::1 2600::1 2606:2800:220:1:248:1893:25c8:1946 2a00:1450::1 3ffe::1
""")

LOOPBACK = words(
    "127.0.0.1 127.0.0.2 127.255.255.255 ::1 0:0:0:0:0:0:0:1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:7fff:ffff"
)


@pytest.mark.parametrize("address", [*FORBIDDEN_V4, *FORBIDDEN_V6, *NOT_ADDRESSES])
def test_forbidden_address_has_a_reason(address: str) -> None:
    assert forbidden_reason(address)


def test_the_table_holds_the_73_literal_forms_and_more() -> None:
    assert len({*FORBIDDEN_V4, *FORBIDDEN_V6}) >= 73


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_has_none(address: str) -> None:
    assert forbidden_reason(address) is None
    assert forbidden_reason(address, allow_loopback=True) is None


@pytest.mark.parametrize("address", LOOPBACK)
def test_the_flag_opens_loopback(address: str) -> None:
    assert forbidden_reason(address)
    assert forbidden_reason(address, allow_loopback=True) is None
    assert is_loopback(address)


@pytest.mark.parametrize("address", sorted({*FORBIDDEN_V4, *FORBIDDEN_V6, *NOT_ADDRESSES} - {*LOOPBACK}))
def test_the_flag_opens_nothing_else(address: str) -> None:
    assert forbidden_reason(address, allow_loopback=True)
    assert not is_loopback(address)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("fe80::1%eth0", "scope id"),
        ("127.1", "not an address"),
        ("0.0.0.0", "unspecified"),
        ("127.0.0.1", "loopback"),
        ("169.254.169.254", "link-local"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("10.0.0.1", "not global"),
        ("168.63.129.16", "in 168.63.129.16/32"),
        ("2002:808:808::1", "in 2002::/16"),
        ("::ffff:169.254.169.254", "embeds 169.254.169.254: link-local"),
        ("::169.254.169.254", "embeds 169.254.169.254: link-local"),
        ("2002:a9fe:a9fe::1", "embeds 169.254.169.254: link-local"),
        ("64:ff9b::a9fe:a9fe", "embeds 169.254.169.254: link-local"),
        ("2001:0:a9fe:a9fe::", "embeds 169.254.169.254: link-local"),  # Teredo server
        ("2001:0:808:808:0:0:5601:5601", "embeds 169.254.169.254: link-local"),  # Teredo client
    ],
)
def test_the_reason_says_what_is_wrong(address: str, reason: str) -> None:
    assert forbidden_reason(address) == reason


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("93.184.216.34", "own address"),
        ("93.184.216.0", None),
        ("2600:1:2::7", "own address"),
        ("2600:1:3::7", None),
        ("not-one", "not an address"),
    ],
)
def test_our_own_addresses_are_refused(address: str, reason: str | None) -> None:
    own = (ip_network("93.184.216.34"), ip_network("2600:1:2::/48"))

    assert forbidden_reason(address, own=own) == reason


def test_loopback_stays_open_for_development_when_it_is_ours() -> None:
    own = (ip_network("127.0.0.0/8"),)

    assert forbidden_reason("127.0.0.1", allow_loopback=True, own=own) is None
