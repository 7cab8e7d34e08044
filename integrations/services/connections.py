"""Writes of connections by people: connect, set, map, test, go live, pause, confirm, replay."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from django.conf import settings as django_settings

from integrations.contract import Connector, DeliveryError, Mode, Setting, Step, Trigger, cleaned
from integrations.doors import Doors
from integrations.lanes import (
    LIVE,
    SHADOW,
    TEST,
    TEST_TESTED,
    WATCH,
    WHEN_UNCHANGED,
    destination_settings,
    facts_in,
    facts_with,
    secret_name,
    settings_in,
)
from integrations.models import Artifact, Connection, LedgerRow, Run
from integrations.recurrence import recurrence_problem
from integrations.registry import connector, connectors
from integrations.services.facts import facts_merged
from integrations.services.layout_versions import layouts_noted, layouts_of, layouts_told
from integrations.services.network import egress_grant as egress_grant
from integrations.services.parts import connection_find as connection_find
from integrations.services.parts import connection_log as connection_log
from integrations.services.parts import connection_look_again as connection_look_again
from integrations.services.parts import connection_reschedule
from integrations.services.reading import address_policy, revealed
from integrations.services.requests import run_request
from integrations.services.states import connection_gaps as connection_gaps
from integrations.services.states import connection_pause as connection_pause
from integrations.services.states import connection_resume as connection_resume
from integrations.services.states import connection_state_set as connection_state_set
from tenancy.changes import differing
from tenancy.secrets import secret_put, secret_remove
from tenancy.selectors import organization_info
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor, NotFoundError, RefusedError


class FormRefused(RefusedError):
    """Several fields are wrong: field name → what is wrong."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()), field=next(iter(problems)), code="form")
        self.problems = dict(problems)


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
    test_settings: Mapping[str, Any] | None = None,
    test_secrets: Mapping[str, str] | None = None,
    watch: Mapping[str, Any] | None = None,
    recurrence: Mapping[str, Any] | str | None = "",
) -> Connection:
    """Change name, settings (those given), secrets (those not empty) and the recurrence ("" leaves it alone).

    `test_settings` and `test_secrets` are those of the test destination; `watch` those of lanes.WATCH. A changed destination forgets
    its secrets, because they were for the old one, and asks for a new test.
    """
    row = connection_find(connection_id, lock=True)
    declared = connector(row.kind)
    new = _changed(row, declared, name, settings or {}, test_settings or {}, watch or {}, recurrence)
    before, after = differing({field: _value(row, field) for field in new}, new)
    given = {
        lane: {field: value for field, value in (values or {}).items() if value}
        for lane, values in ((LIVE, secrets), (TEST, test_secrets))
    }
    if not after and not given[LIVE] and not given[TEST]:
        return row
    _forget_moved(row, declared, new, given)
    for lane, values in given.items():
        _secrets_put(row, declared, lane, values, now)
    for field in after:
        setattr(row, field, new[field])
    row.revision += 1
    if row.hold == "config":
        row.hold, row.hold_text = "", ""
    row.save()
    row.refresh_from_db(fields=["silence_by"])  # a text became a time
    if "settings" in after:
        for settings, by in ((before["settings"], ""), (row.settings, actor.label)):
            layouts_noted(connection_id=row.id, layouts=layouts_of(declared, settings), made_by=by, now=now)
        before["settings"], after["settings"] = layouts_told(declared, before["settings"], after["settings"])
    told = {field: sorted(given[lane]) for lane, field in ((LIVE, "secrets"), (TEST, "test_secrets")) if given[lane]}
    connection_log(row, actor, now, "connection.change", before, {**after, **told})
    connection_reschedule(row, now)
    connection_look_again(row, now)
    return row


def _changed(
    row: Connection,
    declared: Connector,
    name: str | None,
    settings: Mapping[str, Any],
    test_settings: Mapping[str, Any],
    watch: Mapping[str, Any],
    recurrence: Mapping[str, Any] | str | None,
) -> dict[str, Any]:
    """The columns as they should be. Raises FormRefused naming the fields that are wrong, RefusedError for unknown ones."""
    rule = row.recurrence if isinstance(recurrence, str) else recurrence
    problem = recurrence_problem(rule)
    if problem:
        raise FormRefused({"recurrence": problem})
    problems: dict[str, str] = {}
    values = {**row.settings, **_settings_clean(declared.title, declared.settings, settings, row.settings, problems)}
    own = [replace(one, required=False) for one in destination_settings(declared)]
    tests = {
        **row.test_settings,
        **_settings_clean(declared.title, own, test_settings, row.test_settings, problems, at="test."),
    }
    watched = _settings_clean("A connection", WATCH, watch, {}, problems)
    if problems:
        raise FormRefused(problems)
    unchanged = watched.pop(WHEN_UNCHANGED.name, "")
    if unchanged:  # kept where it is not what the connector does anyway
        values.pop(WHEN_UNCHANGED.name, None)
        if unchanged != ("send" if declared.send_unchanged else "skip"):
            values[WHEN_UNCHANGED.name] = unchanged
    if "silence_by" in watched:
        watched["silence_by"] = watched["silence_by"] or None
    return {
        "name": (name or row.name).strip(),
        "settings": values,
        "test_settings": {
            one.name: tests[one.name] for one in own if tests.get(one.name, "") not in ("", None, one.default)
        },
        "recurrence": rule,
        **watched,
    }


def _value(row: Connection, field: str) -> Any:
    """A column as the change log has it."""
    value = getattr(row, field)
    return f"{value:%H:%M}" if isinstance(value, time) else value


def _forget_moved(
    row: Connection, declared: Connector, new: Mapping[str, Any], given: Mapping[str, Mapping[str, str]]
) -> None:
    """A destination that changed does not get the secrets of the old one, and its test no longer holds."""
    moving = [one.name for one in declared.settings if one.destination]
    for lane, column in ((LIVE, "settings"), (TEST, "test_settings")):
        was = getattr(row, column)
        if any(was.get(one) != new[column].get(one) for one in moving):
            for one in declared.secrets:
                if one.name not in given[lane] and not one.made:
                    secret_remove(owner=row.public_id, name=secret_name(lane, one.name))
            if lane == LIVE:
                row.tested_at = None
            else:
                row.facts = {name: value for name, value in row.facts.items() if not name.startswith("test:")}


def _secrets_put(row: Connection, declared: Connector, lane: str, values: Mapping[str, str], now: datetime) -> None:
    for field, value in values.items():
        if field not in {one.name for one in declared.secrets if not one.made}:
            raise RefusedError(f"{declared.title} has no secret called {field!r}.", field=field)
        secret_put(owner=row.public_id, name=secret_name(lane, field), value=value, now=now)


def connection_test(
    *, organization_id: int, connection_id: uuid.UUID, clock: Callable[[], datetime], lane: str = LIVE
) -> list[Step]:
    """Try the destination of live or of test step by step. Opens no transaction while it does; a full pass is remembered."""
    with tenant_transaction(organization_id):
        row = connection_find(connection_id)
        declared = connector(row.kind)
        doors = Doors(
            connection_id=row.public_id,
            run_token=uuid.uuid4().hex[:12],
            settings=settings_in(lane, declared, row.settings, row.test_settings),
            secrets=revealed(row.public_id, declared, lane),
            policy=address_policy(),
            now=clock,
            before_effect=lambda seconds: None,
            organization=organization_info().slug,
            authority_file=django_settings.ROTACAST_AUTHORITY_FILE,
            facts=facts_in(lane, row.facts),
            lane=lane,
            testing=True,
        )
    steps: list[Step] = []
    try:
        steps.extend(declared.check(doors))
    except DeliveryError as error:
        steps.append(Step(name="Connect", state="failed", detail=error.text))
    passed = bool(steps) and all(step.state != "failed" for step in steps)
    before = facts_in(lane, row.facts)
    if passed or doors.facts != before:
        with tenant_transaction(organization_id):
            _tested(connection_id, lane, before=before, after=doors.facts, passed_at=clock() if passed else None)
    return steps


def _tested(
    connection_id: uuid.UUID,
    lane: str,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    passed_at: datetime | None,
) -> None:
    """Keep what a test found out, beside what a run found out meanwhile, and when it passed."""
    row = connection_find(connection_id, lock=True)
    own = facts_merged(facts_in(lane, row.facts), before=before, after=after)
    row.facts = facts_with(lane, row.facts, own)
    if passed_at is not None and lane == TEST:
        row.facts = {**row.facts, TEST_TESTED: passed_at.isoformat()}
    elif passed_at is not None:
        row.tested_at = passed_at
    row.save(update_fields=["facts", "tested_at"])


def connection_run_now(*, connection_id: uuid.UUID, actor: Actor, now: datetime, full: bool = False) -> None:
    """Run at once: what differs, or (full) everything as a new baseline."""
    row = connection_find(connection_id, lock=True)
    _runs_or_refuse(row)
    connection_log(row, actor, now, "connection.run", None, {"full": full})
    run_request(connection_id=row.id, triggers=[Trigger.MANUAL.value], now=now, full=full, actor=actor.label)


def connection_retry_rejected(*, connection_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Try again what the destination refused or did not confirm, rendered from the schedule as it is now."""
    row = connection_find(connection_id, lock=True)
    LedgerRow.objects.filter(connection_id=row.id, lane=row.lane, state="rejected").update(retry_at=now)
    connection_log(row, actor, now, "connection.retry", None, None)
    # A delta that is asked for in full would repeat everything; what failed stands in its ledger as intended.
    full = connector(row.kind).mode is not Mode.DELTA
    run_request(connection_id=row.id, triggers=[Trigger.RETRY.value], now=now, full=full, actor=actor.label)


def connection_send_again(*, connection_id: uuid.UUID, artifact_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Send exactly the bytes of a receipt once more."""
    row = connection_find(connection_id, lock=True)
    _runs_or_refuse(row)
    artifact = Artifact.objects.filter(public_id=artifact_id, connection_id=row.id).first()
    if artifact is None:
        raise NotFoundError("There is no such file.")
    if artifact.removed_at is not None:
        raise RefusedError(
            f"{artifact.name} is no longer kept since {artifact.removed_at:%Y-%m-%d}: files are kept for {row.keep_days} days. "
            "Choose “Send everything now” to send what is published today."
        )
    lane = Run.objects.filter(id=artifact.run_id).values_list("lane", flat=True).first() or LIVE
    if row.state == SHADOW or lane != row.lane:
        raise RefusedError(f"That file belongs to {lane}; the connection is {row.state}. Nothing was sent.")
    connection_log(row, actor, now, "connection.replay", None, {"file": artifact.name})
    run_request(
        connection_id=row.id, triggers=[Trigger.REPLAY.value], now=now, actor=actor.label, artifact_id=artifact.id
    )


def _runs_or_refuse(row: Connection) -> None:
    if not row.running:
        raise RefusedError("The connection does not send now. Switch it on, or resume it, first.")


def _settings_clean(
    whose: str,
    declared: Sequence[Setting],
    raw: Mapping[str, Any],
    kept: Mapping[str, Any],
    problems: dict[str, str],
    *,
    at: str = "",
) -> dict[str, Any]:
    """Typed values; what is wrong is put into `problems`, under `at` and the setting's name."""
    known = {one.name: one for one in declared}
    values: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in known:
            raise RefusedError(f"{whose} has no setting called {name!r}.", field=name)
        try:
            values[name] = cleaned(known[name], value, {**kept, **raw}, declared)
        except ValueError as error:
            problems[at + name] = str(error)
    return values
