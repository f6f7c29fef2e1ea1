"""What may stand in the address of an outgoing call, and what the parser makes of it."""
# ruff: noqa: RUF001 - look-alike letters are what is tested

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasktracker.outbox.rules.addresses import forbidden_reason
from tasktracker.outbox.rules.targets import BadTarget, Target, parse_target

ACCEPTED = """
    https://example.com                  example.com                  /
    https://example.com?x=1              example.com                  /?x=1
    https://example.com#x                example.com                  /
    https://example.com#@other.test/     example.com                  /
    https://example.com/#/route?x        example.com                  /
    https://example.com/?                example.com                  /
    https://example.com?@other.test/     example.com                  /?@other.test/
    HTTPS://EXAMPLE.COM/A                example.com                  /A
    https://example.com:443/             example.com                  /
    https://example.com:/                example.com                  /
    https://example.com:0443/            example.com                  /
    https://example.com:80/              example.com:80               /
    https://example.com:8443/            example.com:8443             /
    https://example.com./                example.com                  /
    https://ab--c.example-1.com/         ab--c.example-1.com          /
    https://bücher.example/ß?ä=ö         xn--bcher-kva.example        /%C3%9F?%C3%A4=%C3%B6
    https://xn--bcher-kva.example/       xn--bcher-kva.example        /
    https://example。com/                example.com                  /
    https://ｅｘａｍｐｌｅ.com/          example.com                  /
    https://93.184.216.34/               93.184.216.34                /
    https://９３.184.216.34./            93.184.216.34                /
    https://[2606:2800:220:1::A]:8443/   [2606:2800:220:1::a]:8443    /
    https://[2606:2800:220:1::1]/        [2606:2800:220:1::1]         /
    https://example.com/%20"<>^`{|}      example.com                  /%20%22%3C%3E%5E%60%7B%7C%7D
    https://example.com/@me/a:b;c?v[]=1  example.com                  /@me/a:b;c?v[]=1
    https://example.com/?u=https://x/&b  example.com                  /?u=https://x/&b
    https://example.com//x.test/../y     example.com                  //x.test/../y
"""

REFUSED = {
    "url must start with https://": """
        example.com //example.com http://example.com http://93.184.216.34 ftp://example.com https http+unix://x
        javascript:alert(1) file:///etc/passwd gopher://x httpſ://example.com data:,x : 1https://x
    """,
    "user-info in url": """
        https://a@example.com https://a:b@example.com/ https://@example.com https://a%40@10.0.0.1
        https://example.com:80@127.0.0.1/ https://example.com&@127.0.0.1 https://a@b@example.com
    """,
    "malformed host": f"""
        https:// https:///path https:example.com https:/example.com https://:443 https://?x https://#x https://.
        https://.. https://.example.com https://example..com https://example.com.. https://-a.example
        https://a-.example https://a_b.example https://a*b.example https://a,b https://a;b https://a$b https://a|b
        https://%31%32%37.0.0.1 https://example.com%2f https://example%00.com https://%
        https://{"a" * 64}.example https://{"a." * 127}com https://☃.-.example https://exa℀mple.com
        https://127.1 https://127.0.1 https://2130706433 https://017700000001 https://0177.0.0.1
        https://0x7f.0.0.1 https://0x7f.1 https://0x7f000001 https://127.0.0.0x1 https://0x https://0 https://0.0
        https://1.2.3.4.5 https://127.0.0.1.. https://256.256.256.256 https://127.0.0.01 https://999
        https://２１３０７０６４３３ https://０ｘ7f.1 https://①②⑦.1 https://127。1 https://example.1 https://a.0xA
        https://[127.0.0.1] https://[] https://[v1.x] https://[::1%25lo] https://[::g] https://[2606::1]x
        https://x[2606::1] https://[fe80::1%eth0] https://[1:2] https://[::1 https://::1] https://::1/
        https://example.com:x https://example.com:-1 https://example.com:４４３ https://example.com:443443
        https://example.com:80:80 https://example.com:0x1bb
    """,
    "forbidden port": """
        https://example.com:0 https://example.com:22 https://example.com:65536 https://example.com:8080
        https://example.com:444 https://93.184.216.34:6379
    """,
    "forbidden address": """
        https://127.0.0.1 https://127.0.0.1. https://10.0.0.1:443 https://0.0.0.0 https://169.254.169.254/latest
        https://１２７.0.0.1 https://①②⑦.⓪.⓪.① https://127。0。0。1 https://169．254.169.254 https://100.64.0.1
        https://[::1] https://[::ffff:127.0.0.1] https://[::ffff:7f00:1] https://[::] https://[64:ff9b::a9fe:a9fe]
        https://[2002:7f00:1::] https://[FD00:EC2::254] https://[fe80::1] https://[::169.254.169.254]
        https://localhost https://LOCALHOST. https://a.localhost http://localhost:8000 http://127.0.0.1:8000
    """,
}

STILL_REFUSED_WITH_THE_FLAG = {
    "url must start with https://": """
        http://example.com http://93.184.216.34:80 http://localhost.example http://127.0.0.1.example ftp://127.0.0.1
    """,
    "user-info in url": "http://a@127.0.0.1:80 http://127.0.0.1@example.com",
    "malformed host": "http://127.1:80 http://2130706433 http://0x7f.1 http://0177.0.0.1",
    "forbidden port": "https://example.com:8000 http://127.0.0.1:0 http://127.0.0.1:65536",
    "forbidden address": """
        http://10.0.0.1 https://169.254.169.254 http://0.0.0.0:80 http://[::]:80 http://[fe80::1] https://[::2]
        http://[2002:7f00:1::] http://[::127.0.0.1] http://[64:ff9b::7f00:1] http://[::ffff:10.0.0.1]
    """,
}

# What urlsplit would strip, or what shows as something else than it is.
ODD_CHARACTERS = [
    *("https://exa mple.com", " https://example.com", "https://example.com\n", "https://example.com/a b"),
    *("https://exam\tple.com/", "ht\ntps://example.com", "https://example.com/\0", "\x1fhttps://example.com"),
    *("https://example.com/\r\nHost: other.test", "https://example.com/\x7f", "https://example.com/\x85"),
    *("https://example.com\\@127.0.0.1", "https:\\\\example.com", "https://example.com/\\", "\\"),
    *("https://exa\u00admple.com", "https://ex\u200bample.com", "https://example.com/\u202e", "\ufeffhttps://a.test"),
    *("https://example.com/\u00a0", "https://example.com/\u2028", "https://example.com/\ud800", "https://\u3000a.test"),
]  # fmt: skip


def reasons_for(urls: list[str], *, allow_loopback: bool = False) -> dict[str, str]:
    return {url: reason_for(url, allow_loopback=allow_loopback) for url in urls}


def reason_for(url: str, *, allow_loopback: bool) -> str:
    try:
        return f"accepted as {parse_target(url, allow_loopback=allow_loopback)}"
    except BadTarget as refused:
        return refused.reason


def test_every_part_of_an_ordinary_url() -> None:
    assert parse_target("https://Hooks.Example.com/a/b?c=1&d=#top", allow_loopback=False) == Target(
        scheme="https",
        host="hooks.example.com",
        port=443,
        path_and_query="/a/b?c=1&d=",
        is_literal=False,
        is_loopback=False,
    )


@pytest.mark.parametrize("line", ACCEPTED.strip().splitlines())
def test_accepted(line: str) -> None:
    url, authority, path_and_query = line.split()

    target = parse_target(url, allow_loopback=False)

    assert (target.authority, target.path_and_query) == (authority, path_and_query)
    assert (target.scheme, target.is_loopback) == ("https", False)


@pytest.mark.parametrize("reason", REFUSED)
def test_refused(reason: str) -> None:
    urls = REFUSED[reason].split()

    assert reasons_for(urls) == dict.fromkeys(urls, reason)


@pytest.mark.parametrize("reason", STILL_REFUSED_WITH_THE_FLAG)
def test_the_flag_opens_nothing_but_loopback(reason: str) -> None:
    urls = STILL_REFUSED_WITH_THE_FLAG[reason].split()

    assert reasons_for(urls, allow_loopback=True) == dict.fromkeys(urls, reason)


@pytest.mark.parametrize("allow_loopback", [False, True])
def test_odd_characters_are_refused_anywhere(allow_loopback: bool) -> None:
    assert reasons_for(ODD_CHARACTERS, allow_loopback=allow_loopback) == dict.fromkeys(
        ODD_CHARACTERS, "forbidden character in url"
    )


def test_an_empty_url_is_refused() -> None:
    assert reason_for("", allow_loopback=True) == "url must start with https://"


def test_the_longest_url() -> None:
    longest = "https://example.com/" + "a" * 2028

    assert len(parse_target(longest, allow_loopback=False).path_and_query) == 2029
    assert reason_for(longest + "a", allow_loopback=False) == "url too long"


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://127.0.0.1:8000/x", "127.0.0.1:8000"),
        ("http://127.9.9.9/x", "127.9.9.9"),
        ("http://127.0.0.1:443/x", "127.0.0.1:443"),
        ("https://127.0.0.1:80/x", "127.0.0.1:80"),
        ("http://localhost:1/x", "localhost:1"),
        ("http://a.LOCALHOST.:65535/x", "a.localhost:65535"),
        ("https://localhost:9443/x", "localhost:9443"),
        ("http://[::1]:9000/x", "[::1]:9000"),
        ("http://[::ffff:127.0.0.1]:9000/x", "[::ffff:127.0.0.1]:9000"),
    ],
)
def test_the_flag_opens_loopback_plain_http_and_any_port(url: str, authority: str) -> None:
    target = parse_target(url, allow_loopback=True)

    assert (target.authority, target.path_and_query, target.is_loopback) == (authority, "/x", True)


@given(host=st.text(max_size=20), tail=st.text(max_size=10), allow_loopback=st.booleans())
@example(host="①②⑦.⓪.⓪.①", tail="", allow_loopback=True)
def test_whatever_is_accepted_is_plain_and_checked(host: str, tail: str, allow_loopback: bool) -> None:
    try:
        target = parse_target(f"https://{host}/{tail}", allow_loopback=allow_loopback)
    except BadTarget:
        return

    assert set(target.host) <= set(string.ascii_lowercase + string.digits + ".-:")
    assert target.path_and_query.isascii()
    assert set(target.path_and_query).isdisjoint(" \r\n\t\0")
    if target.is_literal:
        assert forbidden_reason(target.host, allow_loopback=allow_loopback) is None
