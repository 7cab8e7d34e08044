"""Changing many people at once: all of them or nobody, each change in the log, and one word to the destinations."""

from __future__ import annotations

from typing import Any

import pytest

from scheduling import selectors, services
from scheduling.models import Counter, Outbox, Person
from scheduling.services import PeopleChanged, PersonUpdate
from tenancy.models import ChangeEntry
from tenancy.types import Actor, RefusedError
from tests.conftest import NOW, ROBOT, Tenant

FEED = Actor(label="HR feed", source="import")


def made(tenant: Tenant, count: int = 3) -> list[Person]:
    with tenant.transaction():
        services.department_create(name="Emergency", code="ED", zone="America/Chicago", actor=ROBOT, now=NOW)
        return [
            services.person_create(
                fields={"last_name": f"P{n}", "unique_id": f"u{n}"}, personnel_type="Nurse", actor=ROBOT, now=NOW
            )
            for n in range(count)
        ]


def state(tenant: Tenant) -> list[Any]:
    with tenant.transaction():
        people = list(Person.objects.order_by("id").values_list("unique_id", "cell", "search_key", "revision"))
        counter = list(Counter.objects.filter(name="people").values_list("number", flat=True))
        return [people, counter, Outbox.objects.count(), ChangeEntry.objects.filter(source="import").count()]


def update(tenant: Tenant, *updates: PersonUpdate) -> int:
    with tenant.transaction():
        return services.people_update(updates=updates, actor=FEED, now=NOW, reason="people.csv")


def test_each_changed_field_is_in_the_log_and_destinations_are_told_once(tenant: Tenant) -> None:
    one, two, three = made(tenant)
    with tenant.transaction():
        department = selectors.departments_by_id().popitem()[0]
    told = state(tenant)
    changed = update(
        tenant,
        PersonUpdate(one.id, 1, {"last_name": "Ärm", "cell": "1", "department_id": department}),
        PersonUpdate(two.id, 1, {"personnel_type_id": None}),
        PersonUpdate(three.id, 1, {"last_name": "P2", "cell": ""}),
    )
    assert changed == 2
    people, counter, outbox, entries = state(tenant)
    assert people == [("u0", "1", "arm u0", 2), ("u1", "", "p1 u1", 2), ("u2", "", "p2 u2", 1)]
    assert (counter, outbox, entries) == ([told[1][0] + 1], told[2] + 1, 2)
    with tenant.transaction():
        log = {row.person_id: row for row in ChangeEntry.objects.filter(source="import")}
        assert (log[one.id].before, log[one.id].after) == (
            {"last_name": "P0", "cell": "", "home department": "none"},
            {"last_name": "Ärm", "cell": "1", "home department": "Emergency"},
        )
        assert (log[two.id].before, log[two.id].after) == ({"personnel_type": "Nurse"}, {"personnel_type": None})
        assert {(row.action, row.reason, row.actor) for row in log.values()} == {
            ("person.change", "people.csv", "HR feed")
        }


def test_unique_ids_may_be_swapped_and_passed_on(tenant: Tenant) -> None:
    one, two, three = made(tenant)
    ids = [("u1", one), ("u2", two), ("u0", three)]
    assert update(tenant, *(PersonUpdate(person.id, 1, {"unique_id": value}) for value, person in ids)) == 3
    assert [row[:3:2] for row in state(tenant)[0]] == [("u1", "p0 u1"), ("u2", "p1 u2"), ("u0", "p2 u0")]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"last_name": ""}, "last_name"), ({"npi": "1234567890"}, "npi"), ({"cell": "1\n2"}, "cell"),
        ({"active_to": "x"}, "active_to"),
        ({"unique_id": "u2"}, "unique_id"), ({"department_id": 1}, "department_id"),
    ],
)  # fmt: skip
def test_what_nobody_may_have_changes_nobody(tenant: Tenant, fields: dict[str, Any], field: str) -> None:
    one, two, _ = made(tenant)
    before = state(tenant)
    with pytest.raises(RefusedError) as refused:
        update(tenant, PersonUpdate(one.id, 1, {"cell": "1"}), PersonUpdate(two.id, 1, fields))
    assert refused.value.field == field and state(tenant) == before


def test_who_was_edited_or_has_gone_meanwhile_changes_nobody(tenant: Tenant) -> None:
    one, two, _ = made(tenant)
    with tenant.transaction():
        services.person_change(person_id=two.public_id, fields={"cell": "9"}, actor=ROBOT, now=NOW)
    before = state(tenant)
    for other in (PersonUpdate(two.id, 1, {"cell": "2"}), PersonUpdate(2**40, 1, {"cell": "2"})):
        with pytest.raises(PeopleChanged):
            update(tenant, PersonUpdate(one.id, 1, {"cell": "1"}), other)
    with pytest.raises(RefusedError, match="twice"):
        update(tenant, PersonUpdate(one.id, 1, {"cell": "1"}), PersonUpdate(one.id, 1, {"pager": "1"}))
    assert state(tenant) == before


def test_nothing_to_change_tells_nobody(tenant: Tenant) -> None:
    one, _, _ = made(tenant)
    before = state(tenant)
    assert update(tenant) == 0
    assert update(tenant, PersonUpdate(one.id, 1, {"unique_id": "u0"})) == 0
    assert state(tenant) == before


def test_another_organisations_people_are_not_there(tenant: Tenant, new_tenant: Any) -> None:
    one, _, _ = made(tenant)
    other = new_tenant()
    made(other)
    before = state(tenant)
    with pytest.raises(PeopleChanged):
        update(other, PersonUpdate(one.id, 1, {"cell": "1"}))
    assert state(tenant) == before
