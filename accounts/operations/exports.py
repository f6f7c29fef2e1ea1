"""The copy of everything that an account has: asked for, written a part at a time, fetched, removed.

A turn writes one part under a lease and notes it under its fence: whoever comes next goes on behind it, so a
worker may be killed anywhere and two may write side by side. What is in it: export_sections.py.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from accounts.gateways import exports as store
from accounts.models import Export
from accounts.operations.export_sections import Section, files, sections
from accounts.queries.accounts import lock_account
from accounts.queries.exports import own_export
from accounts.rules.exports import KEPT, ExportState, csv_lines, json_array, json_line
from accounts.rules.principal import Principal, require_own_account
from tasktracker.core.clock import DatabaseNow
from tasktracker.core.errors import NotFound
from tasktracker.core.failpoints import failpoint
from tasktracker.core.jobs import enqueue_on_commit

log = logging.getLogger(__name__)

_TURNS_MOST: Final = 50  # of one sweep: other accounts wait, too
_REMOVED_AT_ONCE: Final = 100


class LeaseLost(Exception):
    """Another worker has the export; what this one does counts for nothing."""


def ask_for_export(*, principal: Principal, at: datetime) -> Export:
    """Let a copy of everything be written; one that is being written already is returned instead.

    Raises NotForKeys, NotFound.
    """
    require_own_account(principal)
    with transaction.atomic():
        lock_account(principal.user_id)
        open_one = Export.objects.filter(user_id=principal.user_id, state=ExportState.OPEN).first()
        if open_one is not None:
            return open_one
        export = Export.objects.create(
            user_id=principal.user_id,
            rows_total=sum(section.count(principal.user_id) for section in sections()),
            created_at=at,
            expires_at=at + KEPT,
        )
        enqueue_on_commit("accounts.write_exports")
    return export


def fetch_export(*, principal: Principal, export_id: UUID, at: datetime) -> tuple[Export, Iterator[bytes]]:
    """Open the file of an export that its owner asked for, in chunks.

    Raises NotFound (also for one that is not ready, or expired), NotForKeys.
    """
    export = own_export(principal, export_id)
    chunks = store.read_archive(export.pk) if export.is_ready(at) else None
    if chunks is None:
        raise NotFound
    return export, chunks


def write_exports(at: datetime) -> int:
    """Go on with exports that nobody writes, the oldest first. Returns how many parts were written."""
    written = 0
    while written < _TURNS_MOST and (export := _claim()):
        try:
            _write_next(export, at)
        except LeaseLost:
            log.info("export.lease_lost", extra={"export_id": str(export.pk)})
            continue
        written += 1
    return written


def remove_expired_exports(at: datetime) -> int:
    """Remove the files of exports whose time is over. Returns how many."""
    old = Export.objects.filter(expires_at__lte=at).exclude(state=ExportState.GONE)
    return _remove(list(old.order_by("expires_at", "pk")[:_REMOVED_AT_ONCE]), at)


def erase_exports(*, user_id: int, at: datetime) -> None:
    """Remove every file of an account that is closing. Safe to repeat."""
    _remove(list(Export.objects.filter(user_id=user_id).exclude(state=ExportState.GONE)), at)


def _claim() -> Export | None:
    """Take the oldest open export that nobody holds, with a new fence."""
    free = Q(lease_until=None) | Q(lease_until__lt=DatabaseNow())
    waiting = Export.objects.filter(free, state=ExportState.OPEN).order_by("created_at", "pk")
    for export_id in waiting.values_list("pk", flat=True)[:5]:
        taken = Export.objects.filter(free, pk=export_id, state=ExportState.OPEN)
        if taken.update(lease_until=_lease(), fence=F("fence") + 1):
            return Export.objects.get(pk=export_id)
    return None


def _write_next(export: Export, at: datetime) -> None:
    """Write the next part, or the file when every part is there; then let go of the lease."""
    parts = sections()
    if export.sections_done < len(parts):
        section = parts[export.sections_done]
        store.write_part(export.pk, section.name, _lines(export, section))
        failpoint("export.after_part")
        done = {"rows_done": F("rows_done") + F("part_rows"), "part_rows": 0}
        _note(export, sections_done=export.sections_done + 1, lease_until=None, **done)
        return
    size = _write_file(export)
    failpoint("export.after_file")
    _note(export, state=ExportState.DONE, size=size, finished_at=at, expires_at=at + KEPT, lease_until=None)
    store.delete_files(export.pk, _names(), archive_too=False)


def _lines(export: Export, section: Section) -> Iterator[bytes]:
    rows = 0
    _note(export, part_rows=rows)  # a worker before us may have been killed half-way
    for page in section.pages(export.user_id):
        rows += len(page)
        _note(export, part_rows=rows, lease_until=_lease())
        yield from map(json_line, page)


def _write_file(export: Export) -> int:
    with store.archive(export.pk) as archive:
        for name in _names():
            archive.add(f"json/{name}.json", json_array(_renewed(export, store.part_lines(export.pk, name))))
            archive.add(f"csv/{name}.csv", csv_lines(_renewed(export, store.part_lines(export.pk, name))))
        for name, make in files().items():
            archive.add(name, [make(export.user_id)])
            _note(export, lease_until=_lease())
    return archive.size


def _renewed(export: Export, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Hold on to the lease while lines go by."""
    for number, line in enumerate(lines):
        if number % 5000 == 0:
            _note(export, lease_until=_lease())
        yield line


def _note(export: Export, **columns: object) -> None:
    """Write down how far an export is. Raises LeaseLost when that is another worker's by now."""
    mine = Export.objects.filter(pk=export.pk, fence=export.fence, state=ExportState.OPEN)
    if not mine.update(**columns):
        raise LeaseLost


def _remove(exports: list[Export], at: datetime) -> int:
    for export in exports:
        Export.objects.filter(pk=export.pk).update(
            state=ExportState.GONE,
            finished_at=export.finished_at or at,
            lease_until=None,
            fence=F("fence") + 1,
        )
        store.delete_files(export.pk, _names(), archive_too=True)
    return len(exports)


def _names() -> list[str]:
    return [section.name for section in sections()]


def _lease() -> DatabaseNow:
    return DatabaseNow(timedelta(seconds=settings.TASKTRACKER_LEASE_SECONDS))
