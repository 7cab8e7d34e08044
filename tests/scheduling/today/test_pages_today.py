"""The pages of Today: what stands on them, for whom, and when they are drawn again."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling import services
from scheduling.models import Assignment, Notice, Publication, PublishedShift, Shift
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.conftest import Tenant
from tests.scheduling.today.conftest import CELL, EMAIL, OFFICE, PAGER, System, rows

ROLES = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.ADMINISTRATOR, Role.IT)
READS = ("today", "today-csv", "today-board", "today-wallboard", "today-wallboard-board")
NIGHT = date(2026, 11, 1)  # 25 hours in Chicago


@pytest.fixture
def on(system: System) -> System:
    """Osei is on all day, and it is published."""
    system.place(system.today, person=system.ann, note="Ring twice", call_order=1)
    system.publish()
    return system


@pytest.fixture
def night(tenant: Tenant) -> System:
    """The autumn night in Chicago, in the past or not: Osei until 01:30's second pass is replaced later."""
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    made = System(tenant, datetime(2025, 10, 26, 12, tzinfo=UTC), around=date(2025, 11, 2))
    with tenant.transaction():
        made.night = made.assignment("N", "Night", time(19), time(7))  # type: ignore[attr-defined]
    return made


def test_who_is_on_with_everything_of_a_line(on: System) -> None:
    page = on.get(role=Role.SCHEDULER)
    (line,) = rows(page, unit="Emergency")
    assert re.fullmatch(
        r"Attending \| 1 call order 1, Osei, Ann Ring twice \| \d+ (h \d\d m|m) to (\w+ \d+ )?00:00( \w+)?", line
    )
    row = page.select_one("section.unit tbody tr")
    assert row.select_one(".oncall__role")["data-hue"] == "azure"
    assert [link["href"] for link in row.select(".c-tel a")] == [
        "tel:+13125550142", "sms:+13125550142", f"mailto:{EMAIL}", "tel:3125550177", "tel:3125550100;ext=12",
    ]  # fmt: skip
    assert page.h1.get_text().startswith("Who is on, ")
    stamp = " ".join(page.select_one("[data-stamp]").get_text("").split())
    assert re.fullmatch(r"As of \d\d:\d\d:\d\d C[DS]T · publication 1 · refreshes itself", stamp)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", READS)
def test_contacts_are_in_no_answer_for_those_who_may_not_see_them(on: System, name: str, role: Role) -> None:
    text = on.tenant.client(role).get(reverse(name), {"span": "day"}).content.decode()
    may = role in (Role.SCHEDULER, Role.ADMINISTRATOR)
    assert "Osei" in text
    assert (CELL in text) == may
    for secret in (CELL, PAGER, OFFICE, EMAIL, "tel:", "sms:", "mailto:"):
        assert may or secret not in text


TABLE = [
    *(("GET", name, (200, 200, 200, 200, 200)) for name in READS),
    *(("POST", name, (405, 405, 405, 405, 405)) for name in READS),
    ("GET", "today-replace", (403, 403, 200, 200, 403)),
    ("POST", "today-replace", (403, 403, 405, 405, 403)),
    ("GET", "today-replace-confirm", (403, 403, 200, 200, 403)),
    ("POST", "today-replace-confirm", (403, 403, 302, 302, 403)),
]


@pytest.mark.parametrize(("method", "name", "answers"), TABLE, ids=[f"{method} {name}" for method, name, _ in TABLE])
def test_every_role_at_every_address(system: System, method: str, name: str, answers: tuple[int, ...]) -> None:
    shift = system.place(system.today, person=system.ann)
    system.publish()
    got = []
    holder, other = system.ann, system.ben
    for role in ROLES:
        before = _state(system)
        args = [shift.public_id] if "replace" in name else []
        data = {"who": str(other.public_id), "expects": str(holder.public_id), "reason": "sick", "extent": "whole"}
        response = getattr(system.tenant.client(role), method.lower())(reverse(name, args=args), data)
        got.append(response.status_code)
        if response.status_code == 302:
            holder, other = other, holder
            assert _state(system) != before
        else:
            assert _state(system) == before
    assert tuple(got) == answers
    stranger = Client(headers={"host": "localhost"})
    assert getattr(stranger, method.lower())(reverse(name, args=args), data)["Location"].startswith("/signin")


def _state(system: System) -> tuple[object, ...]:
    with system.tenant.transaction():
        return (
            list(Shift.objects.order_by("id").values_list("person_id", "version", "end_wall")),
            PublishedShift.objects.count(), Publication.objects.count(), Notice.objects.count(),
            ChangeEntry.objects.exclude(subject_type__in=["session", "account"]).count(),
        )  # fmt: skip


def test_a_scheduler_replaces_only_in_granted_departments(system: System) -> None:
    with system.tenant.transaction():
        exam = system.assignment("X", "Exam", time(0), time(0), department=system.clinic)
        plan = system.schedule_of(system.clinic)
    shift = system.place(system.today, exam, system.ann, schedule=plan)
    system.publish(schedule=plan)
    page = system.get(role=Role.SCHEDULER)
    assert page.select("[id^=replace-]") == []
    assert system.get(role=Role.ADMINISTRATOR).select_one("[id^=replace-]") is not None
    for name in ("today-replace", "today-replace-confirm"):
        address = reverse(name, args=[shift.public_id])
        assert system.tenant.client(Role.SCHEDULER).get(address).status_code == 403
    data = {"who": "open", "expects": str(system.ann.public_id), "reason": "sick"}
    before = _state(system)
    assert system.tenant.client(Role.SCHEDULER).post(address, data).status_code == 403
    assert _state(system) == before


def test_another_organisation_sees_none_of_it(on: System, new_tenant) -> None:  # type: ignore[no-untyped-def]
    client = new_tenant().client(Role.ADMINISTRATOR)
    for name in READS:
        text = client.get(reverse(name), {"department": str(on.emergency.public_id), "type": str(on.working.public_id)})
        assert b"Osei" not in text.content
        assert b"Emergency" not in text.content


def test_a_refresh_without_a_change_reads_and_draws_nothing(on: System) -> None:
    client, address = on.tenant.client(Role.SCHEDULER), reverse("today-board")
    first = client.get(address)
    with CaptureQueriesContext(connection, ) as asked:  # fmt: skip
        again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert re.fullmatch(r"\d\d:\d\d:\d\d C[DS]T", again["X-As-Of"])
    tables = " ".join(one["sql"] for one in asked.captured_queries)
    assert "scheduling_counter" in tables
    for unread in ("today_board", "publishedshift", "scheduling_department", "scheduling_person"):
        assert unread not in tables
    # Another question, another reader, or another release of the page is not that board.
    for query, who in (({"span": "day"}, Role.SCHEDULER), ({}, Role.VIEWER)):
        other = on.tenant.client(who).get(address, query, headers={"if-none-match": first["ETag"]})
        assert other.status_code == 200
    on.change(on.place(on.today + timedelta(days=3), person=on.ben), note="a draft only")
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    on.publish()
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_changed_number_is_drawn_at_once(on: System) -> None:
    client, address = on.tenant.client(Role.SCHEDULER), reverse("today-board")
    first = client.get(address)
    with on.tenant.transaction():
        services.person_change(person_id=on.ann.public_id, fields={"cell": "312 555 0999"}, **on.by)
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 200
    assert b"312 555 0999" in again.content


def test_the_tag_ends_when_the_running_shifts_change(system: System) -> None:
    """A shift that ends within the hour: the board is that until then, and not a second longer."""
    from tenancy.wall import wall

    ends = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=20)
    local = wall(ends, "America/Chicago")
    start = max(local - timedelta(hours=2), datetime.combine(local.date(), time(0)))
    if start.date() != local.date() or local - start < timedelta(minutes=25):
        pytest.skip("Just after midnight in Chicago: there is no room for a shift of that day.")
    system.place(local.date(), person=system.ann, start=start, end=local)
    system.publish()
    client, address = system.tenant.client(Role.VIEWER), reverse("today-board")
    state, _, until = client.get(address)["ETag"].strip('"').partition(".")
    assert int(until) == int(ends.timestamp())
    over = f'"{state}.{int(datetime.now(UTC).timestamp())}"'
    assert client.get(address, headers={"if-none-match": over}).status_code == 200


def test_open_and_empty_teams_are_loud_only_where_somebody_is_asked_for(system: System) -> None:
    with system.tenant.transaction():
        for order, (code, name, cover) in enumerate(
            (("B", "Backup", [1] * 7), ("C", "Consults", [0] * 7), ("U", "Unplanned", [])), start=1
        ):
            made = system.assignment(code, name, time(0), time(0), order=order)
            Assignment.objects.filter(id=made.id).update(cover=cover)
    system.place(system.today)
    system.publish()
    page = system.get()
    lines = rows(page, unit="Emergency")
    assert lines[0].startswith("Attending | OPEN Nobody is on | ")
    assert lines[1] == "Backup | Nobody is on The cover of this team asks for somebody. |"
    assert lines[2] == "Unplanned | Nobody is on No shift is published. |"
    assert [len(page.select(f"tr.is-{kind}")) for kind in ("open", "nobody", "absent")] == [1, 1, 1]
    assert page.select_one(".unit__quiet p").get_text() == "Consults"
    assert page.select_one(".unit__head small").get_text() == "0 on, 1 open, 1 with nobody"


def test_placeholders_say_so_and_departments_elsewhere_tell_their_zone(system: System) -> None:
    with system.tenant.transaction():
        phone = services.person_create(fields={"last_name": "Clinic phone", "is_placeholder": True}, **system.by)
        exam = system.assignment("X", "Exam", time(0), time(0), department=system.clinic)
        plan = system.schedule_of(system.clinic)
    for day in (-1, 0, 1):
        system.place(system.today + timedelta(days=day), exam, phone, schedule=plan)
    system.publish(schedule=plan)
    page = system.get(span="day")
    clinic = next(one for one in page.select("section.unit") if one.h2.get_text() == "Clinic")
    assert re.fullmatch(r"America/Denver, M[DS]T", clinic.select_one(".unit__head .fact").get_text())
    assert clinic.select_one(".oncall__name .vh").get_text() == "placeholder "
    (line,) = rows(page, unit="Clinic")  # one Denver day, midnight to midnight, and not the ends of its neighbours
    assert line.endswith("00:00–00:00") or "00:00" in line
    emergency = next(one for one in page.select("section.unit") if one.h2.get_text() == "Emergency")
    assert emergency.select_one(".unit__head .fact") is None


def test_departments_types_and_words_narrow_it_and_the_choice_is_remembered(on: System) -> None:
    with on.tenant.transaction():
        on.assignment("K", "Call", time(0), time(0), type=on.call)
        on.assignment("X", "Exam", time(0), time(0), department=on.clinic)
    assert [line.split(" | ")[0] for line in rows(on.get(type=str(on.call.public_id)))] == ["Call"]
    assert [line.split(" | ")[0] for line in rows(on.get(q="ose"))] == ["Attending"]
    assert [line.split(" | ")[0] for line in rows(on.get(q="clinic"))] == ["Exam"]
    assert rows(on.get(q="nobody-of-that-name")) == []
    client = on.tenant.client(Role.VIEWER)
    chosen = f"department={on.clinic.public_id}"
    assert client.get(f"/today?{chosen}").status_code == 200
    answer = client.get("/today?span=day")
    assert (answer.status_code, answer["Location"]) == (302, f"/today?span=day&{chosen}")
    assert b"Attending" not in client.get(answer["Location"]).content
    assert client.get("/today?department=all").status_code == 200
    assert client.get("/today").status_code == 200


def test_next_is_who_comes_on_first(system: System) -> None:
    for day, person in ((1, system.ben), (2, system.cleo), (3, system.ann)):
        system.place(system.today + timedelta(days=day), person=person)
    system.publish()
    (line,) = rows(system.get(span="next"), unit="Emergency")
    assert re.match(r"Attending \| Vance, Ben \| in \d+ (h \d\d m|m) from 00:00$", line)


def test_the_night_of_25_hours(night: System) -> None:
    """19:00 to 07:00 lasts thirteen hours: at 01:30 for the second time five and a half are left, an hour less than at the first."""
    night.place(date(2025, 11, 1), night.night, night.ann)  # type: ignore[attr-defined]
    night.publish()
    first = night.get(date="2025-11-02", minute="90")
    second = night.get(date="2025-11-02", minute="150")
    assert rows(first, unit="Emergency")[-1].startswith("Night | Osei, Ann | 6 h 30 m to 07:00")
    assert rows(second, unit="Emergency")[-1].startswith("Night | Osei, Ann | 5 h 30 m to 07:00")
    assert [page.select_one("#minute")["aria-valuetext"] for page in (first, second)] == [
        "01:30 first, past", "01:30 second, past",
    ]  # fmt: skip
    assert first.select_one("#minute")["max"] == "1499"
    assert [one.select_one(".left .done")["width"] for one in (first, second)] == ["50", "57"]
    assert first.select_one("#scrub .is-warn").get_text() == "25 hours: clocks go back"


def test_the_night_of_23_hours(tenant: Tenant) -> None:
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    made = System(tenant, datetime(2026, 3, 1, 12, tzinfo=UTC), around=date(2026, 3, 8))
    with tenant.transaction():
        night = made.assignment("N", "Night", time(19), time(7))
    made.place(date(2026, 3, 7), night, made.ann)
    made.publish()
    page = made.get(date="2026-03-08", minute="120")
    assert rows(page, unit="Emergency")[-1].startswith("Night | Osei, Ann | 4 h 00 m to 07:00")
    assert (page.select_one("#minute")["aria-valuetext"].split(",")[0], page.select_one("#minute")["max"]) == (
        "03:00",
        "1379",
    )


def test_a_past_moment_as_it_stands_and_as_it_was_known(night: System) -> None:
    """Published with Osei, corrected to Vance in the middle of the night, with a note taken off and a shift added the next day."""
    shift = night.place(NIGHT_2025, person=night.ann)
    with night.tenant.transaction():
        late = night.assignment("L", "Late", time(0), time(0), order=5)
    first = night.publish()
    corrected = datetime(2025, 11, 2, 16, 12, tzinfo=UTC)  # 10:12
    night.change(shift, corrected, person_id=night.ben.public_id)
    second = night.publish(corrected)
    night.place(NIGHT_2025, late, night.cleo)
    night.publish(datetime(2025, 11, 3, 15, 0, tzinfo=UTC))
    nine = {"date": "2025-11-02", "minute": str(10 * 60)}  # ten hours have passed: it is 09:00
    now, then = night.get(**nine), night.get(**nine, known="then")
    assert [line for line in rows(now, unit="Emergency") if "Night" not in line] == [
        "Attending | Vance, Ben then: Osei, Ann; corrected at 10:12 to Vance, Ben | 15 h 00 m to 00:00",
        "Late | Iyer, Cleo not known then; added at Nov 3 09:00 | 15 h 00 m to 00:00",
    ]
    assert [line for line in rows(then, unit="Emergency") if "Night" not in line] == [
        "Attending | Osei, Ann then: Osei, Ann; corrected at 10:12 to Vance, Ben | 15 h 00 m to 00:00",
        "Late | Nobody is on No shift is published. |",
        "Late | Iyer, Cleo not known then; added at Nov 3 09:00 | 15 h 00 m to 00:00",
    ]
    assert then.select_one("tr.is-gone s").get_text() == "Iyer, Cleo"
    assert now.select_one(".boardbar .is-info").get_text().strip() == "2 lines were known differently then"
    assert f"publication {first.number}" in then.select_one("[data-stamp]").get_text("")
    assert then.select_one("[data-stamp]").get_text("").startswith("As known at 09:00 CST")
    later = night.get(date="2025-11-02", minute=str(12 * 60), known="then")  # 11:00: the correction was known
    assert rows(later, unit="Emergency")[0] == "Attending | Vance, Ben | 13 h 00 m to 00:00"
    assert f"publication {second.number}" in later.select_one("[data-stamp]").get_text("")


NIGHT_2025 = date(2025, 11, 2)


def test_a_moment_ahead_has_one_reading(system: System) -> None:
    tomorrow = (system.today + timedelta(days=1)).isoformat()
    page = system.get(date=tomorrow, minute="600", known="then")
    assert page.select("[name=known][type=radio]") == []
    assert page.h1.get_text().startswith("Who will be on, ")
    assert page.select_one("[data-board]")["data-live"] == "0"


def test_the_file_says_what_the_page_says(on: System) -> None:
    answer = on.tenant.client(Role.SCHEDULER).get(reverse("today-csv"))
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].split(",")[:5] == ["Department", "Zone", "Role", "Call order", "Name"]
    assert lines[1].startswith('Emergency,America/Chicago,Attending,1,"Osei, Ann",person,')
    assert lines[1].endswith(f",Ring twice,,'{CELL},{PAGER},{OFFICE},{EMAIL}")
    assert re.fullmatch(r'attachment; filename="who-is-on-\d{4}-\d\d-\d\d-\d{4}.csv"', answer["Content-Disposition"])


def test_the_call_list_is_of_the_moment_and_the_departments_shown(on: System) -> None:
    page = on.get(date=on.today.isoformat(), minute="0", department=str(on.emergency.public_id))
    link = page.select_one(".boardbar a[href*=print]")["href"]
    assert re.search(rf"\?at=\d{{4}}-\d\d-\d\dT0[56]%3A00%3A00Z&department={on.emergency.public_id}$", link)
    assert on.tenant.client(Role.VIEWER).get(link).status_code == 200


def test_the_wallboard_is_dark_unless_asked_and_acts_on_nothing(on: System) -> None:
    page = on.get("today-wallboard", Role.ADMINISTRATOR)
    assert page.html["data-theme"] == "dark"
    assert page.select("nav.rail, form, [id^=replace-]") == []
    assert page.select_one(".wall__name").get_text(" ", strip=True).startswith("1 call order 1, Osei, Ann")
    assert page.select_one(".wall__tel").get_text() == CELL
    assert on.get("today-wallboard", theme="light").html["data-theme"] == "light"


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.VIEWER, "/today"),
        (Role.SCHEDULER, "/schedules/"),
        (Role.ADMINISTRATOR, "/schedules/"),
        (Role.IT, "/schedules/"),
    ],
)
def test_where_a_role_begins(tenant: Tenant, role: Role, address: str) -> None:
    assert tenant.client(role).get("/")["Location"] == address


def test_a_provider_begins_with_me_where_there_is_such_a_page(tenant: Tenant) -> None:
    from django.urls import NoReverseMatch

    try:
        expected = reverse("me")
    except NoReverseMatch:
        expected = "/today"
    assert tenant.client(Role.PROVIDER).get("/")["Location"] == expected


def test_nonsense_in_the_address_shows_the_board_of_now(on: System) -> None:
    page = on.get(span="x", date="2026-99-99", minute="abc", known="then", type="y", department="z")
    assert page.select_one("[data-board]")["data-live"] == "1"
    assert rows(page) == []  # no type is called y
