"""What a connection's state is called, how far behind it is and why. Pure: a card, the publication and the time in, words out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integrations.lanes import OFF, SHADOW, TEST
from integrations.pages.words import clock, sent_text, span, took, until
from integrations.recurrence import described
from integrations.types import BoardCard

GROUPS = (
    ("needs", "Needs a person", "hard", "i-hard"),
    ("catching", "Catching up", "refresh", ""),
    ("step", "In step", "check", "is-ok"),
    ("trial", "Shadow and test", "shadow", ""),
    ("off", "Paused and off", "off", ""),
)


@dataclass(frozen=True)
class Status:
    """A row of the board in words. `tone` is ok, info, warn, bad or empty; glyphs name icons of the sprite."""

    group: str
    chip: tuple[str, str, str]  # kind, glyph, word
    tone: str
    glyph: str
    fact: str
    detail: str
    last: str
    last_detail: str
    next: str
    next_detail: str

    @property
    def glyph_class(self) -> str:
        """The filled triangle needs its own class."""
        return "i-hard" if self.glyph == "hard" else ""


def status_of(card: BoardCard, *, number: int, zone: str, now: datetime) -> Status:
    """The words for a card. `number` is the last publication to everyone."""
    group, tone, glyph, fact, detail = _standing(card, number, zone, now)
    if group in ("catching", "step") and card.info.state in (SHADOW, TEST):
        group = "trial"
    last, last_detail = _last(card, zone, now)
    due, due_detail = _next(card, zone, now)
    return Status(group, chip_of(card), tone, glyph, fact, detail, last, last_detail, due, due_detail)


def chip_of(card: BoardCard) -> tuple[str, str, str]:
    """kind, glyph and word of the state."""
    if card.info.state == OFF:
        return "", "off", "Off"
    lane = {SHADOW: " shadow", TEST: " test"}.get(card.info.state, "")
    if card.info.hold == "paused":
        return "warn", "pause", f"Paused{lane}"
    if card.info.hold:
        return "bad", "hard", f"Stopped{lane}"
    return {SHADOW: ("info", "shadow", "Shadow"), TEST: ("info", "send", "Test")}.get(
        card.info.state, ("live", "live", "Live")
    )


def _standing(card: BoardCard, number: int, zone: str, now: datetime) -> tuple[str, str, str, str, str]:
    info = card.info
    if info.state == OFF:
        seen = f"last in step with publication {info.in_step_number}" if info.in_step_number else "never delivered"
        if card.receives:
            return "off", "", "off", "Takes nothing in", _came(card, zone, now)
        return "off", "", "off", "Sends nothing", seen
    if card.silence and info.hold in ("", "paused"):
        behind = "" if card.receives else _behind(card, number)
        return "needs", "bad", "hard", behind or "Silent", card.silence
    if card.receives:
        return _receiving(card, zone, now)
    if info.hold == "paused":
        return "off", "warn", "pause", _behind(card, number) or "In step when paused", info.hold_text
    if info.hold:
        return "needs", "bad", "hard", _behind(card, number) or "Stopped", info.hold_text
    if card.incident:
        return "needs", "bad", "hard", _behind(card, number) or "Cannot deliver", card.incident
    last = card.last
    refused = last.rejected if last is not None and last.state == "done" else 0
    behind = _behind(card, number) if card.listens or info.in_step_number == 0 else ""
    if refused:
        return (
            "needs",
            "warn",
            "soft",
            f"{refused:,} refused",
            "The rest was delivered. The problems name each of them.",
        )
    if behind or (last is not None and last.state == "failed"):
        return "catching", "info", "refresh", behind or "Next try is coming", _why(card, now)
    as_of = f"as of {clock(info.in_step_at, zone, now)}"
    if info.in_step_number < number:
        as_of += ", as planned"
    if info.state == SHADOW:
        return "step", "ok", "check", f"Would be in step with {info.in_step_number}", f"{as_of}: nothing was sent"
    if info.state == TEST:
        return "step", "ok", "check", f"Test destination in step with {info.in_step_number}", as_of
    return "step", "ok", "check", f"In step with {info.in_step_number}", as_of


def _receiving(card: BoardCard, zone: str, now: datetime) -> tuple[str, str, str, str, str]:
    """Of a connection that takes files in: what stands in the way, else when the last file came."""
    info, last = card.info, card.last
    came = _came(card, zone, now)
    if info.hold == "paused":
        return "off", "warn", "pause", came, info.hold_text
    if info.hold or card.incident:
        return (
            "needs",
            "bad",
            "hard",
            "Stopped" if info.hold else "A file cannot be read",
            info.hold_text or card.incident,
        )
    if info.open_problems:
        return (
            "needs",
            "warn",
            "soft",
            f"{info.open_problems:,} {'problem' if info.open_problems == 1 else 'problems'}",
            f"{came}. The problems name what was left out.",
        )
    if last is not None and last.state == "failed":
        return "catching", "info", "refresh", "Next try is coming", _why(card, now)
    return (
        "step",
        "ok" if info.in_step_at else "",
        "check" if info.in_step_at else "clock",
        came,
        "taken in whole" if info.in_step_at else "",
    )


def _came(card: BoardCard, zone: str, now: datetime) -> str:
    at = card.info.in_step_at
    return f"Last file {clock(at, zone, now)}" if at else "No file yet"


def _behind(card: BoardCard, number: int) -> str:
    known = card.info.in_step_number
    if card.info.in_step_at is None:
        return {SHADOW: "Nothing rehearsed yet", TEST: "Nothing delivered to the test destination yet"}.get(
            card.info.state, "Nothing delivered yet"
        )
    return f"Behind since {known + 1}" if known < number else ""


def _why(card: BoardCard, now: datetime) -> str:
    active, last = card.active, card.last
    if active is not None and active.state == "running" and active.started_at is not None:
        return f"Sending for {span(now - active.started_at)}"
    if last is not None and last.state == "failed" and last.text:
        return last.text
    if active is not None:
        return f"Starts {until(active.due_at, now)}"
    return "Waits for its turn"


def _last(card: BoardCard, zone: str, now: datetime) -> tuple[str, str]:
    run = card.last
    if run is None or run.finished_at is None:
        return "–", "no run yet"
    at = clock(run.finished_at, zone, now)
    if run.state in ("failed", "stopped"):
        tries = f"after {run.tries + 1} tries" if run.tries else "at the first try"
        return at, f"failed {tries}" if run.state == "failed" else "kept the last good delivery"
    return at, " · ".join(part for part in (sent_text(run), took(run)) if part)


def _next(card: BoardCard, zone: str, now: datetime) -> tuple[str, str]:
    info = card.info
    if info.state == OFF:
        return "–", ""
    if info.hold:
        return "–", "waits for you"
    if card.active is not None:
        if card.active.state == "running":
            return "now", "under way"
        word = "tries again" if card.active.tries else until(card.active.due_at, now)
        return clock(card.active.due_at, zone, now), word
    if info.next_due_at is not None:
        return clock(info.next_due_at, zone, now), until(info.next_due_at, now)
    return "–", "on publish" if card.listens else "by hand"


def cadence(card: BoardCard) -> str:
    """When it runs, in words."""
    words = [described(card.info.recurrence)] if card.info.recurrence else []
    if card.listens:
        words.append("on publish")
    return ", ".join(words) or "by hand"
