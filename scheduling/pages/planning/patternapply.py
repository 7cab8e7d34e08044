"""Apply a template to dates of a schedule: say where and who, look, apply."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from scheduling.pages.forms import PageForm
from scheduling.pages.grid.page import grid_address
from scheduling.pages.grid.windows import date_or_none
from scheduling.pages.planning.common import preview_context, result_text, schedules_to_edit
from scheduling.pages.planning.patterns import pattern_to_edit
from scheduling.planning.types import Filled, LapsedError, Preview, Unplaceable
from scheduling.selectors.patterns import PatternDetail
from scheduling.selectors.workspace import access_of, people_of_department
from scheduling.services.pattern_use import PatternUse, pattern_apply, pattern_preview
from scheduling.types import PersonInfo, ScheduleInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import RefusedError
from tenancy.web import account_of, actor_of, signed_in

_SPARE_ROWS = 4
_FILLED = [("skip", "Leave them as they are"), ("replace", "Replace who stands there")]
_UNPLACEABLE = [("open", "Make the shift open"), ("skip", "Leave the shift out")]


class ApplyForm(PageForm):
    """Where a template goes, and how."""

    schedule = forms.ChoiceField(label="Schedule")
    first = forms.DateField(label="From")
    last = forms.DateField(label="Until")
    anchor = forms.DateField(
        label="Its first week is the week of",
        help_text="Keep it from one schedule to the next, and the rotation goes on.",
    )
    rotates = forms.BooleanField(
        label="Rotate the positions", required=False,
        help_text="With every cycle the next in the list takes position 1, and so on.",
    )  # fmt: skip
    filled = forms.ChoiceField(label="Cells with somebody in them", choices=_FILLED, widget=forms.RadioSelect)
    unplaceable = forms.ChoiceField(label="Who may not stand there", choices=_UNPLACEABLE, widget=forms.RadioSelect)

    def __init__(self, *args: Any, schedules: list[ScheduleInfo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        into = [(str(one.public_id), f"{one.name}, {one.starts_on} to {one.ends_on}") for one in schedules]
        self.fields["schedule"].choices = into  # type: ignore[attr-defined]


@signed_in(Right.EDIT_SCHEDULE)
def apply(request: HttpRequest, pattern_id: uuid.UUID) -> HttpResponse:
    """GET shows the form and, once it says something, the preview; POST applies what was looked at."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        detail = pattern_to_edit(access, pattern_id)
        department = detail.info.department.id
        if not access.may(Right.EDIT_SCHEDULE, department):
            raise PermissionDenied("This department is not among those you schedule.")
        schedules = schedules_to_edit(access, department)
        named = [one.id for one in detail.people if one is not None]
        people = people_of_department(department_id=department, schedule_id=0, ids=named)
    said = request.POST if request.method == "POST" else request.GET
    bound = "anchor" in said
    form = ApplyForm(said if bound else None, schedules=schedules, initial=_initial(request, detail, schedules))
    chosen = _chosen(said.getlist("person"), people) if bound else list(detail.people)
    page = _Page(request, detail, form, people, chosen)
    if not form.is_bound or not form.is_valid():
        return page.show()
    use = _use(detail, form, schedules, chosen, account.organization.week_start)
    try:
        if request.method == "POST" and said.get("digest"):
            return _applied(request, page, use, said["digest"])
        return page.show(_preview(request, use))
    except RefusedError as refused:
        page.refuse(refused)
        return page.show()


def _applied(request: HttpRequest, page: _Page, use: PatternUse, digest: str) -> HttpResponse:
    try:
        with tenant_transaction(account_of(request).organization.id):
            result = pattern_apply(use=use, digest=digest, actor=actor_of(request), now=timezone.now())
    except LapsedError as lapsed:
        return page.show(_preview(request, use), lapsed=lapsed.text)
    messages.success(request, f"{use.pattern.info.name} was applied: {result_text(result)}")
    return redirect(grid_address(use.schedule, start=use.first.isoformat()))


def _preview(request: HttpRequest, use: PatternUse) -> Preview:
    with tenant_transaction(account_of(request).organization.id):
        return pattern_preview(use=use, actor=actor_of(request), now=timezone.now())


def _use(
    detail: PatternDetail,
    form: ApplyForm,
    schedules: list[ScheduleInfo],
    people: list[PersonInfo | None],
    week_start: int,
) -> PatternUse:
    said = form.cleaned_data
    return PatternUse(
        pattern=detail,
        schedule=next(one for one in schedules if str(one.public_id) == said["schedule"]),
        first=said["first"],
        last=said["last"],
        anchor=said["anchor"],
        people=tuple(people),
        rotates=said["rotates"],
        week_start=week_start,
        filled=Filled(said["filled"]),
        unplaceable=Unplaceable(said["unplaceable"]),
    )


def _initial(request: HttpRequest, detail: PatternDetail, schedules: list[ScheduleInfo]) -> dict[str, Any]:
    asked = request.GET.get("schedule", "")
    schedule = next((one for one in schedules if str(one.public_id) == asked), schedules[0] if schedules else None)
    initial: dict[str, Any] = {"filled": "skip", "unplaceable": "open", "rotates": detail.info.rotates}
    if schedule is not None:
        first = date_or_none(request.GET.get("start", "")) or schedule.starts_on
        first = max(schedule.starts_on, min(first, schedule.ends_on))
        initial |= {"schedule": str(schedule.public_id), "first": first, "last": schedule.ends_on}
        initial["anchor"] = detail.info.anchor or first
    return initial


def _chosen(texts: list[str], people: list[PersonInfo]) -> list[PersonInfo | None]:
    """By position, without the empty places at the end."""
    known = {str(one.public_id): one for one in people}
    chosen = [known.get(text) for text in texts]
    while chosen and chosen[-1] is None:
        chosen.pop()
    return chosen


class _Page:
    """The page, with whatever was typed."""

    def __init__(
        self,
        request: HttpRequest,
        detail: PatternDetail,
        form: ApplyForm,
        people: list[PersonInfo],
        chosen: list[PersonInfo | None],
    ) -> None:
        self._request, self._detail, self._form, self._people, self._chosen = request, detail, form, people, chosen
        self._people_error = ""

    def refuse(self, refused: RefusedError) -> None:
        """At its field, or at the list of people."""
        if refused.field == "people":
            self._people_error = refused.text
        else:
            self._form.refuse(refused)

    def show(self, preview: Preview | None = None, *, lapsed: str = "") -> HttpResponse:
        """Form, list of people and, once there is one, the preview."""
        rows = max(self._detail.info.positions, len(self._chosen)) + _SPARE_ROWS if self._detail.info.positions else 0
        filled = [*self._chosen, *[None] * rows][:rows]
        context: dict[str, Any] = {
            "section": "admin", "tab": "patterns", "pattern": self._detail.info, "form": self._form, "lapsed": lapsed,
            "people": self._people, "people_error": self._people_error,
            "places": [{"number": n, "person": one} for n, one in enumerate(filled, start=1)],
        }  # fmt: skip
        if preview is not None:
            context |= preview_context(preview)
        said = self._request.POST if self._request.method == "POST" else self._request.GET
        context["kept"] = [(name, value) for name in (*self._form.fields, "person") for value in said.getlist(name)]
        wrong = bool(self._form.errors or self._people_error)
        status = 409 if lapsed else 422 if wrong else 200
        return render(self._request, "scheduling/planning/apply.html", context, status=status)
