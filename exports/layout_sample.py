"""A sample of a connection's file in a layout that is being edited: its first real rows, written by the same code as a run."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import OperationalError

from exports.file_connector import SAMPLE_ROWS, FileConnector
from exports.layout_slots import LayoutSlot
from exports.layouts import Layout, LayoutError, layout_to_json
from exports.layouts.trying import value_problems
from integrations.contract import ConfigError, DeliveryError, FileWritten, Mode, ShapeContext
from integrations.services.first_records import FirstRecords, first_records
from tenancy.tenant import statements_limited, tenant_transaction

_SECONDS = 4  # the database may take so long for the first rows of a file that it writes itself


@dataclass(frozen=True)
class LayoutSample:
    """The beginning of a file. `problems`: what is wrong with the layout, or which values it cannot write; then there is no content.

    `published`: real rows of the connection, not those of an example.
    """

    name: str = ""
    content: bytes = b""
    rows: int = 0
    published: bool = True
    problems: tuple[LayoutError, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Recorder:
    """Remembers the payloads that a connector renders."""

    payloads: list[Mapping[str, Any]] = field(default_factory=list)

    def on(self, declared: FileConnector) -> FileConnector:
        """The connector, rendering as it does, but watched."""
        watched = copy.copy(declared)  # connectors hold no state

        def render_file(
            payloads: Iterable[Mapping[str, Any]], context: ShapeContext, *, sequence: int, spool: Path
        ) -> FileWritten:
            self.payloads = list(payloads)
            return declared.render_file(self.payloads, context, sequence=sequence, spool=spool)

        watched.render_file = render_file  # type: ignore[method-assign]
        return watched


def layout_sample(
    *,
    organization_id: int,
    connection_id: int,
    declared: FileConnector,
    slot: LayoutSlot,
    settings: Mapping[str, Any],
    layout: Layout,
    now: datetime,
) -> LayoutSample:
    """Try a layout that nothing is saved of. `settings` are the connection's. Opens its own transactions."""
    problems = tuple(slot.problems(layout))
    broken = [one for one in problems if one.part != "name"]
    if broken:
        return LayoutSample(problems=problems)
    named = replace(layout, name=layout.name if not problems else "Sample")
    changed = slot.settings_with(settings, layout_to_json(named))
    try:
        first = first_records(
            organization_id=organization_id, connection_id=connection_id, now=now, settings=changed, most=SAMPLE_ROWS
        )
    except DeliveryError as error:
        return LayoutSample(problems=problems, notes=(error.text,))
    notes = tuple(filter(None, (_guarded(first), declared.sample_note(slot, first.context.settings))))
    recorder = _Recorder()
    try:
        with tempfile.TemporaryDirectory() as folder:
            written = _written(recorder.on(declared), slot, first, organization_id, Path(folder))
            content = written.path.read_bytes()
    except ConfigError as error:
        found = value_problems(
            layout, recorder.payloads, fields=slot.fields, organization_zone=first.context.organization_zone
        )
        told = () if found else (error.text,)
        return LayoutSample(published=first.published, problems=(*problems, *found), notes=(*notes, *told))
    except OperationalError:
        slow = f"The first rows of this file take the database longer than {_SECONDS} s, so there is no sample."
        return LayoutSample(problems=problems, notes=(*notes, slow))
    return LayoutSample(written.name, content, written.rows, first.published, problems, written.warnings, notes)


def _written(
    declared: FileConnector, slot: LayoutSlot, first: FirstRecords, organization_id: int, folder: Path
) -> FileWritten:
    if declared.mode is not Mode.EXTRACT:
        return declared.sample(
            slot, first.records, first.operations, first.context, sequence=first.sequence, spool=folder
        )
    with tenant_transaction(organization_id, snapshot=True):
        statements_limited(_SECONDS)
        return declared.sample(slot, (), (), first.context, sequence=first.sequence, spool=folder)


def _guarded(first: FirstRecords) -> str:
    """Why a run would send nothing at all."""
    if not first.published:
        return ""
    try:
        first.connector.guard(first.context)
    except ConfigError as error:
        return f"A run would send nothing now: {error.text}"
    return ""
