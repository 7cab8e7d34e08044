"""The board's one read, against a naive replay of everything that was ever published."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from scheduling import services
from scheduling.models import PublishedShift, Shift
from scheduling.selectors.board import BoardWindow, board_teams, publication_known_at
from scheduling.selectors.published import published_as_known_at
from scheduling.types import Audience
from tenancy.rights import Role
from tests.conftest import ROBOT, Tenant
from tests.scheduling.today.conftest import System

START = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)


@pytest.fixture
def past(tenant: Tenant) -> System:
    """A schedule around the autumn night, made a week before."""
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    return System(tenant, START, around=date(2026, 11, 1))


def naive(rows: list[PublishedShift], first: datetime, last: datetime) -> set[tuple[object, ...]]:
    """What overlaps [first, last), by its definition."""
    return {
        (one.shift_id, one.person_id, one.starts_at, one.ends_at, one.note)
        for one in rows
        if one.starts_at < last and one.ends_at > first
    }


def told(
    system: System, first: datetime, last: datetime, known: datetime | None, *, then: bool
) -> set[tuple[object, ...]]:
    teams = board_teams([BoardWindow(system.emergency.id, first.date(), first, last)], known=known)
    return {
        (one.shift_id, one.person.id if one.person else None, one.starts_at, one.ends_at, one.note)
        for team in teams
        for one in team.shifts
        if (one.known if then else one.stands)
    }


@pytest.mark.parametrize("seed", range(4))
def test_as_known_at_any_moment_agrees_with_a_naive_replay(past: System, seed: int) -> None:
    dice = random.Random(seed)
    with past.tenant.transaction():
        night = past.assignment("N", "Night", time(19), time(7))
        week = past.assignment("W", "Week", time(8), time(8), end_day_offset=6)
    now, moments = START, []
    people = [past.ann, past.ben, past.cleo, None]
    for _ in range(12):
        now += timedelta(hours=dice.randint(1, 20), minutes=dice.randint(0, 59))
        for _ in range(4):
            day = date(2026, 10, 28) + timedelta(days=dice.randint(0, 9))
            past.place(day, dice.choice([past.all_day, night, week]), dice.choice(people), now=now)
        with past.tenant.transaction():
            drafts = list(Shift.objects.filter(schedule=past.schedule).order_by("id"))
        for draft in dice.sample(drafts, min(3, len(drafts))):
            with past.tenant.transaction():
                if dice.random() < 0.4:
                    services.shift_remove(shift_id=draft.public_id, version=draft.version, actor=ROBOT, now=now)
                else:
                    person = dice.choice(people)
                    fields = {"person_id": person.public_id if person else None, "note": f"n{dice.randint(0, 9)}"}
                    services.shift_change(
                        shift_id=draft.public_id, version=draft.version, fields=fields, actor=ROBOT, now=now
                    )
        past.publish(now)
        moments += [now - timedelta(microseconds=1), now, now + timedelta(minutes=17)]
    seen = 0
    with past.tenant.transaction():
        current = list(PublishedShift.objects.filter(audience="everyone", recorded_to=None))
        for known in moments:
            rows = published_as_known_at(audience=Audience.EVERYONE, moment=known)
            at = datetime(2026, 10, 28, tzinfo=UTC) + timedelta(minutes=dice.randint(0, 12 * 1440))
            spans = [(at, timedelta(microseconds=1)), (at, timedelta(hours=25)), (known, timedelta(hours=2))]
            for first, last in [(one, one + length) for one, length in spans]:
                assert told(past, first, last, known, then=True) == naive(rows, first, last)
                assert told(past, first, last, known, then=False) == naive(current, first, last)
                assert told(past, first, last, None, then=False) == naive(current, first, last)
                seen += len(naive(rows, first, last))
            soon = at + timedelta(days=3)
            (by_team,) = [
                board_teams([BoardWindow(past.emergency.id, at.date(), at, soon)], known=known, upcoming=True)
            ]
            for team in by_team:
                for then, log in ((True, rows), (False, current)):
                    starts = [
                        one.starts_at for one in log if one.assignment_id == team.id and at < one.starts_at < soon
                    ]
                    found = {one.starts_at for one in team.shifts if (one.known if then else one.stands)}
                    assert (min(starts) if starts else None) == (min(found) if found else None)
    assert seen > 50, "else nothing was compared"


def test_the_publication_that_was_known(past: System) -> None:
    past.place(date(2026, 11, 1), person=past.ann)
    first = past.publish(START + timedelta(hours=1))
    past.place(date(2026, 11, 2), person=past.ben)
    past.publish(START + timedelta(hours=2))
    with past.tenant.transaction():
        found = [publication_known_at(START + timedelta(hours=hours)) for hours in (0, 1, 2, 3)]
    assert found == [0, first.number, first.number + 1, first.number + 1]


def test_absences_ended_assignments_and_other_audiences_are_not_on_it(past: System) -> None:
    with past.tenant.transaction():
        away = past.assignment("V", "Vacation", time(0), time(0), type=past.off)
        gone = past.assignment("G", "Gone", time(0), time(0))
        type(gone).objects.filter(id=gone.id).update(ended_on=date(2026, 10, 31))
    past.place(date(2026, 11, 1), away, past.ann)
    past.publish()
    past.place(date(2026, 11, 1), person=past.ben)
    with past.tenant.transaction():
        services.schedule_publish(
            schedule_id=past.schedule.public_id, audience=Audience.ADMINISTRATORS, actor=ROBOT, now=START + timedelta(hours=1)
        )  # fmt: skip
        at = datetime(2026, 11, 1, 18, tzinfo=UTC)
        teams = board_teams([BoardWindow(past.emergency.id, date(2026, 11, 1), at, at + timedelta(hours=1))])
    assert [(team.code, team.shifts) for team in teams] == [("A", ())]
