"""Keeping a conflict with a reason: marked, listed, logged, for one person only; and the publish preview that counts what stands."""

from __future__ import annotations

import uuid

import pytest

from scheduling import services
from scheduling.models import Shift, ShiftOverride
from scheduling.services.rules import conflict_override, conflict_override_end
from tenancy.models import ChangeEntry
from tenancy.types import NotFoundError, RefusedError
from tests.scheduling.rules.conftest import BY, MONDAY, Ward, at, days


def keep(ward: Ward, shift: uuid.UUID, rule: str = "overlap", reason: str = "Nobody else") -> None:
    with ward.tenant.transaction():
        conflict_override(shift_id=shift, rule=rule, reason=reason, **BY)


def change(ward: Ward, shift: object, **fields: object) -> None:
    with ward.tenant.transaction():
        version = Shift.objects.get(public_id=shift.public_id).version  # type: ignore[attr-defined]
        services.shift_change(shift_id=shift.public_id, version=version, fields=fields, **BY)  # type: ignore[attr-defined]


def states(ward: Ward) -> list[tuple[str, str]]:
    return [(one.label, one.override) for one in ward.conflicts()]


@pytest.fixture
def double(ward: Ward) -> tuple[Ward, object, object]:
    """Elena on two shifts at once."""
    return ward, ward.place(ward.day, MONDAY, ward.elena), ward.place(ward.late, MONDAY, ward.elena)


def test_an_override_stays_marked_and_is_logged(double) -> None:  # type: ignore[no-untyped-def]
    ward, day, _ = double
    keep(ward, day.public_id)
    assert states(ward) == [("Overlap", "Nobody else")]
    with ward.tenant.transaction():
        entry = ChangeEntry.objects.get(action="conflict.override")
        assert (entry.reason, entry.subject, entry.actor, str(entry.on_date)) == (
            "Nobody else", "OR Day, 2026-11-02, Quintero, Elena", "Test", "2026-11-02",
        )  # fmt: skip
        assert entry.after == {
            "rule": "overlap", "conflict": "Late 1 (13:00–23:00) overlaps OR Day (07:00–15:00) by 2 h.",
        }  # fmt: skip


def test_overriding_needs_a_reason_and_a_conflict(double) -> None:  # type: ignore[no-untyped-def]
    ward, day, _ = double
    for reason, rule, field, code in (("  ", "overlap", "reason", "refused"), ("Because", "rest:x", "", "gone")):
        with pytest.raises(RefusedError) as refused:
            keep(ward, day.public_id, rule, reason)
        assert (refused.value.field, refused.value.code) == (field, code)
    with pytest.raises(NotFoundError):
        keep(ward, uuid.uuid4())
    open_ = ward.place(ward.day, MONDAY + days(1))
    with pytest.raises(RefusedError, match="The shift is open"):
        keep(ward, open_.public_id, "cover")
    with ward.tenant.transaction():
        assert ShiftOverride.objects.count() == 0
        assert not ChangeEntry.objects.filter(action="conflict.override").exists()


def test_it_lapses_with_the_person_and_does_not_come_back(double) -> None:  # type: ignore[no-untyped-def]
    ward, day, _ = double
    keep(ward, day.public_id)
    change(ward, day, person_id=ward.adaeze.public_id)
    assert states(ward) == []
    change(ward, day, person_id=ward.elena.public_id)
    assert states(ward) == [("Overlap", "")]


def test_a_third_shift_is_not_kept_unseen(double) -> None:  # type: ignore[no-untyped-def]
    ward, day, _ = double
    keep(ward, day.public_id)
    ward.place(ward.late, MONDAY, ward.elena, start=at(MONDAY, 14), end=at(MONDAY, 18))
    assert sorted(states(ward)) == [("Overlap", ""), ("Overlap", ""), ("Overlap", "Nobody else")]


def test_an_override_can_be_taken_back(double) -> None:  # type: ignore[no-untyped-def]
    ward, day, _ = double
    keep(ward, day.public_id)
    with ward.tenant.transaction():
        conflict_override_end(shift_id=day.public_id, rule="overlap", **BY)
    assert states(ward) == [("Overlap", "")]
    with pytest.raises(NotFoundError), ward.tenant.transaction():
        conflict_override_end(shift_id=day.public_id, rule="overlap", **BY)


def test_it_is_seen_from_either_shift_on_either_date(ward: Ward) -> None:
    rule = ward.rule("rest", hours=10)
    ward.place(ward.late, MONDAY, ward.elena)
    day = ward.place(ward.day, MONDAY + days(1), ward.elena)
    keep(ward, day.public_id, f"rest:{rule.public_id}")
    assert [one.override for one in ward.conflicts(first=MONDAY + days(1))] == ["Nobody else"]
    assert [one.override for one in ward.conflicts(last=MONDAY)] == ["Nobody else"]


def test_placing_somebody_who_is_not_listed_needs_a_reason_that_stays(ward: Ward) -> None:
    with ward.tenant.transaction():
        services.assignment_eligible_set(assignment=ward.day, people=[ward.adaeze], **BY)
    shift = ward.place(ward.late, MONDAY, ward.elena)
    with pytest.raises(RefusedError, match="Quintero, Elena is not eligible for OR Day") as refused:
        change(ward, shift, assignment_id=ward.day.public_id)
    assert refused.value.code == "not_eligible"
    with ward.tenant.transaction():
        services.shift_change(
            shift_id=shift.public_id, version=1, fields={"assignment_id": ward.day.public_id}, override="Trained", **BY
        )
    assert [(one.text, one.override) for one in ward.conflicts()] == [("Not eligible for OR Day.", "Trained")]
    change(ward, shift, date=MONDAY + days(3))  # moving it needs no second reason
    assert [(str(one.date), one.override) for one in ward.conflicts()] == [("2026-11-05", "Trained")]
    with ward.tenant.transaction():
        assert ChangeEntry.objects.filter(action="conflict.override").count() == 1
