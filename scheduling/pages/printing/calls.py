"""The call list: who is to be rung for what, on one sheet, from seven in the morning to seven."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.grid.windows import date_or_none
from scheduling.selectors.published import publication_number, published_rows
from scheduling.selectors.rows import departments_by_id
from scheduling.selectors.staff import assignment_types
from scheduling.types import DepartmentInfo, PublishedRow
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.wall import instant, wall
from tenancy.web import account_of, signed_in

_TURN = time(7)  # lists change hands in the morning
_CALLS = ("first call", "second call")


@dataclass(frozen=True)
class Call:
    """Somebody to ring."""

    name: str
    phone: str
    is_open: bool


@dataclass(frozen=True)
class Service:
    """An assignment during a part of the window; `label` says which part."""

    label: str
    first: Call | None
    second: Call | None
    notes: str


@dataclass(frozen=True)
class Group:
    """A department's services."""

    department: DepartmentInfo
    services: tuple[Service, ...]


@dataclass(frozen=True)
class Window:
    """What a list is about: a day from seven to seven by each department's own clock, or one moment (`at`: the organisation's)."""

    day: date
    moment: datetime | None = None
    at: time | None = None

    def of(self, zone: str) -> tuple[datetime, datetime]:
        """The window's two instants in a zone."""
        if self.moment is not None:
            return self.moment, self.moment + timedelta(microseconds=1)
        return (
            instant(datetime.combine(self.day, _TURN), zone),
            instant(datetime.combine(self.day + timedelta(days=1), _TURN), zone),
        )


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def call_list(request: HttpRequest) -> HttpResponse:
    """The list of a day (`date`) or moment (`at`, HH:MM), of all departments or some, from what is published."""
    account = account_of(request)
    asked = request.GET
    now = timezone.now()
    phones = account.may(Right.VIEW_CONTACTS) and _ticked(asked, "phones")
    notes = _ticked(asked, "notes")
    with tenant_transaction(account.organization.id, snapshot=True):
        departments = sorted(
            (one for one in departments_by_id().values() if one.ended_on is None), key=lambda one: (one.order, one.name)
        )
        chosen = [one for one in departments if str(one.public_id) in asked.getlist("department")] or departments
        types = [(str(id), name) for id, name, _, is_off in assignment_types() if not is_off]
        kinds = _kinds(asked, types)
        window = _window(asked, _today(now, chosen, account.organization.zone), account.organization.zone)
        rows = _rows(window, chosen, kinds)
        number = publication_number()
    groups = [
        Group(one, tuple(_services(rows.get(one.id, []), window.of(one.zone), phones=phones, notes=notes)))
        for one in chosen
    ]
    zones = Counter(one.department.zone for one in groups if one.services)
    context: dict[str, Any] = {
        "groups": [one for one in groups if one.services],
        "quiet": [one.department.name for one in groups if not one.services],
        "departments": departments,
        "chosen": {str(one.public_id) for one in chosen} if len(chosen) < len(departments) else set(),
        "types": types,
        "kinds": kinds,
        "kind_names": [name for id, name in types if id in kinds],
        "window": window,
        "next_day": window.day + timedelta(days=1),
        "day_before": window.day - timedelta(days=1),
        "zone": zones.most_common(1)[0][0] if zones else account.organization.zone,
        "other_zones": len(zones) > 1,
        "phones": phones,
        "may_phones": account.may(Right.VIEW_CONTACTS),
        "notes": notes,
        "as_of": wall(now, account.organization.zone),
        "number": number,
    }
    return render(request, "scheduling/printing/calls.html", context)


def _kinds(asked: QueryDict, types: Sequence[tuple[str, str]]) -> set[str]:
    """The types of assignment that are listed, none for all: unless somebody says, those that are called call."""
    if "sent" in asked:
        return {id for id, _ in types if id in asked.getlist("type")}
    return {id for id, name in types if "call" in name.casefold()}


def _rows(window: Window, departments: Sequence[DepartmentInfo], kinds: set[str]) -> dict[int, list[PublishedRow]]:
    """What is published of the window, by department."""
    spans = {one.id: window.of(one.zone) for one in departments}
    found: dict[int, list[PublishedRow]] = defaultdict(list)
    if not spans:
        return found
    rows = published_rows(
        starts_before=max(end for _, end in spans.values()),
        ends_after=min(start for start, _ in spans.values()),
        department_ids=list(spans),
    )
    for row in rows:
        start, end = spans[row.department.id]
        kind_fits = not kinds or str(row.assignment.type_id) in kinds
        if row.starts_at < end and row.ends_at > start and not row.assignment.is_off and kind_fits:
            found[row.department.id].append(row)
    return found


def _services(
    rows: Iterable[PublishedRow], span: tuple[datetime, datetime], *, phones: bool, notes: bool
) -> list[Service]:
    """A line for each assignment and part of the window; a third and fourth to ring get a line more."""
    parts: dict[tuple[Any, ...], list[PublishedRow]] = defaultdict(list)
    for row in rows:
        start, end = max(row.starts_at, span[0]), min(row.ends_at, span[1])
        parts[row.assignment.order, row.assignment.name, row.assignment.id, start, end].append(row)
    found = []
    for key in sorted(parts):
        held = sorted(parts[key], key=lambda one: (one.call_order or 99, one.starts_at, _name(one)))
        label = key[1] + _part(held[0], span)
        for n in range(0, len(held), len(_CALLS)):
            pair = held[n : n + len(_CALLS)]
            calls = [_call(one, phones=phones) for one in pair]
            said = "; ".join(dict.fromkeys(one.note for one in pair if one.note)) if notes else ""
            found.append(
                Service(
                    label if n == 0 else f"{key[1]}, {'third' if n == 2 else 'further'} call",
                    calls[0],
                    calls[1] if len(calls) > 1 else None,
                    said,
                )
            )
    return found


def _part(row: PublishedRow, span: tuple[datetime, datetime]) -> str:
    """`, from 17:00`, `, to 15:00`, or both; nothing for the whole window."""
    if span[1] - span[0] < timedelta(seconds=1):  # one moment: until when
        return f", to {row.end_wall:%H:%M}"
    begins = f", from {row.start_wall:%H:%M}" if row.starts_at > span[0] else ""
    ends = f"{',' if not begins else ''} to {row.end_wall:%H:%M}" if row.ends_at < span[1] else ""
    return begins + ends


def _call(row: PublishedRow, *, phones: bool) -> Call:
    return Call(_name(row), row.person.contact if row.person and phones else "", row.person is None)


def _name(row: PublishedRow) -> str:
    return row.person.name if row.person else "OPEN"


def _ticked(asked: QueryDict, name: str) -> bool:
    """A box that is on until the form was sent without it."""
    return bool(asked.get(name) == "1" or "sent" not in asked)


def _today(now: datetime, departments: Sequence[DepartmentInfo], zone: str) -> date:
    """Before the turn it is still yesterday's list."""
    local = wall(now, departments[0].zone if len(departments) == 1 else zone)
    return local.date() if local.time() >= _TURN else local.date() - timedelta(days=1)


def _window(asked: QueryDict, today: date, zone: str) -> Window:
    """`at` is a time of the date in the organisation's zone, or (as other pages link here) an instant of its own."""
    day, text = date_or_none(asked.get("date", "")) or today, asked.get("at", "")
    try:
        if "T" not in text:
            at = time.fromisoformat(text[:5])
            return Window(day, instant(datetime.combine(day, at), zone), at)
        moment = datetime.fromisoformat(text)
        local = wall(moment if moment.tzinfo else instant(moment, zone), zone)
    except (ValueError, OverflowError):
        return Window(day)
    if date_or_none(local.date().isoformat()) is None:
        return Window(day)
    return Window(local.date(), instant(local, zone) if moment.tzinfo is None else moment, local.time())
