"""Records to bytes by a layout: streaming, deterministic, byte-exact.

A record is a flat mapping of field names to text, whole numbers, booleans, ISO dates and ISO times. The layout is compiled once
into one function per column; a row is then a walk over these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from exports.layouts.model import LINE_ENDINGS, Column, Field, Layout, LayoutError, RenderReport
from exports.layouts.overnight import roles_of, split
from exports.layouts.patterns import formatter
from exports.layouts.template import parts_of
from exports.writers.csv import CannotWrite, CsvDialect, csv_bytes
from tenancy.wall import zone

Record = Mapping[str, Any]
_LINE_BREAKS = re.compile(r"[ \t]*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+[ \t]*")
_CACHE_LIMIT = 20_000


def render(
    layout: Layout,
    records: Iterable[Record],
    *,
    fields: Sequence[Field],
    organization_zone: str,
    report: RenderReport | None = None,
) -> Iterator[bytes]:
    """The file in pieces. Same layout and records, same bytes.

    Records of layouts in the department's or the mapping's zone carry it as `zone` and `mapping_zone`. Raises LayoutError, naming
    the column, for a value that the layout cannot write.
    """
    report = report if report is not None else RenderReport()
    writers = [_column_writer(layout, column, fields, organization_zone, report) for column in layout.columns]
    if layout.overnight == "split":
        records = _days(layout, records, fields, organization_zone)
    try:
        yield from csv_bytes(_rows(layout, records, writers, report), dialect_of(layout))
    except CannotWrite as error:
        number = error.row - 1 if layout.header else error.row
        where = f"row {number}" if layout.header and number else f"line {error.row}"
        index = min(error.index, len(layout.columns) - 1)
        raise LayoutError(
            str(error), column=layout.columns[index].header, index=index, row=number, where=f"{where}: "
        ) from None


def dialect_of(layout: Layout) -> CsvDialect:
    """How the layout's values become lines."""
    return CsvDialect(
        delimiter=layout.delimiter,
        quoting=layout.quoting,
        line_ending=LINE_ENDINGS[layout.line_ending],
        null=layout.null,
        encoding=layout.encoding,
        bom=layout.bom,
    )


def file_name(layout: Layout, *, kind: str, organization: str, at: datetime, zone_name: str, sequence: int) -> str:
    """The file's name; date and time are local to `zone_name`."""
    local = at.astimezone(zone(zone_name))
    values = {
        "kind": kind,
        "organization": re.sub(r"[^A-Za-z0-9-]+", "_", organization).strip("_") or "organization",
        "date": f"{local:%Y%m%d}",
        "time": f"{local:%H%M%S}",
        "sequence": f"{sequence:06d}",
    }
    return "".join(part if isinstance(part, str) else values[part[0]] for part in parts_of(layout.file_name))


def _rows(
    layout: Layout,
    records: Iterable[Record],
    writers: Sequence[Callable[[Record], str | None]],
    report: RenderReport,
) -> Iterator[Sequence[str | None]]:
    if layout.header:
        yield [column.header for column in layout.columns]
    for record in records:
        report.rows += 1
        yield [write(record) for write in writers]


def _days(
    layout: Layout, records: Iterable[Record], fields: Sequence[Field], organization_zone: str
) -> Iterator[Record]:
    """The records, each as one per local day."""
    roles = roles_of(fields)
    column = next((one for one in layout.columns if one.source == roles.start), layout.columns[0])
    for record in records:
        try:
            zone_name = _zone_name(layout, record, organization_zone, column)
            _zone(zone_name, column)
            pieces = list(split(record, roles, zone_name))
        except LayoutError:
            raise
        except (ValueError, TypeError, ArithmeticError) as error:
            text = f"{record.get(roles.start)!r} to {record.get(roles.end)!r} cannot be split into days: {error}."
            raise LayoutError(text, column=column.header) from None
        yield from pieces


def _column_writer(
    layout: Layout, column: Column, fields: Sequence[Field], organization_zone: str, report: RenderReport
) -> Callable[[Record], str | None]:
    kind = next((one.kind for one in fields if one.name == column.source), "text")
    if column.source and kind in ("wall", "instant", "date"):
        return _time_writer(layout, column, kind, organization_zone)
    read = None if column.source else _template_reader(column.template)
    name, limit, spaces = column.source, column.limit, layout.line_breaks == "space"

    def write(record: Record) -> str | None:  # runs for each cell: what it needs is at hand
        value = record.get(name) if read is None else read(record)
        if value.__class__ is not str:
            value = _text(value)
        if not value:
            return None
        if spaces and not value.isprintable():
            value = one_line(value)
        if limit is not None and len(value) > limit:
            value = _too_long(value, layout, column, report)
        return value or None

    return write


def one_line(text: str) -> str:
    """The text with each line break, and the blanks around it, as one space."""
    return _LINE_BREAKS.sub(" ", text).strip()


def _too_long(value: str, layout: Layout, column: Column, report: RenderReport) -> str:
    assert column.limit is not None
    if layout.over_long == "refuse":
        raise LayoutError(
            f"has {len(value)} characters, and at most {column.limit} are allowed: {value[:60]!r}. "
            "Shorten it, or let the layout cut long values.",
            column=column.header,
            row=report.rows,
            where=f"row {report.rows} ",
        )
    report.cut[column.header] += 1
    return value[: column.limit].rstrip()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _template_reader(template: str) -> Callable[[Record], str]:
    parts = parts_of(template)

    def read(record: Record) -> str:
        texts = [
            part if isinstance(part, str) else next(filter(None, (_text(record.get(name)) for name in part)), "")
            for part in parts
        ]
        return "".join(texts)

    return read


def _time_writer(layout: Layout, column: Column, kind: str, organization_zone: str) -> Callable[[Record], str | None]:
    """Writes dates and times; remembers what it wrote, because shifts begin and end at few distinct moments."""
    write_moment = formatter(layout.pattern(column) or layout.date_pattern)
    seen: dict[tuple[str, Any], str] = {}
    name = column.source
    own = "zone" if kind == "instant" and layout.zone in ("department", "mapping") else ""
    mapped = "mapping_zone" if layout.zone == "mapping" and own else ""

    def write(
        record: Record,
    ) -> str | None:  # runs for each cell: the zone is worked out for what was not seen yet only
        value = record.get(name)
        if value is None or value == "":
            return None
        place = (mapped and record.get(mapped)) or record.get(own)
        text = seen.get((value, place))
        if text is None:
            if len(seen) >= _CACHE_LIMIT:
                seen.clear()
            zone_name = _zone_name(layout, record, organization_zone, column) if kind == "instant" else ""
            text = seen[(value, place)] = write_moment(_moment(value, kind, zone_name, column))
        return text

    return write


def _zone_name(layout: Layout, record: Record, organization_zone: str, column: Column) -> str:
    if layout.zone == "utc":
        return "UTC"
    if layout.zone == "organization":
        return organization_zone
    chosen = record.get("mapping_zone") if layout.zone == "mapping" else None
    name = chosen or record.get("zone")
    if not name:
        raise LayoutError("the record has no time zone to convert to.", column=column.header)
    return str(name)


def _zone(name: str, column: Column) -> ZoneInfo:
    try:
        return zone(name)
    except (ValueError, KeyError, OSError):
        raise LayoutError(f"{name!r} is not a time zone. Write it as America/Chicago.", column=column.header) from None


def _moment(value: str, kind: str, zone_name: str, column: Column) -> datetime:
    try:
        if kind == "date":
            return datetime.combine(date.fromisoformat(value), time())
        moment = datetime.fromisoformat(value)
        if kind == "wall":
            return moment.replace(tzinfo=None)
    except (ValueError, TypeError):
        raise LayoutError(f"{value!r} cannot be read as a {kind}.", column=column.header) from None
    target = _zone(zone_name, column)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(target)
