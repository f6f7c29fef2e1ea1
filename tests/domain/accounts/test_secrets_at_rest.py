"""P15: who steals the database finds no credential in it."""

import pytest
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.core.management import call_command
from django.db import connection

from accounts.operations.credentials import issue_triggers_token
from accounts.operations.sessions import SessionStore
from accounts.queries.credentials import credentials_of
from tasktracker.http.tokens import sign
from tests.conftest import PASSWORD

MANY = 200


def everything():
    """Every value of every table of accounts, as the database gives it."""
    texts = []
    with connection.cursor() as cursor:
        for model in apps.get_app_config("accounts").get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            texts.extend(str(value) for row in cursor.fetchall() for value in row)
    return "\n".join(texts)


@pytest.mark.django_db
def test_no_issued_credential_is_in_the_database(owner, principal_of, at):
    tokens = [
        sign(issue_triggers_token(principal=principal_of(owner), name=f"n{i}", scope="user", at=at).claims)
        for i in range(MANY)
    ]
    cookies = []
    for i in range(MANY):
        store = SessionStore()
        store.update({SESSION_KEY: str(owner.pk), "code": f"one-time-code-{i}"})
        store.save()
        cookies.append(store.session_key)

    dump = everything()

    assert len(dump) > MANY * 100
    signatures = [token.rpartition(".")[2] for token in tokens]
    found = [secret for secret in (*tokens, *signatures, *cookies) if secret in dump]
    assert (len(tokens), len(cookies), found) == (MANY, MANY, [])
    assert "one-time-code" not in dump
    assert PASSWORD not in dump


@pytest.mark.django_db
def test_no_issued_token_is_in_the_list_of_tokens(owner, principal_of, at, capsys):
    issued = issue_triggers_token(principal=principal_of(owner), name="script", scope="user", at=at)

    (row,) = credentials_of(principal_of(owner))
    call_command("dumpdata", "accounts")

    signature = sign(issued.claims).rpartition(".")[2]
    assert signature not in repr(vars(row))
    assert signature not in capsys.readouterr().out
