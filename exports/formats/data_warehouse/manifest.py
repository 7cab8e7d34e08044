"""manifest.json: what is in the zip, so that a loader need not guess: moment, window, watermarks, and each file's columns and keys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exports.bulk_file import BulkFile
from exports.formats.data_warehouse.baseline import Baseline, Moment
from exports.formats.data_warehouse.layout import FILES, SCHEMA_VERSION, WarehouseFile
from exports.layouts import Column, Layout
from integrations.contract import ShapeContext
from scheduling.selectors.bulk import bulk_columns, bulk_types

_BY_NAME = {one.source: one for one in FILES}
_ISO = {
    "date": {"YYYY-MM-DD": "date"},
    "wall": {"YYYY-MM-DD[T]HH:mm:ss": "timestamp"},
    "instant": {"YYYY-MM-DD[T]HH:mm:ss[Z]": "timestamptz"},
}


@dataclass(frozen=True)
class Written:
    """A file of the zip as it was written. `changes`: it holds what is new, not everything."""

    file: WarehouseFile
    layout: Layout
    made: BulkFile
    changes: bool


def manifest(
    written: Sequence[Written],
    context: ShapeContext,
    moment: Moment,
    *,
    known: Baseline | None,
    why: str,
    change_id: int,
) -> bytes:
    """The manifest's bytes. `known` is the zip that this one builds upon; None makes it a full one, and `why` says why."""
    layouts = {one.file.source: one.layout for one in written}
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "full" if known is None else "incremental",
        "full_because": why or None,
        "organization": context.organization_name,
        "timezone": context.organization_zone,
        "generated_at": context.generated_at.isoformat(),
        "watermark": {"publication": moment.publication, "change_id": change_id},
        "since": None if known is None else {"publication": known.publication, "change_id": known.change_id},
        "window": {
            "first_date": moment.first.isoformat() if moment.first else None,
            "last_date": moment.last.isoformat() if moment.last else None,
            "of": "start of the shift",
        },
        "files": [_file(one, layouts) for one in written],
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def headers_of(fields: Sequence[str], layout: Layout) -> list[str]:
    """The headers under which a layout has those fields; empty unless it has them all."""
    found = {column.source: column.header for column in reversed(layout.columns) if column.source}
    return [found[name] for name in fields] if set(fields) <= set(found) else []


def column_type(source: str, layout: Layout, column: Column) -> str:
    """The type a loader may give a column: text, integer, decimal, boolean, date, time, timestamp, timestamptz, uuid or json."""
    kind = bulk_columns(source).get(column.source, "text")
    if kind == "text":
        return bulk_types(source).get(column.source, "text")
    if kind not in _ISO:
        return kind
    pattern = layout.pattern(column) or layout.date_pattern
    found = _ISO[kind].get(pattern, "text")
    return found if kind != "instant" or layout.zone == "utc" else "text"


def _file(one: Written, layouts: Mapping[str, Layout]) -> dict[str, Any]:
    layout = one.layout
    return {
        "name": one.file.name,
        "content": "changes" if one.changes else "full",
        "rows": one.made.rows,
        "bytes": one.made.bytes,
        "sha256": one.made.sha256,
        "csv": {"delimiter": layout.delimiter, "null": layout.null, "header": layout.header, "bom": layout.bom},
        "columns": [
            {"name": column.header, "type": column_type(one.file.source, layout, column)} for column in layout.columns
        ],
        "primary_key": headers_of(one.file.primary_key, layout),
        "foreign_keys": [
            key for field, target in one.file.foreign.items() if (key := _foreign(field, target, layout, layouts))
        ],
    }


def _foreign(field: str, target: str, layout: Layout, layouts: Mapping[str, Layout]) -> dict[str, Any] | None:
    """Where a column points to; None where a layout left out either end, or the other file is not in the zip."""
    if target not in layouts:
        return None
    here, there = headers_of([field], layout), headers_of(_BY_NAME[target].primary_key[:1], layouts[target])
    return {"columns": here, "file": f"{target}.csv", "references": there} if here and there else None
