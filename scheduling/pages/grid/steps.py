"""Undo and redo from the grid."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling.pages.grid.answer import Did, answer
from scheduling.services.undo import OvertakenError, StepOutcome, edits_redo, edits_undo, step_forget
from scheduling.types import ScheduleInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.web import account_of, actor_of, signed_in


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def undo(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Take the account's last step back."""
    return _walk(request, schedule_id, edits_undo, "Undone")


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def redo(request: HttpRequest, schedule_id: uuid.UUID) -> HttpResponse:
    """Do the step again that was undone last."""
    return _walk(request, schedule_id, edits_redo, "Done again")


def _walk(request: HttpRequest, schedule_id: uuid.UUID, way: Callable[..., StepOutcome], word: str) -> HttpResponse:
    overtaken: list[int] = []

    def act(schedule: ScheduleInfo) -> Did:
        try:
            step = way(schedule_id=schedule.public_id, actor=actor_of(request), now=timezone.now())
        except OvertakenError as refused:
            overtaken.append(refused.step_id)
            refused.text += " This step is dropped; the next one takes the step before it."
            raise
        return Did(f"{word}: {step.label}.", step.outcome)

    response = answer(request, schedule_id, act)
    if overtaken:
        with tenant_transaction(account_of(request).organization.id):
            step_forget(step_id=overtaken[0])
    return response
