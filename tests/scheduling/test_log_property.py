"""The published log against a naive model that keeps every state whole: whatever is edited and published, in any order.

The model knows nothing of rows that open and close. For each audience it keeps a list of complete states, one per publication, and
answers every question about history by looking the state up.
"""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from scheduling import selectors, services
from scheduling.models import Publication, PublishedShift, Schedule, Shift
from scheduling.selectors.recall import recall_preview
from scheduling.services.recall import schedule_recall
from scheduling.types import Audience
from tenancy.types import RefusedError
from tenancy.wall import instant, local_date
from tests.conftest import NOW, ROBOT, tenant_new
from tests.scheduling.test_publish import DAY, World

DAYS = 4
EVERYONE, ADMINISTRATORS = Audience.EVERYONE, Audience.ADMINISTRATORS
BY = {"actor": ROBOT, "now": NOW}

offsets = st.integers(0, DAYS - 1)
picks = st.integers(0, 10_000)


class Row(NamedTuple):
    """What a published shift is, as far as a reader can tell."""

    schedule: int
    department: int
    assignment: int
    person: int | None
    date: date
    start: datetime
    end: datetime
    note: str
    call_order: int | None

    @property
    def key(self) -> tuple[int, date, int | None]:
        return (self.assignment, self.date, self.person)


State = dict[uuid.UUID, Row]


@dataclass
class Log:
    """One audience's history: `states[n]` is everything right after publication n."""

    states: list[State] = field(default_factory=lambda: [{}])
    times: list[datetime] = field(default_factory=list)
    owners: dict[tuple[int, date], int] = field(default_factory=dict)
    before: dict[tuple[int, date], list[tuple[int, int]]] = field(default_factory=dict)  # (schedule, taken over by)

    @property
    def current(self) -> State:
        return self.states[-1]


def row_of(row: Shift | PublishedShift) -> Row:
    return Row(
        row.schedule_id,
        row.department_id,
        row.assignment_id,
        row.person_id,
        row.date,
        row.start_wall,
        row.end_wall,
        row.note,
        row.call_order,
    )


class PublishedLog(RuleBasedStateMachine):
    """Two schedules of one department that fight over its dates, and one of another department."""

    @initialize()
    def begin(self) -> None:
        self.tenant = tenant_new()
        self.world = World(self.tenant)
        other = World.__new__(World)
        with self.tenant.transaction():
            rival = services.schedule_create(
                department=self.world.department,
                name="Rival",
                starts_on=DAY,
                ends_on=DAY + timedelta(days=DAYS - 1),
                **BY,
            )
            other.tenant = self.tenant
            other.department = services.department_create(name="Surgery", code="SU", zone="America/Los_Angeles", **BY)
            other.day = services.assignment_create(
                department=other.department,
                type=services.assignment_type_named(name="Working", hue="azure"),
                code="S",
                name="Surgery Day",
                start_time=self.world.day.start_time,
                end_time=self.world.day.end_time,
                **BY,
            )
            far = services.schedule_create(
                department=other.department,
                name="Far",
                starts_on=DAY,
                ends_on=DAY + timedelta(days=DAYS - 1),
                **BY,
            )
        self.schedules: list[Schedule] = [self.world.schedule, rival, far]
        self.assignments = {
            schedule.id: [self.world.day, self.world.night] if schedule is not far else [other.day]
            for schedule in self.schedules
        }
        self.drafts: dict[int, Row] = {}  # by the draft's own number, which nothing changes
        self.logs = {EVERYONE: Log(), ADMINISTRATORS: Log()}
        self.clock = NOW

    # -- draft edits --------------------------------------------------------------------------------------------------

    @rule(pick=picks, offset=offsets, who=st.integers(0, 2), double=st.booleans())
    def place(self, pick: int, offset: int, who: int, double: bool) -> None:
        schedule = self.schedules[pick % 3]
        kinds = self.assignments[schedule.id]
        for one in self.schedules if double and schedule is not self.schedules[2] else [schedule]:
            if one is self.schedules[2] and one is not schedule:
                continue
            person = self.world.people[who] if who else None
            made = self.world.place(DAY + timedelta(days=offset), kinds[pick % len(kinds)], person, schedule=one)
            with self.tenant.transaction():
                row = Shift.objects.get(public_id=made.public_id)
                self.drafts[row.id] = row_of(row)

    @precondition(lambda self: self.drafts)
    @rule(
        pick=picks,
        fields=st.fixed_dictionaries(
            {},
            optional={
                "note": st.sampled_from(["", "a", "b"]),
                "date": offsets,
                "person_id": st.integers(0, 2),
                "call_order": st.sampled_from([None, 1, 2]),
                "assignment_id": st.integers(0, 1),
            },
        ),
    )
    def change(self, pick: int, fields: dict[str, Any]) -> None:
        handle = self._draft(pick)
        kinds = self.assignments[self.drafts[handle].schedule]
        given = dict(fields)
        if "date" in given:
            given["date"] = DAY + timedelta(days=given["date"])
        if "person_id" in given:
            given["person_id"] = self.world.people[given["person_id"]].public_id if given["person_id"] else None
        if "assignment_id" in given:
            given["assignment_id"] = kinds[given["assignment_id"] % len(kinds)].public_id
        with self.tenant.transaction():
            row = Shift.objects.get(id=handle)
            services.shift_change(shift_id=row.public_id, version=row.version, fields=given, **BY)
            self.drafts[handle] = row_of(Shift.objects.get(id=handle))

    @precondition(lambda self: self.drafts)
    @rule(pick=picks)
    def remove(self, pick: int) -> None:
        handle = self._draft(pick)
        with self.tenant.transaction():
            row = Shift.objects.get(id=handle)
            services.shift_remove(shift_id=row.public_id, version=row.version, **BY)
        del self.drafts[handle]

    # -- publications -------------------------------------------------------------------------------------------------

    @rule(pick=picks, audience=st.sampled_from(Audience), ends=st.tuples(offsets, offsets), back=st.booleans())
    def publish_range(self, pick: int, audience: Audience, ends: tuple[int, int], back: bool) -> None:
        first, last = (DAY + timedelta(days=n) for n in sorted(ends))
        self._publish(self.schedules[pick % 3], audience, first, last, None, back)

    @rule(pick=picks, audience=st.sampled_from(Audience))
    def publish_all(self, pick: int, audience: Audience) -> None:
        self._publish(self.schedules[pick % 3], audience, DAY, DAY + timedelta(days=DAYS - 1), None, False)

    @rule(pick=picks, audience=st.sampled_from(Audience))
    def publish_one(self, pick: int, audience: Audience) -> None:
        known = [(row.schedule, shift_id, row.date) for shift_id, row in sorted(self._ids().items())]
        held = {shift_id for _, shift_id, _ in known}
        known += [
            (row.schedule, shift_id, row.date)
            for shift_id, row in sorted(self.logs[audience].current.items())
            if shift_id not in held
        ]
        if known:
            number, shift_id, day = known[pick % len(known)]
            schedule = next(one for one in self.schedules if one.id == number)
            self._publish(schedule, audience, day, day, shift_id, False)

    def _publish(
        self,
        schedule: Schedule,
        audience: Audience,
        first: date,
        last: date,
        shift_id: uuid.UUID | None,
        back: bool,
    ) -> None:
        self.clock += timedelta(seconds=-30 if back else 10)
        asked = {
            day
            for one in ([ADMINISTRATORS, EVERYONE] if audience is EVERYONE else [ADMINISTRATORS])
            for (department, day), owner in self.logs[one].owners.items()
            if department == schedule.department_id and first <= day <= last and owner != schedule.id
        }
        before = self._ids()
        arguments = {
            "schedule_id": schedule.public_id,
            "audience": audience,
            "first": first,
            "last": last,
            "shift_ids": [shift_id] if shift_id else None,
            "actor": ROBOT,
            "now": self.clock,
        }
        if asked:
            try:
                with self.tenant.transaction():
                    services.schedule_publish(**arguments)
                raise AssertionError(f"{sorted(asked)} belong to another schedule: that must be asked")
            except RefusedError as refused:
                assert refused.code == "replaces"
                assert str(min(asked)) in refused.text
        with self.tenant.transaction():
            preview = selectors.publish_preview(
                schedule_id=schedule.public_id,
                first=first,
                last=last,
                audience=audience,
                shift_ids=arguments["shift_ids"],
            )
            assert bool(preview.replaces) == bool(asked)
            made = services.schedule_publish(**arguments, replace=True, confirmed_digest=preview.digest)
        after = self._ids()
        expected = self._expected(audience, schedule, first, last, shift_id, before, after, adopts=True)
        number = self._append(audience, expected, schedule, first, last)
        also = None
        if audience is EVERYONE:
            beside = self._expected(ADMINISTRATORS, schedule, first, last, shift_id, after, after, adopts=False)
            also = self._append(ADMINISTRATORS, beside, schedule, first, last)
        if number is None and also is None:
            assert made is None, "publishing without a difference makes no publication"
            return
        assert made is not None
        main = audience if number is not None else ADMINISTRATORS
        assert (made.audience, made.number) == (main.value, number or also)
        self._counted(made, self.logs[main].states[-2], self.logs[main].states[-1])
        if number is not None:
            kinds = [one.kind for one in preview.differences]
            assert [kinds.count(kind) for kind in ("added", "changed", "removed")] == [
                made.added, made.changed, made.removed,
            ]  # fmt: skip

    def _expected(
        self,
        audience: Audience,
        schedule: Schedule,
        first: date,
        last: date,
        shift_id: uuid.UUID | None,
        before: State,
        after: State,
        adopts: bool,
    ) -> State:
        """The state after publishing: outside the range as it was, inside it the draft."""
        current = self.logs[audience].current
        draft = {
            one: row
            for one, row in before.items()
            if row.schedule == schedule.id and (one == shift_id if shift_id else first <= row.date <= last)
        }
        gone = {
            one: row
            for one, row in current.items()
            if one not in draft
            and row.department == schedule.department_id
            and (one == shift_id if shift_id else first <= row.date <= last)
        }
        renamed = dict(zip(before, after, strict=True))  # both are in the order of the drafts' own numbers
        added = {one: row for one, row in draft.items() if one not in current}
        kept = {renamed[one] for one in added if renamed[one] != one}
        if adopts:
            assert kept <= set(gone), "an adopted id is that of a row that would have gone"
            for key in {row.key for row in added.values()}:
                mine = {one: row for one, row in added.items() if row.key == key}
                theirs = {one for one, row in gone.items() if row.key == key and one not in self._own(schedule, before)}
                assert sum(1 for one in mine if renamed[one] in theirs) == min(len(mine), len(theirs)), (
                    "ids stay where assignment, date and person match"
                )
        else:
            assert not kept
        rest = {one: row for one, row in current.items() if one not in gone and one not in draft}
        return rest | {renamed[one]: row for one, row in draft.items()}

    @staticmethod
    def _own(schedule: Schedule, before: State) -> set[uuid.UUID]:
        """Ids that a draft of the schedule holds: a shift that moved out of the range keeps its id."""
        return {one for one, row in before.items() if row.schedule == schedule.id}

    def _append(self, audience: Audience, state: State, schedule: Schedule, first: date, last: date) -> int | None:
        """Take the state as the next publication, if anything differs."""
        log = self.logs[audience]
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        taken = any(log.owners.get((schedule.department_id, day), schedule.id) != schedule.id for day in days)
        if state == log.current and not taken:
            return None
        log.states.append(state)
        number = len(log.states) - 1
        for day in days:
            place = schedule.department_id, day
            if log.owners.get(place, schedule.id) != schedule.id:
                log.before.setdefault(place, []).append((log.owners[place], number))
            log.owners[place] = schedule.id
        with self.tenant.transaction():
            log.times.append(Publication.objects.get(audience=audience.value, number=number).at)
        return number

    # -- recalls ------------------------------------------------------------------------------------------------------

    @rule(
        pick=picks, audience=st.sampled_from(Audience), ends=st.tuples(offsets, offsets), restore=st.booleans(),
        later=st.sampled_from([None, None, 0, 1, 2]),
    )  # fmt: skip
    def recall(self, pick: int, audience: Audience, ends: tuple[int, int], restore: bool, later: int | None) -> None:
        schedule = self.schedules[pick % 3]
        first, last = (DAY + timedelta(days=n) for n in sorted(ends))
        self.clock += timedelta(seconds=10)
        # Noon in New York, early morning in Los Angeles: some of that day's shifts have begun.
        now = self.clock if later is None else datetime(2026, 3, 2 + later, 17, tzinfo=UTC)
        asked = {
            "schedule_id": schedule.public_id,
            "audience": audience,
            "first": first,
            "last": last,
            "restore": restore,
        }
        losing = [EVERYONE] if audience is EVERYONE else [EVERYONE, ADMINISTRATORS]
        expected = {one: self._taken_back(self.logs[one], schedule, first, last, restore, now) for one in losing}
        with self.tenant.transaction():
            preview = recall_preview(**asked, now=now)
            made = schedule_recall(**asked, now=now, actor=ROBOT, confirmed_digest=preview.digest)
        assert (made is None) == preview.nothing == all(one is None for one in expected.values())
        main = True
        for one, wanted in expected.items():
            if wanted is None:
                continue
            log = self.logs[one]
            with self.tenant.transaction():
                rows = PublishedShift.objects.filter(audience=one.value, recorded_to=None)
                state = {row.shift_id: row_of(row) for row in rows}
                publication = Publication.objects.get(audience=one.value, number=len(log.states))
            named, renamed, owners = wanted
            assert {key: state[key] for key in named if key in state} == named
            assert sorted(map(str, (state[key] for key in state.keys() - named.keys()))) == sorted(map(str, renamed))
            log.states.append(state)
            log.times.append(publication.at)
            assert publication.kind == "recall"
            if main:
                assert made is not None and (made.audience, made.number) == (one.value, publication.number)
                main = False
            for place, owner in owners.items():
                if owner is None:
                    del log.owners[place]
                    log.before.pop(place, None)
                else:
                    log.owners[place] = owner
                    log.before[place].pop()

    def _taken_back(
        self, log: Log, schedule: Schedule, first: date, last: date, restore: bool, now: datetime
    ) -> tuple[State, list[Row], dict[tuple[int, date], int | None]] | None:
        """What stays or returns under its id, what returns under another, and who owns the dates then; None: nothing happens."""
        zone = "America/Los_Angeles" if schedule is self.schedules[2] else "America/New_York"
        mine = {
            key: row for key, row in log.current.items() if row.schedule == schedule.id and first <= row.date <= last
        }
        going = {key for key, row in mine.items() if instant(row.start, zone) > now}
        on = {mine[key].date for key in going}
        kept = {row.date for key, row in mine.items() if key not in going}
        today = local_date(now, zone)
        owners: dict[tuple[int, date], int | None] = {}
        named = {key: row for key, row in log.current.items() if key not in going}
        renamed: list[Row] = []
        for place, owner in sorted(log.owners.items()):
            if owner != schedule.id or not first <= place[1] <= last:
                continue
            if place[1] not in on and not (place[1] >= today and place[1] not in kept):
                continue
            before = log.before.get(place, []) if restore else []
            owners[place] = before[-1][0] if before else None
            if not before:
                continue
            previous, number = before[-1]
            for key, row in log.states[number - 1].items():
                if (row.schedule, row.date) == (previous, place[1]) and instant(row.start, zone) > now:
                    if log.current.get(key) == row and key not in going:
                        continue
                    if key in named:
                        renamed.append(row)
                    else:
                        named[key] = row
        return (named, renamed, owners) if going or owners else None

    @staticmethod
    def _counted(made: Any, old: State, new: State) -> None:
        changed = [one for one in old.keys() & new.keys() if old[one][1:] != new[one][1:]]
        assert (made.added, made.changed, made.removed) == (
            len(new.keys() - old.keys()),
            len(changed),
            len(old.keys() - new.keys()),
        )

    def _draft(self, pick: int) -> int:
        return sorted(self.drafts)[pick % len(self.drafts)]

    def _ids(self) -> State:
        """The drafts by their public ids, in the order of their own numbers; content as the model has it."""
        with self.tenant.transaction():
            found = list(Shift.objects.order_by("id").values_list("id", "public_id"))
        assert [handle for handle, _ in found] == sorted(self.drafts)
        return {public_id: self.drafts[handle] for handle, public_id in found}

    # -- what must always hold ----------------------------------------------------------------------------------------

    @invariant()
    def the_current_state_is_the_models(self) -> None:
        if not hasattr(self, "logs"):
            return
        with self.tenant.transaction():
            drafts = {row.id: row_of(row) for row in Shift.objects.all()}
            assert drafts == self.drafts, "publishing never alters a draft"
            for audience, log in self.logs.items():
                rows = PublishedShift.objects.filter(audience=audience.value, recorded_to=None)
                assert {row.shift_id: row_of(row) for row in rows} == log.current
            assert {row.shift_id for row in selectors.published_rows()} == set(self.logs[EVERYONE].current)

    def teardown(self) -> None:
        if not hasattr(self, "logs"):
            return
        with self.tenant.transaction():
            for audience, log in self.logs.items():
                self._numbers_and_times(audience, log)
                self._as_of(audience, log)
            self._touched(self.logs[EVERYONE])

    def _numbers_and_times(self, audience: Audience, log: Log) -> None:
        found = Publication.objects.filter(audience=audience.value).order_by("number")
        assert [one.number for one in found] == list(range(1, len(log.states)))
        times = [one.at for one in found]
        assert all(one < other for one, other in itertools.pairwise(times)), "time never runs back"
        assert selectors.publication_number(audience) == len(log.states) - 1

    def _as_of(self, audience: Audience, log: Log) -> None:
        for number, state in enumerate(log.states):
            then = selectors.published_as_of(audience=audience, number=number)
            assert {row.shift_id: row_of(row) for row in then} == state
            assert len(then) == len(state)
        for number, at in enumerate(log.times, start=1):
            for moment, state in ((at, log.states[number]), (at - timedelta(microseconds=1), log.states[number - 1])):
                known = selectors.published_as_known_at(audience=audience, moment=moment)
                assert {row.shift_id: row_of(row) for row in known} == state

    def _touched(self, log: Log) -> None:
        last = len(log.states) - 1
        for since in range(last + 1):
            wanted: set[uuid.UUID] = set()
            for until in range(since, last + 1):
                if until > since:
                    old, new = log.states[until - 1], log.states[until]
                    wanted |= {one for one in old.keys() | new.keys() if old.get(one) != new.get(one)}
                assert selectors.shifts_touched(since=since, until=until) == {str(one) for one in wanted}


PublishedLog.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=22,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
test_the_log_agrees_with_a_naive_model = PublishedLog.TestCase
