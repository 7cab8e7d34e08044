"""Staged edits of mapping tables before they take effect: each row, and what the connection would then send."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from integrations.contract import Skipped
from integrations.diff import Plan
from integrations.pages.common import Head, connection_page, head_read, manage_or_refuse
from integrations.pages.mapping_changes import RowChange, row_changes
from integrations.pages.mapping_read import tables_of, things_named
from integrations.pages.preview_view import preview_context
from integrations.pages.words import clock
from integrations.services.connections import FormRefused, connection_find
from integrations.services.mapping import rows_saved
from integrations.services.mapping_draft import draft_apply, draft_discard, draft_problems, mapping_draft
from integrations.services.mapping_effect import Effect, mapping_effect
from integrations.types import DraftInfo
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

_SHOWN = 200  # rows of a table on the page
_DIGEST = re.compile(r"[0-9a-f]{64}|")


@dataclass(frozen=True)
class _Shown:
    """What the edits alone do, in the shape of a preview."""

    plan: Plan
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class TableChanges:
    """The staged edits of one table."""

    title: str
    key: str
    rows: list[RowChange]

    @property
    def shown(self) -> list[RowChange]:
        """The first of them."""
        return self.rows[:_SHOWN]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return max(0, len(self.rows) - _SHOWN)

    @property
    def told(self) -> str:
        """How many of each kind, in words."""
        words = {"add": "added", "chg": "changed", "del": "taken away"}
        counts = {tone: sum(1 for one in self.rows if one.tone == tone) for tone in words}
        return ", ".join(f"{counts[tone]} {word}" for tone, word in words.items() if counts[tone])


@signed_in(Right.VIEW_INTEGRATIONS)
def mapping_review(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET shows what waits and what it would do; POST lets it take effect, or with `discard` drops it."""
    if request.method != "POST":
        return _page(request, connection_id)
    manage_or_refuse(request)
    try:
        with tenant_transaction(account_of(request).organization.id):
            connection_find(connection_id)
            if "discard" in request.POST:
                count = draft_discard(connection_id=connection_id, actor=actor_of(request), now=timezone.now())
                text = f"{count} {'edit was' if count == 1 else 'edits were'} discarded. Nothing has changed."
            else:
                count = _take_effect(request, connection_id)
                text = f"{count} {'row took' if count == 1 else 'rows took'} effect together."
    except FormRefused:
        return _page(
            request, connection_id, refused="Nothing took effect: some rows need a correction first.", status=422
        )
    except NotFoundError:
        raise
    except RefusedError as refused:
        return _page(request, connection_id, refused=refused.text, status=409)
    messages.success(request, text)
    return redirect("integrations:mapping", connection_id)


def _take_effect(request: HttpRequest, connection_id: uuid.UUID) -> int:
    revision, removals = request.POST.get("revision", ""), request.POST.get("removals", "")
    return draft_apply(
        connection_id=connection_id,
        version=request.POST.get("version", ""),
        revision=int(revision) if revision.isascii() and revision.isdigit() else 0,
        confirmed_removals=removals if _DIGEST.fullmatch(removals) else "",
        actor=actor_of(request),
        now=timezone.now(),
    )


def _page(request: HttpRequest, connection_id: uuid.UUID, *, refused: str = "", status: int = 200) -> HttpResponse:
    organization_id = account_of(request).organization.id
    with tenant_transaction(organization_id, snapshot=True):
        head = head_read(request, connection_id)
        if not tables_of(head.declared):
            raise NotFoundError("This integration has no mapping.")
        draft = mapping_draft(connection_id=head.card.info.id)
        changes = _changes(head, draft) if draft else []
    context: dict[str, Any] = {"changes": changes, "draft": draft, "refused": refused}
    if draft is None:
        return connection_page(request, head, "mapping", "integrations/mapping_review.html", context, status=status)
    wrong = sum(len(row.problems) for table in changes for row in table.rows)
    context |= {"draft_at": clock(draft.changed_at, head.zone, head.now), "wrong": wrong}
    if not wrong:
        try:
            effect = mapping_effect(
                organization_id=organization_id, connection_id=head.card.info.id, edits=draft.edits, now=head.now
            )
        except RefusedError as error:
            effect = Effect(problem=error.text)
        context |= _effect(effect, head)
    return connection_page(request, head, "mapping", "integrations/mapping_review.html", context, status=status)


def _changes(head: Head, draft: DraftInfo) -> list[TableChanges]:
    row, settings = connection_find(head.card.info.public_id), head.card.info.settings
    problems = draft_problems(head.declared, draft, settings)
    named = things_named(set(draft.edits), head.card.info.id, local_date(head.now, head.zone))
    return [
        TableChanges(
            one.title,
            one.subject.value,
            row_changes(
                head.declared.fields_of(one.subject, settings),
                named[one.subject],
                rows_saved(row, one.subject, draft.edits[one.subject]),
                draft.edits[one.subject],
                problems=problems,
            ),
        )
        for one in tables_of(head.declared)
        if one.subject in draft.edits
    ]


def _effect(effect: Effect, head: Head) -> dict[str, Any]:
    if effect.plan is None or effect.run is None:
        return {"problem": effect.problem}
    sends = head.card.info.state != "off" and not head.card.info.hold
    return {
        **preview_context(_Shown(effect.plan, effect.skipped), head),
        "effect": effect,
        "sends": sends,
        "run_removed": effect.run.count("remove"),
        # Only what was shown is agreed to: a run that would remove anything else stops and asks.
        "removals": effect.removals_digest if effect.run.count("remove") else "",
    }
