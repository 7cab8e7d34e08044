"""Writes of connections by people: connect, set, map, test, go live, pause, confirm, replay."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings as django_settings

from integrations.contract import Connector, DeliveryError, Step, Trigger, cleaned, counts
from integrations.doors import Doors
from integrations.models import Artifact, Connection, LedgerRow
from integrations.recurrence import next_due, recurrence_problem
from integrations.registry import connector, connectors
from integrations.services.facts import facts_merge
from integrations.services.mapping_state import mapping_gaps
from integrations.services.network import egress_grant as egress_grant
from integrations.services.reading import address_policy, revealed
from integrations.services.requests import DUE, nightly, run_request
from tenancy.changes import change_record, differing
from tenancy.dispatch import settle
from tenancy.secrets import secret_put, secret_remove, secrets_set
from tenancy.selectors import organization_info
from tenancy.tenant import current_organization_id, tenant_transaction
from tenancy.types import Actor, NotFoundError, RefusedError


class FormRefused(RefusedError):
    """Several fields are wrong: field name → what is wrong."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()), field=next(iter(problems)), code="form")
        self.problems = dict(problems)


def connection_find(connection_id: uuid.UUID, *, lock: bool = False) -> Connection:
    """The connection, or NotFoundError."""
    rows = Connection.objects.select_for_update() if lock else Connection.objects.all()
    row = rows.filter(public_id=connection_id).first()
    if row is None:
        raise NotFoundError("There is no such connection.")
    return row


def connection_create(*, kind: str, name: str, actor: Actor, now: datetime) -> Connection:
    """Make a connection in state off, with the connector's default settings and recurrence."""
    if kind not in connectors():
        raise NotFoundError("There is no such integration.")
    declared = connector(kind)
    row = Connection.objects.create(
        kind=kind,
        name=name.strip() or declared.title,
        settings={one.name: one.default for one in declared.settings},
        recurrence=dict(declared.recurrence) if declared.recurrence else None,
        created_at=now,
    )
    connection_log(row, actor, now, "connection.create", None, {"kind": kind})
    return row


def connection_change(
    *,
    connection_id: uuid.UUID,
    actor: Actor,
    now: datetime,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    recurrence: Mapping[str, Any] | str | None = "",
) -> Connection:
    """Change name, settings (those given), secrets (those not empty) and the recurrence ("" leaves it alone).

    A changed destination forgets the secrets, because they were for the old one, and asks for a new test.
    """
    row = connection_find(connection_id, lock=True)
    declared = connector(row.kind)
    values = {**row.settings, **_settings_clean(declared, settings or {}, row.settings)}
    rule = row.recurrence if isinstance(recurrence, str) else recurrence
    problem = recurrence_problem(rule)
    if problem:
        raise FormRefused({"recurrence": problem})
    new = {"name": (name or row.name).strip(), "settings": values, "recurrence": rule}
    before, after = differing({field: getattr(row, field) for field in new}, new)
    moved = [
        one.name for one in declared.settings if one.destination and row.settings.get(one.name) != values.get(one.name)
    ]
    given = {field: value for field, value in (secrets or {}).items() if value}
    if not after and not given:
        return row
    if moved:
        _forget_secrets(declared, row, keep=set(given))
        row.tested_at = None
    for field, value in given.items():
        if field not in {one.name for one in declared.secrets if not one.made}:
            raise RefusedError(f"{declared.title} has no secret called {field!r}.", field=field)
        secret_put(owner=row.public_id, name=field, value=value, now=now)
    for field, value in after.items():
        setattr(row, field, value)
    row.revision += 1
    if row.hold == "config":
        row.hold, row.hold_text = "", ""
    row.save()
    told = {**after, **({"secrets": sorted(given)} if given else {})}
    connection_log(row, actor, now, "connection.change", before, told)
    _reschedule(row, now)
    connection_look_again(row, now)
    return row


def connection_test(*, organization_id: int, connection_id: uuid.UUID, clock: Callable[[], datetime]) -> list[Step]:
    """Try the destination step by step. Opens no transaction while it does; a full pass is remembered."""
    with tenant_transaction(organization_id):
        row = connection_find(connection_id)
        declared = connector(row.kind)
        doors = Doors(
            connection_id=row.public_id,
            run_token=uuid.uuid4().hex[:12],
            settings=row.settings,
            secrets=revealed(row, declared),
            policy=address_policy(),
            now=clock,
            before_effect=lambda seconds: None,
            organization=organization_info().slug,
            authority_file=django_settings.ROTACAST_AUTHORITY_FILE,
            facts=dict(row.facts),
            testing=True,
        )
    steps: list[Step] = []
    try:
        steps.extend(declared.check(doors))
    except DeliveryError as error:
        steps.append(Step(name="Connect", state="failed", detail=error.text))
    passed = steps and all(step.state != "failed" for step in steps)
    if passed or doors.facts != row.facts:
        with tenant_transaction(organization_id):
            facts_merge(connection_id=row.id, before=row.facts, after=doors.facts)
            if passed:
                Connection.objects.filter(public_id=connection_id).update(tested_at=clock())
    return steps


def connection_state_set(*, connection_id: uuid.UUID, live: bool, actor: Actor, now: datetime) -> Connection:
    """Switch on (a full run follows at once) or off (nothing is sent; what was delivered stays)."""
    row = connection_find(connection_id, lock=True)
    declared = connector(row.kind)
    if live:
        missing = connection_gaps(row, declared)
        if missing:
            raise RefusedError("It cannot go live yet. " + " ".join(missing), code="gaps")
    state = "live" if live else "off"
    if row.state == state and not row.hold:
        return row
    before = {"state": row.state, "hold": row.hold}
    row.state, row.hold, row.hold_text = state, "", ""
    row.save()
    connection_log(
        row, actor, now, "connection.live" if live else "connection.off", before, {"state": state, "hold": ""}
    )
    _reschedule(row, now)
    if live:
        run_request(connection_id=row.id, triggers=[Trigger.MANUAL.value], now=now, full=True, actor=actor.label)
    return row


def connection_gaps(row: Connection, declared: Connector) -> list[str]:
    """What is still missing before it can go live, in sentences."""
    known = secrets_set(owner=row.public_id)
    needed = [one for one in declared.settings if one.required and counts(one, row.settings, declared.settings)]
    gaps = [f"{one.label} is not set." for one in needed if not row.settings.get(one.name, one.default)]
    secret = [one for one in declared.secrets if one.required and counts(one, row.settings, declared.settings)]
    gaps += [f"{one.label} is not set." for one in secret if one.name not in known]
    return gaps + mapping_gaps(row, declared)


def connection_pause(*, connection_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Hold a live connection: nothing is sent until it is resumed."""
    row = connection_find(connection_id, lock=True)
    row.hold, row.hold_text = "paused", f"Paused by {actor.label}."
    row.save(update_fields=["hold", "hold_text"])
    connection_log(row, actor, now, "connection.pause", {"hold": ""}, {"hold": "paused"})


def connection_resume(*, connection_id: uuid.UUID, actor: Actor, now: datetime, removals: str = "") -> None:
    """Go on after a pause or a stop, catching up at once. `removals` is the digest of removals that a person agreed to."""
    row = connection_find(connection_id, lock=True)
    before = row.hold
    row.hold, row.hold_text, row.confirmed_removals = "", "", removals
    row.save(update_fields=["hold", "hold_text", "confirmed_removals"])
    connection_log(
        row, actor, now, "connection.resume", {"hold": before}, {"hold": "", "removals_confirmed": bool(removals)}
    )
    _reschedule(row, now)
    if row.state == "live":
        run_request(connection_id=row.id, triggers=[Trigger.RETRY.value], now=now, actor=actor.label)


def connection_run_now(*, connection_id: uuid.UUID, actor: Actor, now: datetime, full: bool = False) -> None:
    """Run at once: what differs, or (full) everything as a new baseline."""
    row = connection_find(connection_id, lock=True)
    if row.state != "live" or row.hold:
        raise RefusedError("The connection does not send now. Switch it on, or resume it, first.")
    connection_log(row, actor, now, "connection.run", None, {"full": full})
    run_request(connection_id=row.id, triggers=[Trigger.MANUAL.value], now=now, full=full, actor=actor.label)


def connection_retry_rejected(*, connection_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Try again what the destination refused, rendered from the schedule as it is now."""
    row = connection_find(connection_id, lock=True)
    LedgerRow.objects.filter(connection_id=row.id, lane=row.lane, state="rejected").update(retry_at=now)
    connection_log(row, actor, now, "connection.retry", None, None)
    run_request(connection_id=row.id, triggers=[Trigger.RETRY.value], now=now, full=True, actor=actor.label)


def connection_send_again(*, connection_id: uuid.UUID, artifact_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Send exactly the bytes of a receipt once more."""
    row = connection_find(connection_id, lock=True)
    if row.state != "live" or row.hold:
        raise RefusedError("The connection does not send now. Switch it on, or resume it, first.")
    artifact = Artifact.objects.filter(public_id=artifact_id, connection_id=row.id).first()
    if artifact is None:
        raise NotFoundError("There is no such file.")
    if artifact.removed_at is not None:
        raise RefusedError(
            f"{artifact.name} is no longer kept since {artifact.removed_at:%Y-%m-%d}: files are kept for {row.keep_days} days. "
            "Choose “Send everything now” to send what is published today."
        )
    connection_log(row, actor, now, "connection.replay", None, {"file": artifact.name})
    run_request(
        connection_id=row.id, triggers=[Trigger.REPLAY.value], now=now, actor=actor.label, artifact_id=artifact.id
    )


def _settings_clean(declared: Connector, raw: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    known = {one.name: one for one in declared.settings}
    problems: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in known:
            raise RefusedError(f"{declared.title} has no setting called {name!r}.", field=name)
        try:
            values[name] = cleaned(known[name], value, {**kept, **raw}, declared.settings)
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise FormRefused(problems)
    return values


def _forget_secrets(declared: Connector, row: Connection, keep: set[str]) -> None:
    for one in declared.secrets:
        if one.name not in keep and not one.made:
            secret_remove(owner=row.public_id, name=one.name)


def _reschedule(row: Connection, now: datetime) -> None:
    organization_id = current_organization_id()
    if row.state == "live" and not row.hold and row.recurrence:
        due = next_due(row.recurrence, organization_info().zone, now)
        Connection.objects.filter(id=row.id).update(next_due_at=due)
        settle(organization_id=organization_id, topic=DUE, ref=row.id, next_due_at=due)
        return
    Connection.objects.filter(id=row.id).update(next_due_at=None)
    due_at = nightly(now) if row.state == "live" and not row.hold else None
    settle(organization_id=organization_id, topic=DUE, ref=row.id, next_due_at=due_at)


def connection_look_again(row: Connection, now: datetime) -> None:
    """Settings or mapping changed what is desired: a live connection compares at once."""
    if row.state == "live" and not row.hold and Trigger.DATA_CHANGE in connector(row.kind).triggers:
        run_request(connection_id=row.id, triggers=[Trigger.DATA_CHANGE.value], now=now)


def connection_log(
    row: Connection,
    actor: Actor,
    now: datetime,
    action: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    change_record(
        actor=actor, now=now, action=action, subject_type="connection", subject=row.name, subject_id=row.public_id,
        before=before, after=after,
    )  # fmt: skip
