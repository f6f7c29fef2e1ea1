"""Bodies and query strings as they come in over HTTP: media types, sizes, lengths; and the strict fields."""

import io
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from django.test import Client

from tasktracker.http.dialect import MEBIBYTE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("probe")]

JSON = "application/json"
MALFORMED = {"kind": "malformed", "code": "parse_error", "detail": "Malformed request.", "problems": []}
TOO_LARGE = {
    "kind": "too_large",
    "code": "too_large",
    "detail": "The request body is too large.",
    "problems": [],
}


def unsupported(content_type: str = JSON) -> dict[str, Any]:
    return {
        "kind": "unsupported_media_type",
        "code": "unsupported_media_type",
        "detail": f'Unsupported media type "{content_type}" in request.',
        "problems": [],
    }


def post(
    client: Client, headers: dict[str, str], body: bytes, content_type: str = JSON, **environ: Any
) -> Any:
    path = environ.pop("path", "/probe/echo")
    return client.generic("POST", path, body, content_type=content_type, headers=headers, **environ)


def stream(client: Client, headers: dict[str, str], body: bytes, **environ: Any) -> Any:
    """Send a body without a length, as chunks arrive from the server."""
    source = io.BytesIO(body)
    values = {
        "CONTENT_TYPE": JSON,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": source,
        "wsgi.input_terminated": True,
    }
    path = environ.pop("path", "/probe/echo")
    response = client.generic("POST", path, headers=headers, **{**values, **environ})
    response.bytes_read = source.tell()
    return response


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; version=2",
    ],
)
def test_json_in_utf8_is_read(caller: Client, bearer: dict[str, str], content_type: str) -> None:
    response = post(caller, bearer, '{"a": "é"}'.encode(), content_type)

    assert (response.status_code, response.json()) == (200, {"got": {"a": "é"}})


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json, text/plain",
        "application/json; charset=latin-1",
        "application/json; charset=zlib",
        "application/json; charset=utf-8; charset=zlib",
        "application/json; charset =zlib",
        "application/json; charset=",
    ],
)
def test_other_media_types_and_charsets_are_415(
    caller: Client, bearer: dict[str, str], content_type: str
) -> None:
    response = post(caller, bearer, b'{"a": 1}', content_type)

    assert (response.status_code, response.json()) == (415, unsupported(content_type))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
def test_an_encoded_body_is_415(caller: Client, bearer: dict[str, str], encoding: str) -> None:
    response = post(caller, bearer, b'{"a": 1}', HTTP_CONTENT_ENCODING=encoding)

    assert (response.status_code, response.json()) == (415, unsupported(encoding))


def test_a_compressed_bomb_is_never_inflated(caller: Client, bearer: dict[str, str]) -> None:
    # M20: DRF below 3.18.2 turned 408 KB into 400 MB of JSON and 1.3 GB of memory.
    bomb = zlib.compress(b"[" + b"0," * (50 * MEBIBYTE) + b"0]", 9)

    tracemalloc.start()
    response = post(caller, bearer, bomb, "application/json; charset=zlib")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (response.status_code, response.json()) == (415, unsupported("application/json; charset=zlib"))
    assert len(bomb) < MEBIBYTE
    assert peak < 8 * MEBIBYTE


@pytest.mark.parametrize("content_type", ["", "text/plain", JSON])
def test_no_body_reads_as_an_empty_object(caller: Client, bearer: dict[str, str], content_type: str) -> None:
    response = caller.post("/probe/echo", data=b"", content_type=content_type, headers=bearer)

    assert response.json() == {"got": {}}


def test_a_body_of_the_largest_size_is_read(caller: Client, bearer: dict[str, str]) -> None:
    body = b'"' + b"a" * (MEBIBYTE - 2) + b'"'

    assert post(caller, bearer, body).status_code == 200


def test_a_longer_body_is_413(caller: Client, bearer: dict[str, str]) -> None:
    body = b'"' + b"a" * (MEBIBYTE - 1) + b'"'

    response = post(caller, bearer, body)

    assert (response.status_code, response.json()) == (413, TOO_LARGE)


def test_an_announced_length_is_refused_before_anything_is_read(
    caller: Client, bearer: dict[str, str]
) -> None:
    source = io.BytesIO(b"[]")

    response = post(caller, bearer, b"[]", CONTENT_LENGTH=str(10**12), **{"wsgi.input": source})

    assert (response.status_code, response.json()) == (413, TOO_LARGE)
    assert source.tell() == 0


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "0x10", "٣", "1.0"])
def test_a_length_that_is_no_number_is_400(caller: Client, bearer: dict[str, str], length: str) -> None:
    response = post(caller, bearer, b"[]", CONTENT_LENGTH=length)

    assert (response.status_code, response.json()) == (400, MALFORMED)


def test_a_body_without_a_length_is_read(caller: Client, bearer: dict[str, str]) -> None:
    assert stream(caller, bearer, b'{"a": 1}').json() == {"got": {"a": 1}}


def test_a_body_without_a_length_is_read_up_to_the_cap(caller: Client, bearer: dict[str, str]) -> None:
    response = stream(caller, bearer, b" " * (50 * MEBIBYTE))

    assert (response.status_code, response.json()) == (413, TOO_LARGE)
    assert response.bytes_read == MEBIBYTE + 1


def test_a_body_without_a_length_is_read_over_http2(caller: Client, bearer: dict[str, str]) -> None:
    environ = {"SERVER_PROTOCOL": "HTTP/2.0"}
    values = {"CONTENT_TYPE": JSON, "wsgi.input": io.BytesIO(b"[7]"), "wsgi.input_terminated": True}

    response = caller.generic("POST", "/probe/echo", headers=bearer, **environ, **values)

    assert response.json() == {"got": [7]}


def test_an_endless_stream_of_a_server_that_does_not_end_it_is_not_read(
    caller: Client, bearer: dict[str, str]
) -> None:
    response = stream(caller, bearer, b"[1]", **{"wsgi.input_terminated": False})

    assert response.json() == {"got": {}}
    assert response.bytes_read == 0


def test_a_dialects_own_cap_and_status(caller: Client, bearer: dict[str, str]) -> None:
    response = post(caller, bearer, b'"' + b"a" * 999 + b'"', path="/odd/echo")

    assert (response.status_code, response.content) == (400, b"no: too_large")


def test_a_views_own_cap_holds_for_a_body_that_it_does_not_read(
    caller: Client, bearer: dict[str, str]
) -> None:
    fits = post(caller, bearer, b"x" * 10, path="/probe/small")
    over = post(caller, bearer, b"x" * 11, path="/probe/small")

    assert (fits.status_code, fits.json()) == (200, "done")
    assert (over.status_code, over.json()) == (413, TOO_LARGE)


def test_a_repeated_key_is_refused_for_money_only(caller: Client, bearer: dict[str, str]) -> None:
    body = b'{"cents": 100, "cents": 99999}'

    assert post(caller, bearer, body).json() == {"got": {"cents": 99999}}
    money = post(caller, bearer, body, path="/probe/money")
    assert (money.status_code, money.json()) == (400, {**MALFORMED, "detail": "A key is given twice."})


# --- query strings ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "value"),
    [("", None), ("q=", ""), ("q=a+b%20c", "a b c"), ("q=%C3%A9", "é"), ("q=1&q=2", "2"), ("x=%FF", None)],
)
def test_a_parameter_is_read(caller: Client, bearer: dict[str, str], query: str, value: str | None) -> None:
    response = caller.get("/probe/echo", headers=bearer, query_params=None, QUERY_STRING=query)

    assert response.json()["q"] == value


@pytest.mark.parametrize("query", ["q=%FF", "q=%00", "q=a%00b", "q=%ED%A0%80", "q=%C0%80"])
def test_a_parameter_that_is_no_text_is_an_invalid_value(
    caller: Client, bearer: dict[str, str], query: str
) -> None:
    response = caller.get("/probe/echo", headers=bearer, QUERY_STRING=query)

    assert (response.status_code, response.json()["problems"]) == (422, [["q", "invalid"]])


def test_a_query_of_very_many_parameters_is_refused(caller: Client, bearer: dict[str, str]) -> None:
    response = caller.get("/probe/echo", headers=bearer, QUERY_STRING="&".join(["q=1"] * 1001))

    assert (response.status_code, response.json()["problems"]) == (422, [[None, "too_many_fields"]])


# --- fields -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("cents", ["100", "100.0", "1e2", "99999999"])
def test_a_whole_json_number_is_an_integer(caller: Client, cents: str) -> None:
    response = post(caller, {}, f'{{"cents": {cents}}}'.encode(), path="/probe/form")

    assert response.json() == {"cents": str(int(float(cents)))}


@pytest.mark.parametrize(
    ("cents", "code"),
    [
        ("99", "min_value"),
        ("-100", "min_value"),
        ("100000000", "max_value"),
        ("1e300", "max_value"),
        ("100.5", "invalid"),
        ('"100"', "invalid"),
        ('"\u0661\u0660\u0660"', "invalid"),  # Arabic digits
        ("true", "invalid"),
        ("[100]", "invalid"),
        ("{}", "invalid"),
        ("null", "null"),
    ],
)
def test_what_is_no_integer_in_range_is_refused(caller: Client, cents: str, code: str) -> None:
    response = post(caller, {}, f'{{"cents": {cents}}}'.encode(), path="/probe/form")

    assert (response.status_code, response.json()["problems"]) == (422, [["cents", code]])


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("due", 0, "min_value"),
        ("due", -1, "min_value"),
        ("due", 253402214401, "max_value"),
        ("due", "1614556800", "invalid"),
        ("title", "sixsix", "max_length"),
        ("title", "", "blank"),
        ("title", 5, "invalid"),
        ("title", True, "invalid"),
        ("title", ["a"], "invalid"),
        ("task", "0190A3F2-0000-7000-8000-00000000000", "invalid"),
        ("task", "0190a3f2000070008000000000000000", "invalid"),
        ("task", 7, "invalid"),
        ("task", None, "null"),
    ],
)
def test_other_values_out_of_bounds_are_refused(caller: Client, name: str, value: Any, code: str) -> None:
    response = post(caller, {}, json.dumps({"cents": 100, name: value}).encode(), path="/probe/form")

    assert (response.status_code, response.json()["problems"]) == (422, [[name, code]])


def test_good_values_are_read_as_what_they_mean(caller: Client) -> None:
    task = "0190a3f2-0000-7000-8000-000000000000"
    body = {"cents": 100, "due": 253402214400, "title": " né😀", "task": task}

    response = post(caller, {}, json.dumps(body).encode(), path="/probe/form")

    assert response.json() == {
        "cents": "100",
        "due": "9999-12-31 00:00:00+00:00",
        "title": " né😀",
        "task": task,
    }


@pytest.mark.parametrize("body", [b"[]", b"null", b'"a"', b"1"])
def test_a_body_that_is_no_object_is_invalid(caller: Client, body: bytes) -> None:
    response = post(caller, {}, body, path="/probe/form")

    assert response.status_code == 422
