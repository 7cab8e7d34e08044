"""Moments, sizes, causes and triggers as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta

from integrations.lanes import SHADOW
from integrations.types import RunInfo
from tenancy.wall import wall, zone

TRIGGER_WORDS = {
    "publish": "publication",
    "data_change": "change of data",
    "recurrence": "recurrence",
    "manual": "by hand",
    "replay": "same file again",
    "retry": "next try",
}
RUN_WORDS = {
    "waiting": "Waiting",
    "running": "Under way",
    "done": "Delivered",
    "nothing": "In step already",
    "failed": "Failed, tried again",
    "stopped": "Stopped",
}
RECEIVED_WORDS = {"done": "Taken in", "nothing": "No new file"}
LANE_WORDS = {"shadow": "Shadow", "test": "Test"}  # live goes without saying
SHADOW_DONE = "Rehearsed"
CUT_SHORT = "Dropped by a switch"
RUN_GLYPHS = {
    "waiting": "clock",
    "running": "refresh",
    "done": "check",
    "nothing": "check",
    "failed": "soft",
    "stopped": "hard",
}
RUN_TONES = {
    "waiting": "dim",
    "running": "is-info",
    "done": "is-ok",
    "nothing": "dim",
    "failed": "is-warn",
    "stopped": "is-bad",
}
RESULT_WORDS = {
    "sending": "under way",
    "confirmed": "confirmed",
    "rejected": "refused",
    "retry": "tried again",
    "unknown": "no answer, looked up next",
    "gone": "was not there any more",
    "shadow": "not sent: shadow",
}
KIND_WORDS = {"create": "added", "update": "changed", "remove": "removed", "file": "file"}
KIND_SIGNS = {"create": ("+", "add"), "update": ("~", "chg"), "remove": ("−", "del"), "file": ("↑", "chg")}


def clock(moment: datetime | None, zone_name: str, now: datetime) -> str:
    """09:40 today, Mon 16:20 within a week, Nov 24, 16:20 else; a dash for None."""
    if moment is None:
        return "–"
    local, today = wall(moment, zone_name), wall(now, zone_name).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if abs((local.date() - today).days) < 7:
        return f"{local:%a %H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%b} {local.day}{year}, {local:%H:%M}"


def moment_text(moment: datetime, zone_name: str) -> str:
    """Nov 24 2026, 09:42:10 CST."""
    local = moment.astimezone(zone(zone_name))
    return f"{local:%b} {local.day} {local.year}, {local:%H:%M:%S} {local:%Z}"


def stamp(moment: datetime, zone_name: str) -> str:
    """09:42:10 CST."""
    return f"{moment.astimezone(zone(zone_name)):%H:%M:%S %Z}"


def span(length: timedelta) -> str:
    """A length of time in its largest fitting unit."""
    seconds = max(length.total_seconds(), 0)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    for size, unit in ((60, "min"), (3600, "h"), (86400, "days")):
        if seconds < size * 100 or unit == "days":
            return f"{seconds / size:.0f} {unit}"
    raise AssertionError("the last unit has no end")


def until(moment: datetime, now: datetime) -> str:
    """in 3 min, or now when it is due."""
    return f"in {span(moment - now)}" if moment > now else "due now"


def size(count: int) -> str:
    """Bytes with a readable unit."""
    if count < 10_000:
        return f"{count:,} bytes"
    return f"{count / 1024:,.0f} KB" if count < 10_000_000 else f"{count / 1024 / 1024:,.0f} MB"


def outcome(run: RunInfo) -> str:
    """The state a reader cares about: a run that sent nothing because nothing differed delivered nothing."""
    idle = run.state == "done" and not (run.bytes or run.added or run.changed or run.removed or run.rejected)
    return "nothing" if idle else run.state


def differences_text(run: RunInfo) -> str:
    """What differed, in signs."""
    signs = ((run.added, "+"), (run.changed, "~"), (run.removed, "−"))
    return " ".join(f"{sign}{count:,}" for count, sign in signs if count)


def exact_clock(moment: datetime, zone_name: str, now: datetime) -> str:
    """As clock, to the second."""
    return f"{clock(moment, zone_name, now)}:{wall(moment, zone_name):%S}"


def triggers_text(run: RunInfo) -> str:
    """Why a run started."""
    return ", ".join(TRIGGER_WORDS.get(one, one) for one in run.triggers) or "–"


def sent_text(run: RunInfo) -> str:
    """What a run sent, or in shadow would have sent, in figures."""
    if run.lane == SHADOW and (run.bytes or run.added or run.changed or run.removed):
        return f"nothing: would be {_figures(run)}"
    return _figures(run)


def _figures(run: RunInfo) -> str:
    if run.bytes:
        return f"{run.rows:,} rows · {size(run.bytes)}"
    parts = [
        f"{count:,} {word}"
        for count, word in ((run.added, "added"), (run.changed, "changed"), (run.removed, "removed"))
        if count
    ]
    return ", ".join(parts) or "nothing differed"


def took(run: RunInfo) -> str:
    """How long it took."""
    return span(run.finished_at - run.started_at) if run.started_at and run.finished_at else ""


def cause_words(code: str) -> str:
    """A stable code as words: no_person_id becomes "No person id"."""
    return code.replace("_", " ").strip().capitalize() or "Other"
