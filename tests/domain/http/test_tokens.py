"""Which texts are tokens at all: NS-09, reliability.md M15, and the key ring."""

import base64
import json
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from rest_framework_simplejwt.backends import TokenBackend

from tasktracker.core.errors import BadCredential
from tasktracker.env import SigningKey
from tasktracker.http.tokens import MAX_TOKEN_LENGTH, KeyBackend, claims_of, sign

SECRET = "a key of the test ring, long enough to sign with"
OTHER = "another key of the ring, as long as the first one"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
CLAIMS = {
    "iss": "tasktracker",
    "sub": "1",
    "jti": str(UUID(int=1)),
    "scope": "user",
    "iat": 1772452800,
}


def hs256(secret):
    return SigningKey("HS256", secret, secret)


@pytest.fixture(autouse=True)
def ring(settings):
    settings.TASKTRACKER_TOKEN_KEYS = {"k1": hs256(SECRET)}
    return settings.TASKTRACKER_TOKEN_KEYS


def segment(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(header, claims=CLAIMS, *, secret=SECRET):
    """Sign exactly these bytes, whatever they say."""
    signed = f"{segment(header)}.{segment(claims)}"
    signature = jwt.get_algorithm_by_name("HS256").sign(signed.encode(), secret.encode())
    return f"{signed}.{segment(signature)}"


GOOD_HEADER = {"alg": "HS256", "kid": "k1", "typ": "JWT"}


def test_signed_claims_come_back():
    assert claims_of(sign(CLAIMS)) == CLAIMS
    assert claims_of(forged(GOOD_HEADER)) == CLAIMS
    assert claims_of(forged({"alg": "HS256", "kid": "k1"})) == CLAIMS


def test_header_says_key_and_algorithm_and_no_more():
    assert jwt.get_unverified_header(sign(CLAIMS)) == {"alg": "HS256", "kid": "k1", "typ": "JWT"}


def test_issuer_subject_and_times_are_left_to_the_row():
    claims = {"iss": "somebody", "sub": 1, "aud": "us", "exp": 1, "nbf": 4102444800, "iat": "soon"}

    assert claims_of(forged(GOOD_HEADER, claims)) == claims


REPEATED_CLAIM = json.dumps(CLAIMS)[:-1].encode() + b', "scope": "user"}'
REPEATED_HEADER = b'{"alg": "HS256", "kid": "k1", "alg": "HS256"}'
BAD_TEXTS = {
    "nothing": "",
    "garbage": "garbage",
    "two segments": ".".join(forged(GOOD_HEADER).split(".")[:2]),
    "four segments": forged(GOOD_HEADER) + ".",
    "empty segments": "..",
    "no signature": forged(GOOD_HEADER).rpartition(".")[0] + ".",
    "wrong key": forged(GOOD_HEADER, secret=OTHER),
    "alg none": f"{segment({'alg': 'none', 'kid': 'k1'})}.{segment(CLAIMS)}.",
    "alg none, signed": forged({"alg": "none", "kid": "k1"}),
    "foreign algorithm": forged({"alg": "HS512", "kid": "k1"}),
    "asymmetric algorithm": forged({"alg": "RS256", "kid": "k1"}),
    "algorithm in other letters": forged({"alg": "hs256", "kid": "k1"}),
    "unknown kid": forged({"alg": "HS256", "kid": "k2"}),
    "no kid": forged({"alg": "HS256"}),
    "kid that is no text": forged({"alg": "HS256", "kid": ["k1"]}),
    "kid that is a path": forged({"alg": "HS256", "kid": "../../dev/null"}),
    "critical header": forged({**GOOD_HEADER, "crit": ["b64"], "b64": False}),
    "key in the header": forged({**GOOD_HEADER, "jwk": {"kty": "oct", "k": segment(SECRET.encode())}}),
    "key address in the header": forged({**GOOD_HEADER, "jku": "https://example.com/keys"}),
    "repeated claim": forged(GOOD_HEADER, REPEATED_CLAIM),
    "repeated header": forged(REPEATED_HEADER),
    "claims that are a list": forged(GOOD_HEADER, b"[]"),
    "claims that are a number": forged(GOOD_HEADER, b"1"),
    "claims that are no JSON": forged(GOOD_HEADER, b"{"),
    "claims that are no text": forged(GOOD_HEADER, b"\xff"),
    "header that is a list": forged(b"[]"),
    "deep claims": forged(GOOD_HEADER, b'{"a":' + b"[" * 1400),
    "padded": forged(GOOD_HEADER) + "=",
    "padded inside": forged(GOOD_HEADER).replace(".", "=.", 1),
    "line end": forged(GOOD_HEADER) + "\n",
    "blank in front": " " + forged(GOOD_HEADER),
    "not ASCII": forged(GOOD_HEADER) + "é",
    "lone surrogate": forged(GOOD_HEADER) + "\ud800",
    "NUL": forged(GOOD_HEADER) + "\0",
    "ordinary base64 letters": forged(GOOD_HEADER) + "+/",
    "too long": forged(GOOD_HEADER, {**CLAIMS, "pad": "x" * MAX_TOKEN_LENGTH}),
    "endless": "a" * 10_000_000,
}


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS.keys())
def test_text_is_no_token(text):
    with pytest.raises(BadCredential) as refusal:
        claims_of(text)

    assert str(refusal.value) == "Incorrect authentication credentials."


def test_every_other_spelling_of_a_token_is_none():
    """43 letters of base64 carry 2 bits too many: four last letters decode to the same signature."""
    good = sign(CLAIMS)
    decoded = base64.urlsafe_b64decode(good.rpartition(".")[2] + "=")
    spellings = [
        good[:-1] + letter
        for letter in ALPHABET
        if base64.urlsafe_b64decode(good.rpartition(".")[2][:-1] + letter + "=") == decoded
    ]

    accepted = [text for text in spellings if is_token(text)]

    assert len(spellings) == 4
    assert accepted == [good]


def test_every_changed_letter_breaks_a_token():
    good = sign(CLAIMS)

    changed = [good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1 :] for i in range(len(good))]

    assert [text for text in changed if is_token(text)] == []


def is_token(text):
    try:
        claims_of(text)
    except BadCredential:
        return False
    return True


# --- one key ---
def test_backend_is_simplejwts_and_verifies_even_when_told_not_to():
    backend = KeyBackend("k1", "HS256", SECRET, SECRET)

    assert isinstance(backend, TokenBackend)
    assert backend.decode(backend.encode(CLAIMS)) == CLAIMS
    with pytest.raises(BadCredential):
        backend.decode(forged(GOOD_HEADER, secret=OTHER), verify=False)


# --- the key ring ---
def test_first_key_signs_and_all_verify(ring):
    old = sign(CLAIMS)
    ring.clear()
    ring.update(k2=hs256(OTHER), k1=hs256(SECRET))

    new = sign(CLAIMS)

    assert jwt.get_unverified_header(new)["kid"] == "k2"
    assert claims_of(old) == claims_of(new) == CLAIMS


def test_token_of_a_retired_key_is_refused(ring):
    old = sign(CLAIMS)
    ring.clear()
    ring.update(k2=hs256(OTHER))

    with pytest.raises(BadCredential):
        claims_of(old)


def test_key_replaced_under_its_name_refuses_old_tokens(ring):
    old = sign(CLAIMS)
    ring.update(k1=hs256(OTHER))

    with pytest.raises(BadCredential):
        claims_of(old)


def pem_pair(algorithm, key):
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return SigningKey(algorithm, private.decode(), public.decode())


@pytest.fixture(scope="module")
def pairs():
    return {
        "RS256": pem_pair("RS256", rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        "EdDSA": pem_pair("EdDSA", ed25519.Ed25519PrivateKey.generate()),
    }


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"])
def test_key_pair_signs_and_verifies(ring, pairs, algorithm):
    ring.clear()
    ring.update(pair=pairs[algorithm], k1=hs256(SECRET))

    text = sign(CLAIMS)

    assert jwt.get_unverified_header(text) == {"alg": algorithm, "kid": "pair", "typ": "JWT"}
    assert claims_of(text) == CLAIMS
    assert claims_of(forged(GOOD_HEADER)) == CLAIMS
    assert not is_token(text[:-8] + "AAAAAAAA")


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"])
def test_public_key_does_not_work_as_a_shared_secret(ring, pairs, algorithm):
    ring.clear()
    ring.update(pair=pairs[algorithm])
    public = pairs[algorithm].verifying_key

    for header in ({"alg": "HS256", "kid": "pair"}, {"alg": algorithm, "kid": "pair"}):
        assert not is_token(forged(header, secret=public))
