"""CSV out of a mapping table and into it: read, shown, staged, and only then in effect."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from integrations.contract import Subject
from integrations.mapping_fields import row_clean
from integrations.pages.common import connection_page
from integrations.pages.mapping import cells_of, draft_context, edits_of, texts_of
from integrations.pages.mapping_changes import RowChange, row_changes
from integrations.pages.mapping_csv import (
    LIMIT_BYTES,
    FileProblem,
    MappingFile,
    file_headings,
    mapping_file_read,
    mapping_sheet,
)
from integrations.pages.mapping_read import MappingRead, mapping_read
from integrations.pages.mapping_table import INCLUDED, lines_of
from integrations.services.connections import FormRefused
from integrations.services.mapping_draft import draft_stage
from integrations.types import RowKey
from tenancy.lists import csv_response
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.web import account_of, actor_of, signed_in

Rows = Mapping[RowKey, Mapping[str, str]]


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def mapping_csv(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """The whole table as a file, staged edits included."""
    read = mapping_read(request, connection_id)
    parts = ["mapping", slugify(read.head.card.info.name) or "connection"]
    if read.subject is not Subject.ASSIGNMENT:
        parts.append(slugify(read.table.title) or read.subject.value)
    sheet = mapping_sheet(read.subject, read.fields, lines_of(read.things, read.kept))
    return csv_response(f"{'-'.join(parts)}.csv", sheet)


@signed_in(Right.MANAGE_INTEGRATIONS)
def mapping_import(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET asks for a file; POST shows what it would change; POST with `apply` stages that, all or nothing."""
    read = mapping_read(request, connection_id)
    if request.method != "POST":
        return _page(request, read)
    content = _content(request)
    if content is None:
        return _page(request, read, problems=[FileProblem(0, "", "Choose a file first.")], status=422)
    file = mapping_file_read(content, read.subject, read.fields, read.things)
    problems = list(file.problems) or _cell_problems(read, file)
    if problems:
        return _page(request, read, problems=problems, status=422)
    rows = _merged(read, file)
    shown: dict[str, Any] = {
        "changes": _changes(read, file, rows), "text": content.decode("utf-8-sig"), "rows": len(rows),
    }  # fmt: skip
    if "apply" not in request.POST:
        return _page(request, read, **shown)
    if request.POST.get("revision") != read.seen:
        refused = "Somebody else changed this connection meanwhile. This is what the file would change now."
        return _page(request, read, **shown, refused=refused, status=409)
    return _stage(request, read, rows)


def _stage(request: HttpRequest, read: MappingRead, rows: Rows) -> HttpResponse:
    connection_id = read.head.card.info.public_id
    edits, _ = edits_of(read, rows)
    try:
        with tenant_transaction(account_of(request).organization.id):
            waiting = draft_stage(connection_id=connection_id, edits=edits, actor=actor_of(request), now=timezone.now())
    except FormRefused as refused:
        return _page(request, read, problems=[FileProblem(0, "", one) for one in refused.problems.values()], status=422)
    messages.success(request, f"The file is staged: {waiting} {'row waits' if waiting == 1 else 'rows wait'} for you.")
    return redirect("integrations:mapping-review", connection_id)


def _content(request: HttpRequest) -> bytes | None:
    upload = request.FILES.get("file")
    if upload is not None:
        return bytes(upload.read(LIMIT_BYTES + 1))
    text = request.POST.get("text")
    return text.encode() if text else None


def _merged(read: MappingRead, file: MappingFile) -> Rows:
    """The rows of the file; columns that it lacks stay as they are."""
    return {key: {**texts_of(read, key), **cells} for key, cells in file.rows.items()}


def _cell_problems(read: MappingRead, file: MappingFile) -> list[FileProblem]:
    labels = {one.name: one.label for one in cells_of(read)}
    found = []
    for key, cells in _merged(read, file).items():
        line = file.lines[key]
        included = cells.get(INCLUDED, "yes")
        if included not in ("yes", ""):
            found.append(FileProblem(line, labels[INCLUDED], f"Included must be yes or empty, not {included!r}."))
            continue
        _, wrong = edits_of(read, {key: cells})
        found += [FileProblem(line, labels[one.rpartition("/")[2]], text) for one, text in wrong.items()]
        values = row_clean(read.fields, cells)
        if included and (values or read.subject is Subject.TYPE_PAIR):
            found += [FileProblem(line, labels[name], text) for name, text in read.judge(values).items()]
    return found


def _changes(read: MappingRead, file: MappingFile, rows: Rows) -> list[RowChange]:
    """What the file would alter, against the table with the edits that are staged already."""
    edits, _ = edits_of(read, rows)
    things = {one.key.about: one for one in read.things}
    kept = {key: values for key in rows if (values := read.kept.values(key)) is not None}
    clean = {
        key: row_clean(read.fields, values) if values is not None else None
        for key, values in edits[read.subject].items()
    }
    if read.subject is not Subject.TYPE_PAIR:
        clean = {key: values or None for key, values in clean.items()}
    return row_changes(read.fields, things, kept, clean, lines=file.lines)


def _page(
    request: HttpRequest,
    read: MappingRead,
    *,
    problems: list[FileProblem] | None = None,
    changes: list[RowChange] | None = None,
    text: str = "",
    rows: int = 0,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **draft_context(read),
        "table": read.table,
        "query": f"?table={read.subject.value}",
        "named": file_headings(read.subject, read.fields),
        "problems": (problems or [])[:200],
        "problem_count": len(problems or []),
        "changes": None if changes is None else changes[:500],
        "change_count": len(changes or []),
        "counts": {tone: sum(1 for one in changes or [] if one.tone == tone) for tone in ("add", "chg", "del")},
        "text": text,
        "rows": rows,
        "refused": refused,
        "revision": read.seen,
    }
    return connection_page(request, read.head, "mapping", "integrations/mapping_import.html", context, status=status)
