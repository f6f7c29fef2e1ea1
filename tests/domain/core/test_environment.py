"""The typed readers: every wrong value is named, all at once."""

import base64
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tasktracker.env import Environment, generated_secrets

SECRET = "s" * 40
SEALING = base64.urlsafe_b64encode(b"k" * 32).decode()


def test_all_wrong_values_are_named_at_once() -> None:
    env = Environment({"PORT": "eighty", "DEBUG": "maybe", "KEYS": "k1:none:x"})
    env.whole("PORT", "8000", least=1, most=65535)
    env.flag("DEBUG")
    env.token_keys("KEYS")
    env.secret("SECRET_KEY")

    with pytest.raises(ImproperlyConfigured) as refusal:
        env.finish()

    text = str(refusal.value)
    assert [name for name in ("PORT", "DEBUG", "KEYS", "SECRET_KEY") if name in text] == [
        "PORT",
        "DEBUG",
        "KEYS",
        "SECRET_KEY",
    ]
    assert "eighty" not in text  # a wrong value may be a secret


def test_an_empty_variable_counts_as_absent() -> None:
    env = Environment({"PORT": " "})

    assert env.whole("PORT", "8000") == 8000
    env.finish()


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (lambda env: env.whole("N", "1", least=1), "N"),
        (lambda env: env.factor("N", "1"), "N"),
        (lambda env: env.networks("N", ""), "N"),
        (lambda env: env.seconds_list("N", "0,5"), "N"),
        (lambda env: env.choice("N", "a", "a", "b"), "N"),
        (lambda env: env.database("N", "sqlite:///x"), "N"),
        (lambda env: env.sealing_keys("N"), "N"),
        (lambda env: env.push_key("N"), "N"),
        (lambda env: env.service_account("N"), "N"),
    ],
)
def test_each_reader_refuses_what_is_not_its_type(read: object, name: str) -> None:
    env = Environment({"N": "-?-"})
    read(env)  # type: ignore[operator]

    with pytest.raises(ImproperlyConfigured, match=name):
        env.finish()


def test_the_first_key_of_a_ring_comes_first() -> None:
    env = Environment({"T": f"new:HS256:{SECRET},old:HS256:{SECRET}x", "S": f"b:{SEALING},a:{SEALING}"})

    assert list(env.token_keys("T")) == ["new", "old"]
    assert list(env.sealing_keys("S")) == ["b", "a"]
    env.finish()


def test_generated_secrets_are_made_once_and_kept(tmp_path) -> None:  # type: ignore[no-untyped-def]
    first = generated_secrets(tmp_path / "data")
    again = generated_secrets(tmp_path / "data")

    assert first == again
    assert (tmp_path / "data" / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["secrets.json"]


@pytest.mark.parametrize(("raw", "is_key"), [(b"k" * 32, True), (b"k" * 31, False), (b"\xff" * 32, False)])
def test_a_push_key_is_one_of_its_curve(raw: bytes, *, is_key: bool) -> None:
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    env = Environment({"N": text})

    assert env.push_key("N") == (text if is_key else "")
    if is_key:
        env.finish()
    else:
        with pytest.raises(ImproperlyConfigured, match="N is wrong"):
            env.finish()


@pytest.mark.parametrize("said", ["{}", "[]", "3", "", '{"project_id": "x"}'])
def test_a_key_file_of_a_service_account_says_all_that_is_needed(tmp_path: Path, said: str) -> None:
    file = tmp_path / "account.json"
    file.write_text(said)
    wrong = Environment({"N": str(file)})
    wrong.service_account("N")
    file.with_name("good.json").write_text(
        '{"project_id": "p", "client_email": "e", "private_key": "k", "token_uri": "u"}'
    )
    good = Environment({"N": str(file.with_name("good.json"))})

    assert good.service_account("N").endswith("good.json")
    good.finish()
    with pytest.raises(ImproperlyConfigured, match="N is wrong"):
        wrong.finish()
