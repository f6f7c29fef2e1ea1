"""Sealing: only the same purpose and an unchanged text open."""

import base64

import pytest

from tasktracker.core.sealing import CannotOpen, digest, seal, unseal


def test_what_was_sealed_opens_for_its_purpose() -> None:
    sealed = seal(b"whsec_abc", purpose="webhook:1")

    assert unseal(sealed, purpose="webhook:1") == b"whsec_abc"
    assert "whsec" not in sealed


def test_another_purpose_does_not_open() -> None:
    sealed = seal(b"secret", purpose="webhook:1")

    with pytest.raises(CannotOpen):
        unseal(sealed, purpose="webhook:2")


def test_a_changed_text_does_not_open() -> None:
    kid, _, text = seal(b"secret", purpose="p").partition(".")
    raw = bytearray(base64.urlsafe_b64decode(text))
    raw[-1] ^= 1

    with pytest.raises(CannotOpen):
        unseal(f"{kid}.{base64.urlsafe_b64encode(bytes(raw)).decode()}", purpose="p")


@pytest.mark.parametrize("text", ["", "nokey", "gone.AAAA", "."])
def test_a_text_of_no_known_key_does_not_open(text: str) -> None:
    with pytest.raises(CannotOpen):
        unseal(text, purpose="p")


def test_an_older_key_of_the_ring_still_opens(settings) -> None:  # type: ignore[no-untyped-def]
    settings.TASKTRACKER_SEALING_KEYS = {"old": b"o" * 32}
    sealed = seal(b"secret", purpose="p")

    settings.TASKTRACKER_SEALING_KEYS = {"new": b"n" * 32, "old": b"o" * 32}

    assert unseal(sealed, purpose="p") == b"secret"
    assert seal(b"secret", purpose="p").startswith("new.")


def test_digest_is_sha256_in_hex() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
