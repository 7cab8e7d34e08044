"""Desired minus ledger is the plan. Pure: the preview prints it, delivery carries it out, a retry computes it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.contract import Desired, Operation

UNSURE = "?"  # in place of a handle: refused now, but an earlier try without an answer may have been accepted


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the destination was given, as far as we know.

    `state`: confirmed; intended (an operation was under way and its outcome is not known); rejected (it refused these inputs);
    removed (it is gone, kept so that a record that comes back takes the next generation).
    `payload` is what it has, or may have; `hash` is the payload last confirmed or, when rejected, last refused.
    """

    key: str
    recipient: str
    state: str
    hash: str
    payload: Mapping[str, Any]
    handle: str
    generation: int
    label: str
    starts_at: datetime
    ends_at: datetime
    retry_at: datetime | None = None


@dataclass(frozen=True)
class Conflict:
    """Two desired records with one key and recipient: reported, not a coin toss. None of them is sent."""

    key: str
    recipient: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What a run has to do. `kept` counts delivered records that are over or outside the window: they stay untouched."""

    operations: tuple[Operation, ...]
    conflicts: tuple[Conflict, ...]
    unchanged: int
    kept: int
    waiting: int  # rejected before, same inputs, not yet due again
    ledger_size: int

    def count(self, kind: str) -> int:
        """How many operations are of that kind."""
        return sum(1 for one in self.operations if one.kind == kind)


def plan(
    desired: Iterable[Desired],
    ledger: Iterable[LedgerEntry],
    *,
    now: datetime,
    keeps_past: bool,
    window_start: datetime | None = None,
    past_edge: datetime | None = None,
) -> Plan:
    """Compare. With `keeps_past`, what has ended at `now` is never removed, and neither added nor changed when it had ended
    at `past_edge` (`now` unless a connection looks back further).

    A delivered record that starts before `window_start` has rolled out of the window: that is not a removal.
    """
    wanted, conflicts = _unique(desired)
    clashing = {(one.key, one.recipient) for one in conflicts}
    have = {(one.key, one.recipient): one for one in ledger}
    operations: list[Operation] = []
    unchanged = kept = waiting = 0
    for identity, record in wanted.items():
        entry = have.get(identity)
        edge = past_edge or now
        if keeps_past and record.ends_at <= edge and (entry is None or entry.ends_at <= edge):
            kept += 1
        elif entry is None:
            operations.append(_create(record, generation=1, uncertain=False))
        elif entry.state == "removed":
            operations.append(_create(record, generation=entry.generation + 1, uncertain=False))
        elif entry.state == "rejected":
            if entry.hash == record.hash() and entry.retry_at is not None and entry.retry_at > now:
                waiting += 1
            else:
                operations.append(_again(record, entry))
        elif entry.state == "confirmed" and entry.hash == record.hash():
            unchanged += 1
        else:
            operations.append(_again(record, entry))
    for identity, entry in have.items():
        if identity in wanted or identity in clashing or entry.state == "removed":
            continue
        over = keeps_past and entry.ends_at <= now
        rolled_out = window_start is not None and entry.starts_at < window_start
        never_there = entry.state == "rejected" and not entry.handle
        if over or rolled_out or never_there:
            kept += 1
        else:
            operations.append(_remove(entry))
    size = sum(1 for entry in have.values() if entry.state != "removed")
    operations.sort(key=lambda one: (one.starts_at, one.kind != "remove", one.key, one.recipient))
    return Plan(tuple(operations), tuple(conflicts), unchanged, kept, waiting, size)


def _unique(desired: Iterable[Desired]) -> tuple[dict[tuple[str, str], Desired], list[Conflict]]:
    wanted: dict[tuple[str, str], Desired] = {}
    clashes: dict[tuple[str, str], list[str]] = {}
    for record in desired:
        identity = (record.key, record.recipient)
        if identity in wanted or identity in clashes:
            first = wanted.pop(identity, None)
            clashes.setdefault(identity, [first.label] if first else []).append(record.label)
        else:
            wanted[identity] = record
    return wanted, [Conflict(key, recipient, tuple(labels)) for (key, recipient), labels in clashes.items()]


def _create(record: Desired, *, generation: int, uncertain: bool) -> Operation:
    return Operation(
        kind="create",
        key=record.key,
        recipient=record.recipient,
        generation=generation,
        payload=record.payload,
        before=None,
        handle="",
        label=record.label,
        starts_at=record.starts_at,
        ends_at=record.ends_at,
        uncertain=uncertain,
    )


def _again(record: Desired, entry: LedgerEntry) -> Operation:
    """Change what is there; create it (looking first) where no handle was ever confirmed."""
    if entry.handle in ("", UNSURE):
        doubt = entry.state == "intended" or entry.handle == UNSURE
        return _create(record, generation=entry.generation, uncertain=doubt)
    return Operation(
        kind="update",
        key=record.key,
        recipient=record.recipient,
        generation=entry.generation,
        payload=record.payload,
        before=entry.payload if entry.state == "confirmed" else None,
        handle=entry.handle,
        label=record.label,
        starts_at=record.starts_at,
        ends_at=record.ends_at,
        uncertain=entry.state == "intended",
    )


def _remove(entry: LedgerEntry) -> Operation:
    return Operation(
        kind="remove",
        key=entry.key,
        recipient=entry.recipient,
        generation=entry.generation,
        payload=entry.payload,
        before=entry.payload,
        handle="" if entry.handle == UNSURE else entry.handle,
        label=entry.label,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        uncertain=entry.state != "confirmed",
    )
