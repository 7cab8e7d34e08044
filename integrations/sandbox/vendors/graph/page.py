"""Every calendar as it is now, for people."""

from __future__ import annotations

from datetime import datetime
from html import escape

from integrations.sandbox.vendors.graph.mailboxes import Event, Mailbox, Mailboxes

_SHOWN = 200
_STATES = {"disabled": "Not enabled for the service", "denied": "Access denied by policy"}


def summary(mailboxes: Mailboxes) -> str:
    every = mailboxes.all()
    count = sum(len(mailbox.events) for mailbox in every)
    return f"{_counted(len(every), 'calendar')}, {_counted(count, 'event')}"


def fragment(mailboxes: Mailboxes) -> str:
    """One section per mailbox, soonest event first; times are UTC."""
    every = mailboxes.all()
    if not every:
        return '<p class="note note--info">No mailboxes yet. Add one with POST /_admin/graph/mailboxes and its UPN.</p>'
    return f'<p class="lede">{escape(summary(mailboxes))}. Times are UTC.</p>' + "".join(map(_mailbox, every))


def _mailbox(mailbox: Mailbox) -> str:
    events = sorted(mailbox.events.values(), key=lambda event: (event.start, event.sequence))
    state = f' <span class="chip chip--warn">{_STATES[mailbox.state]}</span>' if mailbox.state in _STATES else ""
    head = (
        f'<section class="mailbox" data-upn="{escape(mailbox.upn)}"><h2>{escape(mailbox.upn)}'
        f' <small class="dim">{_counted(len(events), "event")}</small>{state}</h2>'
    )
    if not events:
        return head + '<p class="dim">Nothing in this calendar.</p></section>'
    rows = "".join(map(_row, events[:_SHOWN]))
    more = f'<p class="dim">and {len(events) - _SHOWN} later ones</p>' if len(events) > _SHOWN else ""
    return (
        f'{head}<div class="panel"><table class="table">'
        f'<caption class="vh">Calendar of {escape(mailbox.upn)}</caption>'
        '<thead><tr><th scope="col">Start</th><th scope="col">End</th><th scope="col">Subject</th>'
        '<th scope="col">Shows as</th><th scope="col">Text</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{more}</section>"
    )


def _row(event: Event) -> str:
    values = event.values
    start, end = (f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}" for text in (event.start, event.end))
    cells = (values["subject"], values["showAs"], values["body"].get("content"))
    text = "".join(f"<td>{escape(str(cell or ''))}</td>" for cell in cells)
    return f'<tr><td class="when">{start}</td><td class="when">{end}</td>{text}</tr>'


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
