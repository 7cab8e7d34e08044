"""Desired minus ledger is the plan. Pure: the preview prints it, delivery carries it out, a retry computes it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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

    def holds(self, record: Desired) -> bool:
        """True if its payload is the record's. `hash` is of `payload` wherever it is set, so nothing needs hashing here."""
        return self.payload == record.payload


@dataclass(frozen=True)
class Conflict:
    """Two desired records with one key and recipient: reported, not a coin toss. None of them is sent."""

    key: str
    recipient: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A difference of a record that must not change any more: listed with its reason, never sent."""

    operation: Operation
    reason: str


Closed = Callable[[Mapping[str, Any], datetime], str]  # payload and start → why it must not change; empty while it may


@dataclass(frozen=True)
class Plan:
    """What a run has to do. `kept` counts delivered records that are over or outside the window: they stay untouched."""

    operations: tuple[Operation, ...]
    conflicts: tuple[Conflict, ...]
    unchanged: int
    kept: int
    waiting: int  # rejected before, same inputs, not yet due again
    ledger_size: int
    held: tuple[Held, ...] = ()

    def count(self, kind: str) -> int:
        """How many operations are of that kind."""
        return sum(1 for one in self.operations if one.kind == kind)


@dataclass(frozen=True)
class Bounds:
    """What a plan must leave alone.

    With `keeps_past`, what has ended at `now` is never removed, and neither added nor changed when it had ended at `past_edge` (`now`
    unless a connection looks back further). A delivered record that starts before `window_start` has rolled out of the window: that
    is not a removal. What `closed` gives a reason for is held; but a record that was never delivered and starts before `listed_from`
    is left alone without a word. With `everything`, what the destination has already is sent once more.
    """

    now: datetime
    keeps_past: bool
    window_start: datetime | None = None
    past_edge: datetime | None = None
    closed: Closed | None = None
    listed_from: datetime | None = None
    everything: bool = False


def plan(
    desired: Iterable[Desired],
    ledger: Iterable[LedgerEntry],
    *,
    now: datetime,
    keeps_past: bool,
    window_start: datetime | None = None,
    past_edge: datetime | None = None,
) -> Plan:
    """Compare, where nothing is closed. See Bounds for the arguments."""
    return plan_within(desired, ledger, Bounds(now, keeps_past, window_start, past_edge))


def plan_within(desired: Iterable[Desired], ledger: Iterable[LedgerEntry], bounds: Bounds) -> Plan:
    """Compare what is desired with what was given."""
    wanted, conflicts = _unique(desired)
    have = {(one.key, one.recipient): one for one in ledger}
    making = _Making(bounds)
    for identity, record in wanted.items():
        making.wanted(record, have.get(identity))
    clashing = {(one.key, one.recipient) for one in conflicts}
    for identity, entry in have.items():
        if identity not in wanted and identity not in clashing and entry.state != "removed":
            making.not_wanted(entry)
    return Plan(
        operations=tuple(sorted(making.operations, key=_order)),
        conflicts=tuple(conflicts),
        unchanged=making.unchanged,
        kept=making.kept,
        waiting=making.waiting,
        ledger_size=sum(1 for entry in have.values() if entry.state != "removed"),
        held=tuple(sorted(making.held, key=lambda one: _order(one.operation))),
    )


class _Making:
    """A plan while it is made, record by record."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.operations: list[Operation] = []
        self.held: list[Held] = []
        self.unchanged = self.kept = self.waiting = 0

    def wanted(self, record: Desired, entry: LedgerEntry | None) -> None:
        """A record that the destination should have."""
        edge = self.bounds.past_edge or self.bounds.now
        if self.bounds.keeps_past and record.ends_at <= edge and (entry is None or entry.ends_at <= edge):
            self.kept += 1
        elif entry is None:
            self._do(_create(record, generation=1, uncertain=False), None)
        elif entry.state == "removed":
            self._do(_create(record, generation=entry.generation + 1, uncertain=False), entry)
        elif entry.state in ("confirmed", "rejected") and entry.holds(record):
            self._same(record, entry)
        else:
            self._do(_again(record, entry), entry)

    def not_wanted(self, entry: LedgerEntry) -> None:
        """A record that the destination has, or may have, and should not."""
        bounds = self.bounds
        over = bounds.keeps_past and entry.ends_at <= bounds.now
        rolled_out = bounds.window_start is not None and entry.starts_at < bounds.window_start
        never_there = entry.state == "rejected" and not entry.handle
        if over or rolled_out or never_there:
            self.kept += 1
        else:
            self._do(_remove(entry), entry)

    def _same(self, record: Desired, entry: LedgerEntry) -> None:
        if entry.state == "rejected":
            if entry.retry_at is not None and entry.retry_at > self.bounds.now:
                self.waiting += 1
            else:
                self._do(_again(record, entry), entry)
        elif self.bounds.everything and not self._reason(record.payload, record.starts_at):
            self.operations.append(_again(record, entry))
        else:
            self.unchanged += 1

    def _do(self, operation: Operation, entry: LedgerEntry | None) -> None:
        """Do it, unless the record is closed as it was or as it would be."""
        reason = self._reason(operation.payload, operation.starts_at)
        if not reason and entry is not None and entry.state != "removed":
            reason = self._reason(entry.payload, entry.starts_at)
        listed_from = self.bounds.listed_from
        if not reason:
            self.operations.append(operation)
        elif entry is None and listed_from is not None and operation.starts_at < listed_from:
            self.kept += 1
        else:
            self.held.append(Held(operation, reason))

    def _reason(self, payload: Mapping[str, Any], starts_at: datetime) -> str:
        return self.bounds.closed(payload, starts_at) if self.bounds.closed is not None else ""


def _order(one: Operation) -> tuple[datetime, bool, str, str]:
    """Soonest first, a removal before what takes its place."""
    return one.starts_at, one.kind != "remove", one.key, one.recipient


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
