"""Pay calendars: periods, what they govern, and that the same work is never paid by two."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from scheduling import selectors, services
from scheduling.models import Outbox, PayCalendar, PayCalendarScope
from scheduling.services import PayCalendarFields
from tenancy.models import ChangeEntry
from tenancy.types import NotFoundError, RefusedError
from tests.conftest import NOW, ROBOT, Tenant

BY = {"actor": ROBOT, "now": NOW}
MONDAY = date(2026, 3, 2)


class Pay:
    """Two departments, two types of people, and no calendar."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        with tenant.transaction():
            self.ed, self.icu = (
                services.department_create(name=name, code=name[:2], zone="America/Chicago", **BY)
                for name in ("Emergency", "ICU")
            )
            self.exempt, self.hourly = (services.personnel_type_named(name) for name in ("Exempt", "Non-Exempt"))
            Outbox.objects.all().delete()

    def create(self, name: str, departments=(), kinds=(), days: int = 14, anchor: date = MONDAY) -> PayCalendar:
        with self.tenant.transaction():
            return services.pay_calendar_create(fields=self.fields(name, departments, kinds, days, anchor), **BY)

    def fields(self, name: str, departments=(), kinds=(), days: int = 14, anchor: date = MONDAY) -> PayCalendarFields:
        ids = [one.public_id for one in departments], [one.public_id for one in kinds]
        return PayCalendarFields(name, anchor, days, *ids)

    def change(self, calendar: PayCalendar, fields: PayCalendarFields, **more) -> PayCalendar:
        with self.tenant.transaction():
            return services.pay_calendar_change(pay_calendar_id=calendar.public_id, fields=fields, **more, **BY)

    def revision(self) -> int:
        with self.tenant.transaction():
            return selectors.revisions().get("pay_calendars", 0)

    def state(self) -> list:
        with self.tenant.transaction():
            return [
                list(PayCalendar.objects.order_by("id").values_list()),
                list(PayCalendarScope.objects.order_by("id").values_list()),
                Outbox.objects.count(),
                ChangeEntry.objects.count(),
            ]


@pytest.fixture
def pay(tenant: Tenant) -> Pay:
    return Pay(tenant)


def test_making_changing_and_removing_one_is_logged_and_told_to_destinations(pay: Pay) -> None:
    calendar = pay.create("  Hourly \n pay ", [pay.ed], [pay.hourly])
    with pay.tenant.transaction():
        (info,) = selectors.pay_calendars()
    assert (info.name, info.anchor, info.days, info.revision) == ("Hourly pay", MONDAY, 14, 1)
    assert info.governs(pay.ed.id, pay.hourly.id)
    assert not info.governs(pay.icu.id, pay.hourly.id) and not info.governs(pay.ed.id, None)
    assert pay.revision() == 1
    pay.change(calendar, pay.fields("Hourly pay", [pay.ed, pay.icu], [pay.hourly], days=7), revision=1)
    with pay.tenant.transaction():
        services.pay_calendar_remove(pay_calendar_id=calendar.public_id, revision=2, **BY)
        assert selectors.pay_calendars() == ()
        assert PayCalendarScope.objects.count() == 0
        log = list(ChangeEntry.objects.filter(subject_type="pay_calendar").order_by("id"))
        left = list(Outbox.objects.order_by("id").values_list("topic", "subject_type"))
    assert pay.revision() == 3 and left == [("data_change", "pay_calendars")] * 3
    assert [(one.action, one.before, one.after) for one in log][1] == (
        "pay_calendar.change",
        {"days": 14, "departments": ["Emergency"]},
        {"days": 7, "departments": ["Emergency", "ICU"]},
    )
    assert [one.action for one in log] == ["pay_calendar.create", "pay_calendar.change", "pay_calendar.remove"]
    assert log[2].before["name"] == "Hourly pay" and log[2].after is None


def test_a_change_that_alters_nothing_leaves_nothing(pay: Pay) -> None:
    calendar = pay.create("One", [pay.ed], [pay.hourly])
    before = pay.state()
    pay.change(calendar, pay.fields("One", [pay.ed], [pay.hourly]))
    assert pay.state() == before


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (((), ()), ((), ()), "One governs everybody in all departments already."),
        ((("ed",), ()), ((), ()), "One governs everybody in Emergency already."),
        (((), ("hourly",)), (("icu",), ()), "One governs Non-Exempt in ICU already."),
        ((("ed", "icu"), ("hourly",)), (("icu",), ("hourly", "exempt")), "One governs Non-Exempt in ICU already."),
        ((("ed",), ()), (("icu",), ()), None),
        (((), ("hourly",)), ((), ("exempt",)), None),
        ((("ed",), ("hourly",)), (("ed",), ("exempt",)), None),
    ],
)
def test_the_same_work_is_never_governed_twice(pay: Pay, first, second, told: str | None) -> None:
    def scope(parts) -> list[list]:
        return [[getattr(pay, name) for name in part] for part in parts]

    pay.create("One", *scope(first))
    if told is None:
        pay.create("Two", *scope(second))
        return
    before = pay.state()
    with pytest.raises(RefusedError, match=told) as refused:
        pay.create("Two", *scope(second))
    assert refused.value.field == "departments"
    assert pay.state() == before


def test_a_change_must_not_overlap_either(pay: Pay) -> None:
    pay.create("One", [pay.ed])
    two = pay.create("Two", [pay.icu])
    before = pay.state()
    with pytest.raises(RefusedError, match="One governs everybody in Emergency already"):
        pay.change(two, pay.fields("Two", [pay.ed, pay.icu]))
    with pytest.raises(RefusedError, match="One governs everybody in Emergency already"):
        pay.change(two, pay.fields("Two"))
    assert pay.state() == before


def test_what_cannot_be_is_refused(pay: Pay) -> None:
    calendar = pay.create("One", [pay.ed])
    before = pay.state()
    cases = [
        (pay.fields(" "), "name"), (pay.fields("x" * 81), "name"), (pay.fields("One", [pay.icu]), "name"),
        (pay.fields("Two", [pay.icu], days=0), "days"), (pay.fields("Two", [pay.icu], days=367), "days"),
        (PayCalendarFields("Two", MONDAY, 14, [uuid.uuid4()]), "departments"),
        (PayCalendarFields("Two", MONDAY, 14, [pay.icu.public_id], [pay.ed.public_id]), "personnel_types"),
    ]  # fmt: skip
    for fields, field in cases:
        with pytest.raises(RefusedError) as refused, pay.tenant.transaction():
            services.pay_calendar_create(fields=fields, **BY)
        assert refused.value.field == field, fields
    with pytest.raises(RefusedError, match="meanwhile"):
        pay.change(calendar, pay.fields("New", [pay.ed]), revision=2)
    with pytest.raises(NotFoundError), pay.tenant.transaction():
        services.pay_calendar_remove(pay_calendar_id=uuid.uuid4(), **BY)
    assert pay.state() == before
