"""Problems by cause with what mends them, and the history of a connection."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from integrations.pages.common import connection_page, head_read
from integrations.pages.preview_view import FieldChange, field_changes
from integrations.pages.words import cause_words, clock, moment_text
from integrations.selectors import problems_open, rejected_count
from integrations.types import ProblemInfo
from scheduling.selectors.changes import ChangeFilter, changes_count, changes_list
from tenancy.lists import page_number, pager
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import ChangeInfo
from tenancy.web import account_of, signed_in

_FIXES = {
    "person": "Complete each person's page, or take the person off these shifts; the next run picks it up by itself.",
    "assignment": "Mend the mapping of the assignment; the next run picks it up by itself.",
    "shift": "Mend the shift in its schedule and publish.",
    "department": "Complete the department in the mapping table of departments; the next run picks it up by itself.",
    "target": "Nothing is held back. Look whether the mapping still names it, and whether its shifts are published.",
    "record": "Mend the mapping or the settings, or ask the destination's owner; then retry.",
    "row": "Mend it where the file is written, or here where the fix says so; it closes when a file comes without it.",
    "directory": "The file was taken in all the same and is known. Mend the directory on the server; the next run moves it.",
    "connection": "Look at the runs, the connection's state and whether workers are up; it closes by itself with the next delivery.",
    "recipient": "Ask the destination's owner about the recipient, or correct the person's identifier; then retry.",
}


_ACTS = {
    "connection.create": "Connected",
    "connection.change": "Settings",
    "connection.live": "Went live",
    "connection.shadow": "Runs as a shadow",
    "connection.test": "Sends to the test destination",
    "connection.off": "Switched off",
    "connection.pause": "Paused",
    "connection.resume": "Resumed",
    "connection.run": "Run now",
    "connection.retry": "Retry of what was refused",
    "connection.replay": "Same file sent again",
    "connection.download": "File downloaded",
    "connection.file_brought": "File brought by hand",
    "connection.file_confirmed": "File applied by a person",
    "connection.file_refused": "File refused",
    "mapping.change": "Mapping",
    "mapping.stage": "Mapping edits staged",
    "mapping.discard": "Mapping edits discarded",
}
_SHOWN = 6


@dataclass
class Cause:
    """Open problems of one cause."""

    title: str
    fix: str
    lines: list[tuple[ProblemInfo, str]] = field(default_factory=list)
    records: int = 0


@dataclass(frozen=True)
class Act:
    """A line of the history."""

    at: str
    actor: str
    source: str
    what: str
    fields: tuple[FieldChange, ...]
    more: tuple[FieldChange, ...]


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def problems(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """What is open, grouped by cause, the largest first."""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        head = head_read(request, connection_id)
        found = problems_open(connection_id=head.card.info.id)
        refused = rejected_count(connection_id=head.card.info.id, lane=head.card.info.lane)
    causes: dict[tuple[str, str], Cause] = {}
    now = timezone.now()
    for one in found:
        fix = _FIXES.get(one.subject_type, "")
        cause = causes.setdefault((one.cause, one.subject_type), Cause(cause_words(one.cause), fix))
        cause.lines.append((one, clock(one.opened_at, head.zone, now)))
        cause.records += one.count
    context = {"causes": sorted(causes.values(), key=lambda one: -one.records), "refused": refused}
    return connection_page(request, head, "problems", "integrations/problems.html", context)


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def history(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Who did what to the connection, newest first."""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        head = head_read(request, connection_id)
        wanted = ChangeFilter(subject_id=head.card.info.public_id)
        page = pager(changes_count(wanted), page_number(request))
        rows = changes_list(wanted, first=page.first - 1, limit=page.size)
    lines = [_act(row, head.zone) for row in rows]
    return connection_page(request, head, "history", "integrations/history.html", {"lines": lines, "page": page})


def _act(row: ChangeInfo, zone: str) -> Act:
    found = [
        FieldChange(one.name.removeprefix("settings.").replace("_", " "), one.was, one.now)
        for one in field_changes(row.before or {}, row.after or {})
    ]
    return Act(
        at=moment_text(row.at, zone),
        actor=row.actor,
        source=row.source,
        what=_ACTS.get(row.action, cause_words(row.action.replace(".", " "))),
        fields=tuple(found[:_SHOWN]),
        more=tuple(found[_SHOWN:]),
    )
