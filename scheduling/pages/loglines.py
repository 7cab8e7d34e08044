"""Entries of the change log in words, for the log, its file, and a shift's timeline."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from scheduling.selectors.changes import DRAFT_ACTS
from tenancy.types import ChangeInfo
from tenancy.wall import wall

_HIDDEN = {"person_id"}
_TOLD_BY_SUBJECT = {"person", "assignment", "date"}
_ORDER = ["person", "assignment", "date", "start", "end", "note", "private_note", "call_order", "locked"]
_WORDS = {
    "shift.add": "Shift added",
    "shift.change": "Shift changed",
    "shift.remove": "Shift removed",
    "shift.replace": "Replaced at once",
    "schedule.create": "Schedule made",
    "schedule.publish": "Published",
    "schedule.recall": "Taken back",
    "published.added": "Published: added",
    "published.changed": "Published: changed",
    "published.removed": "Published: removed",
    "session.open": "Signed in",
    "session.refuse": "Sign-in refused",
    "account.notices": "What they are told",
}


@dataclass(frozen=True)
class LogLine:
    """An entry as pages show it. `shift_id` names the shift whose timeline it belongs to."""

    at: datetime
    at_text: str
    actor: str
    source: str
    address: str
    action_text: str
    subject: str
    changes: tuple[dict[str, str], ...]
    reason: str
    correlation: str
    shift_id: uuid.UUID | None
    published: str


def log_line(row: ChangeInfo, zone: str, published: Mapping[uuid.UUID, datetime] | None = None) -> LogLine:
    """An entry in words. `published` tells when everyone was last told something of each shift."""
    return LogLine(
        at=row.at,
        at_text=moment_text(row.at, zone),
        actor=row.actor,
        source=row.source,
        address=row.address,
        action_text=action_text(row.action),
        subject=row.subject,
        changes=tuple(changes_told(row)),
        reason=row.reason,
        correlation=row.correlation,
        shift_id=row.subject_id if row.subject_type == "shift" else None,
        published=_published(row, zone, published) if published is not None else "",
    )


def _published(row: ChangeInfo, zone: str, published: Mapping[uuid.UUID, datetime]) -> str:
    if row.action not in DRAFT_ACTS or row.subject_id is None:
        return ""
    at = published.get(row.subject_id)
    if at is None or at < row.at:
        return "not published since"
    return f"publication followed by {moment_text(at, zone)}"


def moment_text(at: datetime, zone: str) -> str:
    """`Nov 24, 09:42:10`; the year when it is not this one."""
    local = wall(at, zone)
    year = "" if at.year == timezone.now().year else f" {local.year}"
    return f"{local:%b} {local.day}{year}, {local:%H:%M:%S}"


def changes_told(row: ChangeInfo) -> Iterator[dict[str, str]]:
    """Old and new of each field; of something added or removed only what the subject does not say already."""
    before, after = row.before or {}, row.after or {}
    before, after = _flat(before), _flat(after)
    names = sorted({*before, *after} - _HIDDEN, key=lambda name: (_ORDER.index(name) if name in _ORDER else 99, name))
    for name in names:
        was, now = _text(before.get(name)), _text(after.get(name))
        if was == now or (not (before and after) and name in _TOLD_BY_SUBJECT and row.subject_type == "shift"):
            continue
        if before and after:
            yield {"name": name.replace("_", " "), "was": was or "none", "now": now or "none"}
        else:
            yield {"name": name.replace("_", " "), "was": was, "now": now}


def _flat(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields that hold fields, one by one: settings are read name by name."""
    flat: dict[str, object] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            flat |= {f"{name} · {inner}": one for inner, one in value.items()}
        else:
            flat[name] = value
    return flat


def _text(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(one)}" for name, one in value.items() if _text(one))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)


def action_text(action: str) -> str:
    """An action in words."""
    if action in _WORDS:
        return _WORDS[action]
    noun, _, verb = action.partition(".")
    return f"{noun.replace('_', ' ').capitalize()}: {verb.replace('_', ' ')}"
