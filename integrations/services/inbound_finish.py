"""Putting down how a run of a connection that receives has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.contract import DeliveryError, Skipped, Trigger
from integrations.diff import Plan
from integrations.inbound import RowRejected
from integrations.models import Connection, InboundFile, Run
from integrations.services.claiming import Claimed, run_end
from integrations.services.problems import incident_close, incident_open, problems_sync
from integrations.services.reading import Glance
from integrations.services.requests import RUN, run_request
from tenancy.dispatch import settle
from tenancy.tenant import tenant_transaction

NOTHING = Plan(operations=(), conflicts=(), unchanged=0, kept=0, waiting=0, ledger_size=0)


@dataclass(frozen=True)
class Taken:
    """A file that a run took in, in figures, and the rows that it could not."""

    name: str
    rows: int
    changed: int
    unchanged: int
    unmatched: int
    rejected: int
    bytes: int
    refused: tuple[RowRejected, ...]


@dataclass(frozen=True)
class InboundEnding:
    """What a run came to: the files it took, one that cannot be read, what could not be put away, and when to look again."""

    taken: tuple[Taken, ...]
    unreadable: DeliveryError | None
    troubles: tuple[str, ...]
    look_again: timedelta | None


def inbound_finish(claimed: Claimed, seen: Glance, ending: InboundEnding, now: datetime) -> str:
    """Done, nothing new, or stopped at a file that cannot be read: the connection goes on with the next one either way."""
    connection_id, unreadable, taken = claimed.connection_id, ending.unreadable, ending.taken
    with tenant_transaction(claimed.organization_id):
        claimed.lease.keep()
        row = Connection.objects.select_for_update().get(id=connection_id)
        state = "stopped" if unreadable else "done" if taken else "nothing"
        _problems(row, taken, ending.troubles, now)
        _incident(row, unreadable, now)
        row.fingerprint, row.seen_number, row.uncertain = seen.fingerprint, seen.number, False
        row.in_step_number = seen.number
        row.lease_token, row.lease_until = "", None
        row.save(
            update_fields=["fingerprint", "seen_number", "uncertain", "in_step_number", "lease_token", "lease_until"]
        )
        run = Run.objects.get(id=claimed.run_id)
        figures(run, taken)
        text = unreadable.text if unreadable else " ".join(ending.troubles)
        run_end(
            run, state, now, code=unreadable.code if unreadable else "archive" if ending.troubles else "", text=text
        )
        settle(organization_id=claimed.organization_id, topic=RUN, ref=connection_id)
        if ending.look_again is not None:
            due = now + ending.look_again
            run_request(connection_id=connection_id, triggers=[Trigger.RETRY.value], now=now, due_at=due)
        elif Run.objects.filter(connection_id=connection_id, state="waiting").exists():
            run_request(connection_id=connection_id, triggers=[], now=now)
    return state


def figures(run: Run, taken: Iterable[Taken]) -> None:
    """The sums over the files of a run."""
    files = list(taken)
    run.rows, run.bytes = sum(one.rows for one in files), sum(one.bytes for one in files)
    run.changed, run.unchanged = sum(one.changed for one in files), sum(one.unchanged for one in files)
    run.skipped, run.rejected = sum(one.unmatched for one in files), sum(one.rejected for one in files)


def _problems(row: Connection, taken: Sequence[Taken], troubles: Sequence[str], now: datetime) -> None:
    """Open problems are those of the last file that was taken in; a run without one closes nothing."""
    skipped = list(skipped_of(taken[-1].refused)) if taken else []
    skipped += [
        Skipped(
            unit="archive", cause="archive_refused", text=one, subject_type="directory", subject_id=row.public_id,
            subject="Archive", label=one,
        )
        for one in troubles
    ]  # fmt: skip
    problems_sync(connection=row, skipped=skipped, plan=NOTHING, partial=not taken, now=now)


def skipped_of(refused: Iterable[RowRejected]) -> Iterable[Skipped]:
    """Rejected rows as problems: alike ones become one, with their rows as examples."""
    for one in refused:
        yield Skipped(
            unit=f"row {one.row}",
            cause=one.cause,
            text=f"{one.text} {one.fix}".strip(),
            subject_type="row",
            subject_id=None,
            subject=one.group or one.cause.replace("_", " "),
            label=f"row {one.row}: {one.key}" if one.key else f"row {one.row}",
        )


def _incident(row: Connection, unreadable: DeliveryError | None, now: datetime) -> None:
    """A file that could not be read stays an incident until a person decides or a later file is taken in."""
    if unreadable is not None:
        incident_open(connection=row, code=unreadable.code, text=unreadable.text, now=now)
    elif not InboundFile.objects.filter(connection=row, lane=row.lane, origin="server", state="stopped").exists():
        incident_close(connection=row, now=now)
