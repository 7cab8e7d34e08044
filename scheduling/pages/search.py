"""Search: people, assignments, schedules and pages by their beginning."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from scheduling.pages.grid.page import grid_address
from scheduling.selectors.staff import PeopleFilter, assignments_named, people_list
from scheduling.selectors.workspace import access_of, schedules_visible
from scheduling.types import AssignmentInfo, PersonInfo, ScheduleInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo
from tenancy.web import account_of, signed_in

_LIMIT = 20
_PAGES = (
    ("Schedules", "schedules", Right.VIEW_SCHEDULE),
    ("New schedule", "schedule-new", Right.EDIT_SCHEDULE),
    ("Change log", "change-log", Right.VIEW_CHANGE_LOG),
    ("Integrations", "integrations:board", Right.VIEW_INTEGRATIONS),
    ("People", "people", Right.MANAGE_PEOPLE),
    ("Assignments", "assignments", Right.MANAGE_ASSIGNMENTS),
    ("Departments", "departments", Right.MANAGE_DEPARTMENTS),
)


@dataclass(frozen=True)
class Hit:
    """One result."""

    label: str
    detail: str
    url: str


@dataclass(frozen=True)
class Group:
    """Results of one kind."""

    title: str
    rows: tuple[Hit, ...]
    more: bool = False


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """The results, each leading where this account may go."""
    account = account_of(request)
    text = request.GET.get("q", "").strip()[:80]
    groups: list[Group] = []
    if text:
        with tenant_transaction(account.organization.id, snapshot=True):
            schedules = schedules_visible(access_of(account))
            people = people_list(PeopleFilter(text=text), limit=_LIMIT + 1) if account.may(Right.MANAGE_PEOPLE) else []
            assignments = assignments_named(text, limit=_LIMIT + 1) if account.may(Right.MANAGE_ASSIGNMENTS) else []
        groups = [
            Group("People", tuple(map(_person, people[:_LIMIT])), len(people) > _LIMIT),
            Group("Assignments", tuple(map(_assignment, assignments[:_LIMIT])), len(assignments) > _LIMIT),
            Group("Schedules", tuple(_schedules(schedules, text))),
            Group("Pages", tuple(_pages(account, text))),
        ]
    return render(
        request,
        "scheduling/search.html",
        {"search_text": text, "groups": [group for group in groups if group.rows]},
    )


def _person(one: PersonInfo) -> Hit:
    detail = " · ".join(filter(None, (one.personnel_type, one.unique_id, one.contact)))
    return Hit(one.name, detail, reverse("person", args=[one.public_id]))


def _assignment(one: AssignmentInfo) -> Hit:
    return Hit(one.name, f"{one.code} · {one.type_name}", reverse("assignment", args=[one.public_id]))


def _schedules(schedules: list[ScheduleInfo], text: str) -> list[Hit]:
    wanted = text.casefold()
    return [
        Hit(f"{one.department.name} · {one.name}", f"{one.starts_on} to {one.ends_on}", grid_address(one))
        for one in schedules
        if one.name.casefold().startswith(wanted) or one.department.name.casefold().startswith(wanted)
    ][:_LIMIT]


def _pages(account: AccountInfo, text: str) -> list[Hit]:
    hits = []
    for label, name, right in _PAGES:
        if not account.may(right) or not label.casefold().startswith(text.casefold()):
            continue
        try:
            hits.append(Hit(label, "page", reverse(name)))
        except NoReverseMatch:
            continue
    return hits
