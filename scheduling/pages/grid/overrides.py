"""Keeping a conflict with a reason, and letting it stand again."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from scheduling.pages.grid.answer import Did, answer
from scheduling.pages.grid.posted import cell_or_bad
from scheduling.selectors.workspace import shifts_named
from scheduling.services.edits import EditsOutcome
from scheduling.services.rules import conflict_override, conflict_override_end
from scheduling.types import ScheduleInfo
from tenancy.rights import Right
from tenancy.types import NotFoundError
from tenancy.web import actor_of, signed_in


@signed_in(Right.EDIT_SCHEDULE)
@require_POST
def override(request: HttpRequest, schedule_id: uuid.UUID, shift_id: uuid.UUID) -> HttpResponse:
    """Keep what a rule finds wrong with a shift, with the reason; or, with `end`, let it stand again."""
    address = cell_or_bad(request)
    rule, reason = request.POST.get("rule", "")[:200], request.POST.get("reason", "").strip()

    def act(schedule: ScheduleInfo) -> Did:
        if shift_id not in shifts_named(schedule_id=schedule.id, shift_ids=[shift_id]):
            raise NotFoundError("There is no such shift in this schedule.")
        actor, now = actor_of(request), timezone.now()
        if request.POST.get("end") == "1":
            conflict_override_end(shift_id=shift_id, rule=rule, actor=actor, now=now)
            return Did("The conflict stands again.", EditsOutcome((), ()))
        conflict_override(shift_id=shift_id, rule=rule, reason=reason, actor=actor, now=now)
        return Did("Kept, with your reason.", EditsOutcome((), ()))

    return answer(request, schedule_id, act, address=address)
