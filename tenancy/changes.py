"""The change log: written by every service in its own transaction, never altered."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from tenancy.bulk import rows_insert
from tenancy.models import ChangeEntry
from tenancy.types import Actor


def change_entry(
    *,
    actor: Actor,
    now: datetime,
    action: str,
    subject_type: str,
    subject: str,
    subject_id: uuid.UUID | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    department_id: int | None = None,
    person_id: int | None = None,
    on_date: date | None = None,
    reason: str = "",
    private: bool = False,
) -> ChangeEntry:
    """An unsaved entry; `before` and `after` hold only the fields that differ."""
    return ChangeEntry(
        at=now,
        actor_account_id=actor.account_id,
        actor=actor.label[:160],
        address=actor.address,
        source=actor.source,
        correlation=actor.correlation,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        subject=subject[:240],
        department_id=department_id,
        person_id=person_id,
        on_date=on_date,
        before=_plain(before),
        after=_plain(after),
        reason=reason[:400],
        private=private,
    )


def change_record(**fields: Any) -> None:
    """Write one entry; the arguments are those of change_entry."""
    change_entry(**fields).save(force_insert=True)


def changes_record(entries: Iterable[ChangeEntry]) -> None:
    """Write many entries at once."""
    rows_insert(list(entries))


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two sides reduced to the fields that differ."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _plain(fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if fields is None:
        return None
    return {
        name: value if value is None or isinstance(value, str | int | float | bool | list | dict) else str(value)
        for name, value in fields.items()
    }
