"""Shifts on the two nights: placed, published and read with the hours that really pass."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from scheduling import selectors
from scheduling.selectors.conflicts import conflicts_of
from scheduling.selectors.rows import schedule_info
from tests.conftest import Tenant
from tests.scheduling.test_publish import World

SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)


@pytest.fixture
def world(tenant: Tenant) -> World:
    return World(tenant)


def test_the_spring_night_has_an_hour_less_and_touching_shifts_touch(world: World) -> None:
    world.place(SPRING - timedelta(days=1), world.night, world.people[0])  # 21:00 to 07:00
    world.place(SPRING, world.day, world.people[1], start=datetime(2026, 3, 8, 7), end=datetime(2026, 3, 8, 16))
    world.publish()
    with world.tenant.transaction():
        night, day = selectors.published_rows()
    assert (night.starts_at, night.ends_at) == (
        datetime(2026, 3, 8, 2, tzinfo=UTC),
        datetime(2026, 3, 8, 11, tzinfo=UTC),
    )
    assert night.ends_at - night.starts_at == timedelta(hours=9)
    assert day.starts_at == night.ends_at


def test_a_shift_inside_the_skipped_hour_has_no_length_and_is_a_conflict(world: World) -> None:
    world.place(SPRING, world.day, world.people[0], start=datetime(2026, 3, 8, 2), end=datetime(2026, 3, 8, 3))
    with world.tenant.transaction():
        found = conflicts_of(schedule_info(world.schedule), first=SPRING, last=SPRING)
    said = [(one.severity, one.label, one.text) for one in found]
    assert said == [("hard", "Length", "02:00–03:00 lies in the hour that clocks skip: no length.")]
    world.publish()
    with world.tenant.transaction():
        (row,) = selectors.published_rows()
    assert row.starts_at == row.ends_at == datetime(2026, 3, 8, 7, tzinfo=UTC)
