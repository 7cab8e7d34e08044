"""Importing a roster: choose the file, look at what it would change, import it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from scheduling.importing.codes import assignment_named
from scheduling.importing.persons import LABELS
from scheduling.importing.uploads import (
    Owner,
    upload_beside,
    upload_beside_open,
    upload_drop,
    upload_keep,
    upload_open,
)
from scheduling.models import Schedule
from scheduling.pages.bodylimit import FILE_LIMIT, limited_body
from scheduling.pages.grid.page import grid_address
from scheduling.pages.rosterform import NEW_SCHEDULE, Choices, choices_of, typed_problems
from scheduling.pages.rosterview import (
    SHOWN_AT_MOST,
    applied_text,
    change_groups,
    code_rows,
    column_rows,
    meaning_choices,
    told,
)
from scheduling.roster.codes import ShiftCodes, parse_shift_codes
from scheduling.roster.mapping import RosterMapping
from scheduling.roster.read import roster_read
from scheduling.roster.types import RosterFileError, Sheet
from scheduling.selectors.rows import assignments_by_id, schedule_info
from scheduling.selectors.staff import assignment_types, department_find
from scheduling.selectors.workspace import access_of, schedule_visible
from scheduling.services.roster_import import (
    RosterPreview,
    RosterRefused,
    RosterRequest,
    roster_apply,
    roster_mapping,
    roster_preview,
)
from scheduling.types import AssignmentInfo, DepartmentInfo, ScheduleInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo, NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

_CODES = "codes"


@dataclass(frozen=True)
class Room:
    """Where the import goes: a department, and its schedule when the page was opened from one."""

    department: DepartmentInfo
    schedule: ScheduleInfo | None

    @property
    def title(self) -> str:
        """The crumb's text."""
        return f"{self.department.name} · {self.schedule.name}" if self.schedule else self.department.name

    @property
    def back_url(self) -> str:
        """Where Cancel leads."""
        return grid_address(self.schedule) if self.schedule else reverse("schedules")

    @property
    def upload_url(self) -> str:
        """The first step."""
        if self.schedule:
            return reverse("roster-import", args=[self.schedule.public_id])
        return reverse("department-roster-import", args=[self.department.public_id])

    def check_url(self, token: str) -> str:
        """The second step."""
        if self.schedule:
            return reverse("roster-import-check", args=[self.schedule.public_id, token])
        return reverse("department-roster-import-check", args=[self.department.public_id, token])


def _too_large(request: HttpRequest, *, size: int, token: str = "", **address: uuid.UUID) -> HttpResponse:
    room = _room(account_of(request), **address)
    problem = (
        f"The file has {size / 1024 / 1024:.0f} MB; a roster may have at most {FILE_LIMIT // 1024 // 1024} MB. "
        "Keep only the worksheet with the roster, or import it in several shorter date ranges."
    )
    return _upload_page(request, room, problem, status=413)


@signed_in(Right.EDIT_SCHEDULE)
@limited_body(_too_large)
def upload(request: HttpRequest, **address: uuid.UUID) -> HttpResponse:
    """Choose the file. It is read at once, so that what is no roster is said here; then it waits, sealed."""
    account = account_of(request)
    room = _room(account, **address)
    if request.method != "POST":
        return _upload_page(request, room)
    file = request.FILES.get("file")
    if file is None:
        return _upload_page(request, room, "Choose a file first.", status=422)
    name, data = str(file.name or "roster"), file.read()
    try:
        roster_read(data, name=name)
    except RosterFileError as error:
        return _upload_page(request, room, f"{name}: {error.message} {error.advice}", status=422)
    token = upload_keep(owner=_owner(account), name=name, data=data, now=timezone.now())
    return redirect(room.check_url(token))


@signed_in(Right.EDIT_SCHEDULE)
@limited_body(_too_large)
def check(request: HttpRequest, token: str, **address: uuid.UUID) -> HttpResponse:
    """Look at what the file would change and say what it means; the button imports exactly what was shown."""
    account = account_of(request)
    room = _room(account, **address)
    posted = request.POST if request.method == "POST" else QueryDict()
    with tenant_transaction(account.organization.id, snapshot=True):
        remembered = roster_mapping(department_id=room.department.public_id)
        assignments = list(assignments_by_id(department_id=room.department.id).values())
    choices = _choices(posted, remembered, assignments)
    try:
        file = upload_open(owner=_owner(account), token=token, now=timezone.now())
        sheet = roster_read(file.data, name=file.name, sheet=choices.worksheet or None)
        choices, codes, problems = _shift_codes(request, account, token, choices)
    except NotFoundError:
        raise
    except (RefusedError, RosterFileError) as error:
        text = error.text if isinstance(error, RefusedError) else f"{error.message} {error.advice}"
        return _upload_page(request, room, text, status=422)
    asked = _request(room, choices, sheet, file.name, codes)
    problems += typed_problems(choices)
    if posted.get("act") == "apply" and not problems:
        return _apply(request, room, token, asked, choices, assignments)
    if request.method != "POST" and room.schedule is None:
        asked, choices = _into_a_new_one_if_none_fits(account, room, asked, choices)
    preview = _preview(account, asked)
    return _check_page(
        request, room, token, preview, choices, assignments, asked, refused=" ".join(problems),
        status=422 if problems else 200,
    )  # fmt: skip


def _apply(
    request: HttpRequest,
    room: Room,
    token: str,
    asked: RosterRequest,
    choices: Choices,
    assignments: list[AssignmentInfo],
) -> HttpResponse:
    account = account_of(request)
    _may_make_or_refuse(account, room, choices)
    try:
        with tenant_transaction(account.organization.id):
            result = roster_apply(
                request=asked, actor=actor_of(request, "import"), now=timezone.now(), digest=choices.digest
            )
    except RosterRefused as refused:
        status = 409 if refused.code == "stale" else 422
        return _check_page(
            request, room, token, refused.preview, choices, assignments, asked, refused=refused.text,
            status=status,
        )  # fmt: skip
    except NotFoundError:
        raise
    except RefusedError as refused:
        preview = _preview(account, asked)
        return _check_page(request, room, token, preview, choices, assignments, asked, refused=refused.text, status=409)
    upload_drop(owner=_owner(account), token=token)
    if result.is_empty:
        messages.info(request, f"{asked.file_name}: the draft says all of this already, so nothing was changed.")
    else:
        messages.success(request, applied_text(result, asked.file_name))
    return redirect(grid_address(result.schedule_id))


def _shift_codes(
    request: HttpRequest, account: AccountInfo, token: str, choices: Choices
) -> tuple[Choices, ShiftCodes | None, list[str]]:
    """The file that explains codes: the one just brought, else the one brought before; and what is wrong with it."""
    owner, now = _owner(account), timezone.now()
    brought = request.FILES.get("codes") if request.method == "POST" else None
    if brought is None:
        kept = upload_beside_open(owner=owner, token=token, kind=_CODES, now=now)
        return choices, parse_shift_codes(roster_read(kept.data, name=kept.name)) if kept else None, []
    name, data = str(brought.name or _CODES), brought.read()
    try:
        codes = parse_shift_codes(roster_read(data, name=name))
    except RosterFileError as error:
        return choices, None, [f"{name}: {error.message} {error.advice}"]
    upload_beside(owner=owner, token=token, kind=_CODES, name=name, data=data, now=now)
    # The form still holds what was proposed before the file explained it.
    explained = {code.code.casefold() for code in codes.codes}
    typed = {code: said for code, said in choices.typed.items() if code.casefold() not in explained}
    left = tuple(one for one in choices.assignments if one.code in typed)
    return replace(choices, typed=typed, assignments=left), codes, []


def _choices(posted: QueryDict, remembered: RosterMapping, assignments: list[AssignmentInfo]) -> Choices:
    """The form, without mappings that only repeat that a code is an assignment's own."""
    choices = choices_of(posted, remembered)
    codes: dict[str, str] = {}
    for code, reference in choices.mapping.codes.items():
        own = assignment_named(assignments, code)
        if own is None or assignment_named(assignments, reference) is not own:
            codes[code] = reference
    return replace(choices, mapping=replace(choices.mapping, codes=codes))


def _request(room: Room, choices: Choices, sheet: Sheet, file_name: str, codes: ShiftCodes | None) -> RosterRequest:
    is_new = room.schedule is None and choices.into == NEW_SCHEDULE
    return RosterRequest(
        sheet=sheet,
        file_name=file_name,
        mapping=choices.mapping,
        schedule_id=room.schedule.public_id if room.schedule else choices.schedule_id,
        department_id=room.department.public_id,
        new_schedule=choices.new_name if is_new else None,
        shape=choices.shape,
        year_hint=choices.year,
        month_hint=choices.month,
        only_add=choices.only_add,
        create_people=choices.create_people,
        create_assignments=choices.create_assignments,
        codes=codes,
        assignments=choices.assignments,
    )


def _into_a_new_one_if_none_fits(
    account: AccountInfo, room: Room, asked: RosterRequest, choices: Choices
) -> tuple[RosterRequest, Choices]:
    """From a department's page: where no schedule has these dates, making one is proposed (and shown)."""
    preview = _preview(account, asked)
    if preview.schedule_name or preview.from_date is None:
        return asked, choices
    with tenant_transaction(account.organization.id, snapshot=True):
        rows = Schedule.objects.filter(
            department_id=room.department.id, starts_on__lte=preview.to_date, ends_on__gte=preview.from_date
        )
        if rows.exists():
            return asked, choices
    name = f"{preview.department.name} {preview.from_date:%b} {preview.from_date.day}"
    return replace(asked, new_schedule=name), replace(choices, into=NEW_SCHEDULE, new_name=name)


def _preview(account: AccountInfo, asked: RosterRequest) -> RosterPreview:
    with tenant_transaction(account.organization.id, snapshot=True):
        return roster_preview(request=asked)


def _room(
    account: AccountInfo, *, schedule_id: uuid.UUID | None = None, department_id: uuid.UUID | None = None
) -> Room:
    """What the address names, if the account may schedule there."""
    with tenant_transaction(account.organization.id, snapshot=True):
        access = access_of(account)
        schedule = schedule_visible(access, schedule_id) if schedule_id is not None else None
        if schedule is not None:
            department = schedule.department
        elif department_id is not None:
            department = department_find(department_id)
        else:
            raise NotFoundError("There is no such page.")
        if not access.may(Right.EDIT_SCHEDULE, department.id):
            raise PermissionDenied("This department is not among those you schedule.")
    return Room(department, schedule)


def _may_make_or_refuse(account: AccountInfo, room: Room, choices: Choices) -> None:
    with tenant_transaction(account.organization.id, snapshot=True):
        may_assignments = access_of(account).may(Right.MANAGE_ASSIGNMENTS, room.department.id)
    if choices.create_people and not account.may(Right.MANAGE_PEOPLE):
        raise PermissionDenied("Your role does not include adding people.")
    if choices.create_assignments and not may_assignments:
        raise PermissionDenied("Your role does not include adding assignments here.")


def _owner(account: AccountInfo) -> Owner:
    return Owner(account.organization.id, account.id)


def _upload_page(request: HttpRequest, room: Room, problem: str = "", *, status: int = 200) -> HttpResponse:
    context = {"section": "schedule", "room": room, "problem": problem, "limit": FILE_LIMIT}
    return render(request, "scheduling/roster_upload.html", context, status=status)


def _check_page(
    request: HttpRequest,
    room: Room,
    token: str,
    preview: RosterPreview,
    choices: Choices,
    assignments: list[AssignmentInfo],
    asked: RosterRequest,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        types = [name for _, name, _, _ in assignment_types()]
        rows = Schedule.objects.select_related("department").filter(department_id=room.department.id)
        schedules = [schedule_info(row) for row in rows.order_by("-starts_on", "id")[:50]] if not room.schedule else []
    context: dict[str, Any] = {
        "section": "schedule",
        "room": room,
        "check_url": room.check_url(token),
        "file_name": asked.file_name,
        "preview": preview,
        "choices": choices,
        "refused": refused,
        "limit": FILE_LIMIT,
        "groups": change_groups(preview.changes),
        "not_shown": max(0, len(preview.changes) - SHOWN_AT_MOST),
        "columns": column_rows(preview),
        "meanings": meaning_choices(preview),
        "codes": code_rows(preview, assignments, choices),
        "assignments": assignments,
        "types": types,
        "schedules": schedules,
        "worksheets": asked.sheet.sheet_names,
        "worksheet": choices.worksheet or asked.sheet.name,
        "matches": list(LABELS.items()),
        "explained": len(asked.codes.codes) if asked.codes else 0,
        **told(preview, only_add=choices.only_add),
    }
    return render(request, "scheduling/roster_check.html", context, status=status)
