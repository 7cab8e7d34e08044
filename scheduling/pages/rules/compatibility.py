"""Which assignments of a department one person may hold together: a triangle of choices, each pair once."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from scheduling.models import Department
from scheduling.pages.rules.common import reach_of_account
from scheduling.rules.together import HOW
from scheduling.selectors.rule_list import matrix_of
from scheduling.services.rules import compatibility_set
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

PAIR = "pair:"


@signed_in(Right.MANAGE_RULES)
def compatibility(request: HttpRequest, department_id: uuid.UUID) -> HttpResponse:
    """Look at the matrix, and change it: only pairs that differ from what was shown are written."""
    account = account_of(request)
    refusal = ""
    with tenant_transaction(account.organization.id):
        department = Department.objects.filter(public_id=department_id).first()
        if department is None:
            raise NotFoundError("There is no such department.")
        reach = reach_of_account(account)
        reach.needed(department.id)
        name = department.name
        if request.method == "POST":
            try:
                changed = compatibility_set(
                    department=department, pairs=_pairs(request), actor=actor_of(request), now=timezone.now()
                )
            except NotFoundError:
                raise
            except RefusedError as refused:
                refusal = refused.text
        rows = matrix_of(department)
    if request.method == "POST" and not refusal:
        said = f"{changed} pair{'' if changed == 1 else 's'} changed." if changed else "Nothing was different."
        messages.success(request, f"Compatibility in {name}: {said}")
        return redirect("department-compatibility", department_id)
    context = {
        "section": "admin", "tab": "rules", "heading": f"Compatibility in {name}", "rows": rows, "how": HOW,
        "departments": reach.departments, "department_id": department_id, "refusal": refusal,
    }  # fmt: skip
    return render(request, "scheduling/rules/compatibility.html", context, status=422 if refusal else 200)


def _pairs(request: HttpRequest) -> dict[tuple[uuid.UUID, uuid.UUID], str]:
    """The pairs whose choice is not the one that the page was drawn with."""
    found = {}
    for key, how in request.POST.items():
        parts = key.split(":")
        if not key.startswith(PAIR) or len(parts) != 3 or request.POST.get(f"was:{parts[1]}:{parts[2]}") == how:
            continue
        try:
            found[uuid.UUID(parts[1]), uuid.UUID(parts[2])] = str(how)
        except ValueError as wrong:
            raise NotFoundError("There is no such assignment.") from wrong
    return found
