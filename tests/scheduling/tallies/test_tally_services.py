"""Defining tallies and targets, and what the grid asks of them."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from scheduling.models import PersonnelType, Tally, TallyTarget
from scheduling.selectors.tallies import tallies_beside_grid, tally_find, tally_values
from scheduling.services.tallies import (
    TallyFields,
    TargetFields,
    tallies_reorder,
    tally_change,
    tally_create,
    tally_end,
    tally_target_remove,
    tally_target_set,
)
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.types import NotFoundError, RefusedError
from tests.scheduling.tallies.conftest import ANYTHING, BY, Ward

MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def _log(ward: Ward) -> list[tuple[str, Any, Any]]:
    with ward.tenant.transaction():
        rows = ChangeEntry.objects.filter(subject_type="tally").order_by("id")
        return [(row.action, row.before, row.after) for row in rows]


def _values(ward: Ward, *tallies: Tally, **more: Any) -> dict[tuple[str, str], tuple[Decimal, Decimal | None]]:
    names = {person.id: person.last_name for person in ward.people}
    with ward.tenant.transaction():
        found = tally_values(
            tally_ids=[one.public_id for one in tallies], first=more.pop("first", MARCH[0]),
            last=more.pop("last", MARCH[1]), **more,
        )  # fmt: skip
    by_id = {one.public_id: one.name for one in tallies}
    return {(by_id[one.tally_id], names[one.person_id]): (one.value, one.target) for one in found}


def test_both_nights_count_the_hours_that_pass(ward: Ward) -> None:
    for day in (date(2026, 3, 6), date(2026, 3, 7), date(2026, 10, 31)):
        ward.place(day)
    ward.publish()
    ward.publish(ward.schedules[1])
    hours = ward.tally("Hours", "hours")
    for first, last, value in (
        (date(2026, 3, 6), date(2026, 3, 6), "12"),
        (date(2026, 3, 7), date(2026, 3, 7), "11"),
        (date(2026, 10, 31), date(2026, 10, 31), "13"),
        (date(2026, 1, 1), date(2026, 12, 31), "36"),
    ):
        got = _values(ward, hours, first=first, last=last)
        assert got == {("Hours", "Osei"): (Decimal(value), None)}


def test_a_shift_belongs_to_the_day_on_which_it_starts(ward: Ward) -> None:
    ward.place(date(2026, 3, 8))  # Sunday 19:00 to Monday 07:00
    ward.publish()
    sundays, mondays = ward.tally("Sundays", weekdays=[6]), ward.tally("Mondays", weekdays=[0])
    got = _values(ward, sundays, mondays, person_ids=[ward.people[0].id])
    assert got == {("Sundays", "Osei"): (1, None), ("Mondays", "Osei"): (0, None)}


def test_a_draft_counts_instead_of_what_is_published_on_its_dates_only(ward: Ward) -> None:
    kept = ward.place(date(2026, 3, 3))
    ward.place(date(2026, 3, 4), ward.trauma)
    ward.place(date(2026, 10, 27))
    for schedule in ward.schedules[:3]:
        ward.publish(schedule)
    ward.place(date(2026, 3, 5), person=3)
    with ward.tenant.transaction():
        from scheduling import services

        services.shift_remove(shift_id=kept.public_id, version=kept.version, **BY)
    everything = ward.tally("All", department=None)
    year = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}
    assert _values(ward, everything, **year) == {("All", "Osei"): (3, None)}
    drafted = _values(ward, everything, schedule_id=ward.schedules[0].id, **year)
    assert drafted == {("All", "Osei"): (2, None), ("All", "Ueda"): (1, None)}


def test_what_only_administrators_may_rely_on_does_not_count(ward: Ward) -> None:
    ward.place(date(2026, 3, 3))
    ward.publish(audience=Audience.ADMINISTRATORS)
    call = ward.tally()
    assert _values(ward, call) == {}
    assert _values(ward, call, person_ids=[ward.people[0].id]) == {("Call", "Osei"): (0, None)}


def test_targets_follow_the_days_on_which_a_person_is_active(ward: Ward) -> None:
    call = ward.tally()
    with ward.tenant.transaction():
        tally_target_set(tally_id=call.public_id, fields=TargetFields(Decimal("3.1"), "month"), **BY)
        tally_target_set(
            tally_id=call.public_id, fields=TargetFields(Decimal(6), "28_days", personnel_type="CRNA"), **BY
        )
        tally_target_set(
            tally_id=call.public_id,
            fields=TargetFields(
                Decimal(10),
                "range",
                person_id=ward.people[3].public_id,
                first=date(2026, 3, 22),
                last=date(2026, 4, 10),
            ),
            **BY,
        )
    people = [person.id for person in ward.people]
    assert _values(ward, call, person_ids=people) == {
        ("Call", "Osei"): (0, Decimal("3.10")),
        ("Call", "Vance"): (0, Decimal("2.30")),  # active from the 9th: 23 of 31 days
        ("Call", "Iyer"): (0, Decimal("2.14")),  # active to the 10th: 10 of 28 days of 6
        ("Call", "Ueda"): (0, Decimal("9.50")),  # 21 days of 6 in 28, then 10 of 20 days of 10
    }
    with ward.tenant.transaction():
        (found,) = tally_values(tally_ids=[call.public_id], first=MARCH[0], last=MARCH[1], person_ids=people[:1])
    assert found.delta == Decimal("-3.10")


def test_every_write_is_logged_with_what_differs_and_nothing_else(ward: Ward) -> None:
    call = ward.tally()
    fields = TallyFields("Call", "C", "hours", {**ANYTHING, "weekdays": [6, 5, 5]}, beside_grid=False)
    with ward.tenant.transaction():
        tally_change(tally_id=call.public_id, fields=fields, **BY)
        tally_change(tally_id=call.public_id, fields=fields, **BY)
        target = tally_target_set(tally_id=call.public_id, fields=TargetFields(Decimal(4), "month"), **BY)
        tally_target_set(tally_id=call.public_id, fields=TargetFields(Decimal(4), "month"), **BY)
        tally_target_set(tally_id=call.public_id, fields=TargetFields(Decimal(5), "month"), **BY)
        assert TallyTarget.objects.count() == 1
        tally_target_remove(target_id=target.public_id, **BY)
        tally_end(tally_id=call.public_id, ended_on=date(2026, 4, 1), **BY)
        tally_end(tally_id=call.public_id, ended_on=None, **BY)
    log = _log(ward)
    assert [action for action, _, _ in log] == [
        "tally.create", "tally.change", "tally.target_set", "tally.target_set", "tally.target_remove", "tally.end",
        "tally.resume",
    ]  # fmt: skip
    assert log[1][1:] == (
        {"short": "Call", "measure": "count", "selection": ANYTHING, "beside_grid": True},
        {"short": "C", "measure": "hours", "selection": {**ANYTHING, "weekdays": [5, 6]}, "beside_grid": False},
    )
    assert log[3][1]["value"] == "4.00"
    assert log[3][2]["value"] == "5.00"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"short": ""}, "short"),
        ({"short": "123456789"}, "short"),
        ({"measure": "sum"}, "measure"),
        ({"selection": {**ANYTHING, "weekdays": [7]}}, "weekdays"),
        ({"selection": {**ANYTHING, "weekdays": ["0"]}}, "weekdays"),
        ({"selection": {**ANYTHING, "weekdays": "0"}}, "weekdays"),
        ({"selection": {**ANYTHING, "types": [True]}}, "types"),
        ({"selection": {**ANYTHING, "types": [999_999_999]}}, "types"),
        ({"selection": {**ANYTHING, "holidays": "maybe"}}, "holidays"),
        ({"selection": {**ANYTHING, "people": []}}, "selection"),
        ({"name": "Taken"}, "name"),
    ],
)
def test_what_cannot_be_counted_is_refused_and_leaves_nothing(ward: Ward, change: dict[str, Any], field: str) -> None:
    ward.tally("Taken")
    given: dict[str, Any] = {"name": "Call", "short": "Call", "measure": "count", "selection": ANYTHING, **change}
    with pytest.raises(RefusedError) as refused, ward.tenant.transaction():
        tally_create(department=ward.emergency, fields=TallyFields(**given), **BY)
    assert refused.value.field == field
    assert [action for action, _, _ in _log(ward)] == ["tally.create"]


def test_a_departments_tally_names_its_own_assignments_only(ward: Ward) -> None:
    with pytest.raises(RefusedError, match="assignments"):
        ward.tally("Trauma", assignments=[ward.trauma.id])
    assert ward.tally("Trauma", department=None, assignments=[ward.trauma.id]).selection["assignments"] == [
        ward.trauma.id
    ]


@pytest.mark.parametrize(
    ("target", "field"),
    [
        (TargetFields(Decimal(-1), "month"), "value"),
        (TargetFields(Decimal("NaN"), "month"), "value"),
        (TargetFields(Decimal(100_000), "month"), "value"),
        (TargetFields(Decimal(1), "week"), "period"),
        (TargetFields(Decimal(1), "range", first=date(2026, 3, 1)), "first"),
        (TargetFields(Decimal(1), "month", first=date(2026, 3, 2), last=date(2026, 3, 1)), "last"),
        (TargetFields(Decimal(1), "month", personnel_type="Juggler"), "whom"),
        (TargetFields(Decimal(1), "month", person_id=uuid.uuid4()), "whom"),
        (TargetFields(Decimal(1), "month", person_id=uuid.uuid4(), personnel_type="CRNA"), "whom"),
    ],
)
def test_what_cannot_be_aimed_at_is_refused(ward: Ward, target: TargetFields, field: str) -> None:
    call = ward.tally()
    with pytest.raises(RefusedError) as refused, ward.tenant.transaction():
        tally_target_set(tally_id=call.public_id, fields=target, **BY)
    assert refused.value.field == field
    with ward.tenant.transaction():
        assert not TallyTarget.objects.exists()
        assert PersonnelType.objects.count() == 2


def test_the_columns_beside_a_grid_come_in_their_order(ward: Ward) -> None:
    first, second, wide = ward.tally("First"), ward.tally("Second"), ward.tally("Wide", department=None)
    hidden, former = ward.tally("Hidden"), ward.tally("Former")
    ward.tally("Other", department=ward.surgery)
    with ward.tenant.transaction():
        shown = TallyFields("Hidden", "H", "count", ANYTHING, beside_grid=False)
        tally_change(tally_id=hidden.public_id, fields=shown, **BY)
        tally_end(tally_id=former.public_id, ended_on=date(2026, 3, 1), **BY)
        tallies_reorder(tally_ids=[second.public_id, hidden.public_id, first.public_id], **BY)
        names = [one.name for one in tallies_beside_grid(department_id=ward.emergency.id)]
    assert names == ["Second", "Wide", "First"]
    assert wide.department_id is None
    with pytest.raises(RefusedError, match="meanwhile"), ward.tenant.transaction():
        tallies_reorder(tally_ids=[second.public_id, first.public_id], **BY)
    with pytest.raises(RefusedError, match="one department"), ward.tenant.transaction():
        tallies_reorder(tally_ids=[second.public_id, wide.public_id], **BY)
    with pytest.raises(NotFoundError), ward.tenant.transaction():
        tallies_reorder(tally_ids=[uuid.uuid4()], **BY)


def test_what_is_not_there_is_said(ward: Ward) -> None:
    with ward.tenant.transaction():
        for call in (
            lambda: tally_find(uuid.uuid4()),
            lambda: tally_target_remove(target_id=uuid.uuid4(), **BY),
            lambda: tally_end(tally_id=uuid.uuid4(), ended_on=None, **BY),
        ):
            with pytest.raises(NotFoundError):
                call()


def test_a_night_of_custom_times_counts_its_own_hours(ward: Ward) -> None:
    start = datetime(2026, 3, 3, 19, 0)
    ward.place(date(2026, 3, 3), start=start, end=start + timedelta(hours=5, minutes=20))
    ward.publish()
    assert _values(ward, ward.tally("Hours", "hours")) == {("Hours", "Osei"): (Decimal("5.33"), None)}
