"""The grid's rows as HTML.

Written in Python and not as a template because a four-week page has some two thousand cells: a template include for each
costs more than everything else on the page together, and a single edited cell must come out of the same code.
"""

from __future__ import annotations

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from scheduling.pages.grid.view import Cell, ConflictFact, Day, Layout, Row, ShiftView, Week

_ICON = '<svg class="icon icon--12" aria-hidden="true"><use href="#{}"/></svg>'
_LOOK = '<svg class="icon icon--12 {}" aria-hidden="true"><use href="#{}"/></svg>'
_SEVERITY = {
    "hard": _LOOK.format("i-hard", "hard"),
    "soft": _LOOK.format("i-soft", "soft"),
    "kept": _LOOK.format("i-kept", "soft"),
}


def weeks_html(weeks: tuple[Week, ...], *, layout: Layout, selected: tuple[str, str] | None = None) -> SafeString:
    """The table's bodies, one for each week. `selected` is (row id, ISO date) of the cell that Select shows."""
    out: list[str] = []
    for number, week in enumerate(weeks):
        out.append(f"<tbody{' data-current' if week.is_current else ''}>")
        out.append(_week_head(week, number))
        out += [_row(row, number, index, layout, selected) for index, row in enumerate(week.rows)]
        if not week.rows:
            span = len(week.days) + 1
            out.append(f'<tr class="grid__none"><td colspan="{span}" class="dim">No row to show here.</td></tr>')
        out.append("</tbody>")
    return mark_safe("".join(out))  # noqa: S308 - every text above went through escape()


def cell_html(cell: Cell) -> SafeString:
    """What stands inside one cell."""
    return mark_safe(_inside(cell))  # noqa: S308 - escaped in _shift


def opens_html(count: int) -> SafeString:
    """How many shifts of a day nobody holds, under its date."""
    text = f'<span class="day__fact" data-open>{_ICON.format("open")}{count} open</span>' if count else ""
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
    facts = ""
    if day.holiday:
        name = escape(day.holiday)
        star = _LOOK.format("i-star", "star")
        facts += (
            f'<span class="day__fact day__holiday" title="{name}">{star}<span class="truncate">{name}</span></span>'
        )
    if day.hard_count:
        facts += f'<span class="day__fact is-bad" data-hard>{_SEVERITY["hard"]}{day.hard_count} hard</span>'
    classes = f' class="{day.classes}"' if day.classes else ""
    return (
        f'<th scope="col" id="d{column}" data-date="{day.date.isoformat()}" data-name="{day.name}"{classes}>'
        f'<span class="day">{day.weekday} <b>{day.text}</b>{today}</span>{facts}{opens_html(day.open_count)}</th>'
    )


def _row(row: Row, week: int, index: int, layout: Layout, selected: tuple[str, str] | None) -> str:
    hue = f' data-hue="{escape(row.hue)}"' if row.hue else ""
    swatch = '<span class="swatch"></span>' if layout == "assignment" else ""
    chosen_day = selected[1] if selected is not None and selected[0] == str(row.id) else ""
    cells = []
    for n, cell in enumerate(row.cells):
        mark = ' aria-selected="true"' if chosen_day and chosen_day == cell.date.isoformat() else ""
        cells.append(
            f'<td class="{cell.classes}" headers="d{week * 7 + n} r{week}-{index}" tabindex="-1"{mark}>{_inside(cell)}</td>'
        )
    detail = f'<span class="rowhead__time">{escape(row.detail)}</span>' if row.detail else ""
    group = ' class="is-group"' if row.starts_group else ""
    label = escape(row.label)
    return (
        f'<tr{group} data-row="{row.id}"><th scope="row" id="r{week}-{index}"><span class="rowhead"{hue}>{swatch}'
        f'<span class="rowhead__name" title="{label}">{label}</span>{detail}</span></th>{"".join(cells)}</tr>'
    )


def _inside(cell: Cell) -> str:
    if not cell.shifts and cell.request is None and cell.lack is None:
        return ""
    text = "".join([_shift(shift) for shift in cell.shifts])
    if cell.request is not None:
        glyph, look, word = (
            ("star", "i-star is-ok", "granted") if cell.request.granted else ("question", "is-info", "pending")
        )
        text += (
            f'<div class="shift shift--request"><span class="shift__name">{escape(cell.request.text)}</span>'
            f'<span class="shift__mark">{_LOOK.format(look, glyph)}<span class="vh">{word}</span></span></div>'
        )
    if cell.lack is not None:
        text += f'<span class="cell__mark" title="{escape(cell.lack.word)}">{conflict_mark(cell.lack)}</span>'
    return text


def conflict_mark(conflict: ConflictFact) -> str:
    """The glyph of a conflict with its words, as it stands in a shift or cell."""
    return (
        f'<span class="shift__mark" data-conflict="{conflict.person_id or ""}" title="{escape(conflict.word)}">'
        f'{_SEVERITY[conflict.severity]}<span class="vh">{escape(conflict.word)}</span></span>'
    )


def _shift(shift: ShiftView) -> str:
    classes = "shift"
    if shift.is_open:
        classes += " shift--open"
    elif shift.is_placeholder:
        classes += " shift--placeholder"
    if shift.changed:
        classes += " shift--changed"
    if shift.is_swap:
        classes += " shift--swap"
    marks = ""
    if shift.marks:
        marks = "".join(
            [
                f'<span class="shift__mark">{_LOOK.format(mark.look, mark.glyph) if mark.look else _ICON.format(mark.glyph)}'
                f'<span class="vh">{escape(mark.word)}</span></span>'
                for mark in shift.marks
            ]
        )
    if shift.conflict is not None:
        if shift.conflict.severity != "kept":
            classes += f" shift--{shift.conflict.severity}"
        marks += conflict_mark(shift.conflict)
    hue = f' data-hue="{escape(shift.hue)}"' if shift.hue else ""
    time = f'<span class="shift__time">{shift.time}</span>' if shift.time else ""
    more = f' data-more="{",".join(shift.more)}"' if shift.more else ""
    return (
        f'<div class="{classes}"{hue} data-shift="{shift.id}" data-v="{shift.version}"{more}>'
        f'<span class="shift__name">{escape(shift.text)}</span>{marks}{time}</div>'
    )
