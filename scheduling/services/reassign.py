"""Somebody else takes a shift, at once: a sick call, a swap, a leave granted over a published shift. (Room: publishing.)"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduling.models import PublishedShift, Shift
from scheduling.services.publish import schedule_publish
from scheduling.services.shifts import shift_change
from scheduling.types import Audience, PublicationInfo
from tenancy.types import Actor, NotFoundError


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


def shifts_reassign(
    *, moves: Sequence[Reassign], reason: str, actor: Actor, now: datetime
) -> tuple[PublicationInfo, ...]:
    """Move people in the draft and publish exactly those shifts to whoever has them, all or nothing.

    A shift that nobody has been shown yet changes in the draft only. Other unpublished edits of these shifts stay unpublished. Raises
    StaleShift when somebody else stands there meanwhile, RefusedError when the person may not be placed.
    """
    made: list[PublicationInfo] = []
    for move in moves:
        shift = Shift.objects.select_related("schedule").filter(public_id=move.shift_id).first()
        if shift is None:
            raise NotFoundError("There is no such shift.")
        version = shift.version if move.version is None else move.version
        fields = {"person_id": move.person_id}
        shift_change(shift_id=move.shift_id, version=version, actor=actor, now=now, fields=fields)
        if PublishedShift.objects.filter(
            shift_id=move.shift_id, audience=Audience.EVERYONE.value, recorded_to=None
        ).exists():
            publication = schedule_publish(
                schedule_id=shift.schedule.public_id,
                audience=Audience.EVERYONE,
                shift_id=move.shift_id,
                actor=actor,
                now=now,
            )
            made += [publication] if publication else []
    return tuple(made)
