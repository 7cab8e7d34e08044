"""The mapping tables of a connection: looked at, edited, and their edits staged. Works as a plain form; a script adds the rest."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from integrations.contract import MappingField, Subject
from integrations.pages.common import connection_page, manage_or_refuse
from integrations.pages.mapping_matrix import matrix_of
from integrations.pages.mapping_read import NAMED, MappingRead, mapping_read, tables_of
from integrations.pages.mapping_table import (
    INCLUDED,
    SHOW,
    Coverage,
    Line,
    coverage_of,
    filtered,
    lines_of,
    next_number,
    table_rows,
)
from integrations.pages.settings import STALE
from integrations.pages.words import clock
from integrations.services.connections import FormRefused
from integrations.services.mapping import Edits
from integrations.services.mapping_draft import draft_stage
from integrations.services.mapping_keys import MOST_ROWS_OF_ONE, row_key
from integrations.types import RowKey
from tenancy.lists import page_number, pager
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

ROWS_ON_A_PAGE = 200

Posted = dict[RowKey, dict[str, str]]


@signed_in(Right.VIEW_INTEGRATIONS)
def mapping(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET shows a table; POST stages every row sent that differs, or none; `add` and `clear` only alter the form."""
    read = mapping_read(request, connection_id)
    if request.method != "POST":
        return _page(request, read)
    manage_or_refuse(request)
    posted = rows_posted(request.POST, read)
    if "add" in request.POST or "clear" in request.POST:
        return _page(request, read, posted=_altered(request.POST, read, posted))
    if request.POST.get("revision") != read.seen:
        return _page(request, read, posted=posted, refused=STALE, status=409)
    return _stage(request, read, posted)


def rows_posted(posted: QueryDict, read: MappingRead) -> Posted:
    """The rows that a form sent: their cells as texts. Raises NotFoundError for rows that cannot be."""
    return {
        row_key(read.subject, key): {
            one.name: ("yes" if posted.get(f"{key}/{one.name}") else "")
            if one.kind == "boolean"
            else posted.get(f"{key}/{one.name}", "")
            for one in cells_of(read)
        }
        for key in posted.getlist("row")
    }


def cells_of(read: MappingRead) -> tuple[MappingField, ...]:
    """The inputs of a row: the fields, and for a pair of types first whether it is included."""
    included = (MappingField(INCLUDED, "Included", kind="boolean"),) if read.subject is Subject.TYPE_PAIR else ()
    return included + read.fields


def texts_of(read: MappingRead, key: RowKey) -> dict[str, str]:
    """What stands in the cells of a row, staged edits included."""
    values = read.kept.values(key)
    texts = {one.name: one.text((values or {}).get(one.name)) for one in read.fields}
    return texts if read.subject is not Subject.TYPE_PAIR else {INCLUDED: "yes" if values is not None else "", **texts}


def edits_of(read: MappingRead, rows: Mapping[RowKey, Mapping[str, str]]) -> tuple[Edits, dict[str, str]]:
    """The rows that differ, as the service takes them; and what is wrong already: "<row>/<field>" → a sentence."""
    edits: dict[RowKey, dict[str, Any] | None] = {}
    wrong: dict[str, str] = {}
    for key, cells in rows.items():
        was = texts_of(read, key)
        if {**was, **cells} == was:
            continue
        given = {name: text for name, text in cells.items() if text.strip() and name != INCLUDED}
        if read.subject is Subject.TYPE_PAIR and not cells.get(INCLUDED):
            if given and read.kept.values(key) is None:
                wrong[f"{key}/{next(iter(given))}"] = "The pair is not included. Tick it, or empty its fields."
            edits[key] = None
        else:
            edits[key] = given
    return {read.subject: edits}, wrong


def _stage(request: HttpRequest, read: MappingRead, posted: Posted) -> HttpResponse:
    info = read.head.card.info
    edits, wrong = edits_of(read, posted)
    if wrong:
        return _page(request, read, posted=posted, errors=wrong, status=422)
    try:
        with tenant_transaction(account_of(request).organization.id):
            waiting = draft_stage(
                connection_id=info.public_id, edits=edits, actor=actor_of(request), now=timezone.now()
            )
    except FormRefused as refused:
        return _page(request, read, posted=posted, errors=refused.problems, status=422)
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _page(request, read, posted=posted, refused=refused.text, status=422)
    if not waiting:
        messages.info(request, "Nothing differs from what is saved, so there is nothing to review.")
    elif "stage" not in request.POST:
        return redirect("integrations:mapping-review", info.public_id)
    else:
        messages.success(
            request, f"{waiting} {'row waits' if waiting == 1 else 'rows wait'}. Review them when all is there."
        )
    return redirect(_address(request, info.public_id))


def _altered(posted: QueryDict, read: MappingRead, rows: Posted) -> Posted:
    """The form with one more row for an assignment, or with one row emptied. Nothing is saved."""
    blank = {one.name: "" for one in read.fields}
    if "clear" in posted:
        return rows | {row_key(read.subject, posted.get("clear", "")): blank}
    about = row_key(read.subject, f"{posted.get('add', '')}/1").about
    number = next_number(lines_of(read.things, read.kept, rows), about)
    if read.subject is not Subject.ASSIGNMENT or number > MOST_ROWS_OF_ONE:
        return rows
    return rows | {RowKey(about, number): blank}


def _page(
    request: HttpRequest,
    read: MappingRead,
    *,
    posted: Posted | None = None,
    errors: Mapping[str, str] | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    everything = lines_of(read.things, read.kept, posted)
    coverage = coverage_of(everything, read.judge)
    context = {
        **draft_context(read),
        "fields": read.fields,
        "table": read.table,
        "coverage": coverage,
        "revision": read.seen,
        "any_errors": bool(errors),
        "error_count": len(errors or {}),
        "refused": refused,
        "unsaved": posted is not None,
        "action": _address(request, read.head.card.info.public_id),
        "show_tabs": len(tables_of(read.head.declared)) > 1,
        "query": f"?table={read.subject.value}",
    }
    if read.subject is Subject.TYPE_PAIR:
        context |= matrix_of(everything, read.fields, read.judge, errors or {})
        return connection_page(
            request, read.head, "mapping", "integrations/mapping_matrix.html", context, status=status
        )
    context |= _sheet(request, read, everything, coverage, errors or {})
    return connection_page(request, read.head, "mapping", "integrations/mapping.html", context, status=status)


def _sheet(
    request: HttpRequest, read: MappingRead, everything: list[Line], coverage: Coverage, errors: Mapping[str, str]
) -> dict[str, Any]:
    """The part of a table that the address asks for."""
    show = request.GET.get("show", "all")
    show = show if show in dict(SHOW) else "all"
    text = request.GET.get("q", "")[:80]
    lines = filtered(everything, read.fields, read.judge, show=show, text=text)
    page = pager(len(lines), page_number(request), size=ROWS_ON_A_PAGE)
    here = range(page.first - 1, page.last)
    shown = [
        line for place, line in enumerate(lines) if place in here or line.posted is not None
    ]  # what was sent stays
    first, second, noun = NAMED[read.subject]
    return {
        "rows": table_rows(shown, read.fields, read.judge, errors),
        "page": page,
        "show": show,
        "q": text,
        "choices": [(key, label, coverage.count(key)) for key, label in SHOW],
        "columns": len(read.fields),
        "first_column": first,
        "second_column": second,
        "noun": noun,
        "many": read.subject is Subject.ASSIGNMENT,
    }


def draft_context(read: MappingRead) -> dict[str, Any]:
    """The tables of the connection and the edits that wait on it."""
    tables = [
        {
            "title": one.title,
            "key": one.subject.value,
            "current": one.subject is read.subject,
            "staged": len(read.draft.edits.get(one.subject, {})) if read.draft else 0,
        }
        for one in tables_of(read.head.declared)
    ]
    found: dict[str, Any] = {"tables": tables, "draft": read.draft}
    if read.draft:
        found["draft_at"] = clock(read.draft.changed_at, read.head.zone, read.head.now)
        found["draft_tables"] = sum(1 for one in tables if one["staged"])
    return found


def _address(request: HttpRequest, connection_id: uuid.UUID) -> str:
    kept = {name: request.GET[name] for name in ("table", "q", "show", "page") if request.GET.get(name)}
    return reverse("integrations:mapping", args=[connection_id]) + (f"?{urlencode(kept)}" if kept else "")
