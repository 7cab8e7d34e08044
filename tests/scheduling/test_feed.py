"""The private calendar, read by two libraries that share no code with ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar
import pytest
import time_machine
import vobject
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import CalendarFeed, Shift
from scheduling.services.feed import feed_make, feed_revoke
from scheduling.services.knocks import USES, WRONG_TRIES
from scheduling.types import Audience
from tenancy.models import Account, ChangeEntry
from tests.conftest import NOW, Tenant
from tests.scheduling.swaps_world import SwapWorld

FETCH = {"HTTP_USER_AGENT": "Calendar/1.0"}


@pytest.fixture
def world(tenant: Tenant) -> Iterator[SwapWorld]:
    with time_machine.travel(NOW, tick=False):
        yield SwapWorld(tenant)


def link_of(world: SwapWorld, person: Any) -> str:
    """A link of the person, just made."""
    with world.tenant.transaction():
        secret = feed_make(account_id=world.accounts[world.people.index(person)].id, **world.by)
    return reverse("calendar-feed", args=[world.tenant.slug, secret])


def fetch(link: str, **headers: str) -> Any:
    return Client(headers={"host": "localhost"}).get(link, **FETCH, **headers)


def events(link: str) -> dict[str, Any]:
    """Shift id → event, as icalendar reads them; vobject must read the same."""
    response = fetch(link)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    one = icalendar.Calendar.from_ical(response.content)
    other = vobject.readOne(response.content.decode())
    assert one.errors == []
    other.validate()
    found = {str(event["UID"]).split("@")[0]: event for event in one.walk("VEVENT")}
    theirs = {event.uid.value.split("@")[0]: event for event in getattr(other, "vevent_list", [])}
    assert set(found) == set(theirs)
    for uid, event in found.items():
        assert event["DTSTART"].dt == theirs[uid].dtstart.value, "the two readers agree"
        assert str(event["SUMMARY"]) == theirs[uid].summary.value
        assert str(event["SEQUENCE"]) == theirs[uid].sequence.value
        if "DTEND" in event:
            assert event["DTEND"].dt.astimezone(UTC) == theirs[uid].dtend.value.astimezone(UTC)
    return found


def test_ones_published_shifts_and_nothing_else(world: SwapWorld) -> None:
    world.change(world.shifts[0], note="Bring the pager; gate 3, left\nRing twice")
    world.change(world.shifts[1], private_note="On probation")
    world.publish()
    world.place(world.night, 3, world.haddad)  # a draft
    link = link_of(world, world.haddad)
    found = events(link)
    assert set(found) == {str(one.public_id) for one in world.shifts[:2]}
    event = found[str(world.shifts[0].public_id)]
    assert (str(event["SUMMARY"]), str(event["LOCATION"]), str(event["STATUS"])) == ("ED Day", "Emergency", "CONFIRMED")
    assert str(event["DESCRIPTION"]) == "Bring the pager; gate 3, left\nRing twice"
    assert event["DTSTART"].dt.replace(tzinfo=None) == datetime(2026, 3, 2, 8)
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    body = fetch(link).content
    for secret in (b"probation", b"555 010", b"Osei", b"mailto"):
        assert secret not in body
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT30M\r\n" in body
    assert b"X-PUBLISHED-TTL:PT30M\r\n" in body
    assert b"METHOD:PUBLISH\r\n" in body
    assert max(len(row) for row in body.split(b"\r\n")) <= 75


def test_administrators_publications_stay_inside(world: SwapWorld) -> None:
    shift = world.place(world.night, 3, world.haddad)
    with world.tenant.transaction():
        services.schedule_publish(schedule_id=world.schedule.public_id, audience=Audience.ADMINISTRATORS, **world.by)
    assert str(shift.public_id) not in events(link_of(world, world.haddad))


def test_the_sequence_grows_with_each_publication_and_only_then(world: SwapWorld) -> None:
    link = link_of(world, world.haddad)
    uid = str(world.shifts[0].public_id)

    def now() -> tuple[int, str]:
        event = events(link)[uid]
        return int(event["SEQUENCE"]), str(event["STATUS"])

    steps = [now()]
    world.change(world.shifts[0], note="One")
    assert now() == steps[0]
    world.publish()
    steps.append(now())
    world.change(world.shifts[0], person_id=world.osei.public_id)
    world.publish()
    steps.append(now())
    world.change(world.shifts[0], person_id=world.haddad.public_id)
    world.publish()
    steps.append(now())
    world.remove(world.shifts[0])
    world.publish()
    steps.append(now())
    assert [status for _, status in steps] == ["CONFIRMED", "CONFIRMED", "CANCELLED", "CONFIRMED", "CANCELLED"]
    numbers = [number for number, _ in steps]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 0


def test_what_was_taken_away_stays_as_cancelled_for_thirty_days(world: SwapWorld) -> None:
    link = link_of(world, world.haddad)
    world.remove(world.shifts[0])
    world.change(world.shifts[1], person_id=world.osei.public_id)
    world.publish()
    gone = {str(one.public_id) for one in world.shifts[:2]}
    found = events(link)
    assert {uid: str(event["STATUS"]) for uid, event in found.items()} == dict.fromkeys(gone, "CANCELLED")
    assert str(world.shifts[1].public_id) in events(link_of(world, world.osei))
    with time_machine.travel(NOW + timedelta(days=29, hours=23), tick=False):
        assert set(events(link)) == gone
    with time_machine.travel(NOW + timedelta(days=30, minutes=1), tick=False):
        assert events(link) == {}


@pytest.mark.parametrize(
    ("first", "night", "hours"),
    [(date(2026, 3, 2), date(2026, 3, 7), 11), (date(2026, 10, 26), date(2026, 10, 31), 13)],
)
def test_both_nights_of_the_clocks(tenant: Tenant, first: date, night: date, hours: int) -> None:
    """19:00 to 07:00 says so on paper, and lasts what it lasts."""
    with time_machine.travel(NOW, tick=False):
        world = SwapWorld(tenant, first=first)
        shift = world.place(world.night, (night - first).days, world.haddad)
        world.publish()
        event = events(link_of(world, world.haddad))[str(shift.public_id)]
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    assert (start.replace(tzinfo=None), end.replace(tzinfo=None)) == (
        datetime.combine(night, time(19)),
        datetime.combine(night + timedelta(days=1), time(7)),
    )
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours)


def test_a_start_that_clocks_skip_is_the_end_of_the_gap(world: SwapWorld) -> None:
    early = world.place(world.day, 6, world.haddad)
    world.change(early, start=datetime(2026, 3, 8, 2, 30), end=datetime(2026, 3, 8, 7))
    inside = world.place(world.night, 6, world.haddad)
    world.change(inside, start=datetime(2026, 3, 8, 2, 10), end=datetime(2026, 3, 8, 2, 40))
    world.publish()
    found = events(link_of(world, world.haddad))
    event = found[str(early.public_id)]
    assert event["DTSTART"].dt.astimezone(UTC) == datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=4)
    assert "DTEND" not in found[str(inside.public_id)]  # it has no length


def test_accents_are_folded_and_survive(world: SwapWorld) -> None:
    with world.tenant.transaction():
        name = "Nachtdienst Großraum Übergabe, Łódź; São Paulo – élève à côté du médecin très célèbre 🌙"
        services.assignment_change(assignment_id=world.day.public_id, fields={"name": name}, **world.by)
    found = events(link_of(world, world.haddad))
    assert {str(event["SUMMARY"]) for event in found.values()} == {name}


def test_twelve_months_back_and_all_ahead(world: SwapWorld) -> None:
    shift = world.shifts[0]
    link = link_of(world, world.haddad)
    with time_machine.travel(shift.starts_at + timedelta(days=365), tick=False):
        assert str(shift.public_id) in events(link)
    with time_machine.travel(shift.starts_at + timedelta(days=367), tick=False):
        assert str(shift.public_id) not in events(link)
    with time_machine.travel(NOW - timedelta(days=300), tick=False):
        assert str(shift.public_id) in events(link)


def test_unchanged_is_304_by_etag_and_by_date(world: SwapWorld) -> None:
    link = link_of(world, world.haddad)
    first = fetch(link)
    etag, modified = first["ETag"], first["Last-Modified"]
    assert re.fullmatch(r'"[0-9a-f]{64}"', etag)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert fetch(link)["ETag"] == etag
        same = fetch(link, HTTP_IF_NONE_MATCH=f'W/"x", {etag}')
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
        assert fetch(link, HTTP_IF_MODIFIED_SINCE=modified).status_code == 304
        with world.tenant.transaction():  # a new name is nothing that was published, and still something to fetch
            services.assignment_change(assignment_id=world.day.public_id, fields={"name": "Day shift"}, **world.by)
        other = fetch(link, HTTP_IF_NONE_MATCH=etag, HTTP_IF_MODIFIED_SINCE=modified)
        assert (other.status_code, other["ETag"] == etag) == (200, False)
        assert fetch(link, HTTP_IF_MODIFIED_SINCE=modified).status_code == 200
    assert Client(headers={"host": "localhost"}).head(link).status_code == 200
    assert Client(headers={"host": "localhost"}).post(link).status_code == 405


def test_a_replaced_link_and_one_that_is_off_say_so(world: SwapWorld) -> None:
    first = link_of(world, world.haddad)
    second = link_of(world, world.haddad)
    assert fetch(second).status_code == 200
    gone = fetch(first)
    assert (gone.status_code, b"replaced or turned off" in gone.content) == (410, True)
    with world.tenant.transaction():
        feed_revoke(account_id=world.accounts[0].id, **world.by)
    assert fetch(second).status_code == 410
    with world.tenant.transaction():
        assert list(
            ChangeEntry.objects.filter(action__startswith="feed.").order_by("id").values_list("action", flat=True)
        ) == ["feed.make", "feed.replace", "feed.revoke"]
        assert all(len(bytes(one.secret_hash)) == 32 for one in CalendarFeed.objects.all())


def test_an_unknown_link_is_404_and_too_many_are_429(world: SwapWorld) -> None:
    link = link_of(world, world.haddad)
    wrong = reverse("calendar-feed", args=[world.tenant.slug, "x" * 43])
    assert [fetch(wrong).status_code for _ in range(WRONG_TRIES)] == [404] * WRONG_TRIES
    assert (fetch(wrong).status_code, fetch(link).status_code, fetch(link)["Retry-After"]) == (429, 429, "600")
    assert fetch(link, REMOTE_ADDR="10.9.9.9").status_code == 200
    assert fetch(reverse("calendar-feed", args=["nobody", "x" * 43])).status_code == 404
    for _ in range(USES - 1):
        assert fetch(link, REMOTE_ADDR="10.9.9.9").status_code == 200
    assert fetch(link, REMOTE_ADDR="10.9.9.9").status_code == 429


def test_a_suspended_account_or_organisation_stops(world: SwapWorld, owner_cursor) -> None:  # type: ignore[no-untyped-def]
    link = link_of(world, world.haddad)
    with world.tenant.transaction():
        Account.objects.filter(id=world.accounts[0].id).update(is_active=False)
    stopped = fetch(link)
    assert (stopped.status_code, b"not active" in stopped.content) == (410, True)
    with world.tenant.transaction():
        Account.objects.filter(id=world.accounts[0].id).update(is_active=True)
        services.account_link_person(account=world.accounts[0], person=world.osei, **world.by)
    other = fetch(link)
    assert (other.status_code, b"stands for somebody else" in other.content) == (410, True)
    owner_cursor.execute("UPDATE tenancy_organization SET status = 'suspended' WHERE id = %s", [world.tenant.id])
    assert fetch(link).status_code == 404


def test_who_came_last_is_remembered(world: SwapWorld) -> None:
    link = link_of(world, world.haddad)
    fetch(link)
    with world.tenant.transaction():
        feed = CalendarFeed.objects.get(revoked_at=None)
        assert (feed.fetched_at, feed.fetched_by) == (NOW, "Calendar/1.0")


def test_a_single_shift_is_the_same_event(world: SwapWorld) -> None:
    uid = world.shifts[0].public_id
    whole = events(link_of(world, world.haddad))[str(uid)]
    response = world.of(world.haddad).get(reverse("me-shift", args=[uid]))
    assert response["Content-Disposition"] == 'attachment; filename="shift-2026-03-02.ics"'
    (event,) = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    assert event == whole
    assert world.of(world.osei).get(reverse("me-shift", args=[uid])).status_code == 404
    with world.tenant.transaction():
        assert Shift.objects.filter(public_id=uid).exists()
