"""Who may be placed on an assignment: the list, found, added, removed, pasted, copied, as a file; and a person's assignments."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from scheduling.pages.listing import ordered, paged
from scheduling.pages.rules.common import reach_of_account
from scheduling.selectors.eligibility import listings_of, people_listed
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.rule_list import people_named
from scheduling.selectors.staff import PeopleFilter, assignment_find, people_list, person_find
from scheduling.selectors.workspace import access_of
from scheduling.services.eligibility import eligibility_change
from scheduling.types import AssignmentInfo, PersonInfo
from tenancy.lists import csv_cell, csv_response, page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

LARGEST = 512 * 1024
_SORTS = {
    "name": lambda row: row.name.casefold(),
    "type": lambda row: (row.personnel_type.casefold(), row.name.casefold()),
    "unique_id": lambda row: (row.unique_id == "", row.unique_id, row.name.casefold()),
}


@signed_in(Right.MANAGE_RULES)
def eligible(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """The list of an assignment, and the acts that change it."""
    account, refusal = account_of(request), ""
    if request.method == "POST":
        try:
            with tenant_transaction(account.organization.id):
                info = _permitted(request, assignment_id)
                said = _ACTS.get(request.POST.get("act", ""), _nothing)(request, info)
        except NotFoundError:
            raise
        except RefusedError as refused:
            refusal = refused.text
        else:
            messages.success(request, said)
            return redirect("assignment-eligible", assignment_id)
    asked = request.GET
    text, find = asked.get("q", "").strip()[:120], asked.get("find", "").strip()[:120]
    with tenant_transaction(account.organization.id, snapshot=True):
        info = _permitted(request, assignment_id)
        listed = people_listed(info.id)
        held = {one.id for one in listed}
        found = [one for one in people_list(PeopleFilter(text=find), limit=60) if one.id not in held] if find else []
        others = [
            one
            for one in assignments_by_id(department_id=info.department_id).values()
            if one.id != info.id and one.eligible_only_listed
        ]
    shown = [
        one
        for one in listed
        if not text or text.casefold() in f"{one.name} {one.unique_id} {one.personnel_type}".casefold()
    ]
    rows, sort = ordered(shown, asked.get("sort", ""), _SORTS, default="name")
    context = {
        "section": "admin", "tab": "assignments", "info": info, "page": paged(rows, page_number(request)), "sort": sort, "q": text,
        "find": find, "found": found, "others": others, "total": len(listed), "refusal": refusal,
        "pasted": request.POST.get("lines", "") if refusal else "",
    }  # fmt: skip
    return render(request, "scheduling/rules/eligible.html", context, status=422 if refusal else 200)


@signed_in(Right.MANAGE_RULES)
@require_GET
def eligible_csv(request: HttpRequest, assignment_id: uuid.UUID) -> HttpResponse:
    """The list as a file that this page reads back."""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        info = _permitted(request, assignment_id)
        people = people_listed(info.id)
    lines = [[one.unique_id, one.name, one.personnel_type] for one in people]
    return csv_response(f"eligible-{info.code}.csv", [["Unique id", "Name", "Type"], *lines])


@signed_in(Right.MANAGE_RULES)
def person_assignments(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The assignments that a person may be placed on, in the departments that the reader schedules."""
    account = account_of(request)
    with tenant_transaction(account.organization.id):
        info = person_find(person_id)
        reach = reach_of_account(account)
        rows = listings_of(info.id, reach.ids)
        if request.method == "POST":
            shown, ticked = set(request.POST.getlist("shown")), set(request.POST.getlist("listed"))
            changed = [
                one
                for one in rows
                if not one.open and str(one.public_id) in shown and one.listed != (str(one.public_id) in ticked)
            ]
            for one in changed:
                eligibility_change(
                    assignment_id=one.public_id, actor=actor_of(request), now=timezone.now(),
                    add=[] if one.listed else [info.id], remove=[info.id] if one.listed else [],
                )  # fmt: skip
    if request.method == "POST":
        many = (
            f"{len(changed)} list{'' if len(changed) == 1 else 's'} changed." if changed else "Nothing was different."
        )
        messages.success(request, f"{info.name}: {many}")
        return redirect("person-assignments", person_id)
    context = {"section": "admin", "tab": "people", "info": info, "rows": rows}
    return render(request, "scheduling/rules/person.html", context)


def _permitted(request: HttpRequest, assignment_id: uuid.UUID) -> AssignmentInfo:
    info = assignment_find(assignment_id)
    if not access_of(account_of(request)).may(Right.MANAGE_RULES, info.department_id):
        raise PermissionDenied("This department is not among those you schedule.")
    return info


def _change(request: HttpRequest, info: AssignmentInfo, **what: Any) -> tuple[int, int]:
    return eligibility_change(assignment_id=info.public_id, actor=actor_of(request), now=timezone.now(), **what)


def _posted_people(request: HttpRequest) -> list[PersonInfo]:
    ids = request.POST.getlist("person")[:500]
    if not ids:
        raise RefusedError("Tick at least one person.")
    try:
        return [person_find(uuid.UUID(one)) for one in ids]
    except ValueError as wrong:
        raise NotFoundError("There is no such person.") from wrong


def _add(request: HttpRequest, info: AssignmentInfo) -> str:
    added, _ = _change(request, info, add=[one.id for one in _posted_people(request)])
    return f"{added} added to the list of {info.name}."


def _remove(request: HttpRequest, info: AssignmentInfo) -> str:
    _, removed = _change(request, info, remove=[one.id for one in _posted_people(request)])
    return f"{removed} taken off the list of {info.name}. Shifts already placed stay, and are shown as conflicts."


def _paste(request: HttpRequest, info: AssignmentInfo) -> str:
    return _lines(request, info, request.POST.get("lines", "")[:LARGEST].splitlines())


def _file(request: HttpRequest, info: AssignmentInfo) -> str:
    upload = request.FILES.get("file")
    if upload is None or not upload.size:
        raise RefusedError("Choose a file with one person a row: a unique id or a name.")
    if upload.size > LARGEST:
        raise RefusedError("The file is larger than 512 KB. A list of people is much smaller.")
    try:
        text = upload.read().decode("utf-8-sig")
        rows = [[csv_cell(cell).strip() for cell in row] for row in csv.reader(io.StringIO(text)) if any(row)]
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise RefusedError("The file is not CSV in UTF-8. Save it as “CSV UTF-8” and choose it again.") from wrong
    if rows and rows[0][0].casefold() in ("unique id", "name"):
        rows = rows[1:]
    return _lines(request, info, [next((cell for cell in row if cell), "") for row in rows])


def _lines(request: HttpRequest, info: AssignmentInfo, lines: list[str]) -> str:
    found, wrong = people_named(lines)
    if wrong:
        more = f" And {len(wrong) - 10} more." if len(wrong) > 10 else ""
        raise RefusedError(f"Nothing was changed. {'; '.join(wrong[:10])}.{more}")
    if not found:
        raise RefusedError("Nobody is named. Write one unique id or name a line.")
    ids = {one.id for one in found.values()}
    gone = {one.id for one in people_listed(info.id)} - ids if request.POST.get("replace") == "1" else set()
    added, removed = _change(request, info, add=ids, remove=gone)
    return f"{added} added, {removed} taken off the list of {info.name}."


def _copy(request: HttpRequest, info: AssignmentInfo) -> str:
    try:
        other = _permitted(request, uuid.UUID(request.POST.get("from", "")))
    except ValueError as wrong:
        raise RefusedError("Choose the assignment to copy from.") from wrong
    added, _ = _change(request, info, add=[one.id for one in people_listed(other.id)])
    return f"{added} added from the list of {other.name}."


def _mode(request: HttpRequest, info: AssignmentInfo) -> str:
    only = request.POST.get("only") == "1"
    _change(request, info, only_listed=only)
    return f"{info.name}: {'only those on the list' if only else 'everybody'} may be placed."


def _nothing(request: HttpRequest, info: AssignmentInfo) -> str:
    raise RefusedError("Nothing was chosen to be done.")


_ACTS: dict[str, Callable[[HttpRequest, AssignmentInfo], str]] = {
    "add": _add,
    "remove": _remove,
    "paste": _paste,
    "file": _file,
    "copy": _copy,
    "mode": _mode,
}
