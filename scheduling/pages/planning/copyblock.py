"""Copy a week or any block of a schedule forward: say what and where to, look, copy."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from scheduling.pages.forms import PageForm
from scheduling.pages.grid.page import grid_address
from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.planning.common import preview_context, result_text, schedule_to_edit, schedules_to_edit
from scheduling.planning.types import Filled, LapsedError, Preview, Unplaceable
from scheduling.selectors.rows import assignments_by_id
from scheduling.selectors.workspace import access_of
from scheduling.services.blocks import MOST_COPIES, BlockCopy, block_copy, block_preview
from scheduling.types import AssignmentInfo, ScheduleInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import RefusedError
from tenancy.web import account_of, actor_of, signed_in

_FILLED = [("skip", "Leave them as they are"), ("replace", "Replace who stands there")]
_UNPLACEABLE = [("skip", "Leave the shift out"), ("open", "Make it open")]


class CopyForm(PageForm):
    """A block, and where it goes."""

    first = forms.DateField(label="From")
    last = forms.DateField(label="Until")
    assignments = forms.MultipleChoiceField(
        label="Assignments", required=False, widget=forms.CheckboxSelectMultiple, help_text="None ticked takes all."
    )
    into = forms.ChoiceField(label="Into the schedule", required=False)
    to = forms.DateField(label="First date of the copy")
    times = forms.IntegerField(label="How often", min_value=1, max_value=MOST_COPIES)
    every = forms.IntegerField(
        label="Days from copy to copy", required=False, min_value=1, max_value=400,
        help_text="Empty takes whole weeks, so that weekdays stay.",
    )  # fmt: skip
    people = forms.ChoiceField(
        label="People",
        choices=[("with", "With their people"), ("without", "Open shifts only")],
        widget=forms.RadioSelect,
    )
    notes = forms.BooleanField(label="Copy notes too", required=False)
    filled = forms.ChoiceField(label="Cells with somebody in them", choices=_FILLED, widget=forms.RadioSelect)
    unplaceable = forms.ChoiceField(label="Who may not stand there", choices=_UNPLACEABLE, widget=forms.RadioSelect)

    def __init__(
        self, *args: Any, schedules: list[ScheduleInfo], assignments: list[AssignmentInfo], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        into = [(str(one.public_id), f"{one.name}, {one.starts_on} to {one.ends_on}") for one in schedules]
        self.fields["into"].choices = into  # type: ignore[attr-defined]
        self.fields["assignments"].choices = [(str(one.public_id), one.name) for one in assignments]  # type: ignore[attr-defined]

    def asked(self, source: ScheduleInfo, schedules: list[ScheduleInfo]) -> BlockCopy:
        """What the form says."""
        said = self.cleaned_data
        target = next((one for one in schedules if str(one.public_id) == said["into"]), source)
        chosen = frozenset(map(uuid.UUID, said["assignments"]))
        return BlockCopy(
            source=source,
            first=said["first"],
            last=said["last"],
            target=target,
            to=said["to"],
            times=said["times"],
            every=said["every"],
            assignment_ids=chosen or None,
            with_people=said["people"] == "with",
            keep_notes=said["notes"],
            filled=Filled(said["filled"]),
            unplaceable=Unplaceable(said["unplaceable"]),
        )


@signed_in(Right.EDIT_SCHEDULE)
def schedule_copy(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """GET shows the form and, once it says something, the preview; POST copies what was looked at."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        info = schedule_to_edit(access, schedule_id)
        schedules = schedules_to_edit(access, info.department.id)
        assignments = list(assignments_by_id(department_id=info.department.id).values())
    said = request.POST if request.method == "POST" else request.GET
    form = CopyForm(
        said if "to" in said else None, schedules=schedules, assignments=assignments, initial=_initial(request, info)
    )
    if not form.is_bound or not form.is_valid():
        return _page(request, info, form)
    asked = form.asked(info, schedules)
    if request.method == "POST" and said.get("digest"):
        return _copied(request, info, form, asked, said["digest"])
    try:
        return _page(request, info, form, _preview(request, asked))
    except RefusedError as refused:
        form.refuse(refused)
        return _page(request, info, form)


def _preview(request: HttpRequest, asked: BlockCopy) -> Preview:
    with tenant_transaction(account_of(request).organization.id):
        return block_preview(asked=asked, actor=actor_of(request), now=timezone.now())


def _copied(request: HttpRequest, info: ScheduleInfo, form: CopyForm, asked: BlockCopy, digest: str) -> HttpResponse:
    try:
        with tenant_transaction(account_of(request).organization.id):
            result = block_copy(asked=asked, digest=digest, actor=actor_of(request), now=timezone.now())
    except LapsedError as lapsed:
        return _page(request, info, form, _preview(request, asked), lapsed=lapsed.text)
    except RefusedError as refused:
        form.refuse(refused)
        return _page(request, info, form)
    messages.success(request, f"Copied: {result_text(result)}")
    return redirect(grid_address(asked.target, start=asked.to.isoformat()))


def _initial(request: HttpRequest, info: ScheduleInfo) -> dict[str, Any]:
    asked = date_or_none(request.GET.get("start", "")) or info.starts_on
    first = max(info.starts_on, min(asked, info.ends_on))
    last = min(first + timedelta(days=6), info.ends_on)
    return {
        "first": first,
        "last": last,
        "to": _inside(last + timedelta(days=1), info),
        "into": str(info.public_id),
        "times": 1,
        "people": "with",
        "filled": "skip",
        "unplaceable": "skip",
    }


def _inside(day: date, info: ScheduleInfo) -> date:
    return min(day, info.ends_on)


def _page(
    request: HttpRequest, info: ScheduleInfo, form: CopyForm, preview: Preview | None = None, *, lapsed: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {"section": "schedule", "schedule": info, "form": form, "lapsed": lapsed}
    if preview is not None:
        context |= preview_context(preview)
    said = request.POST if request.method == "POST" else request.GET
    kept = [(name, value) for name in form.fields for value in said.getlist(name)]
    context |= {"kept": kept, "back_url": grid_address(info, start=request.GET.get("start", ""))}
    status = 409 if lapsed else 422 if form.errors else 200
    return render(request, "scheduling/planning/copy.html", context, status=status)
