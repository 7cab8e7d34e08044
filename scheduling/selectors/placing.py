"""What stands against placing somebody: asked by the services that write shifts, one shift at a time."""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.models import AssignmentEligibility, Shift, ShiftOverride
from scheduling.rules.facts import Work
from scheduling.rules.placing import absent
from scheduling.selectors.rule_facts import assignment_facts, leave_facts


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a person is not placed unless somebody gives a reason. `rule` is the conflict's rule, `code` the refusal's."""

    rule: str
    code: str
    text: str


def refusals(shift: Shift) -> list[Refusal]:
    """Of the person who stands on a shift (saved or not yet): not on the assignment's list, on approved leave."""
    person = shift.person
    if person is None:
        return []
    found = []
    if (
        shift.assignment.eligible_only_listed
        and not AssignmentEligibility.objects.filter(assignment_id=shift.assignment_id, person=person).exists()
    ):
        found.append(Refusal("eligible", "not_eligible", f"is not eligible for {shift.assignment.name}."))
    granted = leave_facts(shift.date, shift.end_wall.date(), [person.id]) if not person.is_placeholder else {}
    for one in granted.get(person.id, ()):
        work = Work(
            id=shift.public_id,
            person_id=person.id,
            assignment=assignment_facts([shift.assignment_id])[shift.assignment_id],
            date=shift.date,
            start_wall=shift.start_wall,
            end_wall=shift.end_wall,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
        )
        if not work.assignment.is_off and absent(one, work):
            found.append(
                Refusal("leave", "on_leave", f"is on approved leave, {one.text}. Nobody is placed while on leave.")
            )
    return found


def overrides_of(shift: Shift) -> set[str]:
    """The rules that somebody keeps broken for the person who stands on a shift, as far as the assignment is the same."""
    if shift.person_id is None:
        return set()
    held = Shift.objects.filter(public_id=shift.public_id, assignment_id=shift.assignment_id, person_id=shift.person_id)
    if not held.exists():
        return set()
    rows = ShiftOverride.objects.filter(shift_id=shift.public_id, person_id=shift.person_id)
    return set(rows.values_list("rule", flat=True))
