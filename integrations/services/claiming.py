"""The two ends of a run: taking it under a lease, and putting down how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from integrations.contract import DeliveryError, TransientError, Trigger
from integrations.diff import Plan
from integrations.lanes import LIVE, SHADOW
from integrations.models import Attempt, Connection, Run
from integrations.services.lease import Lease, LeaseLost, lease_length, new_token
from integrations.services.ledger import Tally
from integrations.services.problems import incident_close, incident_open, problems_sync
from integrations.services.reading import Glance, Reading, Shape, left_out
from integrations.services.requests import RUN, run_request
from integrations.services.silence import sends, silence_break
from tenancy.dispatch import settle
from tenancy.selectors import installation_problem, organization_info
from tenancy.tenant import current_organization_id, tenant_transaction

TELL_AFTER_TRIES = 3
LONGEST_WAIT_S = 3600.0  # what a destination may ask of us


@dataclass(frozen=True)
class Claimed:
    """A run that this worker holds: this run of this connection, in the lane it was taken in."""

    run_id: int
    triggers: tuple[str, ...]
    full: bool
    tries: int
    artifact_id: int | None
    lease: Lease
    lane: str = LIVE

    @property
    def organization_id(self) -> int:
        """Whose run it is."""
        return self.lease.organization_id

    @property
    def connection_id(self) -> int:
        """Of which connection."""
        return self.lease.connection_id

    @property
    def shadow(self) -> bool:
        """Nothing may leave the building: everything is done as if."""
        return self.lane == SHADOW


@dataclass(frozen=True)
class Ending:
    """How a run ended: in which state, what it had read and found to do, and what is left of it."""

    state: str
    reading: Reading | Glance
    shaped: Shape | None = None
    plan: Plan | None = None
    tally: Tally = field(default_factory=Tally)


def run_claim(organization_id: int, connection_id: int, clock: Callable[[], datetime]) -> Claimed | str:
    """Take the waiting run of a connection under a lease, or say why there is none to take."""
    now = clock()
    with tenant_transaction(organization_id):
        row = Connection.objects.select_for_update().filter(id=connection_id).first()
        if row is None:
            settle(organization_id=organization_id, topic=RUN, ref=connection_id)
            return "gone"
        # Taking the wake-up row first makes whoever asks for a run meanwhile wait for this commit, and lets us see what was asked
        # before it. A look at the waiting run alone would miss a request under way, and then forget its wake-up.
        settle(organization_id=organization_id, topic=RUN, ref=connection_id, next_due_at=now + lease_length())
        if row.lease_until is not None and row.lease_until > now:
            settle(organization_id=organization_id, topic=RUN, ref=connection_id, next_due_at=row.lease_until)
            return "busy"
        _bury_the_dead(row, now)
        waiting = Run.objects.select_for_update().filter(connection_id=connection_id, state="waiting").first()
        if waiting is None:
            settle(organization_id=organization_id, topic=RUN, ref=connection_id)
            return "nothing_waits"
        if waiting.due_at > now:
            settle(organization_id=organization_id, topic=RUN, ref=connection_id, next_due_at=waiting.due_at)
            return "not_yet"
        if organization_info().status != "active":
            # Suspended: the run waits, and is looked at again now and then.
            later = now + timedelta(minutes=15)
            settle(organization_id=organization_id, topic=RUN, ref=connection_id, next_due_at=later)
            return "suspended"
        problem = installation_problem(settings.ROTACAST_INSTALLATION_ID)
        if problem or not row.running:
            text = problem or f"The connection is {row.hold or row.state}: nothing is sent."
            run_end(waiting, "stopped", now, code="silent", text=text)
            settle(organization_id=organization_id, topic=RUN, ref=connection_id)
            return "stopped"
        lease = Lease(organization_id, connection_id, new_token(), clock)
        row.lease_token, row.lease_until = lease.token, now + lease_length()
        row.save(update_fields=["lease_token", "lease_until"])
        waiting.state, waiting.started_at, waiting.lane = "running", now, row.lane
        waiting.save(update_fields=["state", "started_at", "lane"])
        # Should this worker die, the wake-up row is due again when the lease has run out.
        settle(organization_id=organization_id, topic=RUN, ref=connection_id, next_due_at=row.lease_until)
        return Claimed(
            waiting.id, tuple(waiting.triggers), waiting.full, waiting.tries, waiting.artifact_id, lease, row.lane
        )


def _bury_the_dead(row: Connection, now: datetime) -> None:
    """A run that is still running without a lease lost its worker: an effect may have been in flight."""
    for dead in Run.objects.filter(connection_id=row.id, state="running"):
        run_end(
            dead,
            "failed",
            now,
            code="worker_died",
            text="The worker stopped in the middle. What it had begun is looked up first.",
        )
        Attempt.objects.filter(run_id=dead.id, result="sending").update(result="unknown")
        row.uncertain = True
        row.save(update_fields=["uncertain"])  # even where nothing may be sent now: the doubt outlives the pause
        run_request(
            connection_id=row.id,
            triggers=[*dead.triggers, Trigger.RETRY.value],
            now=now,
            publication=dead.publication,
            full=dead.full,
            artifact_id=dead.artifact_id,
        )


def run_finish(claimed: Claimed, ending: Ending, now: datetime) -> str:
    """Put down a run that came to its end, and what the destination is in step with now. Returns its state."""
    connection_id, reading, shaped, todo, tally = (
        claimed.connection_id, ending.reading, ending.shaped, ending.plan, ending.tally
    )  # fmt: skip
    with tenant_transaction(claimed.organization_id):
        claimed.lease.keep()
        row = Connection.objects.select_for_update().get(id=connection_id)
        refused = tally.rejected + (todo.waiting + len(todo.conflicts) if todo else 0)
        if isinstance(reading, Reading) and shaped is not None and todo is not None:
            problems_sync(
                connection=row,
                skipped=left_out(reading, shaped, todo),
                plan=todo,
                partial=reading.partial,
                now=now,
                notices=shaped.notices,
            )
        row.fingerprint, row.seen_number, row.uncertain = reading.fingerprint, reading.number, False
        if not tally.again and not refused:
            row.in_step_number, row.in_step_at = reading.number, now
        row.lease_token, row.lease_until = "", None
        waits = Run.objects.filter(connection_id=connection_id, state="waiting").exists()
        if not waits:  # a person's word about removals travels with the run that it was given for
            row.confirmed_removals = ""
        row.save(
            update_fields=[
                "fingerprint", "seen_number", "uncertain", "in_step_number", "in_step_at", "lease_token", "lease_until",
                "confirmed_removals",
            ]
        )  # fmt: skip
        run = Run.objects.get(id=claimed.run_id)
        run.publication = reading.number
        if todo is not None and shaped is not None:
            run.added, run.changed, run.removed = todo.count("create"), todo.count("update"), todo.count("remove")
            run.unchanged, run.skipped, run.rejected = todo.unchanged, len(shaped.skipped) + len(todo.held), refused
        run_end(run, ending.state, now)
        incident_close(connection=row, now=now)
        if sends(row):
            silence_break(connection=row, now=now)
        settle(organization_id=claimed.organization_id, topic=RUN, ref=connection_id)
        if tally.again:
            asked = timedelta(seconds=min(tally.wait_s, LONGEST_WAIT_S))
            _request_again(claimed, now, max(asked, backoff(claimed.tries, connection_id)))
        elif waits:
            run_request(connection_id=connection_id, triggers=[], now=now)
    return ending.state


def run_stopped(claimed: Claimed, error: DeliveryError, hold: str, now: datetime) -> str:
    """Put down a run that needs a person: the connection is held, with the reason. Returns its state."""
    with tenant_transaction(claimed.organization_id):
        row = lease_let_go(claimed.connection_id, claimed)
        row.hold, row.hold_text = hold, error.text[:600]
        row.save(update_fields=["hold", "hold_text", "lease_token", "lease_until"])
        run_end(Run.objects.get(id=claimed.run_id), "stopped", now, code=error.code, text=error.text)
        Attempt.objects.filter(run_id=claimed.run_id, result="sending").update(
            result="retry", code=error.code, text=error.text[:600]
        )
        incident_open(connection=row, code=error.code, text=error.text, now=now)
        settle(organization_id=claimed.organization_id, topic=RUN, ref=claimed.connection_id)
    return "stopped"


def run_try_later(claimed: Claimed, error: TransientError, now: datetime) -> str:
    """Put down a run that failed for now, and ask for its next try. Returns its state."""
    wait = backoff(claimed.tries, claimed.connection_id)
    if error.retry_after_s is not None:
        wait = max(timedelta(seconds=min(error.retry_after_s, LONGEST_WAIT_S)), timedelta(seconds=1))
    with tenant_transaction(claimed.organization_id):
        row = lease_let_go(claimed.connection_id, claimed)
        row.uncertain = row.uncertain or error.outcome_unknown
        row.save(update_fields=["uncertain", "lease_token", "lease_until"])
        run_end(Run.objects.get(id=claimed.run_id), "failed", now, code=error.code, text=error.text)
        Attempt.objects.filter(run_id=claimed.run_id, result="sending").update(
            result="unknown" if error.outcome_unknown else "retry", code=error.code, text=error.text[:600]
        )
        if claimed.tries + 1 >= TELL_AFTER_TRIES:
            incident_open(connection=row, code=error.code, text=error.text, now=now)
        settle(organization_id=claimed.organization_id, topic=RUN, ref=claimed.connection_id)
        _request_again(claimed, now, wait)
    return "failed"


def _request_again(claimed: Claimed, now: datetime, wait: timedelta) -> None:
    triggers = sorted({*claimed.triggers, Trigger.RETRY.value})
    run_request(
        connection_id=claimed.connection_id,
        triggers=triggers,
        now=now,
        due_at=now + wait,
        full=claimed.full,
        tries=claimed.tries + 1,
        artifact_id=claimed.artifact_id,
    )


def lease_let_go(connection_id: int, claimed: Claimed) -> Connection:
    row = Connection.objects.select_for_update().get(id=connection_id)
    if row.lease_token != claimed.lease.token:
        raise LeaseLost(f"The lease on connection {connection_id} was lost.")
    row.lease_token, row.lease_until = "", None
    return row


def run_cut_short(row: Connection, now: datetime, text: str) -> None:
    """End what waits and what is under way, because the connection is being switched. The caller holds the connection's row.

    The worker loses its lease at once; the lease's time is kept, so that nobody begins while its last effect may be in flight.
    """
    settle(organization_id=current_organization_id(), topic=RUN, ref=row.id)
    for run in Run.objects.select_for_update().filter(connection_id=row.id, state__in=["waiting", "running"]):
        if run.state == "running":
            Attempt.objects.filter(run_id=run.id, result="sending").update(result="unknown")
        run_end(run, "stopped", now, code="switched", text=text)
    row.lease_token = ""


def run_end(run: Run, state: str, now: datetime, code: str = "", text: str = "") -> None:
    run.state, run.finished_at, run.code, run.text = state, now, code[:40], text[:600]
    run.save()


def backoff(tries: int, connection_id: int) -> timedelta:
    """5 s, 15 s, 45 s … to 15 minutes, spread a little by connection so that not all come back at once."""
    base = min(5 * 3**tries, 900) if tries < 8 else 900
    return timedelta(seconds=base * (1 + (connection_id % 10) / 50))
