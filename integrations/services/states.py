"""Switching a connection: off, shadow, test, live; pausing it and going on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from integrations.contract import Connector, Trigger, counts
from integrations.lanes import (
    LIVE,
    OFF,
    SHADOW,
    STATES,
    TEST,
    destination_settings,
    facts_without_baseline,
    has_test,
    lane_of,
    secret_name,
    settings_in,
)
from integrations.models import Connection, Incident, LedgerRow, Run
from integrations.registry import connector
from integrations.services.claiming import run_cut_short
from integrations.services.mapping_state import mapping_gaps
from integrations.services.parts import connection_find, connection_log, connection_reschedule
from integrations.services.requests import run_request
from integrations.services.silence import silence_forget
from tenancy.secrets import secrets_set
from tenancy.types import Actor, RefusedError

_CANNOT = {
    SHADOW: "It cannot run as a shadow yet. ",
    TEST: "It cannot send to the test destination yet. ",
    LIVE: "It cannot go live yet. ",
}


def connection_state_set(
    *,
    connection_id: uuid.UUID,
    state: str,
    actor: Actor,
    now: datetime,
    removals: str = "",
    numbers: Mapping[str, int] | None = None,
) -> Connection:
    """Switch to off, shadow, test or live. Every state but off begins with a full run, at once.

    Shadow and test begin with an empty ledger of their own each time; that of live is kept, because what was delivered is still
    there. Whatever is under way in the old state is cut short. `removals` is the digest of removals that a person agreed to,
    `numbers` what that person saw, for the change log.
    """
    row = connection_find(connection_id, lock=True)
    declared = connector(row.kind)
    if state not in STATES:
        raise RefusedError(f"A connection is off, shadow, test or live, not {state!r}.", field="state")
    if state != OFF:
        missing = connection_gaps(row, declared, state)
        if missing:
            raise RefusedError(_CANNOT[state] + " ".join(missing), code="gaps")
    if row.state == state and not row.hold:
        return row
    before = {"state": row.state, "hold": row.hold}
    if row.state != state:
        run_cut_short(row, now, f"The connection was switched to {state} before it was done.")
        _enter(row, state, now)
    row.state, row.hold, row.hold_text, row.confirmed_removals = state, "", "", removals
    row.save()
    connection_log(row, actor, now, f"connection.{state}", before, {"state": state, "hold": "", **(numbers or {})})
    connection_reschedule(row, now)
    if state != OFF:
        run_request(connection_id=row.id, triggers=[Trigger.MANUAL.value], now=now, full=True, actor=actor.label)
    return row


def _enter(row: Connection, state: str, now: datetime) -> None:
    """Forget how far the old state had come; what this one's destination has is known from its own ledger."""
    lane = lane_of(state)
    row.fingerprint, row.seen_number = "", 0
    silence_forget(connection=row, now=now)
    if state in (SHADOW, TEST):
        LedgerRow.objects.filter(connection_id=row.id, lane=lane).delete()
        row.facts = facts_without_baseline(lane, row.facts)
        row.uncertain = False
    if lane != row.lane:
        row.in_step_number, row.in_step_at = 0, None
        # The old destination's trouble is not the new one's, and nobody should read that it has recovered.
        Incident.objects.filter(connection=row, closed_at=None).update(closed_at=now, closed_told_at=now)
        if lane == LIVE:
            _remember_live(row)


def _remember_live(row: Connection) -> None:
    """Back from shadow or test: the last publication that the live destination was in step with."""
    rows = Run.objects.filter(connection_id=row.id, lane=LIVE, state__in=["done", "nothing"], rejected=0)
    last = rows.exclude(publication=None).order_by("-id").first()
    if last is not None:
        row.in_step_number, row.in_step_at = last.publication or 0, last.finished_at


def connection_gaps(row: Connection, declared: Connector, state: str = LIVE) -> list[str]:
    """What is still missing before it can be switched to a state, in sentences. Shadow needs no destination."""
    if state == TEST and not has_test(declared):
        return [f"{declared.title} has no destination for tests."]
    there, where = {one.name for one in destination_settings(declared)}, " of the test destination" * (state == TEST)
    settings = settings_in(lane_of(state), declared, row.settings, row.test_settings)
    known = secrets_set(owner=row.public_id)
    gaps = [
        f"{one.label}{where if one.name in there else ''} is not set."
        for one in declared.settings
        if one.required
        and counts(one, settings, declared.settings)
        and not settings.get(one.name, one.default)
        and not (state == SHADOW and one.name in there)
    ]
    gaps += [
        f"{one.label}{where} is not set."
        for one in declared.secrets
        if one.required
        and counts(one, settings, declared.settings)
        and state != SHADOW
        and secret_name(lane_of(state), one.name) not in known
    ]
    return gaps + mapping_gaps(row, declared)


def connection_pause(*, connection_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Hold a connection: nothing runs until it is resumed."""
    row = connection_find(connection_id, lock=True)
    row.hold, row.hold_text = "paused", f"Paused by {actor.label}."
    row.save(update_fields=["hold", "hold_text"])
    connection_log(row, actor, now, "connection.pause", {"hold": ""}, {"hold": "paused"})


def connection_resume(*, connection_id: uuid.UUID, actor: Actor, now: datetime, removals: str = "") -> None:
    """Go on after a pause or a stop with one run at once, whatever was missed; the recurrence goes on from there.

    A full run that was stopped is full again. `removals` is the digest of removals that a person agreed to.
    """
    row = connection_find(connection_id, lock=True)
    before = row.hold
    row.hold, row.hold_text, row.confirmed_removals = "", "", removals
    row.save(update_fields=["hold", "hold_text", "confirmed_removals"])
    connection_log(
        row, actor, now, "connection.resume", {"hold": before}, {"hold": "", "removals_confirmed": bool(removals)}
    )
    connection_reschedule(row, now)
    if row.state != OFF:
        last = Run.objects.filter(connection_id=row.id, lane=row.lane).exclude(state="waiting").order_by("-id").first()
        full = last is not None and last.state == "stopped" and last.full
        run_request(connection_id=row.id, triggers=[Trigger.RETRY.value], now=now, full=full, actor=actor.label)
