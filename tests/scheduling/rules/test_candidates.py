"""Who could take a slot, in which order, and why not the others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scheduling import services
from scheduling.selectors.candidates import Candidates, candidates_for, slot_usual
from scheduling.selectors.rows import assignment_info
from tests.scheduling.rules.conftest import BY, Ward, days
from tests.scheduling.rules.test_conflicts import on_leave

__all__ = ["on_leave"]  # a fixture of its own
SATURDAY = date(2026, 11, 28)


class Asked:
    """The answer for a slot, in words."""

    def __init__(
        self, ward: Ward, task: Any, day: date, *, draft: bool = True, replacing: Any = (), people: Any = None
    ) -> None:
        with ward.tenant.transaction():
            slot = slot_usual(assignment_info(task), day, replacing=replacing)
            self.found: Candidates = candidates_for(
                slot, schedule_id=ward.schedule.id if draft else None, person_ids=people
            )

    @property
    def eligible(self) -> list[tuple[str, tuple[str, ...], list[str], str]]:
        """(name, what they do that day, what it would break, the first hard reason)."""
        return [
            (one.person.last_name, one.doing, [it.text for it in one.conflicts], one.why) for one in self.found.eligible
        ]

    @property
    def others(self) -> list[tuple[str, str, str]]:
        """(name, why not, code)."""
        return [(one.person.last_name, one.why, one.code) for one in self.found.others]


def test_free_people_first_then_by_how_little_they_break(ward: Ward) -> None:
    ward.rule("rest", hours=10)
    with ward.tenant.transaction():
        haddad, ferreira, vance = (
            ward.person(*name) for name in (("Haddad", "Samir"), ("Ferreira", "L"), ("Vance", "R"))
        )
    ward.place(ward.late, SATURDAY - days(1), ward.elena)
    ward.place(ward.call2, SATURDAY, haddad)
    ward.place(ward.call2, SATURDAY - days(1), ferreira)
    ward.place(ward.post, SATURDAY, ferreira)
    ward.place(ward.late, SATURDAY, vance)
    asked = Asked(ward, ward.day, SATURDAY)
    assert asked.eligible == [
        ("Okafor", (), [], ""),
        ("Quintero", (), ["8 h after Late 1 on Friday (to 23:00). The rule is 10 h."],
         "Rest: 8 h after Late 1 on Friday (to 23:00). The rule is 10 h."),
        ("Haddad", ("OR Call 2 07:00–07:00 Sun",), ["OR Call 2 (07:00–07:00 Sun) overlaps OR Day (07:00–15:00) by 8 h."],
         "Already OR Call 2 that day"),
        ("Vance", ("Late 1 13:00–23:00",), ["Late 1 (13:00–23:00) overlaps OR Day (07:00–15:00) by 2 h."],
         "Already Late 1 that day"),
        ("Ferreira", ("Post-call",), ["Post-call and OR Day are on the same day.",
         "0 h after OR Call 2 on Friday (to 07:00). The rule is 10 h."], "Post-call from OR Call 2 on Friday"),
    ]  # fmt: skip
    assert asked.others == []


def test_the_impossible_are_named_with_the_reason(ward: Ward, on_leave: None) -> None:
    with ward.tenant.transaction():
        ward.person("Petrov", "Anton", active_to=date(2026, 11, 20))
        services.assignment_eligible_set(assignment=ward.day, people=[ward.elena], **BY)
    assert Asked(ward, ward.day, date(2026, 11, 25)).others == [
        ("Okafor", "Not eligible for OR Day", "not_eligible"),
        ("Petrov", "Active until Nov 20", "inactive"),
        ("Quintero", "On approved leave, Nov 23–29", "on_leave"),
    ]


def test_who_stands_there_is_not_a_candidate_unless_their_shift_gives_way(ward: Ward) -> None:
    shift = ward.place(ward.day, SATURDAY, ward.elena)
    assert Asked(ward, ward.day, SATURDAY).others == [("Quintero", "Already OR Day that day", "there")]
    assert Asked(ward, ward.day, SATURDAY, replacing=[shift.public_id]).others == []


def test_work_in_another_department_is_told_as_published(ward: Ward) -> None:
    ward.elsewhere(ward.read, SATURDAY, ward.elena)
    eligible = Asked(ward, ward.day, SATURDAY, people=[ward.elena.id]).eligible
    assert eligible == [
        ("Quintero", ("Read (Radiology) 12:00–20:00",),
         ["Read (Radiology) (12:00–20:00) overlaps OR Day (07:00–15:00) by 3 h."], "Already Read (Radiology) that day"),
    ]  # fmt: skip


def test_without_a_draft_what_is_published_counts(ward: Ward) -> None:
    ward.place(ward.late, SATURDAY, ward.elena)
    published = Asked(ward, ward.day, SATURDAY, draft=False)
    assert [name for name, doing, _, _ in published.eligible if doing] == []
    ward.publish()
    published = Asked(ward, ward.day, SATURDAY, draft=False)
    assert [(name, why) for name, _, _, why in published.eligible] == [
        ("Okafor", ""), ("Quintero", "Already Late 1 that day"),
    ]  # fmt: skip


def test_somebody_from_another_department_who_is_on_the_list_is_asked(ward: Ward) -> None:
    with ward.tenant.transaction():
        guest = services.person_create(fields={"last_name": "Guest"}, department_id=ward.radiology.id, **BY)
    assert [name for name, *_ in Asked(ward, ward.day, SATURDAY).eligible] == ["Okafor", "Quintero"]
    with ward.tenant.transaction():
        services.assignment_eligible_set(assignment=ward.day, people=[guest], **BY)
    assert [name for name, *_ in Asked(ward, ward.day, SATURDAY).eligible] == ["Guest"]


@pytest.mark.parametrize(("count", "found"), [(4, []), (5, ["6 shifts in the week of Nov 23. The rule is 5 a week."])])
def test_maxima_count_the_slot_as_if_it_were_filled(ward: Ward, count: int, found: list[str]) -> None:
    ward.rule("maximum", limit=5)
    for n in range(count):
        ward.place(ward.day, SATURDAY - days(5 - n), ward.elena)
    eligible = Asked(ward, ward.day, SATURDAY, people=[ward.elena.id]).eligible
    assert eligible[0][2] == found
