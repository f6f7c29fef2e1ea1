from uuid import UUID

import pytest

from accounts.rules.emails import BadEmail, normal_email
from accounts.rules.roles import may_give, may_manage
from accounts.rules.scopes import allows_task, is_triggers_scope, task_of_scope, task_scope
from accounts.rules.slugs import RESERVED, is_reserved, is_slug, slug_stem, slugify_unique

TASK = UUID("0192f0c1-2345-7abc-8def-0123456789ab")
OTHER = UUID("0192f0c1-2345-7abc-8def-0123456789ac")


# --- slugs ---
@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Acme Ltd.", "acme-ltd"),
        ("  a__b  ", "a-b"),
        ("Ünïcödé", "unicode"),
        ("日本", "x"),
        ("---", "x"),
        ("_", "x"),
        ("a" * 200, "a" * 54),
        ("a" * 53 + " b", "a" * 53),
    ],
)
def test_slug_stem(name, stem):
    assert slug_stem(name) == stem
    assert is_slug(stem)


def test_slugs_count_up_past_what_is_taken_or_reserved():
    assert slugify_unique("Acme", ()) == "acme"
    assert slugify_unique("Acme", {"acme", "acme-2"}) == "acme-3"
    assert slugify_unique("Users", {"users-2"}) == "users-3"
    assert len(slugify_unique("a" * 99, {"a" * 54})) == 56


def test_no_dialects_path_can_be_an_organization():
    """README, "Names and ids", and every first segment under /api of ours."""
    for segment in ("projects", "users", "v1", "v2", "organizations", "environments", "docs", "schema"):
        assert is_reserved(segment)
    assert all(is_reserved(f"v{number}") for number in range(1, 100))
    assert not is_reserved("acme")
    assert not is_reserved("v1-team")


def test_reserved_words_are_spelled_as_paths():
    assert {word for word in RESERVED if word != word.lower()} == set()


# --- addresses ---
@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("Ann@Example.COM", "ann@example.com"),
        ("\t a.b+c@x.io\n", "a.b+c@x.io"),
        ("o'hara@x.io", "o'hara@x.io"),
    ],
)
def test_address_has_one_spelling(text, email):
    assert normal_email(text) == email


@pytest.mark.parametrize(
    "text", ["", "a", "a@", "@x.io", "a b@x.io", "a@x", "a@x.io, b@x.io", "a@x.io\nBcc: b@x.io", "İ@x.io"]
)
def test_what_is_no_address(text):
    with pytest.raises(BadEmail):
        normal_email(text)


# --- roles ---
@pytest.mark.parametrize(
    ("own", "gives"),
    [("owner", {"owner", "admin", "member"}), ("admin", {"admin", "member"}), ("member", set())],
)
def test_roles(own, gives):
    assert {role for role in ("owner", "admin", "member") if may_give(own, role)} == gives
    assert may_manage(own) == bool(gives)


# --- scopes ---
def test_task_scope_reads_back():
    assert task_of_scope(task_scope(TASK)) == TASK


@pytest.mark.parametrize(
    "scope",
    [
        "task",
        "task:",
        "task:1",
        f"task:{TASK.hex}",
        f"task:{{{TASK}}}",
        f"Task:{TASK}",
        f"task:{TASK} ",
        str(TASK),
    ],
)
def test_only_the_canonical_spelling_is_a_task_scope(scope):
    assert task_of_scope(scope) is None
    assert not is_triggers_scope(scope)


def test_scopes_allow_tasks():
    assert allows_task(frozenset({"user"}), TASK)
    assert allows_task(frozenset({task_scope(TASK)}), TASK)
    assert not allows_task(frozenset({task_scope(TASK)}), OTHER)
    assert not allows_task(frozenset(), TASK)
