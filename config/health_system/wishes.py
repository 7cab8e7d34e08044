"""What people ask for: granted vacations, requests that wait, were held or denied, and swaps on their way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from config.health_system.staff import ACTOR, Crew
from scheduling.models import Person
from scheduling.requesting.types import RequestInfo
from scheduling.selectors.candidates import Slot, candidates_for
from scheduling.selectors.published import published_rows
from scheduling.services.request_decisions import request_decide
from scheduling.services.request_rules import RuleTerms, WindowTerms, rule_create, window_create
from scheduling.services.requests import Terms, request_make, request_withdraw
from scheduling.services.swap_agree import swap_accept
from scheduling.services.swaps import swap_offer, swap_settings_change
from scheduling.types import PublishedRow
from tenancy.types import Actor
from tenancy.wall import instant

_RULES = (
    RuleTerms("overlap", "deny", ("time_off",), {"same_kind": "1"}, "You have asked for these days already."),
    RuleTerms("window_closed", "deny", ("time_off",), {}, ""),
    RuleTerms("most_off", "hold", ("time_off",), {"count": "3"}, "At most three people are off on the same day."),
    RuleTerms("holidays", "hold", ("time_off",), {}, "Holidays are given out by hand."),
    RuleTerms("notice", "hold", ("time_off",), {"days": "14"}, "Asked less than two weeks ahead."),
    RuleTerms("otherwise", "approve", ("preference",), {}, ""),
)
_WITH_RULES = ("ANES", "CARD", "HM", "ICU")
_GRANTED = ("ANES", "ICU")  # whose vacations are requests, too
_NOTES = ("", "Family wedding", "", "School break", "", "Moving house")


def wishes_come(
    crews: dict[str, Crew], away: dict[str, dict[int, dict[date, str]]], *, now: datetime, today: date
) -> None:
    """How departments answer first, then what was asked of them, oldest first."""
    for code in _WITH_RULES:
        for terms in _RULES:
            rule_create(
                department_id=crews[code].department.id, terms=terms, actor=ACTOR, now=now - timedelta(days=200)
            )
        window = WindowTerms("time_off", "Half a year ahead", relative=True, opens_days=-200, covers_to_days=160)
        window_create(department_id=crews[code].department.id, terms=window, actor=ACTOR, now=now - timedelta(days=200))
    for code in _WITH_RULES:
        if code in _GRANTED:
            _granted(crews[code], away[code], today, now)
        _waiting(crews[code], today, now)
    _swaps(crews, today, now)


def _granted(crew: Crew, away: dict[int, dict[date, str]], today: date, now: datetime) -> None:
    """The vacations that stand in the schedules, as the requests they were."""
    asked = now - timedelta(days=75)
    for person, days in away.items():
        for first, last in _stretches([day for day, code in days.items() if code == "VAC" and day > today]):
            terms = Terms("time_off", first, last, assignment_id=crew.assignments["VAC"].public_id)
            made = _ask(crew, crew.people[person], terms, asked, own=False)
            if made.state == "pending":
                request_decide(
                    request_id=made.public_id, version=made.version, state="approved", reason="As agreed in the yearly plan",
                    actor=ACTOR, now=asked + timedelta(days=3), place_off=False,
                )  # fmt: skip
            asked += timedelta(hours=5)


def _stretches(days: list[date]) -> Iterator[tuple[date, date]]:
    """Runs of days without a gap."""
    first = before = None
    for day in sorted(days):
        if first is None or before is None or day - before > timedelta(days=1):
            if first is not None and before is not None:
                yield first, before
            first = day
        before = day
    if first is not None and before is not None:
        yield first, before


def _waiting(crew: Crew, today: date, now: datetime) -> None:
    """A department's inbox: days off over shifts, a holiday, a wish, a preference, one denied, one taken back."""
    monday = today - timedelta(days=today.weekday())
    people = [person for person in crew.people if person.personnel_type_id][:6]
    vacation = crew.assignments["VAC"].public_id
    call = next(one for one in crew.assignments.values() if one.type.name in ("Call", "Night"))
    week = timedelta(weeks=1)
    asked = [
        Terms(
            "time_off", monday + 3 * week, monday + 3 * week + timedelta(days=2), assignment_id=vacation, note=_NOTES[1]
        ),
        Terms("time_off", date(monday.year, 12, 24), date(monday.year, 12, 26), assignment_id=vacation),
        Terms(
            "work",
            monday + 2 * week + timedelta(days=5),
            monday + 2 * week + timedelta(days=5),
            assignment_id=call.public_id,
        ),
        Terms(
            "preference",
            monday + 5 * week,
            monday + 5 * week + timedelta(days=4),
            avoid=True,
            weight=2,
            type_id=call.type.public_id,
        ),
        Terms(
            "time_off", monday + 8 * week, monday + 8 * week + timedelta(days=4), assignment_id=vacation, note=_NOTES[3]
        ),
        Terms("time_off", monday + 4 * week, monday + 4 * week, assignment_id=vacation, note=_NOTES[5]),
    ]
    made = []
    for number, (person, terms) in enumerate(zip(people, asked, strict=True)):
        if terms.first <= today:
            continue
        made.append(_ask(crew, person, terms, now - timedelta(days=6 - number, hours=number * 3), own=True))
    pending = [one for one in made if one.state == "pending"]
    if len(pending) > 3:
        request_decide(
            request_id=pending[-2].public_id, version=pending[-2].version, state="denied",
            reason="Two others are away that week.", actor=ACTOR, now=now - timedelta(days=1),
        )  # fmt: skip
        request_withdraw(request_id=pending[-1].public_id, version=pending[-1].version, own=True, actor=ACTOR, now=now)


def _ask(crew: Crew, person: Person, terms: Terms, at: datetime, *, own: bool) -> RequestInfo:
    actor = Actor(label=f"{person.first_name} {person.last_name}", source="editor") if own else ACTOR
    return request_make(
        person_id=person.public_id, department_id=crew.department.public_id, terms=terms, own=own, actor=actor, now=at
    )


def _swaps(crews: dict[str, Crew], today: date, now: datetime) -> None:
    """One to a colleague, one to everybody who could, one that waits for approval, one that was done."""
    swap_settings_change(
        department_id=crews["ANES"].department.public_id, actor=ACTOR, now=now - timedelta(days=90),
        approval=True, days_before=1, expiry_hours=96,
    )  # fmt: skip
    for number, (code, accepted, several) in enumerate(
        (
            ("ANES", False, False),
            ("ANES", True, False),
            ("HM", False, True),
            ("RAD", True, False),
            ("CARD", False, False),
        )
    ):
        row, takers = _swappable(crews[code], today + timedelta(days=9 + 2 * number))
        if row is None or row.person is None or not takers:
            continue
        giver = Actor(label=f"{row.person.first_name} {row.person.last_name}", source="editor")
        chosen = None if several else [takers[number % len(takers)].public_id]
        at = now - timedelta(hours=30 - 5 * number)
        made = swap_offer(shift_id=row.shift_id, giver_id=row.person.id, actor=giver, now=at, person_ids=chosen)
        if accepted:
            taker = takers[number % len(takers)]
            swap_accept(
                swap_id=made.swap.public_id, person_id=taker.id, version=made.swap.version, now=at + timedelta(hours=4),
                actor=Actor(label=f"{taker.first_name} {taker.last_name}", source="editor"),
            )  # fmt: skip


def _swappable(crew: Crew, day: date) -> tuple[PublishedRow | None, list[Person]]:
    """A shift of that day which somebody could take without breaking a rule, and who."""
    start = instant(datetime.combine(day, time(0)), crew.department.zone)
    rows = published_rows(
        starts_from=start, starts_before=start + timedelta(days=1), department_ids=[crew.department.id]
    )
    known = {person.id: person for person in crew.people}
    for row in rows:
        if row.assignment.is_off or row.person is None or row.person.is_placeholder:
            continue
        slot = Slot(row.assignment, row.date, row.start_wall, row.end_wall, row.zone, [row.shift_id])
        free = [one.person.id for one in candidates_for(slot).eligible if not one.conflicts]
        takers = [known[one] for one in free if one in known and one != row.person.id]
        if takers:
            return row, takers
    return None, []
