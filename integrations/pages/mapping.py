"""The mapping table of a connection: looked at, edited and saved together. Works as a plain form; a script adds the rest."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from integrations.contract import MappingField
from integrations.pages.common import Head, connection_page, head_read, manage_or_refuse
from integrations.pages.mapping_table import (
    SHOW,
    RowKey,
    coverage_of,
    filtered,
    next_number,
    shown_assignments,
    table_rows,
)
from integrations.pages.settings import STALE
from integrations.selectors import mapping_rows
from integrations.services.connections import FormRefused
from integrations.services.mapping import MappingInput, mapping_save
from integrations.types import MappingRowInfo
from scheduling.selectors import assignments_by_id, departments_by_id
from scheduling.types import AssignmentInfo, DepartmentInfo
from tenancy.lists import page_number, pager
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

ROWS_ON_A_PAGE = 200
_MOST_ROWS_OF_ONE = 99

Posted = dict[RowKey, dict[str, str]]


@dataclass(frozen=True)
class MappingRead:
    """What the page reads."""

    head: Head
    assignments: list[AssignmentInfo]
    departments: dict[int, DepartmentInfo]
    saved: list[MappingRowInfo]


@signed_in(Right.VIEW_INTEGRATIONS)
def mapping(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET shows the table; POST saves every row sent, or none; `add` and `clear` only alter the form."""
    read = mapping_read(request, connection_id)
    if request.method != "POST":
        return _page(request, read)
    manage_or_refuse(request)
    posted = rows_posted(request.POST, read.head.declared.mapping)
    if "add" in request.POST or "clear" in request.POST:
        return _page(request, read, posted=_altered(request.POST, read, posted))
    if request.POST.get("revision") != str(read.head.card.info.revision):
        return _page(request, read, posted=posted, refused=STALE, status=409)
    return _save(request, read, posted)


def mapping_read(request: HttpRequest, connection_id: uuid.UUID) -> MappingRead:
    """Everything the table shows. Raises NotFoundError, also for a connector without a mapping."""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        head = head_read(request, connection_id)
        if not head.declared.mapping:
            raise NotFoundError("This integration has no mapping.")
        saved = mapping_rows(connection_id=head.card.info.id)
        departments = departments_by_id()
        assignments = shown_assignments(
            assignments_by_id().values(), departments, saved, local_date(head.now, head.zone)
        )
    return MappingRead(head, assignments, departments, saved)


def rows_posted(posted: QueryDict, fields: tuple[MappingField, ...]) -> Posted:
    """The rows that a form sent: their cells as texts. Raises NotFoundError for rows that cannot be."""
    rows: Posted = {}
    for key in posted.getlist("row"):
        rows[_row_key(key)] = {
            one.name: ("yes" if posted.get(f"{key}/{one.name}") else "")
            if one.kind == "boolean"
            else posted.get(f"{key}/{one.name}", "")
            for one in fields
        }
    return rows


def inputs_of(rows: Mapping[RowKey, Mapping[str, str]]) -> list[MappingInput]:
    """Rows as the service takes them: a row without any text takes the row away."""
    return [
        MappingInput(
            assignment_id=assignment_id,
            number=number,
            values={name: text for name, text in cells.items() if text.strip()},
        )
        for (assignment_id, number), cells in rows.items()
    ]


def _save(request: HttpRequest, read: MappingRead, posted: Posted) -> HttpResponse:
    info = read.head.card.info
    try:
        with tenant_transaction(account_of(request).organization.id):
            changed = mapping_save(
                connection_id=info.public_id, rows=inputs_of(posted), actor=actor_of(request), now=timezone.now()
            )
    except FormRefused as refused:
        return _page(request, read, posted=posted, errors=refused.problems, status=422)
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _page(request, read, posted=posted, refused=refused.text, status=422)
    if changed:
        messages.success(request, f"{changed} {'row' if changed == 1 else 'rows'} saved together.")
    else:
        messages.info(request, "Nothing differed, so nothing was saved.")
    return redirect(_address(request, info.public_id))


def _altered(posted: QueryDict, read: MappingRead, rows: Posted) -> Posted:
    """The form with one more row for an assignment, or with one row emptied. Nothing is saved."""
    blank = {one.name: "" for one in read.head.declared.mapping}
    if "clear" in posted:
        return rows | {_row_key(posted.get("clear", "")): blank}
    assignment_id = _uuid(posted.get("add", ""))
    there = table_rows(read.head.declared.mapping, read.assignments, read.departments, read.saved, posted=rows)
    number = next_number(there, assignment_id)
    if number > _MOST_ROWS_OF_ONE:
        return rows
    return rows | {(assignment_id, number): blank}


def _page(
    request: HttpRequest,
    read: MappingRead,
    *,
    posted: Posted | None = None,
    errors: Mapping[str, str] | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    fields = read.head.declared.mapping
    show = request.GET.get("show", "all")
    show = show if show in dict(SHOW) else "all"
    text = request.GET.get("q", "")[:80]
    everything = table_rows(fields, read.assignments, read.departments, read.saved, posted=posted, errors=errors)
    rows = filtered(everything, show=show, text=text)
    if posted:  # what was just sent is never hidden by the filter
        sent = {f"{assignment}/{number}" for assignment, number in posted}
        keys = {row.key for row in rows} | sent
        rows = [row for row in everything if row.key in keys]
    page = pager(len(rows), page_number(request), size=ROWS_ON_A_PAGE)
    coverage = coverage_of(fields, len(read.assignments), read.saved)
    context = {
        "fields": fields,
        "rows": rows if posted else rows[page.first - 1 : page.last],
        "page": page,
        "show": show,
        "q": text,
        "choices": [(key, label, coverage.count(key)) for key, label in SHOW],
        "coverage": coverage,
        "columns": len(fields),
        "revision": read.head.card.info.revision,
        "any_errors": bool(errors),
        "error_count": len(errors or {}),
        "refused": refused,
        "unsaved": posted is not None,
        "action": _address(request, read.head.card.info.public_id),
    }
    return connection_page(request, read.head, "mapping", "integrations/mapping.html", context, status=status)


def _address(request: HttpRequest, connection_id: uuid.UUID) -> str:
    kept = {name: request.GET[name] for name in ("q", "show", "page") if request.GET.get(name)}
    return reverse("integrations:mapping", args=[connection_id]) + (f"?{urlencode(kept)}" if kept else "")


def _row_key(text: str) -> RowKey:
    assignment, _, number = text.partition("/")
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:4]) <= _MOST_ROWS_OF_ONE):
        raise NotFoundError("There is no such row.")
    return _uuid(assignment), int(number)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFoundError("There is no such assignment.") from None
