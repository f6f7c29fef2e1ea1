"""The application as the server calls it: nothing that a header says may be a bare 500 of the server's."""

import io
from typing import Any

import pytest

from tasktracker.wsgi import application

pytestmark = pytest.mark.django_db


def call(**changed: Any) -> tuple[str, bytes]:
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/v1/tasks/7/trigger",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        "wsgi.input_terminated": True,
        **changed,
    }
    body = application(environ, lambda status, _headers, *_: told.append(status))
    return told[0], b"".join(body)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; a*=bogus''%41",
        "a; b*=\0''%41",
        "application/json; charset*=undefined''%41",
        "a; b*=idna''%ff",
        "\xff;\xfe=\xfd",
        ";" * 1000,
    ],
)
def test_a_content_type_that_cannot_be_parsed_is_none(content_type: str) -> None:
    assert call(CONTENT_TYPE=content_type) == ("401 Unauthorized", b'{"error":"Unauthorized"}')


@pytest.mark.parametrize("charset", ["zlib", "rot13", "hex", "undefined"])
def test_a_charset_that_is_none_of_text_is_none(charset: str) -> None:
    told = call(CONTENT_TYPE=f"application/json; charset={charset}", QUERY_STRING="a=%FF")

    assert told == ("401 Unauthorized", b'{"error":"Unauthorized"}')


@pytest.mark.parametrize("path", ["/api/v1/\0", "/api/v1/\xff\xfe", "/api/v1/%ff", "/api/v1/\ud800"])
def test_any_path_is_answered(path: str) -> None:
    raw = path.encode("utf-8", "surrogatepass").decode("latin-1")

    assert call(PATH_INFO=raw) == ("404 Not Found", b'{"error":"Not Found"}')


@pytest.mark.parametrize(
    "header",
    [
        "HTTP_COOKIE",
        "HTTP_ACCEPT",
        "HTTP_AUTHORIZATION",
        "HTTP_X_REQUEST_ID",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_RANGE",
    ],
)
@pytest.mark.parametrize("value", ["\xff\xfe", "\0", "," * 5000, "a*=bogus''%41;;;", '"' * 100])
def test_odd_headers_are_answered(header: str, value: str) -> None:
    assert call(**{header: value}) == ("401 Unauthorized", b'{"error":"Unauthorized"}')
    assert call(PATH_INFO="/healthz", REQUEST_METHOD="GET", **{header: value})[0] == "200 OK"
