"""Somebody else takes a shift, at once: a sick call, a swap, a leave granted over a published shift."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduling.models import Assignment, Department, Person, Publication, PublishedShift, Schedule, Shift
from scheduling.selectors.difference import COMPARED, RawDifference, differences_described
from scheduling.selectors.published import publication_info
from scheduling.selectors.rows import assignments_by_id, people_by_id, shift_info
from scheduling.services.outbox import outbox_leave
from scheduling.services.publication import Act, publication_write
from scheduling.services.shift_parts import placeable_or_refuse, roll_read
from scheduling.services.shifts import shift_change
from scheduling.types import Audience, PublicationInfo, ShiftInfo, StaleShift
from tenancy.types import Actor, NotFoundError, RefusedError


@dataclass(frozen=True)
class Reassign:
    """Give one shift (its public id) to a person (public id), or to nobody yet (open).

    `expects` is the person (row id) whom the decider saw there, None for open; `version` the draft's version that was seen, None to
    take the draft as it is.
    """

    shift_id: uuid.UUID
    person_id: uuid.UUID | None
    expects: int | None
    version: int | None = None


@dataclass(frozen=True)
class _Standing:
    """A shift as it stands: its draft, if the draft still has it, and its published rows by audience."""

    draft: Shift | None
    published: Mapping[str, PublishedShift]

    @property
    def relied_on(self) -> PublishedShift | Shift:
        """What the widest audience relies on; the draft of a shift that nobody has been shown."""
        row = self.published.get(Audience.EVERYONE.value) or self.published.get(Audience.ADMINISTRATORS.value)
        found = row or self.draft
        assert found is not None  # _standing raises for a shift that is nowhere
        return found


def shifts_reassign(
    *, moves: Sequence[Reassign], reason: str, actor: Actor, now: datetime
) -> tuple[PublicationInfo, ...]:
    """Give shifts to other people in the draft and, where they are published, to whoever relies on them: all of them or none.

    Only the person is published: other unpublished edits of these shifts stay unpublished, and a shift that the draft has lost
    keeps its times. Shifts of one schedule become one publication. A shift that nobody has been shown yet changes in the draft
    only; one that only administrators have is published to them. Raises StaleShift when somebody else stands there meanwhile,
    RefusedError when the person may not be placed.
    """
    if len({move.shift_id for move in moves}) != len(moves):
        raise RefusedError("A shift is named twice. Give each shift to one person.")
    if not moves:
        return ()
    standing = _standing_in_turn([move.shift_id for move in moves])
    people = _people(moves)
    for move in moves:
        _expected_or_stale(move, standing[move.shift_id])
    for move in moves:
        person = people[move.person_id] if move.person_id else None
        _draft_give(move, standing[move.shift_id], person, reason, actor, now)
    return _publish(moves, standing, people, reason, actor, now)


def _standing_in_turn(shift_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, _Standing]:
    """How the shifts stand once it is our turn in all of their departments; departments first, then drafts, each in order."""
    published = PublishedShift.objects.filter(shift_id__in=shift_ids, recorded_to=None)
    drafts = Shift.objects.filter(public_id__in=shift_ids)
    departments = {*published.values_list("department_id", flat=True), *drafts.values_list("department_id", flat=True)}
    list(Department.objects.select_for_update().filter(id__in=departments).order_by("id"))
    rows: dict[uuid.UUID, dict[str, PublishedShift]] = defaultdict(dict)
    for row in published.all():
        rows[row.shift_id][row.audience] = row
    found = {row.public_id: row for row in drafts.select_for_update(of=("self",)).order_by("id")}
    missing = [one for one in shift_ids if one not in rows and one not in found]
    if missing:
        raise NotFoundError("There is no such shift.")
    return {one: _Standing(found.get(one), rows.get(one, {})) for one in shift_ids}


def _people(moves: Sequence[Reassign]) -> dict[uuid.UUID, Person]:
    wanted = {move.person_id for move in moves if move.person_id is not None}
    people = {row.public_id: row for row in Person.objects.filter(public_id__in=wanted)}
    if wanted - set(people):
        raise RefusedError("There is no such person.", field="person")
    return people


def _expected_or_stale(move: Reassign, standing: _Standing) -> None:
    current = _info(standing.draft)
    seen = standing.relied_on
    if seen.person_id != move.expects:
        name = people_by_id([seen.person_id])[seen.person_id].name if seen.person_id else "open"
        raise StaleShift(
            f"The shift on {seen.date} is {name} now, not who you saw there. Nothing was changed: look again.", current
        )
    if move.version is None:
        return
    if current is None:
        raise StaleShift("The shift was removed from the draft meanwhile. Nothing was changed.", None)
    if current.version != move.version:
        raise StaleShift(
            f"{current.changed_by} changed this shift meanwhile. Nothing was changed: look again.", current
        )


def _draft_give(
    move: Reassign, standing: _Standing, person: Person | None, reason: str, actor: Actor, now: datetime
) -> None:
    """Change the person wherever a draft stands for the shift, so that the next publication does not turn it back."""
    drafts = [standing.draft] if standing.draft is not None else []
    for row in standing.published.values():
        assignment = Assignment.objects.select_related("type").get(id=row.assignment_id)
        roll = roll_read(
            department_id=row.department_id,
            assignment_ids=[assignment.public_id],
            person_ids=[person.public_id] if person else [],
            days=[row.date],
        )
        placeable_or_refuse(assignment, person, row.date, roll, (row.starts_at, row.ends_at))
        twin = _twin(row)
        if twin is not None and twin not in drafts:
            drafts.append(twin)
    for draft in drafts:
        shift_change(
            shift_id=draft.public_id,
            version=draft.version,
            actor=actor,
            now=now,
            fields={"person_id": move.person_id},
            reason=reason,
        )


def _twin(row: PublishedShift) -> Shift | None:
    """The draft that stands for a published row under an id of its own: publishing would pair the two and keep the row's id."""
    drafts = Shift.objects.filter(schedule_id=row.schedule_id)
    if drafts.filter(public_id=row.shift_id).exists():
        return None
    alike = drafts.filter(assignment_id=row.assignment_id, date=row.date, person=row.person)
    known = PublishedShift.objects.filter(audience=row.audience, recorded_to=None, schedule_id=row.schedule_id)
    return (
        alike.exclude(public_id__in=known.filter(date=row.date).values_list("shift_id", flat=True))
        .select_for_update(of=("self",))
        .order_by("id")
        .first()
    )


def _publish(
    moves: Sequence[Reassign],
    standing: Mapping[uuid.UUID, _Standing],
    people: Mapping[uuid.UUID, Person],
    reason: str,
    actor: Actor,
    now: datetime,
) -> tuple[PublicationInfo, ...]:
    """One publication for each schedule and audience; everyone's first, because that is the order in which counters are locked."""
    made: list[Publication] = []
    told: set[uuid.UUID] = set()
    for audience in (Audience.EVERYONE, Audience.ADMINISTRATORS):
        by_schedule: dict[int, list[RawDifference]] = defaultdict(list)
        for move in moves:
            row = standing[move.shift_id].published.get(audience.value)
            person_id = people[move.person_id].id if move.person_id else None
            if row is not None and row.person_id != person_id:
                by_schedule[row.schedule_id].append(_given(row, person_id))
        for schedule_id, raw in sorted(by_schedule.items()):
            days = [one.draft["date"] for one in raw if one.draft]
            act = Act("shift", min(days), max(days), actor, now, days=(), reason=reason)
            described = differences_described(raw)
            news = [one for one in described if one.shift_id not in told]
            publication = publication_write(
                Schedule.objects.get(id=schedule_id), audience, act, raw, described, logged=news
            )
            if audience is Audience.EVERYONE:
                outbox_leave(topic="publish", now=now, publication=publication.number)
            if news:
                made.append(publication)
            told |= {one.shift_id for one in described}
    return tuple(publication_info(one) for one in made)


def _given(row: PublishedShift, person_id: int | None) -> RawDifference:
    """The published row, and the same row with somebody else: whatever else the draft says is not part of it."""
    was: dict[str, Any] = {name: getattr(row, name) for name in COMPARED}
    return RawDifference(
        draft_id=row.shift_id,
        published_id=row.shift_id,
        draft_schedule=row.schedule_id,
        published_schedule=row.schedule_id,
        draft=was | {"person_id": person_id},
        published=was,
    )


def _info(shift: Shift | None) -> ShiftInfo | None:
    if shift is None:
        return None
    people = people_by_id([shift.person_id]) if shift.person_id else {}
    return shift_info(
        shift, assignments_by_id([shift.assignment_id])[shift.assignment_id], people.get(shift.person_id or 0)
    )
