"""Tallies: people × tallies over a range, with a chart of one of them, and the same as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.naming import search_key
from scheduling.pages.grid.windows import range_text
from scheduling.pages.listing import ordered, paged
from scheduling.pages.tallies.asked import Asked, asked_of, departments_with
from scheduling.pages.tallies.chart import bars_of
from scheduling.pages.tallies.table import Line, foots_of, lines_of, sorts_of, told
from scheduling.selectors.published import publication_number
from scheduling.selectors.rows import assignments_by_id, people_by_id
from scheduling.selectors.staff import assignment_types, personnel_type_names
from scheduling.selectors.tallies import TallyDefinition, people_counted, tally_definitions, values_of
from scheduling.selectors.tally_sql import Span, counted_by_person
from scheduling.selectors.workspace import Access, access_of
from scheduling.types import PersonInfo
from tenancy.lists import csv_response, page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.wall import local_date, wall
from tenancy.web import account_of, signed_in


@dataclass(frozen=True)
class Numbers:
    """The answer: the tallies, everybody's line, and what each tally counts in words."""

    tallies: tuple[TallyDefinition, ...]
    lines: tuple[Line, ...]
    told: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A tally's column; `aimed` gives it another for the differences."""

    tally: TallyDefinition
    told: str
    aimed: bool

    @property
    def value_key(self) -> str:
        """How the address sorts by it."""
        return f"v{self.tally.public_id}"

    @property
    def delta_key(self) -> str:
        """How the address sorts by the difference."""
        return f"d{self.tally.public_id}"


@signed_in(Right.VIEW_TALLIES)
@require_GET
def tallies(request: HttpRequest) -> HttpResponse:
    """The page."""
    account, moment = account_of(request), timezone.now()
    today = local_date(moment, account.organization.zone)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        asked = asked_of(access, request.GET, today)
        numbers = numbers_of(asked) if asked else None
        types, number = personnel_type_names(), publication_number()
        manages = bool(departments_with(access, Right.MANAGE_TALLIES))
    context: dict[str, Any] = {"section": "tallies", "tab": "numbers", "manages": manages, "asked": asked}
    if asked is not None and numbers is not None:
        context |= _context(request, asked, numbers)
        context |= {
            "types": types,
            "publication": number,
            "as_of": wall(moment, asked.department.zone),
            "managing": _manages(access, asked),
        }
    return render(request, "scheduling/tallies/page.html", context)


@signed_in(Right.VIEW_TALLIES)
@require_GET
def tallies_csv(request: HttpRequest) -> HttpResponse:
    """The same people as a file, with the question in its name."""
    account = account_of(request)
    today = local_date(timezone.now(), account.organization.zone)
    with tenant_transaction(account.organization.id, snapshot=True):
        asked = asked_of(access_of(account), request.GET, today)
        numbers = numbers_of(asked) if asked else None
    if asked is None or numbers is None:
        return csv_response("tallies.csv", [["Person", "Type"]])
    shown, _ = ordered(numbers.lines, request.GET.get("sort", ""), sorts_of(numbers.tallies), default="name")
    head = ["Person", "Type"]
    for tally in numbers.tallies:
        head += [tally.name, f"{tally.name}: target", f"{tally.name}: difference"]
    rows = [head]
    for line in shown:
        cells = [line.name, line.type]
        for figure in line.figures:
            delta = figure.delta
            cells += [figure.text, figure.target_text, "" if delta is None else f"{delta.normalize():f}"]
        rows.append(cells)
    name = f"tallies-{asked.department.code}-{asked.first}-{asked.last}{'-draft' if asked.over else ''}.csv"
    return csv_response(name, rows)


def numbers_of(asked: Asked) -> Numbers:
    """Count. Everybody at home in the department and active in the range is listed, and whoever worked there besides."""
    definitions = tally_definitions(department_id=asked.department.id)
    local = [tally.counted() for tally in definitions if tally.department_id is not None]
    guests = {person for _, person, _ in counted_by_person(local, Span(asked.first, asked.last, None, asked.over))}
    listed = people_counted(department_id=asked.department.id, first=asked.first, last=asked.last, also=guests)
    known = people_by_id(listed)
    people = [known[one] for one in listed if _wanted(known[one], asked)]
    values = values_of(definitions, Span(asked.first, asked.last, [one.id for one in people], asked.over))
    assignments = assignments_by_id()
    types = {id: name for id, name, _, _ in assignment_types()}
    return Numbers(
        tuple(definitions),
        tuple(lines_of(people, definitions, values)),
        tuple(told(tally, assignments, types) for tally in definitions),
    )


def _wanted(person: PersonInfo, asked: Asked) -> bool:
    if asked.personnel_type and person.personnel_type != asked.personnel_type:
        return False
    if not asked.text:
        return True
    words = search_key(asked.text).split()
    name = search_key(person.last_name, person.first_name, person.short_name)
    return all(any(part.startswith(word) for part in name.split()) for word in words)


def _context(request: HttpRequest, asked: Asked, numbers: Numbers) -> dict[str, Any]:
    shown, sort = ordered(numbers.lines, request.GET.get("sort", ""), sorts_of(numbers.tallies), default="name")
    page = paged(shown, page_number(request))
    drawn = _drawn(request, numbers)
    columns = [Column(tally, numbers.told[n], _aimed(numbers, n)) for n, tally in enumerate(numbers.tallies)]
    feet = foots_of(numbers.lines, len(columns))
    return {
        "page": page,
        "sort": sort,
        "columns": columns,
        "rows": [(line, list(zip(line.figures, columns, strict=True))) for line in page.rows],
        "feet": list(zip(feet, columns, strict=True)) if feet else [],
        "counted": len(numbers.lines),
        "drawn": columns[drawn] if drawn is not None else None,
        "bars": bars_of(page.rows, drawn) if drawn is not None else [],
        "range_text": range_text(asked.first, asked.last),
        "carried": urlencode(asked.parameters),
        "kept": [(name, value) for name, value in request.GET.items() if name != "chart"],
    }  # fmt: skip


def _aimed(numbers: Numbers, n: int) -> bool:
    return any(line.figures[n].target is not None for line in numbers.lines)


def _drawn(request: HttpRequest, numbers: Numbers) -> int | None:
    """The tally of the chart: the one that the address names, else the first."""
    named = request.GET.get("chart", "")
    places = {str(tally.public_id): n for n, tally in enumerate(numbers.tallies)}
    return places.get(named, 0 if places else None)


def _manages(access: Access, asked: Asked) -> bool:
    return access.may(Right.MANAGE_TALLIES, asked.department.id)
