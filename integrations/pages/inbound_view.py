"""Files that came, and what they change, in the shape of their pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from integrations.inbound import RowRejected
from integrations.inbound_selectors import InboundFileInfo
from integrations.pages.common import Head
from integrations.pages.preview_view import SHOWN, Change, FieldChange
from integrations.pages.words import cause_words, clock, moment_text, size
from integrations.services.inbound_decide import FileLook

STOPPED_SOON = "This connection takes no files in."
_STATES = {
    "seen": ("Waits until it rests", "clock", "is-info"),
    "claimed": ("Being taken in", "refresh", "is-info"),
    "applied": ("Applied", "check", "is-ok"),
    "stopped": ("Waits for a decision", "hard", "is-bad"),
    "failed": ("Not applied", "off", "dim"),
    "shown": ("Read, nothing applied", "check", "dim"),
}
_ROWS = 12


@dataclass(frozen=True)
class FileLine:
    """A file in words."""

    file: InboundFileInfo
    word: str
    glyph: str
    tone: str
    at: str
    origin: str
    size: str
    facts: tuple[tuple[str, str], ...]


@dataclass
class Rejection:
    """Rows that are not taken for one reason."""

    cause: str
    title: str
    fix: str
    count: int = 0
    rows: list[RowRejected] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


def file_line(one: InboundFileInfo, head: Head) -> FileLine:
    """A file as the list, its own page and its run show it."""
    word, glyph, tone = _STATES[one.state]
    if one.code == "same_again":
        word = "The same as before"
    if one.state == "stopped" and one.code not in ("safety", "by_hand"):
        word = "Cannot be read"
    moments = (
        ("File's own time", one.modified),
        ("Seen", one.seen_at),
        ("Taken", one.claimed_at),
        ("Done", one.finished_at),
        ("Archived", one.archived_at),
        ("Reports sent", one.reports_sent_at),
    )
    facts = [(label, moment_text(moment, head.zone)) for label, moment in moments if moment is not None]
    if one.archived_at is not None:
        facts.append(("Archived as", one.archived_as))
    if one.decided_by:
        facts.append(("Decided by", one.decided_by))
    return FileLine(
        file=one,
        word=word,
        glyph=glyph,
        tone=tone,
        at=clock(one.seen_at, head.zone, head.now),
        origin="by hand" if one.origin == "hand" else "picked up",
        size=size(one.bytes),
        facts=tuple(facts),
    )


def plan_context(look: FileLook, head: Head) -> dict[str, Any]:
    """What a file would do: figures, every change field by field, rejected rows by reason, and why it was stopped."""
    if look.planned is None:
        return {"plan": None, "problem": look.problem}
    plan = look.planned.plan
    rows = [
        Change(
            label=one.subject,
            when=f"row {one.row:,}",
            recipient=one.key,
            fields=tuple(FieldChange(each.name, each.was, each.now) for each in one.fields),
            unknown_before=False,
        )
        for one in plan.changes[:SHOWN]
    ]
    sections = [
        {
            "key": "changed", "title": "Changed", "sign": "~", "tone": "chg", "count": len(plan.changes), "rows": rows,
            "more": max(0, len(plan.changes) - SHOWN),
        }
    ]  # fmt: skip
    return {
        "plan": plan,
        "problem": "",
        "digest": look.planned.digest,
        "sections": sections if plan.changes else [],
        "rejections": rejections_of(plan.rejected),
    }


def rejections_of(rejected: Iterable[RowRejected]) -> list[Rejection]:
    """Rows by reason, the most frequent first; what is left out by design comes last."""
    found: dict[tuple[str, bool], Rejection] = {}
    for one in rejected:
        reason = found.setdefault((one.cause, one.silent), Rejection(one.cause, cause_words(one.cause), one.fix))
        reason.count += 1
        if len(reason.rows) < _ROWS:
            reason.rows.append(one)
    return [found[key] for key in sorted(found, key=lambda key: (key[1], -found[key].count))]
