"""Replace now: exactly what happens, to whom it is told, and everything that must not happen."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from scheduling import services
from scheduling.models import Notice, Outbox, Publication, PublishedShift, Shift
from scheduling.services.replace import first_nameable, shift_replace
from scheduling.types import Audience, ShiftInfo, StaleShift
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tenancy.types import NotFoundError, RefusedError
from tests.conftest import ROBOT, Tenant
from tests.scheduling.today.conftest import System

DAY = date(2025, 11, 1)
MADE = datetime(2025, 10, 26, 12, tzinfo=UTC)


@pytest.fixture
def past(tenant: Tenant) -> System:
    """Chicago around the autumn night; the clock is an argument here."""
    tenant.scheduler = tenant.account(Role.SCHEDULER)  # type: ignore[attr-defined]
    made = System(tenant, MADE, around=date(2025, 11, 2))
    with tenant.transaction():
        made.night = made.assignment("N", "Night", time(19), time(7))  # type: ignore[attr-defined]
    return made


def replace(
    system: System, shift: ShiftInfo, person: Any, *, expects: Any, now: datetime, since: datetime | None = None
):
    with system.tenant.transaction():
        return shift_replace(
            shift_id=shift.public_id, person_id=person.public_id if person else None,
            expects=expects.public_id if expects else None, since=since, reason="Sick call", actor=ROBOT, now=now,
        )  # fmt: skip


def _told(one: PublishedShift | Shift) -> tuple[object, ...]:
    who = one.person.last_name if one.person else "open"
    return (f"{one.date:%m-%d}", who, f"{one.start_wall:%d %H:%M}", f"{one.end_wall:%d %H:%M}", one.note)


def log(system: System, audience: Audience = Audience.EVERYONE) -> list[tuple[object, ...]]:
    """Current rows: date, who, start and end as walls, note."""
    with system.tenant.transaction():
        rows = (
            PublishedShift.objects.filter(audience=audience.value, recorded_to=None)
            .select_related("person")
            .order_by("starts_at")
        )
        return [_told(one) for one in rows]


def draft(system: System) -> list[tuple[object, ...]]:
    with system.tenant.transaction():
        rows = Shift.objects.filter(schedule=system.schedule).select_related("person").order_by("starts_at", "id")
        return [_told(one) for one in rows]


def marks(system: System) -> tuple[int, ...]:
    with system.tenant.transaction():
        return tuple(model.objects.count() for model in (Publication, PublishedShift, Notice, Outbox, ChangeEntry))


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2025."""
    return datetime(2025, 11, day, hour, minute, tzinfo=UTC)


def test_the_rest_of_a_running_shift_is_one_publication_of_two_parts(past: System) -> None:
    shift = past.place(DAY, past.night, past.ann, note="Ring twice", call_order=2)
    past.publish()
    made = replace(past, shift, past.ben, expects=past.ann, now=utc(2, 3, 30), since=utc(2, 3, 30))  # 22:30
    assert (made.number, made.audience, made.kind, made.added, made.changed, made.removed) == (
        2,
        "everyone",
        "shift",
        1,
        1,
        0,
    )
    expected = [
        ("11-01", "Osei", "01 19:00", "01 22:30", "Ring twice"),
        ("11-01", "Vance", "01 22:30", "02 07:00", "Ring twice"),
    ]
    assert log(past) == log(past, Audience.ADMINISTRATORS) == draft(past) == expected
    with past.tenant.transaction():
        kept = PublishedShift.objects.get(shift_id=shift.public_id, audience="everyone", recorded_to=None)
        rest = PublishedShift.objects.exclude(shift_id=shift.public_id).get(audience="everyone", recorded_to=None)
        assert (kept.ends_at, rest.starts_at, rest.call_order) == (utc(2, 3, 30), utc(2, 3, 30), 2)
        assert {row.reason for row in ChangeEntry.objects.filter(action="published.changed")} == {"Sick call"}
        assert Outbox.objects.filter(topic="publish", publication=2).count() == 1
        assert (
            services.schedule_publish(
                schedule_id=past.schedule.public_id, audience=Audience.EVERYONE, actor=ROBOT, now=utc(2, 4)
            )
            is None
        )  # fmt: skip - the draft followed: nothing is left to publish


def test_the_rest_that_begins_after_midnight_stands_on_its_own_date(past: System) -> None:
    shift = past.place(DAY, past.night, past.ann)
    past.publish()
    replace(past, shift, past.ben, expects=past.ann, now=utc(2, 9, 13), since=utc(2, 9, 13))  # 03:13 in winter time
    assert log(past) == [("11-01", "Osei", "01 19:00", "02 03:13", ""), ("11-02", "Vance", "02 03:13", "02 07:00", "")]


def test_in_the_hour_that_comes_twice_the_rest_begins_where_it_can_be_named(past: System) -> None:
    zone = "America/Chicago"
    assert first_nameable(utc(2, 6, 30), zone) == utc(2, 6, 30)  # 01:30, the first time
    assert first_nameable(utc(2, 7, 30), zone) == utc(2, 8)  # 01:30, the second time: 02:00 is next
    assert first_nameable(utc(2, 7, 30).replace(second=59), zone) == utc(2, 8)
    assert first_nameable(datetime(2026, 3, 8, 8, 0, tzinfo=UTC), zone) == datetime(
        2026, 3, 8, 8, 0, tzinfo=UTC
    )  # 03:00
    shift = past.place(DAY, past.night, past.ann)
    past.publish()
    before = marks(past), draft(past)
    with pytest.raises(RefusedError, match="shows 01:30 twice"):
        replace(past, shift, past.ben, expects=past.ann, now=utc(2, 7, 30), since=utc(2, 7, 30))
    assert (marks(past), draft(past)) == before
    replace(past, shift, past.ben, expects=past.ann, now=utc(2, 7, 30), since=utc(2, 8))
    with past.tenant.transaction():
        parts = PublishedShift.objects.filter(audience="everyone", recorded_to=None).order_by("starts_at")
        lengths = [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in parts]
    assert lengths == [8, 5]  # thirteen hours in all


def test_other_unpublished_edits_even_of_the_same_shift_stay_unpublished(past: System) -> None:
    shift = past.place(DAY, past.night, past.ann, note="old", call_order=1)
    other = past.place(DAY + timedelta(days=1), past.night, past.cleo)
    past.publish()
    past.change(shift, note="not yet", private_note="never", call_order=3)
    past.change(other, person_id=past.ann.public_id)
    replace(past, shift, past.ben, expects=past.ann, now=utc(2, 3), since=utc(2, 3))
    assert [row[1::3] for row in log(past)] == [("Osei", "old"), ("Vance", "old"), ("Iyer", "")]
    assert [row[1::3] for row in draft(past)] == [("Osei", "not yet"), ("Vance", "old"), ("Osei", "")]
    with past.tenant.transaction():
        assert Shift.objects.get(public_id=shift.public_id).call_order == 3


def test_whoever_the_draft_has_instead_gives_way_for_the_first_part(past: System) -> None:
    shift = past.place(DAY, past.night, past.ann)
    past.publish()
    past.change(shift, person_id=past.cleo.public_id)
    replace(past, shift, past.ben, expects=past.ann, now=utc(2, 3), since=utc(2, 3))
    assert [row[1] for row in draft(past)] == [row[1] for row in log(past)] == ["Osei", "Vance"]


@pytest.mark.parametrize(
    ("ready", "since", "text"),
    [
        ("times", utc(2, 3), "other times for this shift"),
        ("", utc(2, 13), "is not inside the shift"),
        ("", utc(2, 14), "is not inside the shift"),
    ],
)
def test_what_cannot_be_split_is_refused_and_nothing_is_half_done(
    past: System, ready: str, since: datetime, text: str
) -> None:
    shift = past.place(DAY, past.night, past.ann)
    past.publish()
    if ready == "times":
        past.change(shift, end=datetime(2025, 11, 2, 9))
    before = marks(past), draft(past), log(past)
    with pytest.raises(RefusedError, match=text):
        replace(past, shift, past.ben, expects=past.ann, now=utc(2, 3), since=since)
    assert (marks(past), draft(past), log(past)) == before


def test_a_rest_that_would_lie_in_another_schedule_is_refused(past: System) -> None:
    last = past.schedule.ends_on
    shift = past.place(last, past.night, past.ann)
    past.publish()
    inside = datetime(2025, 11, 13, 9, tzinfo=UTC)  # 03:00 on the day after the last
    with pytest.raises(RefusedError, match="belongs to another schedule"):
        replace(past, shift, past.ben, expects=past.ann, now=inside, since=inside)
    replace(past, shift, past.ben, expects=past.ann, now=inside)
    assert [row[1] for row in log(past)] == ["Vance"]


def test_the_whole_shift_changes_hands_and_both_and_the_schedulers_are_told(past: System) -> None:
    shift = past.place(DAY, past.night, past.ann, note="x")
    past.publish()
    with past.tenant.transaction():
        services.person_change(person_id=past.ben.public_id, fields={"email": "ben@ed.example"}, **past.by)
    made = replace(past, shift, past.ben, expects=past.ann, now=utc(2, 3))
    assert log(past) == draft(past) == [("11-01", "Vance", "01 19:00", "02 07:00", "x")]
    with past.tenant.transaction():
        told = {(one.account_id, one.person_id): one for one in Notice.objects.filter(kind="shift.replaced")}
        assert set(told) == {(None, past.ann.id), (None, past.ben.id), (past.tenant.scheduler.id, None)}
        (notice, *_) = told.values()
        assert notice.subject == "Night, Nov 1: Vance, Ben instead of Osei, Ann"
        assert not any("ick" in line for line in notice.lines), "why is nobody's business"
        assert f"publication {made.number}" in notice.lines[-1]
        assert ChangeEntry.objects.filter(reason="Sick call").count() >= 2


def test_nobody_yet_leaves_it_open_and_an_open_shift_is_filled(past: System) -> None:
    shift = past.place(DAY, past.night, past.ann)
    past.publish()
    replace(past, shift, None, expects=past.ann, now=utc(2, 3))
    assert [row[1] for row in log(past)] == ["open"]
    replace(past, shift, past.ben, expects=None, now=utc(2, 3, 5))
    assert [row[1] for row in log(past)] == ["Vance"]


def test_who_came_second_is_told_and_nothing_happens(past: System) -> None:
    shift = past.place(DAY, past.night, past.ann)
    past.publish()
    replace(past, shift, past.ben, expects=past.ann, now=utc(2, 3))
    before = marks(past)
    for since in (None, utc(2, 4)):
        with pytest.raises(StaleShift, match="Vance, Ben is on this shift now"):
            replace(past, shift, past.cleo, expects=past.ann, now=utc(2, 3, 1), since=since)
    with pytest.raises(RefusedError, match="already"):
        replace(past, shift, past.ben, expects=past.ben, now=utc(2, 3, 1))
    with pytest.raises(RefusedError, match="is over"):
        replace(past, shift, past.cleo, expects=past.ben, now=utc(2, 13))
    with pytest.raises(NotFoundError), past.tenant.transaction():
        shift_replace(
            shift_id=uuid.uuid4(), person_id=None, expects=None, since=None, reason="x", actor=ROBOT, now=utc(2, 3)
        )  # fmt: skip
    assert marks(past) == before


# -- the pages --------------------------------------------------------------------------------------------------------


def test_choose_look_and_publish_without_script(system: System) -> None:
    """What a phone does with script switched off: forms as they stand in the pages."""
    shift = system.place(system.today, person=system.ann)
    system.publish()
    client = system.tenant.client(Role.SCHEDULER)
    board = system.get(role=Role.SCHEDULER)
    link = board.select_one(f"#replace-{shift.public_id}")["href"]
    page = BeautifulSoup(client.get(link).content, "html.parser")
    names = [one.get_text() for one in page.select(".taker strong")]
    assert names == ["Iyer, Cleo", "Vance, Ben", "Nobody yet"]
    form = {
        one["name"]: one.get("value", "")
        for one in page.select("form.replace input[name]")
        if one.get("type") != "radio"
    }
    form |= {"extent": "rest", "who": str(system.ben.public_id), "reason": "sick"}
    confirm = client.get(reverse("today-replace-confirm", args=[shift.public_id]), form)
    told = " ".join(BeautifulSoup(confirm.content, "html.parser").select_one(".happens").get_text(" ").split())
    assert "Osei, Ann → Vance, Ben" in told
    assert "Osei, Ann keeps 00:00 to" in told
    fields = {
        one["name"]: one.get("value", "")
        for one in BeautifulSoup(confirm.content, "html.parser").select("main form input[type=hidden]")
    }
    with system.tenant.transaction():
        assert Publication.objects.filter(audience="everyone").count() == 1, "looking changes nothing"
    done = client.post(reverse("today-replace-confirm", args=[shift.public_id]), fields)
    assert (done.status_code, done["Location"]) == (302, "/today")
    page = BeautifulSoup(client.get("/today").content, "html.parser")
    message = page.select_one(".messages")
    assert "Vance, Ben is on Attending" in message.get_text()
    assert message.select_one("[data-receipt]")["data-receipt"].endswith("?number=2")
    again = client.post(reverse("today-replace-confirm", args=[shift.public_id]), fields)
    assert again.status_code in (409, 422)
    with system.tenant.transaction():
        assert Publication.objects.filter(audience="everyone").count() == 2


@pytest.mark.parametrize(
    ("fields", "status", "text"),
    [
        ({"who": ""}, 422, "Choose who takes the shift"),
        ({"reason": "boredom"}, 422, "Choose a reason"),
        ({"reason": "other"}, 422, "what the other reason is"),
        ({"extent": "rest", "from": "soon"}, 422, "Say from when"),
        ({"extent": "rest", "from": "2020-01-01T10:00"}, 422, "Say from when"),
        ({"extent": "rest", "from": "2020-01-01T10:00+00:00"}, 422, "Say from when"),
        ({"who": str(uuid.uuid4())}, 404, ""),
        ({"expects": str(uuid.uuid4())}, 409, "Osei, Ann is on this shift now"),
        ({"expects": "x"}, 409, "Osei, Ann is on this shift now"),
    ],
)
def test_every_refusal_says_what_to_do_and_does_nothing(
    system: System, fields: dict[str, str], status: int, text: str
) -> None:
    shift = system.place(system.today, person=system.ann)
    system.publish()
    before = marks(system)
    sent = {"who": str(system.ben.public_id), "expects": str(system.ann.public_id), "reason": "sick", "extent": "whole"}
    address = reverse("today-replace-confirm", args=[shift.public_id])
    answer = system.tenant.client(Role.SCHEDULER).post(address, sent | fields)
    assert answer.status_code == status
    assert text in answer.content.decode()
    assert marks(system) == before


def test_somebody_who_cannot_take_it_is_named_with_the_reason(system: System) -> None:
    with system.tenant.transaction():
        type(system.all_day).objects.filter(id=system.all_day.id).update(eligible_only_listed=True)
    shift = system.place(system.today)
    system.publish()
    client = system.tenant.client(Role.SCHEDULER)
    page = BeautifulSoup(client.get(reverse("today-replace", args=[shift.public_id])).content, "html.parser")
    assert page.select(".taker strong")[0].get_text() == "Nobody yet"
    assert len(page.select(".whynot li")) == 3
    answer = client.post(
        reverse("today-replace-confirm", args=[shift.public_id]),
        {"who": str(system.ben.public_id), "expects": "", "reason": "sick", "extent": "whole"},
    )
    assert answer.status_code == 422
    assert "Vance, Ben cannot take it" in answer.content.decode()


def test_a_draft_only_shift_and_a_removed_one_are_not_there(system: System) -> None:
    shift = system.place(system.today, person=system.ann)
    client = system.tenant.client(Role.ADMINISTRATOR)
    assert client.get(reverse("today-replace", args=[shift.public_id])).status_code == 404
    assert client.get(reverse("today-replace", args=[uuid.uuid4()])).status_code == 404
