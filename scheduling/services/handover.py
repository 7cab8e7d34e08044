"""Somebody else takes a person's shifts over a range of dates: looked at first, then done, all of what was shown or nothing."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scheduling.models import PublishedShift, Schedule, Shift
from scheduling.planning.placing import ABOUT_THE_PERSON, Placing
from scheduling.planning.types import LapsedError, Left, Unplaceable
from scheduling.rules.types import Conflict
from scheduling.selectors.rows import assignments_by_id, schedule_info, shift_info
from scheduling.services.edits import Change
from scheduling.services.notices import notices_leave
from scheduling.services.planned import conflicts_made, edits_carry_out, left_by
from scheduling.services.reassign import Reassign, shifts_reassign
from scheduling.types import Audience, PersonInfo, PublicationInfo, ScheduleInfo, ShiftInfo
from tenancy.changes import change_record
from tenancy.types import Actor, RefusedError

LONGEST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Handover:
    """Whose shifts go to whom (None: to nobody, open), on which dates, in which departments (row ids).

    `publish` publishes the person at once where everyone already relies on the shift. `unplaceable` says what becomes of a shift
    that the other one may not take: it stays with its person, or is made open.
    """

    person: PersonInfo
    to: PersonInfo | None
    first: date
    last: date
    department_ids: Collection[int]
    publish: bool = False
    unplaceable: Unplaceable = Unplaceable.SKIP


@dataclass(frozen=True, slots=True)
class Move:
    """One shift and who gets it. `published`: everyone relies on this person there."""

    shift: ShiftInfo
    schedule: ScheduleInfo
    to: PersonInfo | None
    published: bool


@dataclass(frozen=True)
class HandoverPreview:
    """What would move, what stays and why, the conflicts that it would make, and the digest a confirmation is bound to."""

    moves: tuple[Move, ...]
    left: tuple[Left, ...]
    opened: tuple[Left, ...]
    conflicts: tuple[Conflict, ...]
    digest: str

    @property
    def published(self) -> int:
        """How many of the moves concern what everyone relies on."""
        return sum(1 for one in self.moves if one.published)


@dataclass(frozen=True)
class HandoverResult:
    """What was done. `unpublished` are the schedules whose published shifts now differ from their draft."""

    moved: int
    publications: tuple[PublicationInfo, ...]
    left: tuple[Left, ...]
    unpublished: tuple[ScheduleInfo, ...]


def handover_preview(*, asked: Handover, actor: Actor, now: datetime) -> HandoverPreview:
    """What handing over would do now. Keeps nothing, but needs a transaction that may write."""
    moves, left, opened = _moves(asked)
    conflicts: list[Conflict] = []
    people = [one.id for one in (asked.person, asked.to) if one is not None]
    for schedule, group in _by_schedule(moves):
        days = [one.shift.date for one in group]

        def write(schedule: ScheduleInfo = schedule, group: Sequence[Move] = group) -> None:
            edits_carry_out(schedule, _edits(group), label="", actor=actor, now=now)

        conflicts += conflicts_made(schedule, days=(min(days), max(days)), person_ids=people, write=write)
    return HandoverPreview(tuple(moves), tuple(left), tuple(opened), tuple(conflicts), _digest(asked, moves, left))


def handover_apply(*, asked: Handover, digest: str, reason: str, actor: Actor, now: datetime) -> HandoverResult:
    """Hand over. Raises LapsedError when the preview of that digest is no longer true."""
    moves, left, _ = _moves(asked)
    if _digest(asked, moves, left) != digest:
        raise LapsedError
    at_once = [one for one in moves if one.published and asked.publish]
    drafts = [one for one in moves if not (one.published and asked.publish)]
    publications = shifts_reassign(
        moves=[
            Reassign(one.shift.public_id, one.to.public_id if one.to else None, asked.person.id, one.shift.version)
            for one in at_once
        ],
        reason=reason,
        actor=actor,
        now=now,
    )
    moved, refused = len(at_once), list(left)
    for schedule, group in _by_schedule(drafts):
        label = f"{asked.person.name} replaced by {_name(asked.to)}"
        outcome = edits_carry_out(schedule, _edits(group), label=label, actor=actor, now=now, reason=reason)
        moved += len(outcome.done)
        refused += left_by(outcome)
    if moved:
        _log(asked, moved, refused, publications, reason, actor, now)
        _tell(asked, at_once, now)
    waiting = {one.schedule.id: one.schedule for one in drafts if one.published}
    return HandoverResult(moved, publications, tuple(refused), tuple(waiting.values()))


def _moves(asked: Handover) -> tuple[list[Move], list[Left], list[Left]]:
    if asked.last < asked.first:
        raise RefusedError("The last date is before the first.", field="last")
    if (asked.last - asked.first).days > LONGEST_DAYS:
        raise RefusedError(f"At most {LONGEST_DAYS} days at once.", field="last")
    if asked.to is not None and asked.to.id == asked.person.id:
        raise RefusedError("That is the same person. Choose another, or open.", field="to")
    rows = list(
        Shift.objects.filter(
            person_id=asked.person.id,
            date__gte=asked.first,
            date__lte=asked.last,
            department_id__in=asked.department_ids,
        ).order_by("date", "starts_at", "id")
    )
    assignments = assignments_by_id({row.assignment_id for row in rows})
    schedules = {
        row.id: schedule_info(row)
        for row in Schedule.objects.select_related("department").filter(id__in={row.schedule_id for row in rows})
    }
    published = _relied_on(asked.person.id, [row.public_id for row in rows])
    placing = Placing(
        assignments=assignments.values(),
        person_ids=[asked.to.id] if asked.to else [],
        first=asked.first,
        last=asked.last,
    )
    moves: list[Move] = []
    left: list[Left] = []
    opened: list[Left] = []
    for row in rows:
        shift = shift_info(row, assignments[row.assignment_id], asked.person)
        problem = _problem(shift, asked.to, placing)
        to = asked.to
        if problem is not None:
            said = Left(shift.date, shift.assignment.name, asked.person.name, *problem)
            if problem[0] not in ABOUT_THE_PERSON or asked.unplaceable is Unplaceable.SKIP:
                left.append(said)
                continue
            opened.append(said)
            to = None
        moves.append(Move(shift, schedules[row.schedule_id], to, row.public_id in published))
    return moves, left, opened


def _problem(shift: ShiftInfo, to: PersonInfo | None, placing: Placing) -> tuple[str, str] | None:
    if shift.locked:
        return "locked", "the shift is locked: unlock it first"
    if to is None:
        return None
    return placing.person_problem(to, shift.assignment, shift.date, shift.start_wall, shift.end_wall)


def _relied_on(person_id: int, shift_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the shifts on which everyone relies on that person."""
    rows = PublishedShift.objects.filter(
        audience=Audience.EVERYONE.value, recorded_to=None, shift_id__in=shift_ids, person_id=person_id
    )
    return set(rows.values_list("shift_id", flat=True))


def _by_schedule(moves: Sequence[Move]) -> list[tuple[ScheduleInfo, list[Move]]]:
    groups: dict[int, list[Move]] = defaultdict(list)
    for one in moves:
        groups[one.schedule.id].append(one)
    return [(group[0].schedule, group) for _, group in sorted(groups.items())]


def _edits(moves: Sequence[Move]) -> list[Change]:
    return [
        Change(one.shift.public_id, one.shift.version, {"person_id": one.to.public_id if one.to else None})
        for one in moves
    ]


def _digest(asked: Handover, moves: Sequence[Move], left: Sequence[Left]) -> str:
    said = [
        [asked.publish, str(asked.person.public_id), str(asked.to.public_id) if asked.to else ""],
        [[str(one.shift.public_id), one.shift.version, one.to is not None, one.published] for one in moves],
        [[str(one.date), one.assignment, one.code] for one in left],
    ]
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def _log(
    asked: Handover,
    moved: int,
    left: Sequence[Left],
    publications: Sequence[PublicationInfo],
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    change_record(
        actor=actor, now=now, action="person.replace", subject_type="person",
        subject=f"{asked.person.name}, {asked.first} to {asked.last}, by {_name(asked.to)}",
        subject_id=asked.person.public_id, person_id=asked.person.id, reason=reason,
        after={"shifts": moved, "left": len(left), "publications": [one.number for one in publications]},
    )  # fmt: skip


def _tell(asked: Handover, at_once: Sequence[Move], now: datetime) -> None:
    """Both hear of what was published; drafts are nobody's news yet."""
    if not at_once:
        return
    lines = [
        f"{one.shift.date:%a, %b} {one.shift.date.day}: {one.shift.assignment.name}, now {_name(one.to)}"
        for one in at_once
    ]
    people = {asked.person.id, *(one.to.id for one in at_once if one.to)}
    notices_leave(
        kind="shift.replaced", subject=f"{len(at_once)} of {asked.person.name}'s shifts changed hands", lines=lines,
        link="/", now=now, person_ids=people,
    )  # fmt: skip


def _name(person: PersonInfo | None) -> str:
    return person.name if person else "open"
