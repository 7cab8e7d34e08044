"""The shifts that leave falls on, each with who could take it: what the decision page asks for, and what was answered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduling.requesting.facts import Work
from scheduling.rules.types import Severity
from scheduling.selectors.candidates import Candidate, Slot, candidates_for
from scheduling.selectors.workspace import Access
from scheduling.services.request_decisions import Answer
from tenancy.rights import Right
from tenancy.types import RefusedError


@dataclass(frozen=True)
class Taker:
    """Somebody who could take the shift: what they do that day, and what it would break."""

    public_id: uuid.UUID
    name: str
    told: str


@dataclass(frozen=True)
class Handover:
    """One touched shift as the page shows it, with the answer that stands in its form."""

    work: Work
    may_edit: bool
    free: tuple[Taker, ...]
    against: tuple[Taker, ...]
    others: tuple[tuple[str, str], ...]
    choice: str
    person: str
    why: str
    error: str

    @property
    def hours(self) -> str:
        """Its wall times."""
        return f"{self.work.start_wall:%H:%M}–{self.work.end_wall:%H:%M}"

    @property
    def elsewhere(self) -> str:
        """Who stands in the draft already, if the draft has moved on from what is published."""
        one = self.work
        if not one.published or one.drafted_id == one.person_id:
            return ""
        if one.version is None:
            return "The draft no longer has it."
        return f"In the draft it is {one.drafted.name if one.drafted else 'open'} already, not yet published."


def may_hand_over(access: Access, work: Work) -> bool:
    """True if the account may give the shift to somebody else: by changing the draft, and by publishing where it is published."""
    rights = (Right.EDIT_SCHEDULE, Right.PUBLISH) if work.published else (Right.EDIT_SCHEDULE,)
    return all(access.may(right, work.department.id) for right in rights)


def handovers(
    access: Access, touched: Sequence[Work], posted: Mapping[str, str], refused: RefusedError | None
) -> list[Handover]:
    """The touched shifts; what was posted stands in the form again, and a refusal at its shift."""
    return [_handover(access, one, posted, refused) for one in touched]


def _handover(access: Access, work: Work, posted: Mapping[str, str], refused: RefusedError | None) -> Handover:
    key = str(work.shift_id)
    may_edit = may_hand_over(access, work)
    free: list[Taker] = []
    against: list[Taker] = []
    others: list[tuple[str, str]] = []
    if may_edit:
        slot = Slot(work.assignment, work.date, work.start_wall, work.end_wall, work.zone, [work.shift_id])
        found = candidates_for(slot, schedule_id=None if work.published else work.schedule_id)
        for one in found.eligible:
            if one.person.id != work.person_id:
                (against if one.conflicts else free).append(_taker(one))
        others = [(one.person.name, one.why) for one in found.others if one.person.id != work.person_id]
    drafted = str(work.drafted.public_id) if work.drafted and work.drafted_id != work.person_id else ""
    why = "" if may_edit else f"{work.department.name} decides who takes it."
    at_this = refused is not None and refused.field.endswith(key)
    return Handover(
        work=work,
        may_edit=may_edit,
        free=tuple(free),
        against=tuple(against),
        others=tuple(others),
        choice=posted.get(f"choice-{key}", "replace" if may_edit else "keep"),
        person=posted.get(f"person-{key}", drafted),
        why=posted.get(f"why-{key}", why),
        error=refused.text if refused is not None and at_this else "",
    )


def _taker(one: Candidate) -> Taker:
    doing = f"also {', '.join(one.doing)}" if one.doing else ""
    broken = [f"{'▲ ' if found.severity is Severity.HARD else ''}{found.label}" for found in one.conflicts[:3]]
    return Taker(one.person.public_id, one.person.name, "; ".join(text for text in (doing, ", ".join(broken)) if text))


def answers_posted(posted: Mapping[str, str]) -> list[Answer]:
    """The answers of the form. Raises RefusedError for one that names nobody."""
    answers = []
    for name, choice in posted.items():
        if not name.startswith("choice-"):
            continue
        key = name.removeprefix("choice-")
        who = posted.get(f"person-{key}", "") if choice == "replace" else ""
        try:
            shift_id, person_id = uuid.UUID(key), uuid.UUID(who) if who else None
        except ValueError:
            raise RefusedError("Choose somebody of the list.", field=f"person-{key}") from None
        answers.append(Answer(shift_id, choice, person_id, posted.get(f"why-{key}", "")[:400]))
    return answers
