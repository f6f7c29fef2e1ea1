"""Write docs/openapi/<dialect>.json for every dialect, as tests/contract/test_openapi.py compares them."""

import os
from pathlib import Path

import django

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "openapi"


def main() -> None:
    """Set Django up and write the documents."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tasktracker.settings")
    django.setup()
    from tasktracker.docs.views import document_text  # noqa: PLC0415  # needs the settings
    from tasktracker.registry import DIALECTS  # noqa: PLC0415

    FOLDER.mkdir(parents=True, exist_ok=True)
    for dialect in DIALECTS:
        (FOLDER / f"{dialect.name}.json").write_text(document_text(dialect.name), encoding="utf-8")


if __name__ == "__main__":
    main()
