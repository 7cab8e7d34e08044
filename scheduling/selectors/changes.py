"""The change log, read."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from scheduling.models import Assignment, Department, Person, PublishedShift
from scheduling.naming import search_key
from scheduling.types import Audience
from tenancy.models import ChangeEntry
from tenancy.types import ChangeInfo

DRAFT_ACTS = ("shift.add", "shift.change", "shift.remove")
_LIKE = 500  # people or assignments that a typed name may stand for


@dataclass(frozen=True)
class ChangeFilter:
    """What the page asks for; empty fields ask nothing. Dates are instants: from `since` until before `before`.

    `published`: acts (publications and what they changed), waiting (draft edits of a shift that nothing has been published of since),
    followed (draft edits that a publication of the shift followed).
    `requests_of`: the departments whose requests the reader may know of; None: all of them.
    """

    person: str = ""
    person_id: uuid.UUID | None = None
    actor: str = ""
    source: str = ""
    address: str = ""
    department_id: int | None = None
    assignment: str = ""
    assignment_id: uuid.UUID | None = None
    action: str = ""
    published: str = ""
    since: datetime | None = None
    before: datetime | None = None
    subject_id: uuid.UUID | None = None
    correlation: str = ""
    oldest_first: bool = False
    requests_of: frozenset[int] | None = None


def changes_count(wanted: ChangeFilter) -> int:
    """How many entries match."""
    return _rows(wanted).count()


def changes_list(wanted: ChangeFilter, *, first: int = 0, limit: int = 50) -> list[ChangeInfo]:
    """Matching entries, newest first unless asked otherwise."""
    return [change_info(row) for row in _rows(wanted)[first : first + limit]]


def changes_exportable(wanted: ChangeFilter, *, limit: int) -> Iterator[ChangeInfo]:
    """Matching entries for a file, read in pieces: what touches a private note leaves by no door."""
    for row in _rows(wanted).filter(private=False)[:limit].iterator(chunk_size=2000):
        yield change_info(row)


def change_actions() -> list[str]:
    """The actions that occur, for the filter."""
    return list(ChangeEntry.objects.order_by("action").values_list("action", flat=True).distinct())


def change_sources() -> list[str]:
    """Where acts came from, for the filter."""
    return list(ChangeEntry.objects.order_by("source").values_list("source", flat=True).distinct())


def last_published(shift_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """When everyone was last told something of those shifts: a row opened or closed."""
    rows = PublishedShift.objects.filter(audience=Audience.EVERYONE.value, shift_id__in=list(shift_ids))
    found: dict[uuid.UUID, datetime] = {}
    for shift_id, opened, closed in rows.values_list("shift_id", "recorded_from_at", "recorded_to_at"):
        found[shift_id] = max(found.get(shift_id, opened), opened, closed or opened)
    return found


def person_named(public_id: uuid.UUID) -> str:
    """A person's name, or nothing when there is none."""
    row = Person.objects.filter(public_id=public_id).first()
    return row.name if row is not None else ""


def assignment_named(public_id: uuid.UUID) -> str:
    """An assignment's name, or nothing when there is none."""
    return Assignment.objects.filter(public_id=public_id).values_list("name", flat=True).first() or ""


def _rows(wanted: ChangeFilter) -> QuerySet[ChangeEntry]:
    order = ("at", "id") if wanted.oldest_first else ("-at", "-id")
    rows = ChangeEntry.objects.order_by(*order)
    if wanted.requests_of is not None:
        rows = rows.filter(~Q(subject_type="request") | Q(department_id__in=wanted.requests_of))
    people = _people(wanted)
    if people is not None:
        rows = rows.filter(person_id__in=people)
    assignments = _assignments(wanted)
    if assignments is not None:
        named = Q(subject_id__in=[public_id for public_id, _ in assignments])
        for _, name in assignments:  # a shift's subject begins with the name of its assignment
            named |= Q(subject_type="shift", subject__startswith=f"{name}, ")
        rows = rows.filter(named)
    plain = {
        "actor__istartswith": wanted.actor,
        "source": wanted.source,
        "address__startswith": wanted.address,
        "department_id": wanted.department_id,
        "action": wanted.action,
        "at__gte": wanted.since,
        "at__lt": wanted.before,
        "subject_id": wanted.subject_id,
        "correlation": wanted.correlation,
    }
    return _published(rows.filter(**{name: value for name, value in plain.items() if value not in ("", None)}), wanted)


def _people(wanted: ChangeFilter) -> list[int] | None:
    if wanted.person_id is not None:
        return list(Person.objects.filter(public_id=wanted.person_id).values_list("id", flat=True))
    if wanted.person:
        key = search_key(wanted.person)
        return list(Person.objects.filter(search_key__startswith=key).values_list("id", flat=True)[:_LIKE])
    return None


def _assignments(wanted: ChangeFilter) -> list[tuple[uuid.UUID, str]] | None:
    found = Assignment.objects.all()
    if wanted.assignment_id is not None:
        found = found.filter(public_id=wanted.assignment_id)
    elif wanted.assignment:
        found = found.filter(Q(name__istartswith=wanted.assignment) | Q(code__iexact=wanted.assignment))
    else:
        return None
    return list(found.values_list("public_id", "name")[:_LIKE])


def _published(rows: QuerySet[ChangeEntry], wanted: ChangeFilter) -> QuerySet[ChangeEntry]:
    if wanted.published == "acts":
        return rows.filter(Q(action__startswith="published.") | Q(action__in=("schedule.publish", "schedule.recall")))
    if wanted.published not in ("waiting", "followed"):
        return rows
    later = PublishedShift.objects.filter(shift_id=OuterRef("subject_id"), audience=Audience.EVERYONE.value).filter(
        Q(recorded_from_at__gte=OuterRef("at")) | Q(recorded_to_at__gte=OuterRef("at"))
    )
    edits = rows.filter(action__in=DRAFT_ACTS)
    return edits.filter(Exists(later)) if wanted.published == "followed" else edits.filter(~Exists(later))


def change_info(row: ChangeEntry) -> ChangeInfo:
    """An entry."""
    return ChangeInfo(
        public_id=row.public_id,
        at=row.at,
        actor=row.actor,
        address=row.address,
        source=row.source,
        correlation=row.correlation,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        subject=row.subject,
        on_date=row.on_date,
        before=row.before,
        after=row.after,
        reason=row.reason,
    )


def department_choices() -> list[tuple[uuid.UUID, int, str]]:
    """(public id, id, name) of all departments, for filters."""
    return list(Department.objects.order_by("order", "name").values_list("public_id", "id", "name"))
