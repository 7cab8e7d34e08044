"""A shift that goes from one mailbox to another: a removal and a creation, read together to tell a new name from a new person."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.connectors.outlook.outcomes import Kind, Verdict
from integrations.connectors.outlook.work import Work
from integrations.contract import Operation, Outcome

_MEMORY = "outlook.lost"


@dataclass
class _Move:
    """The removals of a record that a creation waits for, and those whose mailbox was not found meanwhile."""

    create: Operation
    open: int = 0
    lost: list[tuple[Operation, Outcome]] = field(default_factory=list)


class Moves:
    """Pairs creations with removals of the same record.

    Mailboxes that differ only in case are one: its event is kept and changed, not deleted and made again. Otherwise the
    removal goes first. Where its mailbox is no longer found the person may have got another name: then the creation looks
    whether the event is in the new mailbox already.
    """

    def __init__(
        self, operations: Sequence[Operation], connection_id: uuid.UUID, memory: MutableMapping[str, Any]
    ) -> None:
        self._operations = operations
        self._connection_id = connection_id
        self._moves: dict[str, _Move] = {}
        self._same: dict[int, Operation] = {}  # by id of a work: the removal that ends with it
        self._free: list[Work] = []
        # Slices may cut a pair in two: keys whose old mailbox was not found are kept beyond this one.
        self._lost: set[str] = memory.setdefault(_MEMORY, set())

    def start(self) -> list[Work]:
        """The works that can begin at once, in the order of the operations."""
        creates = {one.key: one for one in self._operations if one.kind == "create"}
        removals: dict[str, list[Operation]] = defaultdict(list)
        for one in self._operations:
            if one.kind == "remove" and one.key in creates:
                removals[one.key].append(one)
        merged = {key: self._same_mailbox(create, removals[key]) for key, create in creates.items()}
        works = []
        for one in self._operations:
            same = merged.get(one.key)
            if one is same:
                continue  # settled together with the creation
            if one.kind != "create":
                works.append(Work(one, self._connection_id))
            elif same is not None:
                works.append(self._kept(one, same))
            elif removals[one.key]:
                self._moves[one.key] = _Move(one, open=len(removals[one.key]))
            else:
                works.append(Work(one, self._connection_id, look_first=one.key in self._lost))
                self._lost.discard(one.key)
        return works

    def settled(self, work: Work, outcome: Outcome, refusal: Verdict | None) -> Iterator[Outcome]:
        """What becomes known with the outcome of a work."""
        same = self._same.pop(id(work), None)
        move = self._moves.get(work.operation.key)
        if same is not None:
            yield outcome
            there = outcome.result not in ("confirmed", "gone")
            yield Outcome(
                same.key, same.recipient, "retry" if there else "confirmed", code=outcome.code, text=outcome.text
            )
        elif work.operation.kind != "remove":
            yield outcome
            if move is not None:
                yield from self._after(move, work)
        else:
            missing = outcome.result == "rejected" and refusal is not None and refusal.kind is Kind.NO_MAILBOX
            if move is not None and missing:
                move.lost.append((work.operation, outcome))  # told when the creation has looked
            else:
                yield outcome
                if missing:
                    self._lost.add(work.operation.key)
            if move is not None:
                self._closer(move)

    def released(self) -> list[Work]:
        """Works that may begin now."""
        found, self._free = self._free, []
        return found

    def _same_mailbox(self, create: Operation, removals: list[Operation]) -> Operation | None:
        name = create.recipient.strip().casefold()
        same = next((one for one in removals if one.recipient.strip().casefold() == name), None)
        # With another removal beside it, the plain way is the safe one.
        return same if len(removals) == 1 else None

    def _kept(self, create: Operation, same: Operation) -> Work:
        if same.handle:
            known = None if same.uncertain else same.payload
            work = Work(replace(create, kind="update", handle=same.handle, before=known), self._connection_id)
        else:
            work = Work(create, self._connection_id, look_first=True)
        self._same[id(work)] = same
        return work

    def _closer(self, move: _Move) -> None:
        move.open -= 1
        if not move.open:
            self._free.append(Work(move.create, self._connection_id, look_first=bool(move.lost)))

    def _after(self, move: _Move, work: Work) -> Iterator[Outcome]:
        """The creation has looked: an event it adopted under its old id was never in another mailbox."""
        for operation, outcome in move.lost:
            if work.adopted and work.adopted == operation.handle:
                yield Outcome(
                    operation.key, operation.recipient, "confirmed", code="renamed", text="The mailbox has a new name."
                )
            else:
                yield outcome
