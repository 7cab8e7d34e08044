"""The list of tallies: what each counts, their order, and taking one out of use."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from scheduling.pages.tallies.asked import departments_with
from scheduling.pages.tallies.table import told
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.staff import assignment_types
from scheduling.selectors.tallies import TallyDefinition, tally_definitions, tally_find
from scheduling.selectors.workspace import Access, access_of
from scheduling.services.tallies import tallies_reorder, tally_end
from scheduling.tallying.types import MEASURES
from scheduling.types import DepartmentInfo
from tenancy.lists import csv_response
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

ORGANIZATION = "organization"  # in an address, where a department could stand


@dataclass(frozen=True)
class Row:
    """A tally in the list. Only those of one home are ordered among themselves."""

    tally: TallyDefinition
    home: str
    told: str
    measure: str
    targets: str
    managed: bool
    first: bool
    last: bool


def may_manage(access: Access, department_id: int | None) -> bool:
    """True if the account may define tallies there; the organization's belong to those whose right is not by department."""
    if department_id is None:
        return access.granted is None and access.account.may(Right.MANAGE_TALLIES)
    return access.may(Right.MANAGE_TALLIES, department_id)


def managed_or_refuse(access: Access, tally: TallyDefinition) -> None:
    """Raise NotFoundError for a tally that the account may not know of, PermissionDenied for one that it may only read."""
    if may_manage(access, tally.department_id):
        return
    if tally.department_id is not None and not access.may(Right.VIEW_TALLIES, tally.department_id):
        raise NotFoundError("There is no such tally.")
    raise PermissionDenied("This tally belongs to the whole organization. An administrator can change it.")


@signed_in(Right.MANAGE_TALLIES)
@require_GET
def definitions(request: HttpRequest) -> HttpResponse:
    """The list of a department's tallies with the organization's."""
    context = _listed(request)
    return render(request, "scheduling/tallies/definitions.html", context)


@signed_in(Right.MANAGE_TALLIES)
@require_GET
def definitions_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    head = ["Tally", "Column", "Of", "Measure", "Counts", "Targets", "Beside the grid", "Ended on"]
    rows = [
        [
            row.tally.name, row.tally.short, row.home, row.measure, row.told, row.targets,
            "yes" if row.tally.beside_grid else "no",
            row.tally.ended_on.isoformat() if row.tally.ended_on else "",
        ]
        for row in _listed(request)["rows"]
    ]  # fmt: skip
    return csv_response("tally-definitions.csv", [head, *rows])


@signed_in(Right.MANAGE_TALLIES)
@require_POST
def move(request: HttpRequest, tally_id: uuid.UUID) -> HttpResponse:
    """One place up or down among those of its home."""
    account = account_of(request)
    try:
        with tenant_transaction(account.organization.id):
            tally = tally_find(tally_id)
            managed_or_refuse(access_of(account), tally)
            rows = [one for one in tally_definitions(department_id=tally.department_id) if _same_home(one, tally)]
            order = [one.public_id for one in rows]
            if tally_id not in order:
                raise NotFoundError("This tally is not in use.")
            place = order.index(tally_id)
            other = place + (-1 if request.POST.get("way") == "up" else 1)
            if 0 <= other < len(order):
                order[place], order[other] = order[other], order[place]
                tallies_reorder(tally_ids=order, actor=actor_of(request), now=timezone.now())
    except NotFoundError:
        raise
    except RefusedError as refused:
        messages.error(request, refused.text)
    return redirect(_list_url(request))


@signed_in(Right.MANAGE_TALLIES)
@require_POST
def end(request: HttpRequest, tally_id: uuid.UUID) -> HttpResponse:
    """Take it out of use today, or back into use."""
    account, now = account_of(request), timezone.now()
    resume = request.POST.get("resume") == "1"
    try:
        with tenant_transaction(account.organization.id):
            tally = tally_find(tally_id)
            managed_or_refuse(access_of(account), tally)
            ended_on = None if resume else tally.ended_on or local_date(now, account.organization.zone)
            tally_end(tally_id=tally_id, ended_on=ended_on, actor=actor_of(request), now=now)
    except NotFoundError:
        raise
    except RefusedError as refused:
        messages.error(request, refused.text)
    else:
        messages.success(request, f"{tally.name} is {'in use again' if resume else 'out of use'}.")
    return redirect(_list_url(request))


def _listed(request: HttpRequest) -> dict[str, Any]:
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        homes = departments_with(access, Right.MANAGE_TALLIES)
        wide = may_manage(access, None)
        chosen = _chosen(homes, request.GET.get("department", ""), wide)
        ended = request.GET.get("show") == "all"
        found = tally_definitions(department_id=chosen.id if chosen else None, ended=ended)
        assignments = assignments_by_id()
        types = {id: name for id, name, _, _ in assignment_types()}
        rows = _rows(found, access, chosen, assignments, types)
    return {
        "section": "tallies",
        "tab": "definitions",
        "manages": True,
        "rows": rows,
        "homes": homes,
        "wide": wide,
        "chosen": str(chosen.public_id) if chosen else ORGANIZATION,
        "show": "all" if ended else "",
    }


def _rows(
    found: list[TallyDefinition], access: Access, chosen: DepartmentInfo | None, assignments: Any, types: Any
) -> list[Row]:
    listed = sorted(found, key=lambda one: (one.department_id is None, one.ended_on is not None, one.order, one.id))
    rows = []
    for n, one in enumerate(listed):
        before, after = listed[n - 1] if n else None, listed[n + 1] if n + 1 < len(listed) else None
        rows.append(
            Row(
                tally=one,
                home=chosen.name if chosen and one.department_id else "Whole organization",
                told=told(one, assignments, types),
                measure=MEASURES[one.measure],
                targets=", ".join(dict.fromkeys(target.whom for target in one.targets)),
                managed=may_manage(access, one.department_id),
                first=before is None or not _neighbours(before, one),
                last=after is None or not _neighbours(one, after),
            )
        )
    return rows


def _neighbours(one: TallyDefinition, other: TallyDefinition) -> bool:
    return _same_home(one, other) and one.ended_on is None and other.ended_on is None


def _same_home(one: TallyDefinition, other: TallyDefinition) -> bool:
    return one.department_id == other.department_id


def _chosen(homes: list[DepartmentInfo], text: str, wide: bool) -> DepartmentInfo | None:
    """The department that the list shows; None is the organization."""
    if (text == ORGANIZATION and wide) or not homes:
        return None
    return next((one for one in homes if str(one.public_id) == text), homes[0])


def _list_url(request: HttpRequest) -> str:
    home = request.POST.get("department", "")
    known = home == ORGANIZATION or (len(home) == 36 and home.replace("-", "").isalnum())
    return reverse("tally-definitions") + (f"?department={home}" if known else "")
