"""A run of a connection that receives: look, claim, plan, apply, archive. Any process may die between any two lines of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from integrations.contract import ConfigError, DeliveryError, FileWritten, TransientError
from integrations.doors import Doors
from integrations.inbound import DataMoved, FileTooLarge, FileUnreadable, RowRejected
from integrations.lanes import LIVE, SHADOW
from integrations.models import Artifact, Connection, InboundFile
from integrations.receiving import InboundConnector
from integrations.services import stages
from integrations.services.artifacts import spool
from integrations.services.claiming import Claimed, run_stopped
from integrations.services.inbound_files import (
    Found,
    Looked,
    archive_name,
    file_claim,
    file_finished,
    file_locked,
    file_stopped,
    file_unsettled,
    files_claimed,
    files_looked,
    files_superseded,
    reports_waiting,
)
from integrations.services.inbound_finish import InboundEnding, Taken, inbound_finish
from integrations.services.inbound_plan import Planned, content_of, known_read, planned, receiving
from integrations.services.reading import Glance, address_policy, revealed
from integrations.services.sending import Way, doors_for, facts_remember
from integrations.services.silence import silence_break
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor, NotFoundError

_TRIES = 3  # plans of one file, should people be edited meanwhile


class FileStopped(DeliveryError):
    """A file would change, or leave out, more than it may without a person's word."""


@dataclass
class _Run:
    """One run on its way, and what it has come to."""

    claimed: Claimed
    seen: Glance
    connector: InboundConnector
    doors: Doors
    clock: Callable[[], datetime]
    taken: list[Taken] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    unreadable: DeliveryError | None = None

    @property
    def organization_id(self) -> int:
        return self.claimed.organization_id

    @property
    def row(self) -> Connection:
        return self.seen.connection


def way_in_read(seen: Glance) -> Way:
    """What a run needs to reach the other side. Call inside the transaction of the glance.

    To look is not to send: a connection in shadow looks where the live one would.
    """
    row = seen.connection
    lane = LIVE if row.lane == SHADOW else row.lane
    secrets = revealed(row.public_id, seen.connector, lane)
    return Way(row, seen.settings, secrets, address_policy(), seen.organization.slug)


def inbound_run(claimed: Claimed, seen: Glance, way: Way, clock: Callable[[], datetime]) -> str:
    """Take in what rests, one file after the other, the oldest first. Raises ConfigError or TransientError for the connection."""
    run = _Run(claimed, seen, receiving(seen.connection.kind), doors_for(way, claimed, clock), clock)
    try:
        with tenant_transaction(run.organization_id):
            left = files_claimed(row=run.row)
        for file_id in left:
            _take(run, file_id)
        looked = _look(run)
        for one in looked.done:
            _put_away(run, one)
        for one in looked.ready:
            if _fetch(run, one):
                _take(run, one.file_id)
            _put_away(run, one)
        _send_reports(run)
    except FileStopped as stop:
        return run_stopped(claimed, stop, "safety", clock())
    facts_remember(claimed, seen, run.doors)
    ending = InboundEnding(tuple(run.taken), run.unreadable, tuple(run.troubles), looked.look_again)
    return inbound_finish(claimed, seen, ending, clock())


def _look(run: _Run) -> Looked:
    run.doors.before_effect(0)
    found = list(run.connector.look(run.doors))
    stages.reached("looked")
    settle = timedelta(seconds=run.connector.settle_seconds(run.doors.settings))
    with tenant_transaction(run.organization_id):
        run.claimed.lease.keep()
        looked = files_looked(row=run.row, found=found, settle=settle, now=run.clock())
    stages.reached("noted")
    return looked


def _fetch(run: _Run, found: Found) -> bool:
    """Fetch a file and claim it. True: it is ours and to be planned."""
    with tempfile.TemporaryDirectory(dir=spool()) as folder:
        try:
            fetched = run.connector.fetch(found.remote, run.doors, Path(folder))
        except FileTooLarge as error:
            _stopped(run, found.file_id, error)
            return False
        stages.reached("fetched")
        with tenant_transaction(run.organization_id):
            run.claimed.lease.keep()
            file, now = file_locked(found.file_id), run.clock()
            if not fetched.settled:
                file_unsettled(file, now)
                return False
            ours = file_claim(file=file, fetched=fetched, run_id=run.claimed.run_id, now=now)
            if not ours:
                _received(run, now)
                run.taken.append(Taken(file.name, 0, 0, 0, 0, 0, file.bytes, ()))
    stages.reached("claimed")
    return ours


def _take(run: _Run, file_id: int) -> None:
    """Plan a file of which we hold a copy, and apply it: all of it in one transaction, or none."""
    for _ in range(_TRIES):
        try:
            with tenant_transaction(run.organization_id, snapshot=True):
                file = InboundFile.objects.get(id=file_id)
                known = known_read(row=run.row, settings=run.seen.settings, file_name=file.name, now=run.clock())
                content = content_of(file.artifact_id)
            ready = planned(known, content, file.sha256)
        except (FileUnreadable, NotFoundError) as error:
            unreadable = error if isinstance(error, FileUnreadable) else FileUnreadable(error.text, code="file_gone")
            _stopped(run, file_id, unreadable)
            return
        stages.reached("planned")
        try:
            _finish_file(run, file_id, ready)
        except DataMoved:
            continue
        stages.reached("applied")
        return
    raise TransientError("People are being changed while the file is taken in. It is tried again.", code="data_moved")


def _finish_file(run: _Run, file_id: int, ready: Planned) -> None:
    stops = ready.plan.stops if run.row.lane == LIVE else ()
    with tenant_transaction(run.organization_id):
        run.claimed.lease.keep()
        file, now = file_locked(file_id), run.clock()
        if file.state != "claimed":
            return  # another worker was faster
        if stops:
            file.code, file.text = "safety", " ".join(stops)[:600]
            file_finished(file, ready, state="stopped", run_id=run.claimed.run_id, now=now)
        elif run.row.lane != LIVE:
            file_finished(file, ready, state="shown", run_id=run.claimed.run_id, now=now)
        else:
            actor = Actor(label=run.row.name, source="import", correlation=str(file.public_id))
            run.connector.apply(ready.plan, actor=actor, now=now, reason=file.name)
            stages.reached("applying")
            file_finished(file, ready, state="applied", run_id=run.claimed.run_id, now=now)
            files_superseded(file=file, now=now)
            _received(run, now)
    if stops:
        raise FileStopped(
            f"{file.name}: {' '.join(stops)} Nothing of it was applied. Look at its preview, then confirm or refuse it.",
            code="safety_stop",
        )
    run.taken.append(taken_of(file, ready.plan.refused))


def _received(run: _Run, now: datetime) -> None:
    """A file came and was dealt with: what the silence alert asks for."""
    row = Connection.objects.select_for_update().get(id=run.claimed.connection_id)
    row.in_step_at = now
    row.save(update_fields=["in_step_at"])
    silence_break(connection=row, now=now)


def taken_of(file: InboundFile, refused: tuple[RowRejected, ...]) -> Taken:
    """The figures of a file for the run."""
    return Taken(file.name, file.rows, file.changed, file.unchanged, file.unmatched, file.rejected, file.bytes, refused)


def _stopped(run: _Run, file_id: int, error: FileUnreadable) -> None:
    with tenant_transaction(run.organization_id):
        run.claimed.lease.keep()
        file = file_locked(file_id)
        file.run_id = run.claimed.run_id
        file_stopped(file, code=error.code, text=error.text, now=run.clock())
    run.unreadable = FileUnreadable(f"{file.name}: {error.text}", code=error.code)


def _put_away(run: _Run, found: Found) -> None:
    """Move a file that is done with into the archive. That it cannot be moved is no reason to fail: it is known."""
    with tenant_transaction(run.organization_id):
        run.claimed.lease.keep()
        file = file_locked(found.file_id)
        due = (
            file.state in ("applied", "failed")
            and file.archived_at is None
            and run.connector.archives(run.doors.settings)
        )
        if due and not file.archived_as:
            file.archived_as = archive_name(file)
            file.save(update_fields=["archived_as"])
    if not due:
        return
    stages.reached("archiving")
    trouble, moved = "", False
    try:
        moved = run.connector.archive(found.remote, file.archived_as, run.doors)
    except (ConfigError, TransientError) as error:
        trouble = f"{file.name} could not be moved to the archive. {error.text}"
        run.troubles.append(trouble)
    stages.reached("archived")
    with tenant_transaction(run.organization_id):
        run.claimed.lease.keep()
        InboundFile.objects.filter(id=file.id).update(
            archived_at=run.clock() if moved else None,
            archived_as=file.archived_as if moved or trouble else "",
            trouble=trouble[:600],
        )


def _send_reports(run: _Run) -> None:
    """Put the reports where the other side reads them, file by file; what fails is tried again in the next run."""
    if not run.connector.uploads_reports(run.doors.settings):
        return
    with tenant_transaction(run.organization_id):
        waiting = reports_waiting(row=run.row)
    for file in waiting:
        try:
            for artifact_id in (file.accepted_id, file.rejected_id):
                _send_report(run, artifact_id)
        except (ConfigError, TransientError) as error:
            run.troubles.append(f"The reports of {file.name} could not be sent. {error.text}")
            return
        with tenant_transaction(run.organization_id):
            run.claimed.lease.keep()
            InboundFile.objects.filter(id=file.id).update(reports_sent_at=run.clock())


def _send_report(run: _Run, artifact_id: int | None) -> None:
    with tenant_transaction(run.organization_id):
        report = Artifact.objects.get(id=artifact_id or 0)
        content = content_of(artifact_id)
    with tempfile.TemporaryDirectory(dir=spool()) as folder:
        path = Path(folder) / "report"
        path.write_bytes(content)
        run.connector.send_report(FileWritten(path, report.name, report.rows), run.doors)
