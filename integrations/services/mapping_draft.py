"""Edits of mapping tables that are staged: kept, looked at, and then in effect together or discarded."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.contract import Connector, Subject
from integrations.models import Connection, MappingDraft
from integrations.registry import connector
from integrations.services.connections import FormRefused, connection_find, connection_log
from integrations.services.mapping import Edits, edits_clean, mapping_apply, rows_saved
from integrations.services.mapping_keys import RowKey, row_key
from integrations.types import DraftInfo
from tenancy.types import Actor, RefusedError

_CHANGED = (
    "Somebody else changed these edits meanwhile. This is what they are now; look again, and then let them take effect."
)


def mapping_draft(*, connection_id: int) -> DraftInfo | None:
    """The edits that wait on a connection, or None."""
    row = MappingDraft.objects.filter(connection_id=connection_id).first()
    if row is None:
        return None
    return DraftInfo(f"{row.id}.{row.version}", _edits(row.edits), row.changed_by, row.changed_at)


def draft_stage(*, connection_id: uuid.UUID, edits: Edits, actor: Actor, now: datetime) -> int:
    """Keep edits beside those that wait already; a row that would be as it is saved no longer waits. Nothing takes effect.

    Returns how many rows wait on the connection. Raises FormRefused naming the cells, as a save would.
    """
    connection = connection_find(connection_id, lock=True)
    declared = connector(connection.kind)
    clean, problems = edits_clean(declared, edits, connection.settings)
    if problems:
        raise FormRefused(problems)
    row = MappingDraft.objects.select_for_update().filter(connection=connection).first()
    waiting = _merged(connection, _edits(row.edits) if row else {}, clean)
    count = sum(len(rows) for rows in waiting.values())
    told = {subject.value: {str(key): values for key, values in rows.items()} for subject, rows in waiting.items()}
    if row is not None and row.edits == told:
        return count
    if not count:
        if row is not None:
            row.delete()
    elif row is None:
        MappingDraft.objects.create(connection=connection, edits=told, changed_by=actor.label[:160], changed_at=now)
    else:
        row.edits, row.changed_by, row.changed_at = told, actor.label[:160], now
        row.version += 1
        row.save()
    if count or row is not None:
        connection_log(connection, actor, now, "mapping.stage", None, {"rows": count})
    return count


def draft_discard(*, connection_id: uuid.UUID, actor: Actor, now: datetime) -> int:
    """Drop what waits. Returns how many rows that were."""
    connection = connection_find(connection_id, lock=True)
    row = MappingDraft.objects.filter(connection=connection).first()
    if row is None:
        return 0
    count = sum(len(rows) for rows in row.edits.values())
    row.delete()
    connection_log(connection, actor, now, "mapping.discard", {"rows": count}, None)
    return count


def draft_apply(
    *, connection_id: uuid.UUID, version: str, revision: int, confirmed_removals: str, actor: Actor, now: datetime
) -> int:
    """Let what waits take effect, if it and the connection are still as they were looked at. Returns how many rows changed.

    `confirmed_removals` is the digest of the removals that were shown: the run that follows may carry out exactly these.
    """
    connection = connection_find(connection_id, lock=True)
    row = MappingDraft.objects.select_for_update().filter(connection=connection).first()
    if row is None or f"{row.id}.{row.version}" != version or connection.revision != revision:
        raise RefusedError(_CHANGED, code="stale")
    changed = mapping_apply(
        connection_id=connection_id,
        edits=_edits(row.edits),
        confirmed_removals=confirmed_removals,
        actor=actor,
        now=now,
    )
    row.delete()
    return changed


def draft_problems(declared: Connector, draft: DraftInfo, settings: Mapping[str, Any]) -> dict[str, str]:
    """What of the staged edits the connection's settings no longer allow: "<row>/<field>" → a sentence."""
    return edits_clean(declared, draft.edits, settings)[1]


def _merged(connection: Connection, waiting: Edits, more: Edits) -> dict[Subject, dict[RowKey, Any]]:
    merged: dict[Subject, dict[RowKey, Any]] = {subject: dict(rows) for subject, rows in waiting.items()}
    for subject, rows in more.items():
        merged.setdefault(subject, {}).update(rows)
    kept = {}
    for subject, rows in merged.items():
        saved = rows_saved(connection, subject, rows)
        different = {key: values for key, values in rows.items() if saved.get(key) != values}
        if different:
            kept[subject] = different
    return kept


def _edits(raw: Mapping[str, Mapping[str, Any]]) -> dict[Subject, dict[RowKey, Any]]:
    return {
        Subject(subject): {row_key(Subject(subject), key): values for key, values in rows.items()}
        for subject, rows in raw.items()
    }
