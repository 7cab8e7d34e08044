"""A preview in the shape of its page: counts, differences field by field, what is left out grouped by reason."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from integrations.contract import Operation, Skipped
from integrations.diff import Plan
from integrations.pages.common import Head
from integrations.pages.words import cause_words, clock

SHOWN = 200  # operations of a kind on the page
_SUBJECTS = 12
_LONG = 200


@dataclass(frozen=True)
class FieldChange:
    """One field of a changed record."""

    name: str
    was: str
    now: str


@dataclass(frozen=True)
class Change:
    """One operation as the page shows it."""

    label: str
    when: str
    recipient: str
    fields: tuple[FieldChange, ...]
    unknown_before: bool


@dataclass
class Subject:
    """A person, assignment or shift that records were left out for."""

    kind: str
    id: uuid.UUID | None
    name: str
    text: str
    count: int = 0


@dataclass
class Reason:
    """Everything that is left out for one cause."""

    cause: str
    title: str
    subject_type: str
    count: int = 0
    subjects: dict[tuple[str, str], Subject] = field(default_factory=dict)

    @property
    def shown(self) -> list[Subject]:
        """The first few subjects, those with the most records first."""
        return sorted(self.subjects.values(), key=lambda one: (-one.count, one.name))[:_SUBJECTS]

    @property
    def more(self) -> int:
        """How many subjects are not shown."""
        return max(0, len(self.subjects) - _SUBJECTS)

    @property
    def noun(self) -> str:
        """What the subjects are, in one word that agrees with their number."""
        one, many = {"person": ("person", "people")}.get(
            self.subject_type, (self.subject_type, f"{self.subject_type}s")
        )
        return one if len(self.subjects) == 1 else many


class Planned(Protocol):
    """A plan and what is left out with it."""

    @property
    def plan(self) -> Plan: ...

    @property
    def skipped(self) -> Sequence[Skipped]: ...


def preview_context(preview: Planned, head: Head) -> dict[str, Any]:
    """Everything the preview, the safety stop and the switch show of a plan."""
    plan = preview.plan
    operations: dict[str, list[Operation]] = defaultdict(list)
    for one in plan.operations:
        operations[one.kind].append(one)
    size = max(plan.ledger_size, 1)
    sections = [
        ("changed", "Changed", "~", "chg", operations["update"]),
        ("added", "Added", "+", "add", operations["create"]),
        ("removed", "Removed", "−", "del", operations["remove"]),
    ]
    reasons, chosen = reasons_of(preview.skipped)
    return {
        "preview": preview,
        "added": plan.count("create"),
        "changed": plan.count("update"),
        "removed": plan.count("remove"),
        "removed_share": f"{100 * plan.count('remove') / size:.1f}" if plan.ledger_size else "",
        "left_out": sum(one.count for one in reasons),
        "sections": [
            {
                "key": key,
                "title": title,
                "sign": sign,
                "tone": tone,
                "count": len(listed),
                "rows": [change_of(one, head) for one in listed[:SHOWN]],
                "more": max(0, len(listed) - SHOWN),
            }
            for key, title, sign, tone, listed in sections
            if listed
        ],
        "reasons": reasons,
        "chosen": chosen,
    }


def change_of(operation: Operation, head: Head) -> Change:
    """An operation in words."""
    fields: tuple[FieldChange, ...] = ()
    if operation.kind == "update" and operation.before is not None:
        declared = (*head.declared.mapping, *(one for table in head.declared.tables for one in table.fields))
        labels = {one.name: one.label for one in declared}
        fields = tuple(
            FieldChange(labels.get(one.name, one.name.replace("_", " ")), one.was, one.now)
            for one in field_changes(operation.before, operation.payload)
        )
    return Change(
        label=operation.label,
        when=clock(operation.starts_at, head.zone, head.now),
        recipient=operation.recipient,
        fields=fields,
        unknown_before=operation.kind == "update" and operation.before is None,
    )


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[FieldChange]:
    """The fields whose values differ, nested ones by their path."""
    was, now = dict(_flat(before)), dict(_flat(after))
    for name in dict.fromkeys([*now, *was]):
        if was.get(name, "") != now.get(name, ""):
            yield FieldChange(name, was.get(name, ""), now.get(name, ""))


def reasons_of(skipped: Iterable[Skipped]) -> tuple[list[Reason], int]:
    """What is left out, by cause, the largest first; and how many records are left out by choice."""
    reasons: dict[str, Reason] = {}
    chosen = 0
    for one in skipped:
        if one.silent:
            chosen += 1
            continue
        reason = reasons.setdefault(one.cause, Reason(one.cause, cause_words(one.cause), one.subject_type))
        reason.count += 1
        key = (one.subject_type, str(one.subject_id))
        reason.subjects.setdefault(key, Subject(one.subject_type, one.subject_id, one.subject, one.text)).count += 1
    return sorted(reasons.values(), key=lambda one: -one.count), chosen


def _flat(payload: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, str]]:
    for name, value in payload.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        value = ", ".join(map(str, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
