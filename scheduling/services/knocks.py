"""Limits of public links: how often somebody may come in a window of time. Counted in the database: all web processes agree."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduling.models import LinkKnock

WINDOW = timedelta(minutes=10)
WRONG_TRIES = 20  # wrong links from one address in a window
USES = 60  # of one right link in a window
_KEPT = timedelta(days=1)


def link_knock(*, door: str, limit: int, now: datetime) -> bool:
    """Count one try at a door; False once the window's limit is passed."""
    door = door[:100]
    LinkKnock.objects.bulk_create([LinkKnock(door=door, since=now)], ignore_conflicts=True)
    row = LinkKnock.objects.select_for_update().get(door=door)
    if row.since <= now - WINDOW:
        row.since, row.count = now, 0
        LinkKnock.objects.filter(since__lt=now - _KEPT).exclude(id=row.id).delete()
    row.count += 1
    row.save(update_fields=["since", "count"])
    return row.count <= limit


def link_blocked(*, door: str, limit: int, now: datetime) -> bool:
    """True while a door's limit is passed: nothing more is looked up."""
    return LinkKnock.objects.filter(door=door[:100], since__gt=now - WINDOW, count__gte=limit).exists()
