"""Change log, people, assignments, departments, schedules and search."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import Assignment, Department, Outbox, Person, Schedule
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.scheduling.pages.conftest import BY, World, soup, text_of


@pytest.fixture
def admin(world: World) -> Client:
    return world.tenant.client(Role.ADMINISTRATOR)


def _rows(response) -> list[str]:  # type: ignore[no-untyped-def]
    return [text_of(row) for row in soup(response).select("tbody tr")]


def _sheet(response) -> list[list[str]]:  # type: ignore[no-untyped-def]
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def _values(response) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """What a browser would send if nobody touched the form."""
    values = {}
    for field in soup(response).select("main form.form [name]"):
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            values[field["name"]] = chosen["value"]
        elif field.get("type") != "checkbox" or field.has_attr("checked"):
            values[field["name"]] = field.get("value", "")
    return values


# -- change log --------------------------------------------------------------------------------------------------


def test_the_log_filters_by_person_actor_department_action_and_date(world: World, browser: Client) -> None:
    shift = world.place(person=world.people[0])
    world.place(person=world.people[1])
    with world.tenant.transaction():
        services.shift_change(shift_id=shift.public_id, version=1, fields={"note": "Ring"}, **BY)
    url = reverse("change-log")
    changed = _rows(browser.get(url, {"action": "shift.change"}))
    assert len(changed) == 1
    assert "Shift changed ED Day, 2026-03-02, Osei, Kofi not published since" in changed[0]
    assert changed[0].endswith("note none → Ring")
    assert len(_rows(browser.get(url, {"person": "osei", "action": "shift.add"}))) == 1
    assert len(_rows(browser.get(url, {"department": world.department.public_id, "action": "shift.add"}))) == 2
    assert "No change matches" in _rows(browser.get(url, {"actor": "nobody"}))[0]
    assert len(_rows(browser.get(url, {"since": "2026-02-27", "until": "2026-02-27", "action": "shift.add"}))) == 2
    assert "No change matches" in _rows(browser.get(url, {"until": "2026-02-26"}))[0]


def test_the_log_pages_and_keeps_its_filters(world: World, browser: Client) -> None:
    for n in range(55):
        world.place(person=None, note=f"n{n}")
    first = browser.get(reverse("change-log"), {"action": "shift.add"})
    assert len(_rows(first)) == 50
    assert text_of(soup(first).select_one(".pager")) == "1–50 of 55 changes Page 1 of 2"
    onward = soup(first).select_one('a[rel="next"]')["href"]
    assert onward == "?action=shift.add&page=2"
    assert len(_rows(browser.get(reverse("change-log") + onward))) == 5
    assert len(_rows(browser.get(reverse("change-log"), {"action": "shift.add", "page": "999"}))) == 5


def test_the_file_holds_the_same_and_never_what_touches_a_private_note(world: World, browser: Client) -> None:
    shift = world.place(person=world.people[0])
    with world.tenant.transaction():
        services.shift_change(shift_id=shift.public_id, version=1, fields={"private_note": "between us"}, **BY)
        services.shift_change(shift_id=shift.public_id, version=2, fields={"private_note": "", "note": "=1+1"}, **BY)
        services.shift_change(shift_id=shift.public_id, version=3, fields={"note": "=2+2"}, **BY)
    rows = _sheet(browser.get(reverse("change-log-csv"), {"action": "shift.change"}))
    assert rows[0][:3] == ["When", "Zone", "Who"]
    assert len(rows) == 2
    assert rows[1][:7] == [
        "2026-02-27 09:00:00", "America/Chicago", "Test", "test", "", "shift.change", "ED Day, 2026-03-02, Osei, Kofi",
    ]  # fmt: skip
    assert rows[1][7:10] == ["note", "'=1+1", "'=2+2"]
    assert "between us" not in browser.get(reverse("change-log")).content.decode()


# -- people ------------------------------------------------------------------------------------------------------


def test_people_are_listed_filtered_and_sorted(world: World, admin: Client) -> None:
    url = reverse("people")
    assert [row.split(" ")[0] for row in _rows(admin.get(url))] == ["Charge", "Iyer,", "Osei,", "Ueda,", "Vance,"]
    assert _rows(admin.get(url, {"sort": "-name"}))[0].startswith("Vance,")
    assert len(_rows(admin.get(url, {"q": "OSE"}))) == 1
    assert len(_rows(admin.get(url, {"q": "002"}))) == 1
    assert len(_rows(admin.get(url, {"show": "placeholders"}))) == 1
    rows = _sheet(admin.get(reverse("people-csv"), {"q": "osei"}))
    assert rows[1] == ["Osei, Kofi", "", "000", "osei@ed.example", "", "Emergency", "no", ""]


def test_clearing_a_upn_is_one_field_and_reaches_delivery(world: World, admin: Client) -> None:
    osei = world.people[0]
    url = reverse("person", args=[osei.public_id])
    values = _values(admin.get(url))
    assert values["upn"] == "osei@ed.example"
    with world.tenant.transaction():
        before = Outbox.objects.count()
    response = admin.post(url, {**values, "upn": ""}, follow=True)
    assert "Osei was saved." in text_of(soup(response).select_one(".messages"))
    with world.tenant.transaction():
        person = Person.objects.get(id=osei.id)
        entry = ChangeEntry.objects.latest("id")
        assert (person.upn, person.unique_id, person.department_id) == ("", "000", world.department.id)
        assert (entry.action, entry.before, entry.after) == ("person.change", {"upn": "osei@ed.example"}, {"upn": ""})
        left = Outbox.objects.order_by("-id").first()
        assert (Outbox.objects.count(), left.topic, left.subject_id) == (before + 1, "data_change", osei.id)


def test_an_untouched_form_changes_nothing(world: World, admin: Client) -> None:
    url = reverse("person", args=[world.people[0].public_id])
    with world.tenant.transaction():
        before = ChangeEntry.objects.count()
    admin.post(url, _values(admin.get(url)))
    with world.tenant.transaction():
        assert ChangeEntry.objects.filter(action="person.change").count() == 0
        assert ChangeEntry.objects.count() == before


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("npi", "1234567890", "check digit"),
        ("unique_id", "001", "belongs to Vance, Roland already"),
        ("active_to", "2020-01-01", "before the first"),
        ("last_name", "", "required"),
    ],
)
def test_a_wrong_person_is_refused_at_its_field(
    world: World, admin: Client, field: str, value: str, words: str
) -> None:
    url = reverse("person", args=[world.people[0].public_id])
    response = admin.post(url, {**_values(admin.get(url)), "active_from": "2021-01-01", field: value})
    assert response.status_code == 422
    page = soup(response)
    assert words in text_of(page.select_one(f"#id_{field}_error"))
    assert page.select_one(f"#id_{field}")["aria-invalid"] == "true"
    with world.tenant.transaction():
        assert Person.objects.get(id=world.people[0].id).active_from is None


def test_adding_a_person_keeps_identifiers_as_typed(world: World, admin: Client) -> None:
    url = reverse("person-new")
    data = {
        "last_name": "Moyo",
        "first_name": "Tendai",
        "unique_id": " 00123",
        "npi": "1234567893",
        "personnel_type": "CRNA",
    }
    assert admin.post(url, data).status_code == 302
    with world.tenant.transaction():
        made = Person.objects.get(last_name="Moyo")
        assert (made.unique_id, made.npi, made.personnel_type.name) == (" 00123", "1234567893", "CRNA")


# -- assignments, departments, schedules ---------------------------------------------------------------------------


def test_assignments_are_made_and_changed(world: World, admin: Client) -> None:
    data = {
        "department": world.department.public_id, "code": "L1", "name": "Late 1", "type": "new", "new_type": "Late",
        "hue": "honey", "start_time": "13:00", "end_time": "01:00", "end_day_offset": "", "order": "7",
    }  # fmt: skip
    assert admin.post(reverse("assignment-new"), data).status_code == 302
    with world.tenant.transaction():
        made = Assignment.objects.select_related("type").get(code="L1")
        assert (made.end_day_offset, made.type.name, made.type.hue, made.order) == (1, "Late", "honey", 7)
    url = reverse("assignment", args=[made.public_id])
    values = _values(admin.get(url))
    refused = admin.post(url, {**values, "code": "D"})
    assert refused.status_code == 422
    assert "has the code 'D'" in text_of(soup(refused).select_one("#id_code_error"))
    admin.post(url, {**values, "name": "Late one"})
    assert any("L1 Late one Emergency Late 13:00–01:00" in row for row in _rows(admin.get(reverse("assignments"))))


def test_departments_are_made_and_changed(world: World, admin: Client) -> None:
    refused = admin.post(reverse("department-new"), {"name": "X", "code": "X", "zone": "America/Nowhere"})
    assert "not a time zone" in text_of(soup(refused).select_one("#id_zone_error"))
    assert (
        admin.post(reverse("department-new"), {"name": "Surgery", "code": "SUR", "zone": "America/Denver"}).status_code
        == 302
    )
    with world.tenant.transaction():
        made = Department.objects.get(code="SUR")
    admin.post(reverse("department", args=[made.public_id]), {"name": "Surgery West", "code": "SUR"})
    assert any("SUR Surgery West America/Denver" in row for row in _rows(admin.get(reverse("departments"))))


def test_a_schedule_is_made_in_a_granted_department_only(world: World, browser: Client) -> None:
    page = soup(browser.get(reverse("schedule-new")))
    assert [option.get_text() for option in page.select("#id_department option")] == ["Emergency"]
    data = {
        "department": world.department.public_id,
        "starts_on": "2026-04-01",
        "ends_on": "2026-04-30",
        "name": "April",
    }
    response = browser.post(reverse("schedule-new"), data)
    with world.tenant.transaction():
        made = Schedule.objects.get(name="April")
    assert response["Location"] == reverse("schedule", args=[made.public_id])
    wrong = browser.post(reverse("schedule-new"), {**data, "ends_on": "2026-03-01"})
    assert "before the first" in text_of(soup(wrong).select_one("#id_ends_on_error"))
    other = browser.post(reverse("schedule-new"), {**data, "department": world.elsewhere.public_id})
    assert other.status_code == 422


# -- search -------------------------------------------------------------------------------------------------------


def test_search_finds_by_beginning_without_accents_and_only_what_the_role_may_open(world: World, admin: Client) -> None:
    with world.tenant.transaction():
        world.person("Ångström", "Åsa", "77")
    page = soup(admin.get(reverse("search"), {"q": "angs"}))
    assert [text_of(hit) for hit in page.select("main li")] == ["Ångström, Åsa 77"]
    assert [text_of(hit) for hit in soup(admin.get(reverse("search"), {"q": "ED"})).select("main li")] == [
        "ED Day D · Working",
        "ED Night N · Working",
    ]
    assert "Nothing found" in text_of(soup(world.tenant.client(Role.VIEWER).get(reverse("search"), {"q": "osei"})))
