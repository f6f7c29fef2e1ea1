"""The files of profile pictures, behind Django's storage interface (settings.STORAGES["pictures"]).

Whose they are is a row (models/pictures.py).
"""

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages


def write_file(name: str, content: bytes) -> None:
    """Keep a file under a name that no file has."""
    _store().save(name, ContentFile(content))


def read_file(name: str) -> bytes | None:
    """Read a file; None where there is none."""
    try:
        with _store().open(name, "rb") as file:
            content: bytes = file.read()
    except FileNotFoundError:
        return None
    return content


def delete_file(name: str) -> None:
    """Delete a file; one that is not there is fine."""
    _store().delete(name)


def _store() -> Storage:
    return storages["pictures"]
