"""Runs of a connection, one run with what it tried, and the files that were kept."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from integrations.inbound_selectors import inbound_files
from integrations.pages.chart import chart_of
from integrations.pages.common import Head, connection_page, head_read, receives
from integrations.pages.inbound_view import file_line
from integrations.pages.layouts_used import layouts_used
from integrations.pages.words import (
    CUT_SHORT,
    KIND_SIGNS,
    KIND_WORDS,
    LANE_WORDS,
    RECEIVED_WORDS,
    RESULT_WORDS,
    RUN_GLYPHS,
    RUN_TONES,
    RUN_WORDS,
    SHADOW_DONE,
    clock,
    differences_text,
    exact_clock,
    moment_text,
    outcome,
    sent_text,
    size,
    took,
    triggers_text,
)
from integrations.selectors import (
    artifact_find,
    artifacts_of_run,
    attempts_list,
    rejected_count,
    run_find,
    runs_list,
    unconfirmed_count,
)
from integrations.services.artifacts import artifact_chunks
from integrations.types import ArtifactInfo, AttemptInfo, RunInfo
from tenancy.changes import change_record
from tenancy.lists import disposition, page_number, pager
from tenancy.rights import Right
from tenancy.sealing import SealBroken
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError
from tenancy.web import account_of, actor_of, signed_in

_RESULT_TONES = {"confirmed": "is-ok", "rejected": "is-bad", "retry": "is-warn", "unknown": "is-warn"}


@dataclass(frozen=True)
class RunLine:
    """A run in words."""

    run: RunInfo
    word: str
    glyph: str
    tone: str
    at: str
    took: str
    triggers: str
    sent: str
    differed: str
    size: str
    lane: str  # Shadow or Test; empty for live


@dataclass(frozen=True)
class AttemptLine:
    """A try in words."""

    attempt: AttemptInfo
    at: str
    sign: str
    sign_tone: str
    kind: str
    result: str
    tone: str
    request: str


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def runs(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """The list, newest first; `state` filters, `page` turns."""
    state = request.GET.get("state", "")
    state = state if state in RUN_WORDS else ""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        head = head_read(request, connection_id)
        _, total = runs_list(connection_id=head.card.info.id, state=state, limit=1)
        page = pager(total, page_number(request))
        found, _ = runs_list(connection_id=head.card.info.id, state=state, first=page.first - 1, limit=page.size)
        refused = _failed(head)
    context = {
        "rows": [_line(run, head.zone, receives(head)) for run in found],
        "page": page,
        "state": state,
        "states": list(RUN_WORDS.items()),
        "chart": chart_of(head.card.runs),
        "refused": refused,
    }
    return connection_page(request, head, "runs", "integrations/runs.html", context)


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def run(request: HttpRequest, connection_id: uuid.UUID, run_id: uuid.UUID) -> HttpResponse:
    """One run: its figures, its files, each try with the request and the answer."""
    result = request.GET.get("result", "")
    result = result if result in RESULT_WORDS else ""
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        head = head_read(request, connection_id)
        found = run_find(connection_id=head.card.info.id, public_id=run_id)
        _, total = attempts_list(run_id=found.id, result=result, limit=1)
        page = pager(total, page_number(request))
        attempts, _ = attempts_list(run_id=found.id, result=result, first=page.first - 1, limit=page.size)
        files = artifacts_of_run(run_id=found.id)
        received, _ = inbound_files(connection_id=head.card.info.id, run=run_id)
    line = _line(found, head.zone, receives(head))
    context = {
        "received": [file_line(one, head) for one in received],
        "line": line,
        "started": moment_text(found.started_at, head.zone) if found.started_at else "",
        "due": moment_text(found.due_at, head.zone),
        "attempts": [_attempt(one, head.zone) for one in attempts],
        "page": page,
        "result": result,
        "results": list(RESULT_WORDS.items()),
        "layouts": layouts_used(files, head),
        "files": [_file(one, head.zone) for one in files],
    }
    return connection_page(request, head, "runs", "integrations/run.html", context)


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def artifact(request: HttpRequest, connection_id: uuid.UUID, artifact_id: uuid.UUID) -> HttpResponse:
    """A kept file, streamed piece by piece. Who took it stands in the change log."""
    organization_id = account_of(request).organization.id
    with tenant_transaction(organization_id):
        head = head_read(request, connection_id)
        found = artifact_find(connection_id=head.card.info.id, public_id=artifact_id)
        if found.removed_at:
            raise NotFoundError(f"The file is no longer kept since {moment_text(found.removed_at, head.zone)}.")
        change_record(
            actor=actor_of(request),
            now=timezone.now(),
            action="connection.download",
            subject_type="connection",
            subject=head.card.info.name,
            subject_id=head.card.info.public_id,
            after={"file": found.name, "sha256": found.sha256},
        )
    pieces = artifact_chunks(organization_id=organization_id, public_id=found.public_id, key_id=found.key_id)
    try:
        first = next(pieces, b"")
    except (FileNotFoundError, SealBroken) as gone:
        raise NotFoundError("The file is no longer kept.") from gone

    def whole() -> Iterator[bytes]:
        yield first
        yield from pieces

    headers = {"Content-Disposition": disposition(found.name), "Content-Length": str(found.bytes)}
    answer = StreamingHttpResponse(whole(), content_type="application/octet-stream", headers=headers)
    return cast(HttpResponse, answer)  # what guards a view is typed for answers that are not streamed


def _file(one: ArtifactInfo, zone: str) -> tuple[ArtifactInfo, str, str, str]:
    """A file, its size, when it was confirmed, and since when it is no longer kept."""
    sent = moment_text(one.sent_at, zone) if one.sent_at else ""
    return one, size(one.bytes), sent, moment_text(one.removed_at, zone) if one.removed_at else ""


def _line(one: RunInfo, zone: str, receives: bool) -> RunLine:
    now, state = timezone.now(), outcome(one)
    words = RUN_WORDS | (RECEIVED_WORDS if receives else {})
    word, glyph, tone = words.get(state, state), RUN_GLYPHS.get(state, "question"), RUN_TONES.get(state, "")
    if one.code == "switched":
        word, glyph, tone = CUT_SHORT, "off", "dim"
    elif (one.lane, state) == ("shadow", "done"):
        word = SHADOW_DONE
    return RunLine(
        run=one,
        word=word,
        glyph=glyph,
        tone=tone,
        at=exact_clock(one.started_at or one.due_at, zone, now),
        took=took(one),
        triggers=triggers_text(one),
        sent=_sent(one, zone, now),
        differed=differences_text(one) if one.bytes else "",
        size=size(one.bytes) if one.bytes else "",
        lane=LANE_WORDS.get(one.lane, ""),
    )


def _failed(head: Head) -> int:
    """Records that were refused, or sent without an answer; those that are on their way now have not failed."""
    id, lane = head.card.info.id, head.card.info.lane
    refused = rejected_count(connection_id=id, lane=lane)
    if head.card.active is not None and head.card.active.state == "running":
        return refused
    return refused + unconfirmed_count(connection_id=id, lane=lane)


def _sent(one: RunInfo, zone: str, now: datetime) -> str:
    """What a run sent; of recurrences that found nothing new and are told as one, how many there were."""
    if one.state not in ("done", "nothing", "running"):
        return ""
    if one.times == 1:
        return sent_text(one)
    return f"{sent_text(one)}, {one.times:,} times since {clock(one.created_at, zone, now)}"


def _attempt(one: AttemptInfo, zone: str) -> AttemptLine:
    sign, tone = KIND_SIGNS.get(one.kind, ("·", "skip"))
    return AttemptLine(
        attempt=one,
        at=clock(one.at, zone, timezone.now()),
        sign=sign,
        sign_tone=tone,
        kind=KIND_WORDS.get(one.kind, one.kind),
        result=RESULT_WORDS.get(one.result, one.result),
        tone=_RESULT_TONES.get(one.result, "dim"),
        request=json.dumps(one.request, indent=2, ensure_ascii=False) if one.request is not None else "",
    )
