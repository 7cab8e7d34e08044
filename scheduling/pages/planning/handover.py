"""Replace a person by another, or by nobody yet, over a range of dates: say it, look, do it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from scheduling.pages.forms import PageForm
from scheduling.pages.planning.common import LINES_SHOWN, departments_with, left_groups, with_names
from scheduling.planning.types import LapsedError, Unplaceable
from scheduling.selectors.planning import people_of_departments
from scheduling.selectors.workspace import Access, access_of
from scheduling.services.handover import (
    Handover,
    HandoverPreview,
    HandoverResult,
    handover_apply,
    handover_preview,
)
from scheduling.types import DepartmentInfo, PersonInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

OPEN = "open"
_UNPLACEABLE = [("skip", "Leave them with the person they have"), ("open", "Make them open")]


class ReplaceForm(PageForm):
    """Whose shifts, to whom, when and where."""

    person = forms.ChoiceField(label="Replace")
    to = forms.ChoiceField(label="By")
    first = forms.DateField(label="From")
    last = forms.DateField(label="Until")
    departments = forms.MultipleChoiceField(
        label="In", required=False, widget=forms.CheckboxSelectMultiple, help_text="None ticked takes all of yours."
    )
    unplaceable = forms.ChoiceField(
        label="Shifts that the other one may not take", choices=_UNPLACEABLE, widget=forms.RadioSelect
    )
    publish = forms.BooleanField(
        label="Publish the change at once where the shift is published", required=False,
        help_text="Only who stands there; other unpublished edits stay unpublished. Both are told.",
    )  # fmt: skip
    reason = forms.CharField(label="Reason", required=False, max_length=200, help_text="Kept in the change log.")

    def __init__(self, *args: Any, people: list[PersonInfo], departments: list[DepartmentInfo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(str(one.public_id), one.name) for one in people]
        self.fields["person"].choices = [("", "Choose"), *names]  # type: ignore[attr-defined]
        self.fields["to"].choices = [("", "Choose"), (OPEN, "Nobody yet: open"), *names]  # type: ignore[attr-defined]
        self.fields["departments"].choices = [(str(one.public_id), one.name) for one in departments]  # type: ignore[attr-defined]


@signed_in(Right.EDIT_SCHEDULE)
def replace_person(request: HttpRequest) -> HttpResponse:
    """GET shows the form and, once it says something, the preview; POST does what was looked at."""
    account = account_of(request)
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        departments = departments_with(access, Right.EDIT_SCHEDULE)
        people = people_of_departments([one.id for one in departments])
    said = request.POST if request.method == "POST" else request.GET
    today = local_date(timezone.now(), account.organization.zone)
    initial = {
        "person": said.get("person", ""), "first": today, "last": today + timedelta(days=27), "unplaceable": "skip",
    }  # fmt: skip
    form = ReplaceForm(said if "to" in said else None, people=people, departments=departments, initial=initial)
    if not form.is_bound or not form.is_valid():
        return _page(request, form)
    asked = _asked(form, people, departments)
    if asked.publish:
        _may_publish_or_deny(access, asked)
    try:
        if request.method == "POST" and said.get("digest"):
            return _done(request, form, asked, said["digest"])
        return _page(request, form, asked, _preview(request, asked))
    except NotFoundError:
        raise
    except RefusedError as refused:
        form.refuse(refused)
        return _page(request, form)


def _asked(form: ReplaceForm, people: list[PersonInfo], departments: list[DepartmentInfo]) -> Handover:
    said = form.cleaned_data
    known = {str(one.public_id): one for one in people}
    chosen = frozenset(one.id for one in departments if str(one.public_id) in said["departments"])
    return Handover(
        person=known[said["person"]],
        to=known.get(said["to"]),
        first=said["first"],
        last=said["last"],
        department_ids=chosen or frozenset(one.id for one in departments),
        publish=said["publish"],
        unplaceable=Unplaceable(said["unplaceable"]),
    )


def _may_publish_or_deny(access: Access, asked: Handover) -> None:
    if not all(access.may(Right.PUBLISH, one) for one in asked.department_ids):
        raise PermissionDenied("You may not publish in all of these departments.")


def _preview(request: HttpRequest, asked: Handover) -> HandoverPreview:
    with tenant_transaction(account_of(request).organization.id):
        return handover_preview(asked=asked, actor=actor_of(request), now=timezone.now())


def _done(request: HttpRequest, form: ReplaceForm, asked: Handover, digest: str) -> HttpResponse:
    try:
        with tenant_transaction(account_of(request).organization.id):
            result = handover_apply(
                asked=asked, digest=digest, reason=form.cleaned_data["reason"], actor=actor_of(request),
                now=timezone.now(),
            )  # fmt: skip
    except LapsedError as lapsed:
        return _page(request, form, asked, _preview(request, asked), lapsed=lapsed.text)
    messages.success(request, _told(asked, result))
    return redirect(f"{reverse('replace-person')}?person={asked.person.public_id}")


def _told(asked: Handover, result: HandoverResult) -> SafeString:
    who = asked.to.name if asked.to else "nobody yet"
    shifts = "1 shift" if result.moved == 1 else f"{result.moved} shifts"
    left = f" {len(result.left)} stayed as they were." if result.left else ""
    numbers = ", ".join(str(one.number) for one in result.publications)
    published = f" Published at once: publication {numbers}." if numbers else ""
    links = format_html_join(
        ", ", '<a class="link" href="{}">{}</a>',
        ((reverse("schedule-publish", args=[one.public_id]), f"{one.department.name} · {one.name}") for one in result.unpublished),
    )  # fmt: skip
    waiting = format_html(" Not published yet: {}.", links) if result.unpublished else ""
    return format_html("{} of {} went to {}.{}{}{}", shifts, asked.person.name, who, published, left, waiting)


def _page(
    request: HttpRequest,
    form: ReplaceForm,
    asked: Handover | None = None,
    preview: HandoverPreview | None = None,
    *,
    lapsed: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {"section": "schedule", "form": form, "lapsed": lapsed, "asked": asked}
    if preview is not None:
        context |= {
            "preview": preview,
            "moves": preview.moves[:LINES_SHOWN],
            "not_shown": max(0, len(preview.moves) - LINES_SHOWN),
            "left_groups": left_groups(preview.left),
            "opened_groups": left_groups(preview.opened),
            "conflicts": with_names(
                preview.conflicts, [one for one in (asked.person, asked.to) if one] if asked else []
            ),
            "hard": sum(1 for one in preview.conflicts if one.severity == "hard"),
            "soft": sum(1 for one in preview.conflicts if one.severity == "soft"),
        }
    said = request.POST if request.method == "POST" else request.GET
    context["kept"] = [(name, value) for name in form.fields for value in said.getlist(name)]
    status = 409 if lapsed else 422 if form.errors else 200
    return render(request, "scheduling/planning/replace.html", context, status=status)
