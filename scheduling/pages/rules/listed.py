"""Admin → Rules: the list with its filters, and as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from scheduling.pages.listing import ordered, paged
from scheduling.pages.rules.common import reach_of_account
from scheduling.rules.kinds import KINDS
from scheduling.selectors.rule_list import RuleInfo, rules_listed
from tenancy.lists import csv_response, page_number
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.web import account_of, signed_in

_SORTS = {
    "name": lambda row: (row.name.casefold(), row.id),
    "kind": lambda row: (row.kind_label, row.name.casefold()),
    "place": lambda row: (row.department.casefold(), row.kind_label, row.name.casefold()),
    "severity": lambda row: (row.severity, row.name.casefold()),
}


@signed_in(Right.MANAGE_RULES)
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The list."""
    rows, context = _listed(request)
    shown, sort = ordered(rows, request.GET.get("sort", ""), _SORTS, default="place")
    context |= {"section": "admin", "tab": "rules", "page": paged(shown, page_number(request)), "sort": sort}
    return render(request, "scheduling/rules/rules.html", context)


@signed_in(Right.MANAGE_RULES)
@require_GET
def rules_csv(request: HttpRequest) -> HttpResponse:
    """The same rules as a file."""
    rows, _ = _listed(request)
    shown, _ = ordered(rows, request.GET.get("sort", ""), _SORTS, default="place")
    head = ["Name", "Kind", "Says", "Severity", "Applies in", "Only", "Source", "Effective from", "On"]
    lines = [
        [
            row.name, row.kind_label, row.says, row.severity, row.department or "The whole organization",
            "; ".join(row.only), row.source, row.effective_from.isoformat() if row.effective_from else "",
            "yes" if row.active else "no",
        ]
        for row in shown
    ]  # fmt: skip
    return csv_response("rules.csv", [head, *lines])


def _listed(request: HttpRequest) -> tuple[list[RuleInfo], dict[str, Any]]:
    account, asked = account_of(request), request.GET
    with tenant_transaction(account.organization.id, snapshot=True):
        reach = reach_of_account(account)
        found = rules_listed(reach.ids)
    place, kind, show = asked.get("department", ""), asked.get("kind", ""), asked.get("show", "")
    text = asked.get("q", "").strip()[:120]
    ids = {str(one.public_id): one.id for one in reach.departments}

    def wanted(one: RuleInfo) -> bool:
        return (
            (not place or one.department_id == (None if place == "everywhere" else ids.get(place, -1)))
            and (not kind or one.kind == kind)
            and (one.active or show == "all")
            and (not text or text.casefold() in f"{one.name} {one.source} {' '.join(one.only)}".casefold())
        )

    return [one for one in found if wanted(one)], {
        "q": text,
        "department": place,
        "kind": kind,
        "show": show,
        "departments": reach.departments,
        "everywhere": reach.everywhere,
        "kinds": [one for one in KINDS.values() if one.made],
        "standing": [one for one in KINDS.values() if one.standing is not None],
    }
