"""Requests, read: one, a list, and what an account may know of."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from scheduling.models import AccountPerson, AssignmentType, Person, PublishedShift, Request
from scheduling.naming import search_key
from scheduling.requesting.types import LONGEST, RequestInfo, Saying
from scheduling.selectors.rows import assignments_by_id, departments_by_id, people_by_id
from scheduling.selectors.workspace import Access
from scheduling.types import Audience, DepartmentInfo, PersonInfo
from tenancy.rights import Right
from tenancy.types import NotFoundError


@dataclass(frozen=True)
class RequestFilter:
    """What a list asks for; empty fields ask nothing. Dates are those the request touches."""

    state: str = ""  # pending, held, approved, denied, withdrawn
    kind: str = ""
    department_id: int | None = None
    person: str = ""
    decided: str = ""  # rule, people
    first: date | None = None
    last: date | None = None


_SORTS = {
    "person": ("person__last_name", "person__first_name", "first"),
    "dates": ("first", "last"),
    "kind": ("kind", "first"),
    "state": ("state", "first"),
    "made": ("made_at",),
    "decided": ("decided_at", "first"),
}
DEFAULT_SORT = "dates"


def request_find(access: Access, request_id: uuid.UUID) -> RequestInfo:
    """One request. Raises NotFoundError when there is none, or the account may not know of it."""
    row = _visible(access).filter(public_id=request_id).first()
    if row is None:
        raise NotFoundError("There is no such request.")
    return request_infos([row])[0]


def requests_count(access: Access, wanted: RequestFilter) -> int:
    """How many match."""
    return _matching(access, wanted).count()


def requests_list(
    access: Access, wanted: RequestFilter, *, sort: str = DEFAULT_SORT, first: int = 0, limit: int = 50
) -> list[RequestInfo]:
    """Those that match, in the order that `sort` names ("-" first: descending)."""
    fields = _SORTS[sort_used(sort).lstrip("-")]
    sign = "-" if sort_used(sort).startswith("-") else ""
    rows = _matching(access, wanted).order_by(*(f"{sign}{name}" for name in (*fields, "id")))
    return request_infos(rows[first : first + limit])


def sort_used(sort: str) -> str:
    """The order really used."""
    return sort if sort.removeprefix("-") in _SORTS else DEFAULT_SORT


def requests_between(
    first: date, last: date, *, department_id: int | None = None, person_ids: Iterable[int] | None = None
) -> list[RequestInfo]:
    """Requests that touch those dates and were not withdrawn: of a department, of some people; by first day."""
    rows = Request.objects.filter(first__lte=last, first__gte=first - LONGEST, last__gte=first)
    rows = rows.exclude(state="withdrawn")
    if department_id is not None:
        rows = rows.filter(department_id=department_id)
    if person_ids is not None:
        rows = rows.filter(person_id__in=list(person_ids))
    return request_infos(rows.order_by("first", "id"))


def requests_latest(*, department_ids: Iterable[int] | None, kinds: Iterable[str], limit: int) -> list[RequestInfo]:
    """The last requests that were made, newest first: of some departments, or of all."""
    rows = Request.objects.filter(kind__in=list(kinds))
    if department_ids is not None:
        rows = rows.filter(department_id__in=list(department_ids))
    return request_infos(rows.order_by("-made_at", "-id")[:limit])


def people_to_ask_for(department_ids: Collection[int]) -> list[PersonInfo]:
    """Those at home in some departments, by name; nobody asks in a placeholder's name."""
    ids = Person.objects.filter(department_id__in=department_ids, is_placeholder=False).values_list("id", flat=True)
    return sorted(people_by_id(list(ids)).values(), key=lambda one: one.name.casefold()) if department_ids else []


def departments_to_ask(person: PersonInfo) -> list[DepartmentInfo]:
    """The departments that a person may ask: their home first, then those that have published shifts of theirs."""
    found = PublishedShift.objects.filter(audience=Audience.EVERYONE.value, recorded_to=None, person_id=person.id)
    working = set(found.values_list("department_id", flat=True))
    wanted = departments_by_id(working | ({person.department_id} if person.department_id else set()))
    return sorted(wanted.values(), key=lambda one: (one.id != person.department_id, one.order, one.name))


def wants_of(department_id: int) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a request to a department may name, in groups: absences, assignments, any of a type."""
    own = [one for one in assignments_by_id(department_id=department_id).values() if one.ended_on is None]
    types = AssignmentType.objects.filter(id__in={one.type_id for one in own}).order_by("order", "name")
    return [
        (name, choices)
        for name, choices in (
            ("Absences", [(f"a:{one.public_id}", one.name) for one in own if one.is_off]),
            ("Work", [(f"a:{one.public_id}", one.name) for one in own if not one.is_off]),
            ("Any of a type", [(f"t:{row.public_id}", f"Any {row.name}") for row in types]),
        )
        if choices
    ]


def own_person_id(access: Access) -> int | None:
    """The person for whom the account may make requests, or None."""
    if not access.account.may(Right.MAKE_REQUESTS):
        return None
    return AccountPerson.objects.filter(account_id=access.account.id).values_list("person_id", flat=True).first()


def deciding_q(access: Access) -> Q:
    """The requests that the account may decide."""
    if not access.account.may(Right.DECIDE_REQUESTS):
        return Q(pk__in=[])
    return Q() if access.granted is None else Q(department_id__in=access.granted)


def request_infos(rows: Iterable[Request]) -> list[RequestInfo]:
    """Frozen values of rows, in their order."""
    rows = list(rows)
    people = people_by_id({row.person_id for row in rows})
    departments = departments_by_id({row.department_id for row in rows})
    assignments = assignments_by_id({row.assignment_id for row in rows if row.assignment_id})
    types = {one.id: one for one in AssignmentType.objects.filter(id__in={row.type_id for row in rows if row.type_id})}
    return [
        RequestInfo(
            id=row.id,
            public_id=row.public_id,
            person=people[row.person_id],
            department=departments[row.department_id],
            kind=row.kind,
            first=row.first,
            last=row.last,
            start=row.start_wall,
            end=row.end_wall,
            zone=row.zone,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            assignment=assignments[row.assignment_id] if row.assignment_id else None,
            type_id=row.type_id,
            type_public_id=types[row.type_id].public_id if row.type_id else None,
            type_name=types[row.type_id].name if row.type_id else "",
            avoid=row.avoid,
            weight=row.weight,
            note=row.note,
            state=row.state,
            held=row.held,
            said=_said(row.said),
            decided_by=row.decided_by,
            decided_by_rule=row.decided_by_rule,
            decided_at=row.decided_at,
            reason=row.reason,
            source=row.source,
            made_by=row.made_by,
            made_at=row.made_at,
            version=row.version,
            changed_by=row.changed_by,
            changed_at=row.changed_at,
        )
        for row in rows
    ]


def _said(stored: Sequence[dict[str, str]]) -> tuple[Saying, ...]:
    return tuple(Saying(one["rule"], one["label"], one["effect"], one["text"]) for one in stored)


def _visible(access: Access) -> QuerySet[Request]:
    """Those that the account may decide, and those of the person it stands for."""
    visible = deciding_q(access)
    own = own_person_id(access)
    if own is not None and visible != Q():
        visible |= Q(person_id=own)
    return Request.objects.filter(visible)


def _matching(access: Access, wanted: RequestFilter) -> QuerySet[Request]:
    rows = _visible(access)
    if wanted.state == "held":
        rows = rows.filter(state="pending").exclude(held="")
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.department_id is not None:
        rows = rows.filter(department_id=wanted.department_id)
    if wanted.person:
        key = search_key(wanted.person)
        people = Person.objects.filter(search_key__startswith=key).values_list("id", flat=True)[:500]
        rows = rows.filter(person_id__in=list(people))
    if wanted.decided:
        rows = rows.exclude(decided_at=None).filter(decided_by_rule=wanted.decided == "rule")
    if wanted.first is not None:
        rows = rows.filter(last__gte=wanted.first, first__gte=wanted.first - LONGEST)
    if wanted.last is not None:
        rows = rows.filter(first__lte=wanted.last)
    return rows
