"""Making, changing, deciding and withdrawing requests, and what they leave in drafts and in the published log."""

from __future__ import annotations

import threading
from dataclasses import replace as replaced
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from scheduling import services
from scheduling.models import Notice, Request, Shift
from scheduling.requesting.types import StaleRequest
from scheduling.selectors.leave import leave_between
from scheduling.selectors.marks import request_marks
from scheduling.selectors.waiting import requests_waiting
from scheduling.selectors.workspace import Access
from scheduling.services.request_decisions import Answer, decision_digest, requests_decide
from scheduling.services.request_parts import request_judged
from scheduling.services.requests import Terms, request_change
from scheduling.services.shifts import shift_change
from tenancy.rights import Role
from tenancy.types import AccountInfo, OrganizationInfo, RefusedError
from tests.conftest import NOW
from tests.scheduling.requests.conftest import BY, MONDAY, Desk, day, replace, wall


def notices(desk: Desk) -> list[tuple[str, str]]:
    with desk.tenant.transaction():
        return list(Notice.objects.order_by("id").values_list("kind", "subject"))


def refusal(desk: Desk, act: Any) -> tuple[str, str]:
    """(field, text) of a refusal that left everything as it was."""
    before = desk.state()
    with pytest.raises(RefusedError) as got:
        act()
    assert desk.state() == before
    return got.value.field, got.value.text


# -- asking ---------------------------------------------------------------------------------------------------------


def test_asking_is_logged_without_the_words_of_the_note(desk: Desk) -> None:
    got = desk.ask(day(10), day(12), note="My sister's wedding", assignment_id=desk.vacation.public_id)
    assert (got.title, got.dates, got.state, got.version) == ("Time off, Vacation", "Mar 10–12, 2026", "pending", 1)
    entry = desk.log("request.make")[0]
    assert entry.subject == "Time off, Vacation, Osei, Kofi, Mar 10–12, 2026"
    assert entry.after == {
        "asks": "Time off, Vacation", "dates": "Mar 10–12, 2026", "strength": None, "note": "(a note)", "state": "Waiting",
    }  # fmt: skip
    assert (entry.person_id, entry.department_id, entry.on_date) == (desk.people[0].id, desk.department.id, day(10))
    assert notices(desk) == [("request.made", "Osei, Kofi: Time off, Vacation, Mar 10–12, 2026")]


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"last": day(9)}, "last", "The last day is before the first."),
        ({"last": day(10) + timedelta(days=367)}, "last", "A request spans at most 366 days."),
        ({"first": date(2026, 2, 26)}, "first", "Feb 26, 2026 has passed. Ask a scheduler of the department."),
        ({"kind": "party"}, "kind", "Choose what you ask for."),
        ({"start": wall(day(10), 8)}, "start", "For a part of a day, give both times; for whole days, none."),
        ({"start": wall(day(10), 8), "end": wall(day(10), 8)}, "end", "The end is not after the start."),
        ({"kind": "preference", "weight": 9}, "weight", "Choose how strongly you feel about it."),
        ({"note": "x" * 2001}, "note", "A note has at most 2000 printable characters."),
    ],
)
def test_what_cannot_be_asked(desk: Desk, given: dict[str, Any], field: str, text: str) -> None:
    first = given.pop("first", day(10))
    assert refusal(desk, lambda: desk.ask(first, given.pop("last", None), **given)) == (field, text)


def test_time_off_names_an_absence_and_the_others_name_work(desk: Desk) -> None:
    wrong = refusal(desk, lambda: desk.ask(day(10), assignment_id=desk.day.public_id))
    assert wrong == ("assignment", "Time off names an absence; ED Day is work.")
    wrong = refusal(desk, lambda: desk.ask(day(10), kind="work", assignment_id=desk.vacation.public_id))
    assert wrong == ("assignment", "This names work; Vacation is an absence.")
    both = {"assignment_id": desk.day.public_id, "type_id": desk.type.public_id}
    assert refusal(desk, lambda: desk.ask(day(10), kind="work", **both))[0] == "type"
    got = desk.ask(day(10), kind="preference", type_id=desk.type.public_id, avoid=True, weight=3)
    assert (got.title, got.weight) == ("Would rather not work any Working", 3)


def test_the_same_is_asked_once(desk: Desk) -> None:
    first = desk.ask(day(10))
    assert refusal(desk, lambda: desk.ask(day(10))) == ("first", "Osei, Kofi has asked for exactly this already.")
    desk.withdraw(first)
    assert desk.ask(day(10)).state == "pending"


def test_schedulers_may_enter_what_has_passed(desk: Desk) -> None:
    assert desk.ask(date(2026, 2, 20), own=False).state == "pending"


# -- parts of days, on both nights of the year that are not like others ------------------------------------------------


@pytest.mark.parametrize(
    ("first", "start", "end", "hours"),
    [
        (date(2026, 3, 7), wall(date(2026, 3, 7), 22), wall(date(2026, 3, 8), 6), 7),  # an hour is skipped
        (date(2026, 10, 31), wall(date(2026, 10, 31), 22), wall(date(2026, 11, 1), 6), 9),  # an hour comes twice
        (date(2026, 3, 8), wall(date(2026, 3, 8), 1), wall(date(2026, 3, 8), 2, 30), 1),  # ends when the gap ends
    ],
)
def test_part_of_a_night_lasts_as_long_as_the_clock_says(
    desk: Desk, first: date, start: datetime, end: datetime, hours: int
) -> None:
    got = desk.ask(first, end.date(), start=start, end=end)
    assert got.ends_at - got.starts_at == timedelta(hours=hours)
    assert (got.start, got.end, got.zone) == (start, end, "America/New_York")


@pytest.mark.parametrize(("when", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 5, 1), 24)])
def test_a_whole_day_is_as_long_as_that_day(desk: Desk, when: date, hours: int) -> None:
    got = desk.ask(when)
    assert got.ends_at - got.starts_at == timedelta(hours=hours)


def test_a_time_that_does_not_exist_is_no_request(desk: Desk) -> None:
    night = date(2026, 3, 8)
    assert refusal(desk, lambda: desk.ask(night, start=wall(night, 2), end=wall(night, 3))) == (
        "start", "02:00 to 03:00 does not exist on Mar 8, 2026: the clocks skip that hour.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("night", "start", "end", "touches"),
    [
        # ED Night, 21:00 to 07:00
        (date(2026, 3, 7), wall(date(2026, 3, 8), 3), wall(date(2026, 3, 8), 5), True),
        (date(2026, 3, 7), wall(date(2026, 3, 8), 7), wall(date(2026, 3, 8), 9), False),
        (date(2026, 10, 31), wall(date(2026, 11, 1), 1, 30), wall(date(2026, 11, 1), 2, 30), True),
        (date(2026, 10, 31), wall(date(2026, 11, 1), 7), wall(date(2026, 11, 1), 9), False),
    ],
)
def test_part_of_a_day_touches_a_shift_by_the_clock(
    desk: Desk, night: date, start: datetime, end: datetime, touches: bool
) -> None:
    with desk.tenant.transaction():
        schedule = services.schedule_create(
            department=desk.department, name="Year", starts_on=night, ends_on=night, **BY
        )
        services.shift_place(
            schedule_id=schedule.public_id, assignment_id=desk.night.public_id, day=night,
            person_id=desk.people[0].public_id, **BY,
        )  # fmt: skip
    desk.rule("has_shifts", "deny")
    got = desk.ask(start.date(), start=start, end=end)
    assert (got.state == "denied") is touches


def test_whole_days_touch_shifts_by_their_date(desk: Desk) -> None:
    desk.place(day(9), desk.night, desk.people[0])
    desk.rule("has_shifts", "deny")
    assert desk.ask(day(10)).state == "pending", "the night of the 9th belongs to the 9th"
    assert desk.ask(day(9)).state == "denied"


# -- what others read -------------------------------------------------------------------------------------------------


def test_leave_is_what_was_approved(desk: Desk) -> None:
    asked = desk.ask(day(10), day(12), assignment_id=desk.vacation.public_id)
    desk.decide(desk.ask(day(20), kind="work"))
    part = desk.decide(desk.ask(day(11), start=wall(day(11), 8), end=wall(day(11), 12), who=1)).request
    with desk.tenant.transaction():
        assert [one.request_id for one in leave_between(day(12), day(20))] == []
    desk.decide(asked)
    with desk.tenant.transaction():
        found = leave_between(day(11), day(20))
        assert [(one.person_id, one.first, one.last, one.start, one.label) for one in found] == [
            (desk.people[0].id, day(10), day(12), None, "Vacation"),
            (desk.people[1].id, day(11), day(11), wall(day(11), 8), "Time off"),
        ]
        assert leave_between(day(13), day(20)) == leave_between(day(1), day(9)) == []
        assert leave_between(day(11), day(11), person_ids=[desk.people[2].id]) == []
        morning, evening = found[1], (datetime(2026, 3, 11, 17, tzinfo=UTC), datetime(2026, 3, 11, 20, tzinfo=UTC))
        assert not morning.covers(day(11), *evening)
        assert found[0].covers(day(12), *evening)
    assert part.dates == "Mar 11, 2026, 08:00–12:00"


def test_nobody_is_placed_on_leave(desk: Desk) -> None:
    desk.decide(desk.ask(day(10)))
    with pytest.raises(RefusedError, match="leave"):
        desk.place(day(10), person=desk.people[0])
    assert desk.place(day(11), person=desk.people[0])


def test_marks_of_the_grid(desk: Desk) -> None:
    desk.ask(day(10), day(11))
    desk.decide(desk.ask(day(12), assignment_id=desk.vacation.public_id))
    desk.ask(day(13), kind="preference", avoid=True, assignment_id=desk.night.public_id)
    desk.decide(desk.ask(day(14)), "denied", "No")
    with desk.tenant.transaction():
        marks = request_marks(department_id=desk.department.id, first=day(11), last=day(14))
        assert [(one.date, one.state, one.text) for one in marks] == [
            (day(11), "pending", "Asks for the day off"),
            (day(12), "approved", "Granted: Vacation"),
            (day(13), "pending", "Would rather not ED Night"),
        ]
        assert request_marks(department_id=desk.elsewhere.id, first=day(11), last=day(14)) == []


def account_info(desk: Desk, role: Role) -> AccountInfo:
    row = desk.tenant.account(role)
    org = OrganizationInfo(desk.tenant.id, row.public_id, "o", "O", "UTC", 0, "active", "", 1)
    return AccountInfo(row.id, row.public_id, org, row.email, row.name, role, "", 0)


def test_what_waits(desk: Desk) -> None:
    desk.ask(day(10))
    desk.decide(desk.ask(day(11)))
    desk.ask(day(12), department=desk.elsewhere)
    scheduler, administrator = account_info(desk, Role.SCHEDULER), account_info(desk, Role.ADMINISTRATOR)
    provider = account_info(desk, Role.PROVIDER)
    with desk.tenant.transaction():
        assert requests_waiting(Access(scheduler, frozenset({desk.department.id}))) == 1
        assert requests_waiting(Access(administrator, None)) == 2
        assert requests_waiting(Access(provider, None)) == 0


# -- deciding ---------------------------------------------------------------------------------------------------------


def test_denying_needs_a_reason_and_tells_the_person(desk: Desk) -> None:
    asked = desk.ask(day(10))
    assert refusal(desk, lambda: desk.decide(asked, "denied", " ")) == (
        "reason", "Say why it is denied: the person reads it.",
    )  # fmt: skip
    got = desk.decide(asked, "denied", "Nobody else can").request
    assert (got.state, got.decided_by, got.decided_by_rule, got.reason, got.version) == (
        "denied", "Test", False, "Nobody else can", 2,
    )  # fmt: skip
    assert notices(desk)[-1] == ("request.decided", "Denied: Time off, Mar 10, 2026")
    entry = desk.log("request.deny")[0]
    assert (entry.before, entry.after, entry.reason) == ({"state": "Waiting"}, {"state": "Denied"}, "Nobody else can")


def test_approving_against_a_rule_needs_a_reason(desk: Desk) -> None:
    desk.rule("notice", "hold", days=60)
    asked = desk.ask(day(10))
    assert refusal(desk, lambda: desk.decide(asked)) == (
        "reason",
        "A rule speaks against it: It is asked 11 days ahead; 60 days are needed. Approving it needs a reason.",
    )
    got = desk.decide(asked, reason="Funeral").request
    assert (got.state, got.reason, [one.label for one in got.said]) == ("approved", "Funeral", ["Short notice"])


def test_rules_are_asked_again_when_it_is_approved(desk: Desk) -> None:
    """It was fine when it was made; meanwhile somebody else has the last place."""
    desk.rule("most_off", "deny", count=1)
    first, second = desk.ask(day(10)), desk.ask(day(10), who=1)
    desk.decide(first)
    assert refusal(desk, lambda: desk.decide(second))[1].startswith("A rule speaks against it: On Mar 10, 1 is off")


def test_approval_over_a_published_shift_asks_for_the_replacement(desk: Desk) -> None:
    shift = desk.place(day(10), person=desk.people[0])
    other = desk.place(day(11), person=desk.people[0], note="as published")
    desk.publish()
    asked = desk.ask(day(10), day(11))
    field, text = refusal(desk, lambda: desk.decide(asked))
    assert text == "Osei, Kofi has ED Day on Mar 10 (published). Say who takes it."
    assert field == f"choice-{shift.public_id}"
    one_of_two = [replace(shift, desk.people[1])]
    assert refusal(desk, lambda: desk.decide(asked, answers=one_of_two))[1].startswith(
        "Osei, Kofi has ED Day on Mar 11"
    )
    got = desk.decide(asked, answers=[*one_of_two, Answer(other.public_id, "open")])
    assert got.request.state == "approved"
    assert desk.published() == [("2026-03-10", "D", "Vance, Roland"), ("2026-03-11", "D", "open")]
    assert desk.draft() == desk.published()
    assert [(one.kind, one.changed) for one in got.publications] == [("shift", 2)]
    told = desk.log("request.approve")[0].after
    assert told == {"state": "Approved", "shifts": ["ED Day on Mar 10 → Vance, Roland", "ED Day on Mar 11 → open"]}
    moved = desk.log("shift.change")
    assert [entry.reason for entry in moved] == ["A request of Osei, Kofi for Mar 10–11, 2026 was approved"] * 2
    assert ("request.decided", "Approved: Time off, Mar 10–11, 2026") in notices(desk)


def test_drafts_change_in_the_draft_only(desk: Desk) -> None:
    desk.place(day(10), person=desk.people[1])
    desk.publish()
    shift = desk.place(day(10), desk.night, desk.people[0])
    got = desk.decide(desk.ask(day(10)), answers=[replace(shift, desk.people[2])])
    assert got.publications == ()
    assert desk.published() == [("2026-03-10", "D", "Vance, Roland")]
    assert desk.draft() == [("2026-03-10", "D", "Vance, Roland"), ("2026-03-10", "N", "Iyer, Leela")]


def test_keeping_a_shift_needs_a_reason_and_is_told(desk: Desk) -> None:
    shift = desk.place(day(10), person=desk.people[0])
    desk.publish()
    asked = desk.ask(day(10))
    keep = Answer(shift.public_id, "keep")
    assert refusal(desk, lambda: desk.decide(asked, answers=[keep])) == (
        f"why-{shift.public_id}", "Say why Osei, Kofi keeps ED Day on Mar 10.",
    )  # fmt: skip
    desk.decide(asked, answers=[replaced(keep, reason="Covers from home")])
    assert desk.published() == [("2026-03-10", "D", "Osei, Kofi")]
    assert ("leave.over_shift", "Osei, Kofi is on leave over a shift") in notices(desk)
    assert desk.log("request.approve")[0].after["shifts"] == ["ED Day on Mar 10: kept, Covers from home"]


def test_a_replacement_who_may_not_be_placed_undoes_everything(desk: Desk) -> None:
    one = desk.place(day(10), person=desk.people[0])
    two = desk.place(day(11), person=desk.people[0])
    desk.publish()
    desk.decide(desk.ask(day(11), who=2))  # she is on leave herself
    asked = desk.ask(day(10), day(11), assignment_id=desk.vacation.public_id)
    answers = [replace(one, desk.people[1]), replace(two, desk.people[2])]
    _, text = refusal(desk, lambda: desk.decide(asked, answers=answers))
    assert "Iyer" in text and "leave" in text


def test_an_approval_is_bound_to_what_was_shown(desk: Desk) -> None:
    shift = desk.place(day(10), person=desk.people[0])
    asked = desk.ask(day(10))
    with desk.tenant.transaction():
        info, facts, said = request_judged(Request.objects.get(public_id=asked.public_id), NOW)
        digest = decision_digest(info, facts.touched(info), said)
    with desk.tenant.transaction():
        shift_change(shift_id=shift.public_id, version=1, fields={"note": "Moved"}, **BY)
    answers = [replace(shift, desk.people[1])]
    assert refusal(desk, lambda: desk.decide(asked, answers=answers, digest=digest))[1] == (
        "What this approval touches has changed meanwhile. Look at it again."
    )
    assert refusal(desk, lambda: desk.decide(asked, answers=[*answers, Answer(asked.public_id, "open")]))[1] == (
        "The shifts that it falls on have changed meanwhile. Look at it again."
    )


def test_the_second_decider_is_told_of_the_first(desk: Desk) -> None:
    asked = desk.ask(day(10))
    desk.decide(asked, "denied", "No", now=NOW + timedelta(minutes=5))
    with pytest.raises(StaleRequest) as got:
        desk.decide(asked, now=NOW + timedelta(minutes=7))
    assert got.value.text == "Test denied this request 2 min ago. Yours was not saved: look at it again."
    assert got.value.current.state == "denied"


def test_two_decide_at_the_same_moment(desk: Desk) -> None:
    shift = desk.place(day(10), person=desk.people[0])
    desk.publish()
    asked = desk.ask(day(10))
    barrier, got = threading.Barrier(2), []

    def act(taker: Any) -> None:
        barrier.wait()
        try:
            desk.decide(asked, answers=[replace(shift, taker)])
            got.append("done")
        except StaleRequest as stale:
            got.append(stale.text)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(one,)) for one in desk.people[1:3]]
    [one.start() for one in threads]
    [one.join() for one in threads]
    assert sorted(got) == ["Test approved this request just now. Yours was not saved: look at it again.", "done"]
    assert len(desk.log("request.approve")) == 1
    assert len(desk.log("shift.change")) == 1


# -- the absence that it names ------------------------------------------------------------------------------------------


def test_approving_places_the_absence_and_undoing_removes_it(desk: Desk) -> None:
    desk.publish(day(2), day(10))
    desk.place(day(11), desk.vacation, desk.people[0])  # stands there already
    asked = desk.ask(day(10), day(12), assignment_id=desk.vacation.public_id)
    got = desk.decide(asked)
    assert got.placed == 2
    assert desk.draft() == [(f"2026-03-{n}", "VAC", "Osei, Kofi") for n in (10, 11, 12)]
    with desk.tenant.transaction():
        assert set(Shift.objects.values_list("date", "source")) == {
            (day(10), "request"), (day(11), "editor"), (day(12), "request"),
        }  # fmt: skip
    assert desk.published() == [], "a draft of published days waits for its publication"
    desk.withdraw(got.request)
    assert desk.draft() == [("2026-03-11", "VAC", "Osei, Kofi")], "what somebody else placed stays"
    assert desk.log("request.withdraw")[0].after == {
        "state": "Withdrawn", "absences removed": 2, "absences kept": 0,
    }  # fmt: skip


def test_denying_later_removes_the_absence_and_leaves_what_others_changed(desk: Desk) -> None:
    asked = desk.ask(day(10), day(12), assignment_id=desk.vacation.public_id)
    got = desk.decide(asked).request
    with desk.tenant.transaction():
        rows = {row.date: row for row in Shift.objects.all()}
        shift_change(shift_id=rows[day(10)].public_id, version=1, fields={"locked": True}, **BY)
        shift_change(shift_id=rows[day(11)].public_id, version=1, fields={"person_id": desk.people[1].public_id}, **BY)
    done = desk.decide(got, "denied", "We need you after all")
    assert (done.removed, done.kept) == (1, 1)
    assert desk.draft() == [("2026-03-10", "VAC", "Osei, Kofi"), ("2026-03-11", "VAC", "Vance, Roland")]


@pytest.mark.parametrize(
    ("policy", "chosen", "placed"), [(False, None, 0), (False, True, 1), (True, False, 0), (True, None, 1)]
)
def test_whether_the_absence_is_placed_is_the_departments_or_the_deciders_choice(
    desk: Desk, policy: bool, chosen: bool | None, placed: int
) -> None:
    desk.policy(place_off=policy)
    asked = desk.ask(day(10), assignment_id=desk.vacation.public_id)
    assert desk.decide(asked, place_off=chosen).placed == placed
    assert len(desk.draft()) == placed


def test_a_rule_that_approves_places_it_too(desk: Desk) -> None:
    desk.rule("otherwise", "approve")
    assert desk.ask(day(10), assignment_id=desk.vacation.public_id).state == "approved"
    assert desk.draft() == [("2026-03-10", "VAC", "Osei, Kofi")]


def test_part_of_a_day_is_placed_with_its_times(desk: Desk) -> None:
    asked = desk.ask(day(10), start=wall(day(10), 13), end=wall(day(10), 17), assignment_id=desk.vacation.public_id)
    desk.decide(asked)
    with desk.tenant.transaction():
        assert list(Shift.objects.values_list("start_wall", "end_wall")) == [(wall(day(10), 13), wall(day(10), 17))]


# -- taking back and changing -------------------------------------------------------------------------------------------


def test_changing_is_for_waiting_requests(desk: Desk) -> None:
    got = desk.decide(desk.ask(day(10))).request

    def change() -> None:
        with desk.tenant.transaction():
            terms = Terms("time_off", day(11), day(11))
            request_change(request_id=got.public_id, version=got.version, terms=terms, own=True, **BY)

    assert refusal(desk, change)[1] == "Only a waiting request can be changed. Withdraw it and ask again."


def test_changing_is_logged_field_by_field(desk: Desk) -> None:
    got = desk.ask(day(10), note="old")
    with desk.tenant.transaction():
        terms = Terms("time_off", day(11), day(12), note="new")
        request_change(request_id=got.public_id, version=1, terms=terms, own=True, **BY)
    entry = desk.log("request.change")[0]
    assert (entry.before, entry.after) == ({"dates": "Mar 10, 2026"}, {"dates": "Mar 11–12, 2026"})
    with pytest.raises(StaleRequest, match="Test changed this request just now"):
        desk.withdraw(got)


def test_leave_that_has_begun_is_taken_back_by_schedulers_only(desk: Desk) -> None:
    got = desk.decide(desk.ask(MONDAY, day(6))).request
    later = datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert refusal(desk, lambda: desk.withdraw(got, now=later))[1] == (
        "It has begun. Ask a scheduler of the department to take it back."
    )
    assert desk.withdraw(got, own=False, now=later).state == "withdrawn"
    assert notices(desk)[-1] == ("request.made", "Withdrawn: Osei, Kofi, Time off, Mar 2–6, 2026")


def test_what_was_withdrawn_stays_withdrawn(desk: Desk) -> None:
    got = desk.withdraw(desk.ask(day(10)))
    assert refusal(desk, lambda: desk.decide(got))[1] == "It is withdrawn already."
    assert refusal(desk, lambda: desk.withdraw(got))[1] == "It is withdrawn already: there is nothing to withdraw."


# -- many at once -------------------------------------------------------------------------------------------------------


def test_many_are_decided_each_for_itself(desk: Desk) -> None:
    shift = desk.place(day(11), person=desk.people[1])
    one, two, three = desk.ask(day(10)), desk.ask(day(11), who=1), desk.ask(day(12), who=2)
    desk.decide(three, "denied", "No")
    with desk.tenant.transaction():
        choices = [(row.public_id, row.version) for row in (one, two, three)]
        done, left = requests_decide(choices=choices, state="approved", reason="", **BY)
    assert [row.request.public_id for row in done] == [one.public_id]
    assert [row.why for row in left] == [
        "Vance, Roland has ED Day on Mar 11 (draft). Say who takes it.",
        "Test denied this request just now. Yours was not saved: look at it again.",
    ]
    assert [desk.now(row).state for row in (one, two, three)] == ["approved", "pending", "denied"]
    assert shift.version == 1
