"""Who may be placed at all: eligibility, active dates, assignments that ended, leave, and shifts without length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduling.rules.facts import Facts, LeaveFact, PersonFact, RuleFact, Work
from scheduling.rules.types import Conflict, Severity
from scheduling.rules.words import day


@dataclass(frozen=True)
class Nothing:
    """A kind without parameters."""


def _judged(facts: Facts) -> Iterator[tuple[Work, PersonFact]]:
    for one in facts.work:
        if one.judged and one.person_id is not None:
            yield one, facts.people[one.person_id]


def _conflict(rule: RuleFact, label: str, work: Work, text: str, severity: Severity | None = None) -> Conflict:
    return Conflict(
        rule=rule.key,
        label=label,
        severity=severity or rule.severity,
        text=text,
        date=work.date,
        shift_ids=(work.id,),
        person_id=work.person_id,
        assignment_id=work.assignment.id,
        members=(work.id,),
    )


def eligibility(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """People placed on an assignment whose list they are not on."""
    for rule in rules:
        for work, person in _judged(facts):
            if work.assignment.eligible_only_listed and (work.assignment.id, person.id) not in facts.listed:
                yield _conflict(rule, "Eligibility", work, f"Not eligible for {work.assignment.name}.")


def activity(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """People placed outside their active dates, and shifts of assignments that have ended."""
    for rule in rules:
        for work in facts.work:
            ended = work.assignment.ended_on
            if work.judged and ended is not None and work.date > ended:
                yield _conflict(rule, "Ended", work, f"{work.assignment.name} ended on {day(ended)}.")
        for work, person in _judged(facts):
            why = inactive(person, work.date)
            if why:
                yield _conflict(rule, "Inactive", work, f"{why}.")


def inactive(person: PersonFact, on: date) -> str:
    """Why somebody may not work on a date: "Active until Mar 1". Empty: they may."""
    if person.active_from is not None and on < person.active_from:
        return f"Active from {day(person.active_from)}"
    if person.active_to is not None and on > person.active_to:
        return f"Active until {day(person.active_to)}"
    return ""


def leave(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Work on days of granted leave. A shift that began the evening before and runs into the first day is worth a look only."""
    for rule in rules:
        for work, person in _judged(facts):
            if work.assignment.is_off or person.is_placeholder:
                continue
            for one in facts.leave.get(person.id, ()):
                if one.covers(work.date, work.starts_at, work.ends_at):
                    yield _conflict(rule, "Leave", work, f"On approved leave, {one.text}.")
                elif runs_into(one, work):
                    text = f"Runs to {work.end_wall:%H:%M} on the first day of approved leave, {one.text}."
                    yield _conflict(rule, "Leave", work, text, Severity.SOFT)


def runs_into(one: LeaveFact, work: Work) -> bool:
    """True if the shift starts before a leave of whole days and ends inside it."""
    if one.starts_at is not None or work.date >= one.first:
        return False
    last_moment = work.end_wall - timedelta(microseconds=1)
    return last_moment.date() >= one.first


def length(rules: Sequence[RuleFact], facts: Facts) -> Iterator[Conflict]:
    """Shifts wholly inside the hour that clocks skip."""
    for rule in rules:
        for work in facts.work:
            if work.judged and work.ends_at <= work.starts_at:
                text = f"{work.start_wall:%H:%M}–{work.end_wall:%H:%M} lies in the hour that clocks skip: no length."
                yield _conflict(rule, "Length", work, text)
