"""Plan applied to a destination = desired, whatever goes wrong on the way, and never a record twice.

The plan and the ledger are the product's own, the ledger in the real database; the destination and its accidents are simulated.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from integrations.contract import Desired, Operation, Outcome
from integrations.diff import Plan, plan
from integrations.models import Connection, LedgerRow
from integrations.services.ledger import intend, record
from integrations.services.scope import entries
from tests.conftest import NOW, Tenant, tenant_new

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
BAD = "refused"
SLICE = 2
KEYS, PEOPLE = ["k0", "k1"], ["ann", "bob"]  # few, so that accidents meet


class Died(Exception):
    """The worker is gone: nothing after this is written down."""


@dataclass
class Destination:
    """Keeps records by ids of its own; like the real ones it makes a second record when asked to create twice without looking."""

    records: dict[str, tuple[str, str, str, datetime]] = field(default_factory=dict)
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def find(self, one: Operation) -> str | None:
        return next((h for h, row in self.records.items() if row[:2] == (one.key, one.recipient)), None)

    def carry_out(self, one: Operation) -> Outcome:
        handle = one.handle
        if one.kind == "remove":
            handle = handle or self.find(one) or ""
            there = self.records.pop(handle, None)
            return Outcome(one.key, one.recipient, "confirmed" if there else "gone")
        if one.payload["note"] == BAD:
            return Outcome(one.key, one.recipient, "rejected", code="refused", text="No.")
        if one.kind == "create":
            handle = (self.find(one) if one.uncertain else None) or f"h{next(self.numbers)}"
        elif handle not in self.records:
            return Outcome(one.key, one.recipient, "gone")
        self.records[handle] = (one.key, one.recipient, one.payload["note"], one.ends_at)
        return Outcome(one.key, one.recipient, "confirmed", handle=handle)


class Reconciliation(RuleBasedStateMachine):
    """`keeps_past` as calendars have it."""

    keeps_past = True
    tenant: Tenant | None = None

    @initialize()
    def begin(self) -> None:
        cls = type(self)
        cls.tenant = cls.tenant or tenant_new()
        with cls.tenant.transaction():
            self.connection = Connection.objects.create(kind="simulated", name="Simulated", created_at=NOW)
        self.now = START
        self.desired: dict[tuple[str, str], Desired] = {}
        self.there = Destination()

    # -- what changes ------------------------------------------------------------------------------------------------

    @rule(
        key=st.sampled_from(KEYS),
        person=st.sampled_from(PEOPLE),
        note=st.sampled_from(["a", "b", "c", BAD]),
        hours=st.integers(-6, 48),
    )
    def want(self, key: str, person: str, note: str, hours: int) -> None:
        starts = self.now + timedelta(hours=hours)
        self.desired[key, person] = Desired(
            key=key,
            unit=key,
            payload={"note": note, "start": starts.isoformat()},
            label=f"{key} {person}",
            starts_at=starts,
            ends_at=starts + timedelta(hours=4),
            recipient=person,
        )

    @rule(key=st.sampled_from(KEYS), giver=st.sampled_from(PEOPLE), taker=st.sampled_from(PEOPLE))
    def reassign(self, key: str, giver: str, taker: str) -> None:
        one = self.desired.pop((key, giver), None)
        if one is not None:
            self.desired[key, taker] = Desired(
                key, one.unit, one.payload, one.label, one.starts_at, one.ends_at, recipient=taker
            )

    @rule(key=st.sampled_from(KEYS), person=st.sampled_from(PEOPLE))
    def no_longer_want(self, key: str, person: str) -> None:
        self.desired.pop((key, person), None)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(pick=st.integers(0, 100))
    def somebody_deletes_a_record_there(self, pick: int) -> None:
        if self.there.records:
            del self.there.records[sorted(self.there.records)[pick % len(self.there.records)]]
            # Nobody is told; the ledger finds out when it next has something to change there.

    @rule(
        at=st.integers(0, 6),
        how=st.sampled_from(["before the effect", "after the effect", "answer lost", "after sending", "not"]),
    )
    def run_with_an_accident(self, at: int, how: str) -> None:
        self._run(at, how)

    @rule()
    def runs_until_it_is_quiet(self) -> None:
        for _ in range(6):
            if not self._run(0, "not").operations:
                break
        else:
            raise AssertionError("it never comes to rest")
        self._in_step()

    # -- a run, as the engine does it ----------------------------------------------------------------------------------

    def _plan(self) -> Plan:
        assert self.tenant is not None
        with self.tenant.transaction():
            ledger = [entry for _, entry in entries(LedgerRow.objects.filter(connection_id=self.connection.id))]
        return plan(
            self.desired.values(),
            ledger,
            now=self.now,
            keeps_past=self.keeps_past,
            window_start=None if self.keeps_past else self.now - timedelta(days=1),
        )

    def _run(self, at: int, how: str) -> Plan:
        assert self.tenant is not None
        todo = self._plan()
        if self.keeps_past:
            assert all(one.ends_at > self.now for one in todo.operations if one.kind == "remove"), "the past stays"
        done = 0
        try:
            for start in range(0, len(todo.operations), SLICE):
                part = todo.operations[start : start + SLICE]
                with self.tenant.transaction():
                    intend(
                        connection_id=self.connection.id,
                        lane="live",
                        run_id=1,
                        operations=part,
                        units={},
                        now=self.now,
                    )
                results: list[tuple[Operation, Outcome]] = []
                lost = False
                for one in part:
                    hit = done == at
                    if hit and how == "before the effect":
                        raise Died
                    outcome = self.there.carry_out(one)
                    done += 1
                    if hit and how == "after the effect":
                        raise Died
                    if hit and how == "answer lost":
                        lost = True
                        break
                    results.append((one, outcome))
                if how == "after sending" and done > at:
                    raise Died
                with self.tenant.transaction():
                    record(connection_id=self.connection.id, lane="live", run_id=1, results=results, now=self.now)
                if lost:
                    break
        except Died:
            pass
        return todo

    # -- what must hold ------------------------------------------------------------------------------------------------

    @invariant()
    def no_record_is_there_twice(self) -> None:
        if hasattr(self, "there"):
            identities = [row[:2] for row in self.there.records.values()]
            assert len(identities) == len(set(identities)), identities

    def _in_step(self) -> None:
        """Quiet: what is wanted and was accepted is there as wanted; what is not wanted is gone, but for the past."""
        assert self.tenant is not None
        with self.tenant.transaction():
            rows = {(row.key, row.recipient): row for row in LedgerRow.objects.filter(connection_id=self.connection.id)}
        known = {row[:2]: (handle, row) for handle, row in self.there.records.items()}
        for identity, one in self.desired.items():
            row = rows.get(identity)
            past = self.keeps_past and one.ends_at <= self.now
            if past or one.payload["note"] == BAD or row is None:
                assert past or one.payload["note"] == BAD, "what is wanted has been planned"
                continue
            assert (row.state, row.hash) == ("confirmed", one.hash())
            if identity in known:
                handle, (_, _, note, ends_at) = known[identity]
                assert (handle, note, ends_at) == (row.handle, one.payload["note"], one.ends_at)
        for identity, (_, record_there) in known.items():
            if identity not in self.desired:
                row = rows[identity]
                limit = self.now if self.keeps_past else self.now - timedelta(days=1)
                over = row.ends_at <= limit if self.keeps_past else row.starts_at < limit
                assert over, f"{record_there} is wanted no longer and still there"


class RollingWindow(Reconciliation):
    """Files and the like: the past is corrected inside a window that rolls on."""

    keeps_past = False


def machine() -> Reconciliation:
    one = Reconciliation()
    one.begin()
    return one


def test_a_doubt_outlives_a_refusal() -> None:
    """Accepted and not known, then refused in another form: the first may be there, so the next create looks for it."""
    one = machine()
    one.want("k0", "ann", "a", 10)
    one.run_with_an_accident(0, "after the effect")
    one.want("k0", "ann", BAD, 10)
    one.run_with_an_accident(0, "not")
    one.want("k0", "ann", "c", 10)
    one.runs_until_it_is_quiet()
    one.no_record_is_there_twice()
    assert [row[2] for row in one.there.records.values()] == ["c"]


def test_a_doubt_that_was_refused_is_removed_when_no_longer_wanted() -> None:
    one = machine()
    one.want("k0", "ann", "a", 10)
    one.run_with_an_accident(0, "after the effect")
    one.want("k0", "ann", BAD, 10)
    one.run_with_an_accident(0, "not")
    one.no_longer_want("k0", "ann")
    one.runs_until_it_is_quiet()
    assert one.there.records == {}


def test_what_was_plainly_refused_is_not_removed() -> None:
    """It was never there: nothing is sent, and the safety stop does not count it."""
    one = machine()
    one.want("k0", "ann", BAD, 10)
    one.run_with_an_accident(0, "not")
    one.no_longer_want("k0", "ann")
    assert one._plan().operations == ()


_settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
Reconciliation.TestCase.settings = RollingWindow.TestCase.settings = _settings
test_a_calendar_is_brought_in_step = Reconciliation.TestCase
test_a_rolling_window_is_brought_in_step = RollingWindow.TestCase
