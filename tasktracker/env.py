"""Typed readers of the environment: every wrong value is named, all of them at once.

Only settings.py uses this. Defaults live there, beside the meaning of each value.
"""

import base64
import binascii
import ipaddress
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import environ
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FLAGS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
_AES_256_BYTES = 32
_SHORTEST_SECRET = 32
_P256_BYTES = 32
_SERVICE_ACCOUNT = {"project_id", "client_email", "private_key", "token_uri"}


@dataclass(frozen=True)
class SigningKey:
    """One key of the token ring. For HS256 both halves are the same secret."""

    algorithm: str
    signing_key: str
    verifying_key: str


class Environment:
    """Reads variables, collecting what is wrong until finish() names it all.

    generated: values to use for secrets that are not given (the embedded form's own file).
    """

    def __init__(self, variables: Mapping[str, str], generated: Mapping[str, str] | None = None) -> None:
        self._variables = variables
        self._generated = generated or {}
        self._wrong: list[str] = []
        self.names: list[str] = []

    def read(self, name: str, default: str | None, parse: Callable[[str], T], expected: str) -> T:
        """Parse one variable; an empty one counts as absent. `default` is written as one would write it."""
        self.names.append(name)
        text = self._variables.get(name, "").strip() or default
        if text is None:
            self._wrong.append(f"{name} is missing: expected {expected}")
            return parse_or_none(parse, "")
        try:
            return parse(text)
        except (ValueError, KeyError, OSError, binascii.Error, ImproperlyConfigured):
            self._wrong.append(f"{name} is wrong: expected {expected}")
            return parse_or_none(parse, default or "")

    def text(self, name: str, default: str | None = "") -> str:
        return self.read(name, default, str, "text")

    def secret(self, name: str) -> str:
        return self.read(name, self._generated.get(name), _long_text, "a secret of 32 characters or more")

    def flag(self, name: str, default: str = "0") -> bool:
        return self.read(name, default, lambda text: _FLAGS[text.lower()], "1 or 0")

    def whole(self, name: str, default: str, *, least: int = 0, most: int = 10**9) -> int:
        return self.read(name, default, lambda text: _in_range(int(text), least, most), f"{least} to {most}")

    def factor(self, name: str, default: str) -> float:
        return self.read(name, default, lambda text: _in_range(float(text), 1e-6, 1e6), "a factor above 0")

    def choice(self, name: str, default: str, *allowed: str) -> str:
        return self.read(name, default, lambda text: _one_of(text, allowed), " or ".join(allowed))

    def words(self, name: str, default: str) -> list[str]:
        return self.read(name, default or ",", _words, "a list with commas")

    def seconds_list(self, name: str, default: str) -> tuple[float, ...]:
        return self.read(
            name,
            default,
            lambda text: tuple(_in_range(float(w), 0, 1e7) for w in _words(text)),
            "seconds with commas",
        )

    def networks(self, name: str, default: str) -> tuple[Network, ...]:
        return self.read(
            name,
            default or ",",
            lambda text: tuple(ipaddress.ip_network(word) for word in _words(text)),
            "networks with commas (10.0.0.0/8)",
        )

    def folder(self, name: str, default: str) -> Path:
        return self.read(name, default, lambda text: Path(text).expanduser().resolve(), "a folder")

    def database(self, name: str, default: str) -> dict[str, Any]:
        return self.read(name, default, _database, "a database address (postgres://... or sqlite:///...)")

    def token_keys(self, name: str) -> dict[str, SigningKey]:
        expected = "kid:HS256:<secret> or kid:RS256|EdDSA:<path of a PEM private key>, with commas"
        return self.read(name, self._generated.get(name), _token_ring, expected)

    def sealing_keys(self, name: str) -> dict[str, bytes]:
        expected = "kid:<32 bytes in URL-safe base64>, with commas"
        return self.read(name, self._generated.get(name), _sealing_ring, expected)

    def push_key(self, name: str) -> str:
        """Read the private key that browsers' push services know us by; "" where there is none."""
        return self.read(name, "", _p256_key, "32 bytes in URL-safe base64, a private key of P-256")

    def service_account(self, name: str) -> str:
        """Read the path of a service account's key file; "" where there is none."""
        return self.read(name, "", _service_account, "the path of a service account's JSON key file")

    def finish(self) -> None:
        """Raise ImproperlyConfigured naming every variable that was missing or wrong."""
        if self._wrong:
            raise ImproperlyConfigured("Settings: " + "; ".join(self._wrong))


def _database(text: str) -> dict[str, Any]:
    scheme = text.partition(":")[0]
    _one_of(scheme, ("sqlite", "postgres", "postgresql"))
    config: dict[str, Any] = environ.Env.db_url_config(text)
    return config


def parse_or_none(parse: Callable[[str], T], text: str) -> T:
    """Give a value to go on with until finish() stops the start."""
    try:
        return parse(text)
    except (ValueError, KeyError, OSError, ImproperlyConfigured):
        return None  # type: ignore[return-value]  # never used: finish() raises


def _long_text(text: str) -> str:
    if len(text) < _SHORTEST_SECRET:
        raise ValueError(text)
    return text


def _in_range(value: T, least: float, most: float) -> T:
    if not least <= value <= most:  # type: ignore[operator]
        raise ValueError(value)
    return value


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise ValueError(text)
    return text


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _token_ring(text: str) -> dict[str, SigningKey]:
    ring = dict(_token_key(word) for word in _words(text))
    if not ring:
        raise ValueError(text)
    return ring


def _token_key(word: str) -> tuple[str, SigningKey]:
    kid, algorithm, value = word.split(":", 2)
    if algorithm == "HS256":
        return kid, SigningKey(algorithm, _long_text(value), value)
    _one_of(algorithm, ("RS256", "EdDSA"))
    private = Path(value).read_text(encoding="ascii")
    return kid, SigningKey(algorithm, private, _public_half(private))


def _public_half(private: str) -> str:
    key = serialization.load_pem_private_key(private.encode(), password=None)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode()


def _sealing_ring(text: str) -> dict[str, bytes]:
    ring: dict[str, bytes] = {}
    for word in _words(text):
        kid, value = word.split(":", 1)
        ring[kid] = base64.urlsafe_b64decode(value)
    if not ring or any(len(key) != _AES_256_BYTES for key in ring.values()):
        raise ValueError(text)
    return ring


def _p256_key(text: str) -> str:
    if text:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if len(raw) != _P256_BYTES:
            raise ValueError(text)
        ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1())
    return text


def _service_account(text: str) -> str:
    said = json.loads(Path(text).read_bytes()) if text else dict.fromkeys(_SERVICE_ACCOUNT)
    if not isinstance(said, dict) or not said.keys() >= _SERVICE_ACCOUNT:
        raise ValueError(text)
    return text


def generated_secrets(folder: Path) -> dict[str, str]:
    """Read the embedded form's own secrets, making them on the first start (mode 0600)."""
    path = folder / "secrets.json"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _write_once(path, _new_secrets())
    stored: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
    return stored


def _new_secrets() -> dict[str, str]:
    sealing_key = base64.urlsafe_b64encode(secrets.token_bytes(_AES_256_BYTES)).decode()
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "TASKTRACKER_TOKEN_KEYS": f"k1:HS256:{secrets.token_urlsafe(48)}",
        "TASKTRACKER_SEALING_KEYS": f"s1:{sealing_key}",
    }


def _write_once(path: Path, values: Mapping[str, str]) -> None:
    """Write whole or not at all: two processes may start at once, and the first one's secrets win."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(values, file, indent=1)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
