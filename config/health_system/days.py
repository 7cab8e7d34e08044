"""What happened lately, and what is not in order: sick calls that were covered, edits nobody has published, honest conflicts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from config.health_system.staff import Crew
from scheduling import services
from scheduling.models import PublishedShift, Shift
from scheduling.selectors.candidates import Slot, candidates_for
from scheduling.selectors.published import published_rows
from scheduling.services.reassign import Reassign, shifts_reassign
from scheduling.types import Audience, PublishedRow
from tenancy.types import Actor
from tenancy.wall import instant

_OSTRANDER = Actor(label="Marit Ostrander", source="editor")
_BRANDT = Actor(label="Sabine Brandt", source="editor")
# (days ago, department, task, hour at which somebody rang)
_SICK = (
    (6, "HM", "T2", 5),
    (4, "ANES", "POD", 6),
    (3, "RAD", "BODY", 6),
    (2, "PEDS", "WARD", 5),
    (1, "ICU", "NOC", 16),
    (0, "HM", "OBS", 5),
)


def days_happen(crews: dict[str, Crew], *, now: datetime, today: date) -> None:
    """Everything, in the order of its time."""
    for ago, code, task, hour in _SICK:
        day = today - timedelta(days=ago)
        rang = instant(datetime.combine(day, time(hour, 40)), crews[code].department.zone)
        _sick_call(crews[code], task, day, min(rang, now))
    _not_published(crews["ANES"], today, now - timedelta(hours=2))
    _left_open(crews["CARD"], today, now - timedelta(hours=20))


def _sick_call(crew: Crew, task: str, day: date, at: datetime) -> None:
    """Somebody cannot come; the first who can takes the shift, and everyone is told at once."""
    row = _published(crew, task, day)
    if row is None or row.person is None:
        return
    slot = Slot(row.assignment, row.date, row.start_wall, row.end_wall, row.zone, [row.shift_id])
    free = [one.person for one in candidates_for(slot).eligible if not one.conflicts and not one.person.is_placeholder]
    if not free:
        return
    chosen = free[day.toordinal() % len(free)]
    move = Reassign(row.shift_id, chosen.public_id, row.person.id)
    shifts_reassign(moves=[move], reason="Sick call", actor=_BRANDT, now=at)


def _not_published(crew: Crew, today: date, at: datetime) -> None:
    """Edits of a published schedule that wait: a note, somebody too soon after a night on call, a room without anybody."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=1)
    noted = _draft(crew, "LEAD", monday + timedelta(days=1))
    if noted is not None:
        note = {"note": "Room 4 has its laser until noon"}
        services.shift_change(shift_id=noted.public_id, version=noted.version, fields=note, actor=_OSTRANDER, now=at)
    call, tired = _draft(crew, "C1", monday + timedelta(days=2)), _draft(crew, "POD", monday + timedelta(days=3))
    if call is not None and tired is not None and call.person is not None:
        who = {"person_id": call.person.public_id}
        services.shift_change(shift_id=tired.public_id, version=tired.version, fields=who, actor=_OSTRANDER, now=at)
    room = _draft(crew, "NORA", monday + timedelta(days=4))
    if room is not None:
        nobody = {"person_id": None}
        services.shift_change(shift_id=room.public_id, version=room.version, fields=nobody, actor=_OSTRANDER, now=at)


def _left_open(crew: Crew, today: date, at: datetime) -> None:
    """A draft that is still being made: some places nobody holds yet, some work locked."""
    later = Shift.objects.filter(department=crew.department, date__gt=today + timedelta(weeks=7)).order_by("date", "id")
    for shift in later.filter(assignment__in=[crew.assignments["STRS"], crew.assignments["CATH2"]], date__week_day=4):
        services.shift_change(
            shift_id=shift.public_id, version=shift.version, fields={"person_id": None}, actor=_OSTRANDER, now=at
        )
    for shift in later.filter(assignment=crew.assignments["CCU"])[:7]:
        services.shift_change(
            shift_id=shift.public_id, version=shift.version, fields={"locked": True}, actor=_OSTRANDER, now=at
        )


def _published(crew: Crew, task: str, day: date) -> PublishedRow | None:
    held = PublishedShift.objects.filter(
        audience=Audience.EVERYONE.value, recorded_to=None, assignment=crew.assignments[task], date=day
    )
    ids = list(held.order_by("shift_id").values_list("shift_id", flat=True)[:1])
    return next(iter(published_rows(shift_ids=ids)), None) if ids else None


def _draft(crew: Crew, task: str, day: date) -> Shift | None:
    return (
        Shift.objects.filter(assignment=crew.assignments[task], date=day)
        .select_related("person")
        .order_by("id")
        .first()
    )
