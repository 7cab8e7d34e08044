"""What the rules answer, in their exact words, and which of them decides."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from scheduling import services
from scheduling.models import Holiday
from scheduling.requesting.conditions import CONDITIONS
from scheduling.services.request_rules import RuleTerms, rule_change, rule_move
from scheduling.services.requests import Terms, request_change
from tenancy.types import RefusedError
from tests.scheduling.requests.conftest import BY, Desk, day


def answer(desk: Desk, *args: Any, **more: Any) -> tuple[str, str, str]:
    """(state, why it is held or decided, by whom)."""
    got = desk.ask(*args, **more)
    return got.state, got.held or got.reason, got.decided_by


def test_without_rules_it_waits_for_people(desk: Desk) -> None:
    assert answer(desk, day(10)) == ("pending", "", "")


def test_at_most_n_off_at_once(desk: Desk) -> None:
    desk.rule("most_off", "deny", count=1)
    desk.decide(desk.ask(day(10), day(12), who=1), reason="First come")
    assert answer(desk, day(11), day(13)) == (
        "denied", "On Mar 11 and Mar 12, 1 is off already; at most 1 may be.", "Too many off at once",
    )  # fmt: skip
    assert answer(desk, day(13)) == ("pending", "", "")


def test_at_most_n_of_a_personnel_type(desk: Desk) -> None:
    with desk.tenant.transaction():
        kind = services.personnel_type_named(name="Physician")
        for one in desk.people[:2]:
            one.personnel_type = kind
            one.save()
    desk.rule("most_off", "hold", count=1, personnel_type="Physician", reason="Ask your chief.")
    desk.decide(desk.ask(day(10), who=1), reason="ok")
    desk.decide(desk.ask(day(10), who=2), reason="ok")
    assert answer(desk, day(10))[:2] == (
        "pending", "Ask your chief. On Mar 10, 1 is off already of type Physician; at most 1 may be.",
    )  # fmt: skip
    assert answer(desk, day(10), who=3) == ("pending", "", ""), "not a physician"


def test_at_most_n_on_an_absence_counts_those_whom_the_schedule_has_there(desk: Desk) -> None:
    desk.rule("most_off", "deny", count=1, assignment=desk.vacation.public_id)
    desk.place(day(10), desk.vacation, desk.people[1])
    vacation = desk.vacation.public_id
    assert answer(desk, day(10), assignment_id=vacation)[:2] == (
        "denied", "On Mar 10, 1 is off already; at most 1 may be.",
    )  # fmt: skip
    assert answer(desk, day(10)) == ("pending", "", ""), "another absence"
    assert answer(desk, day(11), assignment_id=vacation)[0] == "pending"


def test_notice(desk: Desk) -> None:
    desk.rule("notice", "hold", days=14)
    assert answer(desk, day(12))[1] == "It is asked 13 days ahead; 14 days are needed."  # today is February 27
    assert answer(desk, day(13)) == ("pending", "", "")
    assert answer(desk, date(2026, 2, 28), who=1)[1] == "It is asked 1 day ahead; 14 days are needed."


@pytest.mark.parametrize(
    ("period", "weekdays", "days", "said"),
    [
        ("year", "", 7, "With it Osei, Kofi has 8 days of time off in 2026; at most 7."),
        ("year", "1", 5, "With it Osei, Kofi has 6 weekdays of time off in 2026; at most 5."),
        ("quarter", "", 7, "With it Osei, Kofi has 8 days of time off in quarter 1 of 2026; at most 7."),
        ("month", "", 7, "With it Osei, Kofi has 8 days of time off in March 2026; at most 7."),
        ("year", "", 8, ""),
        ("year", "1", 6, ""),
    ],
)
def test_most_days(desk: Desk, period: str, weekdays: str, days: int, said: str) -> None:
    desk.ask(day(2), day(4))
    desk.ask(day(3), day(3), kind="work")
    desk.withdraw(desk.ask(day(20), day(24)))
    desk.rule("most_days", "deny", days=days, period=period, weekdays=weekdays)
    assert answer(desk, day(11), day(15)) == (("denied", said, "Too many days") if said else ("pending", "", ""))


def test_most_days_counts_each_period_that_it_touches(desk: Desk) -> None:
    desk.rule("most_days", "deny", days=3, period="year")
    assert answer(desk, date(2026, 12, 29), date(2027, 1, 3)) == ("pending", "", "")  # three days in each year
    got = desk.ask(date(2026, 12, 31), date(2027, 1, 4), who=1)
    assert (got.state, got.reason) == ("denied", "With it Vance, Roland has 4 days of time off in 2027; at most 3.")


def test_too_long(desk: Desk) -> None:
    desk.rule("longest", "hold", days=3)
    assert answer(desk, day(2), day(5))[1] == "It is 4 days in a row; at most 3."
    assert answer(desk, day(10), day(12))[1] == ""


def test_holidays_of_the_organisation_and_of_the_department(desk: Desk) -> None:
    with desk.tenant.transaction():
        Holiday.objects.create(date=day(17), name="Founders’ Day")
        Holiday.objects.create(date=day(18), name="Elsewhere", department=desk.elsewhere)
    desk.rule("holidays", "deny")
    assert answer(desk, day(16), day(18))[1] == "Mar 17 is Founders’ Day."
    assert answer(desk, day(18)) == ("pending", "", "")


def test_listed_dates(desk: Desk) -> None:
    desk.rule("dates", "deny", dates="2026-03-10\n2026-03-20 to 2026-03-24", reason="The survey is on.")
    assert answer(desk, day(9), day(10))[1] == "The survey is on. It touches Mar 10, 2026."
    assert answer(desk, day(24), day(25))[1] == "The survey is on. It touches Mar 20–24, 2026."
    assert answer(desk, day(11), day(19))[0] == "pending"


def test_overlap_with_ones_own(desk: Desk) -> None:
    desk.ask(day(10), day(12))
    desk.rule("overlap", "deny")
    assert answer(desk, day(12), day(14))[1] == ("It overlaps Osei, Kofi's own: Time off, Mar 10–12, 2026 (waiting).")
    assert answer(desk, day(13)) == ("pending", "", ""), "it touches, and does not overlap"
    assert answer(desk, day(12), who=1) == ("pending", "", ""), "somebody else's"


def test_has_shifts(desk: Desk) -> None:
    desk.place(day(3), person=desk.people[0])
    desk.publish(day(3), day(3))
    desk.place(day(4), desk.night, desk.people[0])
    desk.place(day(5), desk.vacation, desk.people[0])
    desk.rule("has_shifts", "hold", where="any")
    assert (
        answer(desk, day(3), day(6))[1] == "Osei, Kofi has ED Day on Mar 3 (published) and ED Night on Mar 4 (draft)."
    )
    assert answer(desk, day(5)) == ("pending", "", ""), "an absence is not work; the night of the 4th ends on the 5th"


def test_has_published_shifts_only(desk: Desk) -> None:
    desk.place(day(4), desk.night, desk.people[0])
    desk.rule("has_shifts", "hold", where="published")
    assert answer(desk, day(4)) == ("pending", "", "")


def test_approved_when_nothing_speaks_against_it(desk: Desk) -> None:
    desk.rule("notice", "hold", days=14)
    desk.rule("otherwise", "approve")
    assert answer(desk, day(20)) == ("approved", "No rule before it decides.", "In any case")
    assert answer(desk, day(2))[0] == "pending"


def test_no_rule_approves_over_a_shift(desk: Desk) -> None:
    """Nobody but people can say who takes it."""
    desk.place(day(20), person=desk.people[0])
    desk.publish()
    desk.rule("otherwise", "approve")
    assert answer(desk, day(20)) == ("pending", "Somebody must take ED Day on Mar 20 (published).", "")
    assert desk.published() == [("2026-03-20", "D", "Osei, Kofi")]


def test_the_first_rule_in_order_decides_and_the_others_are_told(desk: Desk) -> None:
    first = desk.rule("longest", "deny", days=1)
    desk.rule("notice", "hold", days=90)
    got = desk.ask(day(10), day(12))
    assert (got.state, got.decided_by) == ("denied", "Too long")
    assert [(one.label, one.effect) for one in got.said] == [("Too long", "deny"), ("Short notice", "hold")]
    with desk.tenant.transaction():
        rule_move(rule_id=first.public_id, version=first.version, up=False, **BY)
    got = desk.ask(day(20), day(22))
    assert (got.state, got.held) == ("pending", "It is asked 21 days ahead; 90 days are needed.")


def test_rules_look_only_at_their_kinds_and_departments_and_while_they_are_active(desk: Desk) -> None:
    rule = desk.rule("otherwise", "deny", kinds=["work"], everywhere=True)
    assert answer(desk, day(10))[0] == "pending"
    assert answer(desk, day(10), kind="work")[0] == "denied"
    assert answer(desk, day(11), kind="work", department=desk.elsewhere)[0] == "denied"
    with desk.tenant.transaction():
        terms = RuleTerms("otherwise", "deny", ["work"], {}, is_active=False)
        rule_change(rule_id=rule.public_id, version=rule.version, terms=terms, **BY)
    assert answer(desk, day(12), kind="work")[0] == "pending"


def test_changing_a_waiting_request_asks_the_rules_again(desk: Desk) -> None:
    desk.rule("notice", "hold", days=20)
    got = desk.ask(day(10))
    assert got.held
    with desk.tenant.transaction():
        got = request_change(
            request_id=got.public_id, version=got.version, terms=Terms("time_off", day(25), day(25)), own=True, **BY
        )
    assert (got.state, got.held, got.version, got.dates) == ("pending", "", 2, "Mar 25, 2026")


def test_two_ask_for_the_last_place_at_once(desk: Desk) -> None:
    """The rules count in turn: one is approved, the other held."""
    desk.rule("most_off", "hold", count=1)
    desk.rule("otherwise", "approve")
    barrier, got = threading.Barrier(2), {}

    def ask(who: int) -> None:
        barrier.wait()
        try:
            got[who] = desk.ask(day(20), who=who).state
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(who,)) for who in (1, 2)]
    [one.start() for one in threads]
    [one.join() for one in threads]
    assert sorted(got.values()) == ["approved", "pending"]


@pytest.mark.parametrize(
    ("condition", "settings", "field", "text"),
    [
        ("most_off", {"count": "many"}, "count", "At most off: a whole number from 0 to 500."),
        ("longest", {"days": "0"}, "days", "At most days: a whole number from 1 to 400."),
        ("most_days", {"days": "5", "period": "week"}, "period", "In a calendar: choose one of year, quarter, month."),
        ("dates", {"dates": ""}, "dates", "Dates: name at least one date."),
        ("dates", {"dates": "2026-02-30"}, "dates",
         "Dates: '2026-02-30' is not a date. Write 2026-12-24, or 2026-12-20 to 2027-01-03."),
        ("dates", {"dates": "2026-03-05 to 2026-03-01"}, "dates",
         "Dates: '2026-03-05 to 2026-03-01' ends before it begins."),
        ("most_off", {"assignment": "x"}, "assignment", "Only for the absence: choose one of the list."),
        ("nothing", {}, "condition", "Choose what the rule looks at."),
    ],
)  # fmt: skip
def test_settings_are_checked(desk: Desk, condition: str, settings: dict[str, str], field: str, text: str) -> None:
    with pytest.raises(RefusedError) as refused:
        desk.rule(condition, "hold", **settings)
    assert (refused.value.field, refused.value.text) == (field, text)


def test_every_condition_can_be_made_and_asked(desk: Desk) -> None:
    """The registry, walked: a rule of each with its defaults answers a request."""
    for key, condition in CONDITIONS.items():
        settings = {one.key: one.default for one in condition.parameters} | (
            {"dates": "2026-03-10"} if key == "dates" else {}
        )
        desk.rule(key, "hold", **settings)
    got = desk.ask(day(10), day(10) + timedelta(days=20))
    assert {one.label for one in got.said} >= {"Too long", "On listed dates", "In any case"}
