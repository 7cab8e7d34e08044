"""What is known of the files that came to us. Every function here runs inside the caller's tenant_transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from integrations.contract import FileWritten
from integrations.inbound import FileFetched, RemoteFile, Report
from integrations.models import Artifact, Connection, InboundFile
from integrations.services.artifacts import artifact_keep, spool
from integrations.services.inbound_plan import Planned

SERVER, HAND = "server", "hand"
DONE = ("applied", "failed", "shown")


@dataclass(frozen=True)
class Found:
    """A file that lies there, and the row that knows it."""

    file_id: int
    remote: RemoteFile


@dataclass(frozen=True)
class Looked:
    """What a look came to: files that rest and may be taken, those that are done with and lie there still, and when to look again."""

    ready: tuple[Found, ...]
    done: tuple[Found, ...]
    look_again: timedelta | None


def files_looked(*, row: Connection, found: Iterable[RemoteFile], settle: timedelta, now: datetime) -> Looked:
    """Write down what lies there. A file is ready when it has kept size and time for as long as `settle`, in elapsed time."""
    known = {
        one.name: one
        for one in InboundFile.objects.filter(connection=row, lane=row.lane, origin=SERVER)
        .order_by("name", "-id")
        .distinct("name")
    }
    ready: list[Found] = []
    done: list[Found] = []
    waits: list[timedelta] = []
    there = sorted(found, key=lambda one: (one.modified is not None, one.modified or now, one.name))
    for remote in there:
        last = known.get(remote.name)
        if last is None or not (last.state == "seen" or _is_it(last, remote)):
            _seen(row, remote, now)
            waits.append(settle)
        elif last.state != "seen":
            if last.state in DONE:
                done.append(Found(last.id, remote))
        elif not _alike(last, remote):
            last.bytes, last.modified, last.seen_at = remote.bytes, remote.modified, now
            last.save(update_fields=["bytes", "modified", "seen_at"])
            waits.append(settle)
        elif now - last.seen_at >= settle:
            ready.append(Found(last.id, remote))
        else:
            waits.append(settle - (now - last.seen_at))
    gone = set(known) - {one.name for one in there}
    InboundFile.objects.filter(connection=row, lane=row.lane, origin=SERVER, state="seen", name__in=gone).delete()
    done += [one for one in _half_moved(row) if one.file_id not in {other.file_id for other in done}]
    return Looked(tuple(ready), tuple(done), min(waits, default=None))


def _half_moved(row: Connection) -> list[Found]:
    """Files that a worker was moving when it died: they may lie in the archive already."""
    rows = InboundFile.objects.filter(
        connection=row, lane=row.lane, origin=SERVER, state__in=DONE, archived_at=None
    ).exclude(archived_as="")
    return [Found(one.id, RemoteFile(one.name, one.bytes, one.modified)) for one in rows.order_by("id")]


def _is_it(known: InboundFile, remote: RemoteFile) -> bool:
    """The very file that we have dealt with, or are dealing with: one that was moved away cannot lie there."""
    return known.archived_at is None and _alike(known, remote)


def _alike(known: InboundFile, remote: RemoteFile) -> bool:
    return (known.bytes, known.modified) == (remote.bytes, remote.modified)


def _seen(row: Connection, remote: RemoteFile, now: datetime) -> InboundFile:
    return InboundFile.objects.create(
        connection=row, lane=row.lane, origin=SERVER, name=remote.name, bytes=remote.bytes, modified=remote.modified,
        seen_at=now,
    )  # fmt: skip


def file_locked(file_id: int) -> InboundFile:
    """The row of a file, until the transaction ends."""
    return InboundFile.objects.select_for_update().get(id=file_id)


def files_claimed(*, row: Connection) -> list[int]:
    """Files of which a copy was kept and that nobody has finished: a worker died. Oldest first."""
    rows = InboundFile.objects.filter(connection=row, lane=row.lane, origin=SERVER, state="claimed").order_by("id")
    return list(rows.values_list("id", flat=True))


def file_unsettled(file: InboundFile, now: datetime) -> None:
    """It changed while it was read: the waiting begins again."""
    file.seen_at = now
    file.save(update_fields=["seen_at"])


def file_claim(*, file: InboundFile, fetched: FileFetched, run_id: int, now: datetime) -> bool:
    """Take a file that rests: keep a copy, or see that it is the one taken in last under this name. True: plan it.

    The same name with the same content is not taken in twice in a row, whatever its time says and even if it could not be moved.
    """
    last = InboundFile.objects.filter(
        connection_id=file.connection_id, lane=file.lane, origin=SERVER, name=file.name, id__lt=file.id
    )
    before = last.exclude(state="seen").order_by("-id").first()
    file.sha256, file.bytes, file.claimed_at, file.run_id = fetched.sha256, fetched.bytes, now, run_id
    if before is not None and before.sha256 == fetched.sha256:
        file.state, file.code, file.finished_at = _same_state(before), "same_again", now
        file.text = f"The same file, byte for byte, as on {before.seen_at:%Y-%m-%d %H:%M} UTC: nothing changes."
        file.artifact_id, file.rows = before.artifact_id, before.rows
        file.save()
        return False
    file.state = "claimed"
    file.artifact_id = artifact_keep(
        connection_id=file.connection_id,
        run_id=run_id,
        written=FileWritten(fetched.path, file.name, 0),
        now=now,
    ).id
    file.save()
    return True


def _same_state(before: InboundFile) -> str:
    return before.state if before.state in DONE else "failed"


def file_planned(file: InboundFile, planned: Planned) -> None:
    """The figures of a plan."""
    plan = planned.plan
    file.rows, file.matched, file.unchanged, file.unmatched = plan.rows, plan.matched, plan.unchanged, plan.unmatched
    file.changed, file.rejected, file.digest = len(plan.changes), len(plan.refused), planned.digest
    file.notes = list(plan.notes)
    Artifact.objects.filter(id=file.artifact_id or 0).update(rows=plan.rows)


def file_finished(file: InboundFile, planned: Planned, *, state: str, run_id: int | None, now: datetime) -> None:
    """Applied, shown or stopped: the figures, and both reports beside the file."""
    file_planned(file, planned)
    file.state, file.run_id = state, run_id
    file.finished_at = None if state == "stopped" else now
    if run_id is not None:
        Artifact.objects.filter(id=file.artifact_id or 0).update(run_id=run_id)
    accepted, rejected = [
        _report_keep(file, one, run_id or 0, now) for one in (planned.reports.accepted, planned.reports.rejected)
    ]
    file.accepted_id, file.rejected_id = accepted.id, rejected.id
    file.save()


def file_stopped(file: InboundFile, *, code: str, text: str, now: datetime) -> None:
    """Nothing of it is applied; a person must look."""
    file.state, file.code, file.text = "stopped", code[:40], text[:600]
    file.claimed_at = file.claimed_at or now
    file.save()


def files_superseded(*, file: InboundFile, now: datetime) -> None:
    """A later file was taken in: what could not be read before it no longer waits for anybody."""
    InboundFile.objects.filter(
        connection_id=file.connection_id, lane=file.lane, origin=SERVER, state="stopped", id__lt=file.id
    ).exclude(code="safety").update(
        state="failed", finished_at=now, decided_by="", text=f"It could not be read; {file.name} came later and was."
    )


def _report_keep(file: InboundFile, report: Report, run_id: int, now: datetime) -> Artifact:
    with tempfile.TemporaryDirectory(dir=spool()) as folder:
        path = Path(folder) / "report"
        path.write_bytes(report.content)
        written = FileWritten(path, report.name, report.rows)
        return artifact_keep(connection_id=file.connection_id, run_id=run_id, written=written, now=now)


def archive_name(file: InboundFile) -> str:
    """The name in the archive: the file's own, when it was done with, and the beginning of its content's hash."""
    path = PurePosixPath(file.name)
    at = file.finished_at or file.seen_at
    return f"{path.stem[:150]}.{at:%Y%m%dT%H%M%SZ}-{file.sha256[:8]}{path.suffix[:20]}"


def reports_waiting(*, row: Connection, limit: int = 20) -> Sequence[InboundFile]:
    """Files whose reports are still to be sent, oldest first."""
    rows = InboundFile.objects.filter(
        connection=row, lane=row.lane, origin=SERVER, state="applied", reports_sent_at=None,
        accepted_id__in=Artifact.objects.filter(connection_id=row.id, removed_at=None).values("id"),
    )  # fmt: skip
    return list(rows.order_by("id")[:limit])
