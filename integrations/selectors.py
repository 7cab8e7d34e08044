"""Reads of connections, runs, attempts, files and problems. Call them inside one tenant_transaction; they return frozen values."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.db import connection as database

from integrations.contract import Mode, Subject, Trigger
from integrations.lanes import test_tested_at
from integrations.models import (
    Artifact,
    Attempt,
    Connection,
    Incident,
    LayoutVersion,
    LedgerRow,
    MappingRow,
    Problem,
    Run,
    SubjectRow,
)
from integrations.registry import connectors
from integrations.types import (
    ArtifactInfo,
    AttemptInfo,
    BoardCard,
    ConnectionInfo,
    LayoutMark,
    LayoutVersionInfo,
    MappingRowInfo,
    ProblemInfo,
    RunInfo,
    SubjectRowInfo,
)
from tenancy.tenant import current_organization_id
from tenancy.types import NotFoundError

SILENCE = "silence"  # the cause of a problem that the clock opens and closes, not a run
HISTORY = 48  # runs in the small chart

_LATEST_RUNS = """
SELECT run.id FROM unnest(%(ids)s::bigint[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT id FROM integrations_run
    WHERE organization_id = %(org)s AND connection_id = wanted.id ORDER BY id DESC LIMIT %(count)s
) AS run
"""


def board_cards(ids: Collection[int] | None = None) -> list[BoardCard]:
    """Every connection, or those, with its latest runs; by name. The number of queries does not depend on how many."""
    rows = Connection.objects.order_by("name", "id")
    if ids is not None:
        rows = rows.filter(id__in=ids)
    found = list(rows)
    problems = _open_problems(one.id for one in found)
    silences = dict(
        Problem.objects.filter(connection__in=found, cause=SILENCE, closed_at=None).values_list("connection_id", "text")
    )
    incidents = dict(Incident.objects.filter(connection__in=found, closed_at=None).values_list("connection_id", "text"))
    runs = _latest_runs([one.id for one in found])
    cards = []
    for one in found:
        own = runs.get(one.id, [])
        declared = connectors().get(one.kind)
        cards.append(
            BoardCard(
                info=_info(one, problems.get(one.id, 0)),
                listens=declared is not None and Trigger.PUBLISH in declared.triggers,
                runs=tuple(own),
                active=next((run for run in own if run.state in ("waiting", "running")), None),
                incident=incidents.get(one.id, ""),
                receives=declared is not None and declared.mode is Mode.INBOUND,
                silence=silences.get(one.id, ""),
            )
        )
    return cards


def board_card(public_id: uuid.UUID) -> BoardCard:
    """One connection with its latest runs. Raises NotFoundError, also when its connector is no longer installed."""
    row = Connection.objects.filter(public_id=public_id).first()
    if row is None or row.kind not in connectors():
        raise NotFoundError("There is no such connection.")
    return board_cards([row.id])[0]


def connections_by_kind() -> dict[str, list[ConnectionInfo]]:
    """The connections of each connector, by name."""
    found: dict[str, list[ConnectionInfo]] = {}
    for row in Connection.objects.order_by("name", "id"):
        found.setdefault(row.kind, []).append(_info(row, 0))
    return found


def runs_list(*, connection_id: int, state: str = "", first: int = 0, limit: int = 50) -> tuple[list[RunInfo], int]:
    """A connection's runs, newest first, and how many there are in all."""
    rows = Run.objects.filter(connection_id=connection_id).order_by("-id")
    if state:
        rows = rows.filter(state=state)
    return [run_info(row) for row in rows[first : first + limit]], rows.count()


def run_find(*, connection_id: int, public_id: uuid.UUID) -> RunInfo:
    """One run of a connection. Raises NotFoundError."""
    row = Run.objects.filter(connection_id=connection_id, public_id=public_id).first()
    if row is None:
        raise NotFoundError("There is no such run.")
    return run_info(row)


def attempts_list(*, run_id: int, result: str = "", first: int = 0, limit: int = 50) -> tuple[list[AttemptInfo], int]:
    """What a run tried, in order, and how many tries there were."""
    rows = Attempt.objects.filter(run_id=run_id).order_by("id")
    if result:
        rows = rows.filter(result=result)
    part = list(rows[first : first + limit])
    files = dict(
        Artifact.objects.filter(id__in=[one.artifact_id for one in part if one.artifact_id]).values_list(
            "id", "public_id"
        )
    )
    return [_attempt(one, files) for one in part], rows.count()


def artifacts_of_run(*, run_id: int) -> list[ArtifactInfo]:
    """The files a run made or, for a replay, sent again."""
    replayed = Attempt.objects.filter(run_id=run_id, artifact_id__isnull=False).values_list("artifact_id", flat=True)
    rows = Artifact.objects.filter(run_id=run_id) | Artifact.objects.filter(id__in=list(replayed))
    return [_artifact(row) for row in rows.order_by("id")]


def artifact_find(*, connection_id: int, public_id: uuid.UUID) -> ArtifactInfo:
    """A kept file of a connection. Raises NotFoundError."""
    row = Artifact.objects.filter(connection_id=connection_id, public_id=public_id).first()
    if row is None:
        raise NotFoundError("There is no such file.")
    return _artifact(row)


def layout_versions(*, connection_id: int, setting: str) -> list[LayoutVersionInfo]:
    """Every layout of its own that a connection had in a setting (or setting.part), newest first."""
    rows = LayoutVersion.objects.filter(connection_id=connection_id, setting=setting).order_by("-number")
    return [
        LayoutVersionInfo(row.setting, row.number, row.name, row.content, row.digest, row.made_by, row.made_at)
        for row in rows
    ]


def problems_open(*, connection_id: int) -> list[ProblemInfo]:
    """What is open, by cause and subject."""
    rows = Problem.objects.filter(connection_id=connection_id, closed_at=None).order_by("cause", "subject")
    return [
        ProblemInfo(
            cause=row.cause,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            subject=row.subject,
            text=row.text,
            count=row.count,
            examples=tuple(row.examples),
            opened_at=row.opened_at,
        )
        for row in rows
    ]


def mapping_rows(*, connection_id: int) -> list[MappingRowInfo]:
    """The mapping table, by assignment and number."""
    rows = MappingRow.objects.filter(connection_id=connection_id).order_by("assignment_id", "number")
    return [MappingRowInfo(row.assignment_id, row.number, row.values) for row in rows]


def subject_rows(*, connection_id: int, subject: Subject) -> list[SubjectRowInfo]:
    """The mapping table of another subject, in no order."""
    rows = SubjectRow.objects.filter(connection_id=connection_id, subject=subject.value)
    names = ["person_id", "department_id", "personnel_type_id", "assignment_type_id", "values"]
    found = []
    for person, department, kind, type, values in rows.values_list(*names):
        pair = subject is Subject.TYPE_PAIR
        found.append(SubjectRowInfo((kind, type) if pair else (person or department,), values))
    return found


def refs_of(row: SubjectRow) -> tuple[int | None, ...]:
    """The row ids that a saved row is about, as `Subjects.identity` gives them."""
    if row.subject == Subject.TYPE_PAIR:
        return (row.personnel_type_id, row.assignment_type_id)
    return (row.person_id or row.department_id,)


def delivered_count(*, connection_id: int, lane: str) -> int:
    """How many records the destination has, as far as it confirmed."""
    return LedgerRow.objects.filter(connection_id=connection_id, lane=lane, state="confirmed").count()


def unconfirmed_count(*, connection_id: int, lane: str) -> int:
    """How many records were sent, or about to be, and never confirmed: the next run has them again."""
    return LedgerRow.objects.filter(connection_id=connection_id, lane=lane, state="intended").count()


def rejected_count(*, connection_id: int, lane: str) -> int:
    """How many records the destination refused and still would."""
    return LedgerRow.objects.filter(connection_id=connection_id, lane=lane, state="rejected").count()


def run_info(row: Run) -> RunInfo:
    """A run."""
    return RunInfo(
        id=row.id,
        public_id=row.public_id,
        lane=row.lane,
        state=row.state,
        triggers=tuple(row.triggers),
        full=row.full,
        publication=row.publication,
        due_at=row.due_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        tries=row.tries,
        added=row.added,
        changed=row.changed,
        removed=row.removed,
        unchanged=row.unchanged,
        skipped=row.skipped,
        rejected=row.rejected,
        rows=row.rows,
        bytes=row.bytes,
        code=row.code,
        text=row.text,
        actor=row.actor,
        times=row.times,
        created_at=row.created_at,
    )


def _info(row: Connection, problems: int) -> ConnectionInfo:
    declared = connectors().get(row.kind)
    return ConnectionInfo(
        id=row.id,
        public_id=row.public_id,
        kind=row.kind,
        title=declared.title if declared else row.kind,
        nature=declared.nature.value if declared else "",
        name=row.name,
        state=row.state,
        lane=row.lane,
        hold=row.hold,
        hold_text=row.hold_text,
        settings=row.settings,
        test_settings=row.test_settings,
        revision=row.revision,
        recurrence=row.recurrence,
        next_due_at=row.next_due_at,
        in_step_number=row.in_step_number,
        in_step_at=row.in_step_at,
        tested_at=row.tested_at,
        test_tested_at=test_tested_at(row.facts),
        safety_percent=row.safety_percent,
        silence_by=row.silence_by,
        keep_days=row.keep_days,
        open_problems=problems,
    )


def _open_problems(ids: Iterable[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for one in Problem.objects.filter(connection_id__in=list(ids), closed_at=None).values_list(
        "connection_id", flat=True
    ):
        counts[one] = counts.get(one, 0) + 1
    return counts


def _latest_runs(ids: list[int]) -> dict[int, list[RunInfo]]:
    with database.cursor() as cursor:
        cursor.execute(_LATEST_RUNS, {"ids": ids, "org": current_organization_id(), "count": HISTORY})
        wanted = [row[0] for row in cursor.fetchall()]
    found: dict[int, list[RunInfo]] = {}
    for row in Run.objects.filter(id__in=wanted).order_by("id"):
        found.setdefault(row.connection_id, []).append(run_info(row))
    return found


def _attempt(row: Attempt, files: dict[int, uuid.UUID]) -> AttemptInfo:
    return AttemptInfo(
        at=row.at,
        kind=row.kind,
        label=row.label,
        recipient=row.recipient,
        request=row.request,
        result=row.result,
        status=row.status,
        code=row.code,
        text=row.text,
        artifact=files.get(row.artifact_id or 0),
    )


def _artifact(row: Artifact) -> ArtifactInfo:
    return ArtifactInfo(
        public_id=row.public_id,
        name=row.name,
        bytes=row.bytes,
        rows=row.rows,
        sha256=row.sha256,
        layouts=tuple(
            LayoutMark(setting, one["name"], int(one.get("version", 0)), int(one.get("shipped", 0)))
            for setting, one in row.layouts.items()
        ),
        key_id=row.key_id,
        created_at=row.created_at,
        sent_at=row.sent_at,
        plain_sha256=row.plain_sha256,
        encrypted_for=row.encrypted_for,
        removed_at=row.removed_at,
    )
