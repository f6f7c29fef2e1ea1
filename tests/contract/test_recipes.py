"""The recipes of docs/webhooks.md, as they are printed there, against signatures as they are sent."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.rules.signatures import SIGNATURE_HEADER, new_secret, sign
from tests.architecture.tree import ROOT

BODY = '{"event":"task.triggered","task":{"name":"Pflanzen gießen 🌱"}}'.encode()
SECRET = new_secret()
Recipe = Callable[[str, bytes, str], bool]


def signed(*secrets: str, age: int = 0) -> str:
    """Sign the body as the worker does, `age` seconds ago."""
    at = datetime.now(UTC) - timedelta(seconds=age)
    return sign(body=BODY, secrets=secrets or [SECRET], message_id="msg_1", at=at)[SIGNATURE_HEADER]


def printed(language: str) -> str:
    """Take the one code block of `language` out of the page."""
    page = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return str(code)


def in_python(_folder: Path) -> Recipe:
    names: dict[str, Any] = {}
    exec(printed("python"), names)  # the page's own code
    recipe: Recipe = names["is_genuine"]
    return recipe


def in_node(folder: Path) -> Recipe:
    script = folder / "recipe.js"
    script.write_text(
        printed("js")
        + "const [signature, file, secret] = process.argv.slice(2);\n"
        + "const body = require('node:fs').readFileSync(file);\n"
        + "process.exit(isGenuine(signature, body, secret) ? 0 : 1);\n"
    )
    return _program(folder, ["node", str(script)])


def in_shell(folder: Path) -> Recipe:
    script = folder / "recipe.sh"
    script.write_text(printed("sh") + 'is_genuine "$1" "$2" "$3"\n')
    return _program(folder, ["sh", str(script)])


def _program(folder: Path, command: list[str]) -> Recipe:
    def ask(signature: str, body: bytes, secret: str) -> bool:
        file = folder / "body.json"
        file.write_bytes(body)
        done = subprocess.run([*command, signature, str(file), secret], capture_output=True, check=False)
        assert (done.stdout, done.stderr) == (b"", b"")
        assert done.returncode in {0, 1}
        return done.returncode == 0

    return ask


RECIPES: Mapping[str, tuple[str, Callable[[Path], Recipe]]] = {
    "python": ("python3", in_python),
    "node": ("node", in_node),
    "shell": ("openssl", in_shell),
}


@pytest.fixture(params=RECIPES)
def recipe(request: pytest.FixtureRequest, tmp_path: Path) -> Recipe:
    """One recipe, ready to be asked."""
    program, make = RECIPES[request.param]
    if not shutil.which(program):
        pytest.skip(f"there is no {program} on this machine")
    return make(tmp_path)


def test_what_we_send_is_genuine(recipe: Recipe) -> None:
    assert recipe(signed(), BODY, SECRET)
    assert recipe(signed(age=290), BODY, SECRET)
    assert recipe(signed(new_secret(), SECRET), BODY, SECRET), "while a secret is rotated"
    assert recipe(signed(SECRET, new_secret()), BODY, SECRET)


def test_nothing_else_is(recipe: Recipe) -> None:
    good = signed()

    assert not recipe(good, BODY + b" ", SECRET)
    assert not recipe(good, json.dumps(json.loads(BODY)).encode(), SECRET), (
        "another spelling of the same JSON"
    )
    assert not recipe(good, BODY, new_secret())
    assert not recipe(signed(age=400), BODY, SECRET)
    assert not recipe(signed(age=-400), BODY, SECRET)
    assert not recipe(good[:-1], BODY, SECRET)
    assert not recipe(good.replace("v1=", "v2="), BODY, SECRET)
    moved = good.replace(good.split(",")[0], f"t={int(time.time()) + 1}")
    assert not recipe(moved, BODY, SECRET)
    for nonsense in [
        "",
        "t=",
        "v1=",
        "t=1,",
        "t=x,v1=y",
        "v1=" + "0" * 64,
        "t=9999999999999999999999,v1=" + "0" * 64,
    ]:
        assert not recipe(nonsense, BODY, SECRET), nonsense
