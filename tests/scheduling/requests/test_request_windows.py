"""When requests are taken: by date, and counted from the last day that the department has published."""

from __future__ import annotations

from datetime import date

import pytest

from scheduling.requesting.windows import Window, WindowInfo, closed_reason, window_placed
from tenancy.types import RefusedError
from tests.scheduling.requests.conftest import Desk, day


def refused(desk: Desk, first: date, last: date | None = None, **more: object) -> str:
    with pytest.raises(RefusedError) as got:
        desk.ask(first, last, **more)
    assert got.value.code == "window_closed"
    assert got.value.field == "first"
    return got.value.text


def test_without_windows_it_is_always_open(desk: Desk) -> None:
    assert desk.ask(day(10)).state == "pending"


def test_by_date(desk: Desk) -> None:
    desk.window(opens_on=date(2026, 2, 1), closes_on=date(2026, 2, 27), covers_from=day(1), covers_to=day(15))
    assert desk.ask(day(10), day(15)).state == "pending"  # today is February 27, the last day
    assert refused(desk, day(14), day(17)) == (
        "Mar 16, Mar 17: no window is open for them. "
        "Open now is Spring: for Mar 1–15, 2026, from Feb 1, 2026, until Feb 27, 2026."
    )
    assert desk.ask(day(14), day(17), kind="work").state == "pending", "a kind without windows is always open"
    assert desk.ask(day(20), own=False).state == "pending", "windows do not bind those who decide"


def test_closed_yesterday_and_opening_later(desk: Desk) -> None:
    desk.window("Past", closes_on=date(2026, 2, 26))
    desk.window("Next", opens_on=day(1), covers_from=day(10))
    assert refused(desk, day(12)) == (
        "Mar 12, 2026: no window is open for it. Opening later: Next: for Mar 10, 2026 and later, from Mar 1, 2026."
    )


def test_two_windows_together_cover_a_range(desk: Desk) -> None:
    desk.window("One", covers_to=day(10))
    desk.window("Two", covers_from=day(11), covers_to=day(20))
    assert desk.ask(day(8), day(14)).state == "pending"


def test_relative_to_the_last_published_day(desk: Desk) -> None:
    desk.window("Next block", relative=True, closes_days=-3, covers_from_days=1, covers_to_days=14)
    assert refused(desk, day(10)) == "Mar 10, 2026: no window is open for it."  # nothing is published yet
    desk.place(day(3), person=desk.people[1])
    desk.publish(day(2), day(8))
    assert desk.ask(day(9), day(22)).state == "pending"  # March 9 to 22, until March 5
    told = "Open now is Next block: for Mar 9–22, 2026, until Mar 5, 2026."
    assert refused(desk, day(23)) == f"Mar 23, 2026: no window is open for it. {told}"
    assert refused(desk, day(8)) == f"Mar 8, 2026: no window is open for it. {told}"
    desk.place(day(12), person=desk.people[1])
    desk.publish(day(9), day(15))  # the window moves with it
    assert refused(desk, day(9), who=1).endswith("for Mar 16–29, 2026, until Mar 12, 2026.")
    assert desk.ask(day(23)).state == "pending"


def test_a_rule_may_hold_what_comes_outside_the_windows(desk: Desk) -> None:
    desk.window(covers_to=day(15))
    desk.rule("window_closed", "hold")
    got = desk.ask(day(20))
    assert (got.state, got.held) == (
        "pending", "Mar 20, 2026: no window is open for it. Open now is Spring: for dates until Mar 15, 2026.",
    )  # fmt: skip


WINDOW = WindowInfo(
    public_id=None, department_id=1, kind="time_off", name="W", relative=True, opens_on=date(2020, 1, 1), closes_on=None,
    covers_from=None, covers_to=None, opens_days=-28, closes_days=None, covers_from_days=1, covers_to_days=None, version=1,
)  # fmt: skip


def test_a_relative_window_has_no_dates_of_its_own() -> None:
    assert window_placed(WINDOW, None) is None
    assert window_placed(WINDOW, date(2026, 3, 29)) == Window("W", date(2026, 3, 1), None, date(2026, 3, 30), None)


@pytest.mark.parametrize(
    ("today", "taken"),
    [(date(2026, 2, 28), False), (day(1), True), (day(31), True), (date(2026, 4, 1), False)],
)
def test_both_ends_belong_to_it(today: date, taken: bool) -> None:
    window = Window("March", day(1), day(31), None, None)
    assert (closed_reason([window], today, date(2027, 1, 1), date(2027, 1, 2)) is None) is taken


def test_what_is_wrong_with_a_window_is_said(desk: Desk) -> None:
    for given, field in (
        ({"opens_on": day(2), "closes_on": day(1)}, "closes_on"),
        ({"relative": True, "covers_from_days": 5, "covers_to_days": 1}, "covers_to_days"),
        ({"kind": "leave"}, "kind"),
        ({"name": " "}, "name"),
    ):
        with pytest.raises(RefusedError) as got:
            desk.window(**given)
        assert got.value.field == field
