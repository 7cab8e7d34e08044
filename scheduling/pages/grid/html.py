"""The grid's rows as HTML.

Written in Python and not as a template because a four-week page has some two thousand cells: a template include for each
costs more than everything else on the page together, and a single edited cell must come out of the same code.
"""

from __future__ import annotations

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from scheduling.pages.grid.view import Cell, Day, Layout, Row, ShiftView, Week

_ICON = '<svg class="icon icon--12" aria-hidden="true"><use href="#{}"/></svg>'


def weeks_html(weeks: tuple[Week, ...], *, layout: Layout, selected: tuple[str, str] | None = None) -> SafeString:
    """The table's bodies, one for each week. `selected` is (row id, ISO date) of the cell that Select shows."""
    out: list[str] = []
    for number, week in enumerate(weeks):
        out.append(f"<tbody{' data-current' if week.is_current else ''}>")
        out.append(_week_head(week, number))
        for index, row in enumerate(week.rows):
            out.append(_row(row, number, index, layout, selected))
        if not week.rows:
            out.append('<tr class="grid__none"><td colspan="8" class="dim">Nobody is in this schedule yet.</td></tr>')
        out.append("</tbody>")
    return mark_safe("".join(out))  # noqa: S308 - every text above went through escape()


def cell_html(cell: Cell) -> SafeString:
    """What stands inside one cell."""
    return mark_safe("".join(_shift(shift) for shift in cell.shifts))  # noqa: S308 - escaped in _shift


def opens_html(count: int) -> SafeString:
    """How many shifts of a day nobody holds, under its date."""
    text = f'<span class="day__fact">{_ICON.format("open")}{count} open</span>' if count else ""
    return mark_safe(text)  # noqa: S308 - a number and our own icon


def _week_head(week: Week, number: int) -> str:
    draft = '<span class="day__fact">Not published</span>' if week.is_draft else ""
    heads = "".join(_day(day, number * 7 + n) for n, day in enumerate(week.days))
    return (
        f'<tr class="week"><th scope="col" id="w{number}"><span class="week__no">Week {week.number}</span>{draft}</th>'
        f"{heads}</tr>"
    )


def _day(day: Day, column: int) -> str:
    today = '<span class="vh">, today</span>' if day.is_today else ""
    opens = opens_html(day.open_count)
    classes = f' class="{day.classes}"' if day.classes else ""
    return (
        f'<th scope="col" id="d{column}" data-date="{day.date.isoformat()}" data-name="{day.name}"{classes}>'
        f'<span class="day">{day.weekday} <b>{day.text}</b>{today}</span>{opens}</th>'
    )


def _row(row: Row, week: int, index: int, layout: Layout, selected: tuple[str, str] | None) -> str:
    hue = f' data-hue="{escape(row.hue)}"' if row.hue else ""
    swatch = '<span class="swatch"></span>' if layout == "assignment" else ""
    cells = []
    for n, cell in enumerate(row.cells):
        chosen = selected is not None and selected == (str(row.id), cell.date.isoformat())
        mark = ' aria-selected="true"' if chosen else ""
        inside = "".join(_shift(shift) for shift in cell.shifts)
        cells.append(
            f'<td class="{cell.classes}" headers="d{week * 7 + n} r{week}-{index}" tabindex="-1"{mark}>{inside}</td>'
        )
    detail = f'<span class="rowhead__time">{escape(row.detail)}</span>' if row.detail else ""
    group = ' class="is-group"' if row.starts_group else ""
    return (
        f'<tr{group} data-row="{row.id}"><th scope="row" id="r{week}-{index}"><span class="rowhead"{hue}>{swatch}'
        f'<span class="rowhead__name" title="{escape(row.label)}">{escape(row.label)}</span>'
        f"{detail}</span></th>{''.join(cells)}</tr>"
    )


def _shift(shift: ShiftView) -> str:
    classes = "shift"
    if shift.is_open:
        classes += " shift--open"
    elif shift.is_placeholder:
        classes += " shift--placeholder"
    if shift.changed:
        classes += " shift--changed"
    hue = f' data-hue="{escape(shift.hue)}"' if shift.hue else ""
    marks = "".join(
        f'<span class="shift__mark">{_ICON.format(mark.glyph)}<span class="vh">{mark.word}</span></span>'
        for mark in shift.marks
    )
    time = f'<span class="shift__time">{shift.time}</span>' if shift.time else ""
    return (
        f'<div class="{classes}"{hue} data-shift="{shift.id}" data-v="{shift.version}">'
        f'<span class="shift__name">{escape(shift.text)}</span>{marks}{time}</div>'
    )
