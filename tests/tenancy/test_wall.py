"""The one function from a wall time to an instant, at every change of clocks of every zone. Exact values: test_time_document."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest

from tenancy.types import RefusedError
from tenancy.wall import instant, wall, zone_or_refuse
from tests.fakes.clock_changes import all_changes

NEW_YORK = "America/New_York"


def at(text: str) -> datetime:
    return instant(datetime.fromisoformat(text), NEW_YORK)


def test_shifts_that_touch_still_touch_whatever_the_night() -> None:
    for night in ("2026-03-08", "2026-11-01"):
        cuts = [f"{night}T{minute // 60:02}:{minute % 60:02}" for minute in range(0, 300, 15)]
        moments = [at(cut) for cut in cuts]
        shifts = list(itertools.pairwise(moments))
        assert all(end == start for (_, end), (start, _) in itertools.pairwise(shifts))
        assert sum(((end - start) for start, end in shifts), timedelta()) == moments[-1] - moments[0]


def test_order_never_turns_and_gaps_end_at_their_end_in_every_zone() -> None:
    assert len(all_changes()) > 200, "every zone that changes its clocks"
    for change in all_changes():
        length = abs(change.gap)
        first = min(change.before, change.after) - timedelta(hours=2)
        steps = int((length + timedelta(hours=4)) / timedelta(minutes=10))
        walls = [first + timedelta(minutes=10 * step) for step in range(steps)]
        moments = [instant(one, change.zone) for one in walls]
        assert moments == sorted(moments), change
        for local, moment in zip(walls, moments, strict=True):
            if change.before <= local < change.after:
                assert moment == change.at, change
            elif change.after <= local < change.before:
                assert moment < change.at, f"the first of the two: {change}"
                assert wall(moment, change.zone) == local
            else:
                assert wall(moment, change.zone) == local, change


def test_an_unknown_zone_is_refused_by_name() -> None:
    with pytest.raises(RefusedError, match=r"'America/Gotham' is not a time zone. Use a name such as America/Chicago."):
        zone_or_refuse("America/Gotham")
