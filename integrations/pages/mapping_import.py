"""CSV out of the mapping table and into it: read, shown, and only then applied."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from integrations.mapping_fields import row_clean, row_wrong
from integrations.pages.common import connection_page
from integrations.pages.mapping import MappingRead, inputs_of, mapping_read
from integrations.pages.mapping_csv import LIMIT_BYTES, FileProblem, MappingFile, mapping_file_read, mapping_sheet
from integrations.pages.mapping_table import RowKey, cell_text, table_rows
from integrations.pages.preview_view import FieldChange
from integrations.services.connections import FormRefused
from integrations.services.mapping import mapping_save
from tenancy.lists import csv_response
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.web import account_of, actor_of, signed_in


@dataclass(frozen=True)
class FileChange:
    """What a line of the file would do. `sign` is +, ~ or −."""

    line: int
    sign: str
    tone: str
    assignment: str
    department: str
    fields: tuple[FieldChange, ...]


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def mapping_csv(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """The whole table as a file."""
    read = mapping_read(request, connection_id)
    fields = read.head.declared.mapping
    rows = table_rows(fields, read.assignments, read.departments, read.saved)
    name = slugify(read.head.card.info.name) or "connection"
    return csv_response(f"mapping-{name}.csv", mapping_sheet(fields, rows))


@signed_in(Right.MANAGE_INTEGRATIONS)
def mapping_import(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET asks for a file; POST shows what it would change; POST with `apply` does it, all or nothing."""
    read = mapping_read(request, connection_id)
    if request.method != "POST":
        return _page(request, read)
    content = _content(request)
    if content is None:
        return _page(request, read, problems=[FileProblem(0, "", "Choose a file first.")], status=422)
    file = mapping_file_read(content, read.head.declared.mapping, read.assignments, read.departments)
    problems = [*file.problems, *_cell_problems(read, file)] if not file.problems else list(file.problems)
    if problems:
        return _page(request, read, problems=problems, status=422)
    rows = _merged(read, file)
    text = content.decode("utf-8-sig")
    if "apply" not in request.POST:
        return _page(request, read, changes=_changes(read, file, rows), text=text, rows=len(rows))
    if request.POST.get("revision") != str(read.head.card.info.revision):
        refused = "Somebody else changed this connection meanwhile. This is what the file would change now."
        return _page(
            request, read, changes=_changes(read, file, rows), text=text, rows=len(rows), refused=refused, status=409
        )
    return _apply(request, read, rows)


def _apply(request: HttpRequest, read: MappingRead, rows: Mapping[RowKey, Mapping[str, str]]) -> HttpResponse:
    connection_id = read.head.card.info.public_id
    try:
        with tenant_transaction(account_of(request).organization.id):
            changed = mapping_save(
                connection_id=connection_id, rows=inputs_of(rows), actor=actor_of(request), now=timezone.now()
            )
    except FormRefused as refused:
        return _page(request, read, problems=[FileProblem(0, "", one) for one in refused.problems.values()], status=422)
    messages.success(request, f"{changed} {'row' if changed == 1 else 'rows'} taken from the file.")
    return redirect("integrations:mapping", connection_id)


def _content(request: HttpRequest) -> bytes | None:
    upload = request.FILES.get("file")
    if upload is not None:
        return bytes(upload.read(LIMIT_BYTES + 1))
    text = request.POST.get("text")
    return text.encode() if text else None


def _saved(read: MappingRead) -> dict[RowKey, dict[str, str]]:
    ids = {one.id: one.public_id for one in read.assignments}
    return {
        (ids[row.assignment_id], row.number): {name: cell_text(value) for name, value in row.values.items()}
        for row in read.saved
    }


def _merged(read: MappingRead, file: MappingFile) -> dict[RowKey, dict[str, str]]:
    """The rows of the file; columns that it lacks stay as they are saved."""
    saved = _saved(read)
    known = {one.name for one in read.head.declared.mapping}
    return {
        key: {name: text for name, text in (saved.get(key, {}) | dict(cells)).items() if name in known}
        for key, cells in file.rows.items()
    }


def _cell_problems(read: MappingRead, file: MappingFile) -> list[FileProblem]:
    fields = read.head.declared.mapping
    labels = {one.name: one.label for one in fields}
    found = []
    for key, cells in _merged(read, file).items():
        values = row_clean(fields, cells)
        wrong = row_wrong(fields, values) if values else {}
        found += [FileProblem(file.lines[key], labels[name], text) for name, text in wrong.items()]
    return found


def _changes(read: MappingRead, file: MappingFile, rows: Mapping[RowKey, Mapping[str, str]]) -> list[FileChange]:
    fields, saved = read.head.declared.mapping, _saved(read)
    assignments = {one.public_id: one for one in read.assignments}
    changes = []
    for key, cells in rows.items():
        values = row_clean(fields, cells)
        now = {one.name: cell_text(values.get(one.name)) for one in fields}
        was = {one.name: saved.get(key, {}).get(one.name, "") for one in fields}
        if now == was:
            continue
        sign, tone = ("+", "add") if key not in saved else ("~", "chg") if values else ("−", "del")
        one = assignments[key[0]]
        changes.append(
            FileChange(
                line=file.lines[key],
                sign=sign,
                tone=tone,
                assignment=one.name,
                department=read.departments[one.department_id].name,
                fields=tuple(
                    FieldChange(field.label, was[field.name], now[field.name])
                    for field in fields
                    if was[field.name] != now[field.name]
                ),
            )
        )
    return changes


def _page(
    request: HttpRequest,
    read: MappingRead,
    *,
    problems: list[FileProblem] | None = None,
    changes: list[FileChange] | None = None,
    text: str = "",
    rows: int = 0,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "fields": read.head.declared.mapping,
        "problems": (problems or [])[:200],
        "problem_count": len(problems or []),
        "changes": changes,
        "counts": {tone: sum(1 for one in changes or [] if one.tone == tone) for tone in ("add", "chg", "del")},
        "text": text,
        "rows": rows,
        "refused": refused,
        "revision": read.head.card.info.revision,
    }
    return connection_page(request, read.head, "mapping", "integrations/mapping_import.html", context, status=status)
