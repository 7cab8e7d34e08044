"""A whole file and all differences after it give what a whole file now would give, whatever went wrong on the way.

The plan is the product's own. Ledger, destination and accidents are simulated here, so that thousands of them meet; the real ledger
and the real run meet them in tests/integrations/engine/test_delta.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from integrations.contract import Desired, Operation
from integrations.diff import Bounds, LedgerEntry, Plan, plan_within

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
KEYS, PEOPLE, NOTES = ["k0", "k1", "k2"], ["ann", "bob"], ["a", "b"]
BACK, FORWARD = 4, 6  # days of the window
Identity = tuple[str, str]


@dataclass(frozen=True)
class Shift:
    """A shift: who, on which day from the start, with which note."""

    person: str
    day: int
    note: str


@dataclass
class Destination:
    """Applies files in their order. What is not marked as uncertain must fit what is there: it would trip a strict reader."""

    records: dict[Identity, Mapping[str, Any]] = field(default_factory=dict)
    strict: bool = True

    def apply(self, operations: tuple[Operation, ...]) -> None:
        for one in operations:
            identity = (one.key, one.recipient)
            if self.strict and not one.uncertain:
                assert (identity in self.records) == (one.kind != "create"), (one, self.records)
            if self.strict and one.kind == "update" and one.before is not None:
                assert self.records[identity] == one.before, "before is what the destination has"
            if one.kind == "remove":
                self.records.pop(identity, None)
            else:
                self.records[identity] = one.payload


class Differences(RuleBasedStateMachine):
    """A person is part of a record's identity, as for payroll; see Payload for the other way."""

    by_person = True

    @initialize()
    def begin(self) -> None:
        self.draft: dict[str, Shift] = {}
        self.published: dict[str, Shift] = {}
        self.page = "p0"
        self.unmapped: set[str] = set()
        self.today = 0
        self.closed_before = -100
        self.first_day: int | None = None  # of the first delivery
        self.ledger: dict[Identity, LedgerEntry] = {}
        self.written_by: dict[Identity, int] = {}
        self.files: list[tuple[int, tuple[Operation, ...]]] = []  # that arrived, with the run that wrote each
        self.run_number = 0
        self.there = Destination()

        for number, key in enumerate(KEYS):
            self.draft[key] = Shift(PEOPLE[number % 2], number * 2 - 2, "a")
        self.published = dict(self.draft)

    # -- what changes ------------------------------------------------------------------------------------------------

    @rule(
        key=st.sampled_from(KEYS),
        person=st.sampled_from(PEOPLE),
        day=st.integers(-6, 9),
        note=st.sampled_from(NOTES),
        publish=st.sampled_from([True, True, False]),
    )
    def place(self, key: str, person: str, day: int, note: str, publish: bool) -> None:
        """A new shift, or another person, day and note."""
        self.draft[key] = Shift(person, self.today + day, note)
        self._published(publish)

    @rule(key=st.sampled_from(KEYS), publish=st.sampled_from([True, True, False]))
    def reassign(self, key: str, publish: bool) -> None:
        if key in self.draft:
            one = self.draft[key]
            self.draft[key] = replace(one, person=PEOPLE[one.person == PEOPLE[0]])
        self._published(publish)

    @rule(key=st.sampled_from(KEYS), publish=st.sampled_from([True, True, False]))
    def take_away(self, key: str, publish: bool) -> None:
        self.draft.pop(key, None)
        self._published(publish)

    def _published(self, publish: bool) -> None:
        if publish:
            self.published = dict(self.draft)

    @rule(key=st.sampled_from([None, *KEYS]))
    def edit_mapping(self, key: str | None) -> None:
        """Another value for all, or one that passes no longer (or again)."""
        if key is None:
            self.page = "p1" if self.page == "p0" else "p0"
        else:
            self.unmapped ^= {key}

    @rule(days=st.integers(1, 3), closes=st.sampled_from([None, None, 0, 2, 4]))
    def days_pass(self, days: int, closes: int | None) -> None:
        """And a period or a lock day closes what is older."""
        self.today += days
        if closes is not None:
            self.closed_before = max(self.closed_before, self.today - closes)

    # -- a run, as the engine does it --------------------------------------------------------------------------------

    @rule(
        everything=st.sampled_from([False, False, True]),
        how=st.sampled_from(["", "", "before", "after", "killed before", "killed after"]),
    )
    def run_with_an_accident(self, everything: bool, how: str) -> None:
        self._run(everything, how)

    @rule()
    def run_until_it_is_quiet(self) -> None:
        for _ in range(3):
            if not self._run(False, "").operations:
                break
        else:
            raise AssertionError("it never comes to rest")
        self._in_step()

    @rule(pick=st.integers(0, 50))
    def send_an_old_file_again(self, pick: int) -> None:
        """What later runs wrote counts as possibly delivered again, before the file leaves."""
        if not self.files:
            return
        number, operations = self.files[pick % len(self.files)]
        for identity, entry in self.ledger.items():
            if self.written_by[identity] > number and entry.state in ("confirmed", "removed"):
                self.ledger[identity] = replace(entry, state="intended")
        self.there.strict = False
        self.there.apply(operations)
        self.there.strict = True

    def _run(self, everything: bool, how: str) -> Plan:
        todo = self._plan(everything)
        self.run_number += 1
        if everything:
            sent = {(one.key, one.recipient) for one in todo.operations}
            held = {(one.operation.key, one.operation.recipient) for one in todo.held}
            missing = {
                identity
                for identity, one in self._desired().items()
                if identity not in sent | held and not self._closed(one.payload, one.starts_at)
            }
            assert missing == set(), "everything is everything that is not closed"
        if todo.operations:
            for one in todo.operations:
                self._intend(one)
            if "before" not in how:
                self.there.apply(todo.operations)
                self.files.append((self.run_number, todo.operations))
            if how == "":
                if self.first_day is None:
                    self.first_day = self.today
                for one in todo.operations:
                    self._confirm(one)
        return todo

    def _plan(self, everything: bool = False) -> Plan:
        return plan_within(
            self._desired().values(),
            self.ledger.values(),
            Bounds(
                now=moment(self.today),
                keeps_past=False,
                window_start=moment(self.today - BACK),
                closed=self._closed,
                listed_from=moment(self.today if self.first_day is None else self.first_day),
                everything=everything,
            ),
        )

    def _closed(self, payload: Mapping[str, Any], starts_at: datetime) -> str:
        return "closed" if starts_at < moment(self.closed_before) else ""

    def _desired(self) -> dict[Identity, Desired]:
        """Inside the window, or delivered inside it and not gone: that stays managed wherever it moved."""
        edge = moment(self.today - BACK)
        managed = {one.key for one in self.ledger.values() if one.state != "removed" and one.starts_at >= edge}
        found = {}
        for key, shift in self.published.items():
            inside = self.today - BACK <= shift.day <= self.today + FORWARD
            if key not in self.unmapped and (inside or key in managed):
                record = self._record(key, shift)
                found[record.key, record.recipient] = record
        return found

    def _record(self, key: str, shift: Shift) -> Desired:
        starts = moment(shift.day)
        payload = {"page": self.page, "note": shift.note, "day": shift.day, "person": shift.person}
        recipient = shift.person if self.by_person else ""
        return Desired(key, key, payload, key, starts, starts + timedelta(hours=8), recipient)

    def _intend(self, one: Operation) -> None:
        identity = (one.key, one.recipient)
        before = self.ledger.get(identity)
        self.ledger[identity] = LedgerEntry(
            one.key, one.recipient, "intended", "" if one.kind == "remove" else "h", one.payload,
            before.handle if before else "", one.generation, one.label, one.starts_at, one.ends_at,
        )  # fmt: skip
        self.written_by[identity] = self.run_number

    def _confirm(self, one: Operation) -> None:
        entry = self.ledger[one.key, one.recipient]
        gone = entry.hash == ""
        self.ledger[one.key, one.recipient] = replace(
            entry, state="removed" if gone else "confirmed", handle="" if gone else "file"
        )

    # -- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def nothing_that_is_closed_is_ever_sent(self) -> None:
        if not hasattr(self, "ledger"):
            return
        todo = self._plan(everything=True)
        closed = moment(self.closed_before)
        for one in todo.operations:
            entry = self.ledger.get((one.key, one.recipient))
            assert one.starts_at >= closed
            assert entry is None or entry.state == "removed" or entry.starts_at >= closed, "nor what it was before"
        assert all(one.kind != "remove" or one.starts_at >= moment(self.today - BACK) for one in todo.operations)

    def _in_step(self) -> None:
        """Quiet: each record is there as a whole file now would have it, but for those that are closed or rolled out."""
        desired, todo = self._desired(), self._plan()
        held = {(one.operation.key, one.operation.recipient) for one in todo.held}
        edge, closed = moment(self.today - BACK), moment(self.closed_before)
        for identity, record in desired.items():
            if self.there.records.get(identity) == record.payload:
                assert identity not in held or self.ledger[identity].state == "intended", "listed while it is not known"
                continue
            entry = self.ledger.get(identity)
            touches = record.starts_at < closed or (entry is not None and entry.starts_at < closed)
            assert touches, f"{identity} is missing or old, and not closed"
            never = entry is None
            quiet = never and record.starts_at < moment(self.today if self.first_day is None else self.first_day)
            assert (identity in held) != quiet, "listed, unless it lies in a closed time before the first delivery"
        for identity in set(self.there.records) - set(desired):
            entry = self.ledger[identity]
            assert entry.starts_at < edge or entry.starts_at < closed, f"{identity} is wanted no longer and still there"
            assert (identity in held) == (entry.starts_at >= edge)


class Payload(Differences):
    """A person is part of what a record says: a reassignment is a change."""

    by_person = False


class Snapshots(RuleBasedStateMachine):
    """Whole files of a window that rolls: what leaves it at the past end is no deletion, and the ledger forgets it."""

    @initialize()
    def begin(self) -> None:
        self.published: dict[str, Shift] = {}
        self.ledger: dict[str, LedgerEntry] = {}
        self.today = 0

    @rule(
        key=st.sampled_from(KEYS), person=st.sampled_from(PEOPLE), day=st.integers(-6, 9), note=st.sampled_from(NOTES)
    )
    def place(self, key: str, person: str, day: int, note: str) -> None:
        self.published[key] = Shift(person, self.today + day, note)

    @rule(key=st.sampled_from(KEYS))
    def take_away(self, key: str) -> None:
        self.published.pop(key, None)

    @rule(days=st.integers(1, 5))
    def days_pass(self, days: int) -> None:
        self.today += days

    @rule(arrives=st.booleans())
    def run(self, arrives: bool) -> None:
        edge = moment(self.today - BACK)
        desired = [
            Desired(
                key,
                key,
                {"note": one.note, "person": one.person, "day": one.day},
                key,
                moment(one.day),
                moment(one.day + 1),
            )
            for key, one in self.published.items()
            if self.today - BACK <= one.day <= self.today + FORWARD
        ]
        todo = plan_within(desired, self.ledger.values(), Bounds(moment(self.today), False, edge))
        removed = {one.key for one in todo.operations if one.kind == "remove"}
        wanted = {one.key for one in desired}
        assert removed == {key for key, one in self.ledger.items() if one.starts_at >= edge and key not in wanted}
        changed = {one.key: one.kind for one in todo.operations if one.kind != "remove"}
        for one in desired:
            entry = self.ledger.get(one.key)
            there = "create" if entry is None else "update"
            assert changed.get(one.key) == (None if entry and entry.payload == one.payload else there)
        if arrives:  # the ledger becomes what the file holds
            self.ledger = {
                one.key: LedgerEntry(
                    one.key, "", "confirmed", "h", one.payload, "file", 1, one.label, one.starts_at, one.ends_at
                )
                for one in desired
            }  # fmt: skip


def moment(day: int) -> datetime:
    """Eight o'clock on a day counted from the start."""
    return START + timedelta(days=day)


_settings = settings(
    max_examples=90, stateful_step_count=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
Differences.TestCase.settings = Payload.TestCase.settings = Snapshots.TestCase.settings = _settings
test_differences_by_person = Differences.TestCase
test_differences_in_the_payload = Payload.TestCase
test_a_window_of_whole_files = Snapshots.TestCase
