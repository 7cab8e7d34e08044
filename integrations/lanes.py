"""The states of a connection, and what differs between its lanes: destination, secrets, facts, ledger. Pure.

off sends nothing. shadow does everything but send. test sends to a destination of its own, with secrets of its own. live sends.
Each of shadow, test and live is a lane with its own ledger; the mapping, and settings that are not the destination's, are shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from integrations.declarations import Mode, Setting

if TYPE_CHECKING:
    from integrations.contract import Connector

OFF, SHADOW, TEST, LIVE = "off", "shadow", "test", "live"
STATES = (OFF, SHADOW, TEST, LIVE)
RUNNING = (SHADOW, TEST, LIVE)
BASELINES = "confirmed"  # the fact that holds, by lane, what goes with the last confirmed file
_TEST_FACTS, TEST_TESTED = "test:facts", "test:tested_at"  # names of facts that are not live's

WHEN_UNCHANGED = Setting(
    "when_unchanged",
    "When nothing changed",
    kind="choice",
    choices=(("skip", "Send nothing"), ("send", "Send all the same")),
    help="What a run by the clock does when the destination has everything already.",
)
WATCH = (
    WHEN_UNCHANGED,
    Setting(
        "safety_percent",
        "Safety stop, in percent",
        kind="integer",
        required=True,
        default=30,
        minimum=1,
        maximum=100,
        help="A run that would remove a larger share of what was delivered stops and asks. So does one that has nothing left to send.",
    ),
    Setting(
        "silence_by",
        "Alert when nothing was delivered by",
        kind="time",
        help="A time of day such as 06:00; it is looked at every day whatever else has stopped, counting from midnight. Empty: never.",
    ),
    Setting(
        "keep_days",
        "Keep files for so many days",
        kind="integer",
        required=True,
        default=90,
        minimum=1,
        maximum=3660,
        help="Files that were sent, for downloading and sending them again. Receipts stay.",
    ),
)


def lane_of(state: str) -> str:
    """Whose ledger a run keeps; a connection that is off keeps that of live."""
    return state if state in (SHADOW, TEST) else LIVE


def destination_settings(declared: Connector) -> tuple[Setting, ...]:
    """The settings that say where things go: state test has its own."""
    return tuple(one for one in declared.settings if one.destination or one.pinned)


def confirmed_word(lane: str) -> str:
    """What an attempt says that needs no more: nothing was confirmed where nothing was sent."""
    return "shadow" if lane == SHADOW else "confirmed"


def has_test(declared: Connector) -> bool:
    """True if there can be a destination for tests."""
    return any(one.destination for one in declared.settings)


def settings_in(
    lane: str, declared: Connector, settings: Mapping[str, Any], test_settings: Mapping[str, Any]
) -> dict[str, Any]:
    """The settings in force. In lane test nothing of the live destination is left, also where the test's is not set yet."""
    if lane != TEST:
        return dict(settings)
    own = {one.name: test_settings.get(one.name, one.default) for one in destination_settings(declared)}
    return {**settings, **own}


def secret_name(lane: str, name: str) -> str:
    """The vault's name of a secret in a lane."""
    return f"test:{name}" if lane == TEST else name


def facts_in(lane: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the connector found out at this lane's destination."""
    if lane == TEST:
        return dict(facts.get(_TEST_FACTS) or {})
    return {name: value for name, value in facts.items() if not name.startswith("test:")}


def facts_with(lane: str, facts: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """All facts, those of one lane replaced."""
    if lane == TEST:
        return {**facts, _TEST_FACTS: dict(own)}
    return {**own, **{name: value for name, value in facts.items() if name.startswith("test:")}}


def facts_without_baseline(lane: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """All facts but what went with this lane's last confirmed file: the lane begins anew."""
    own = facts_in(lane, facts)
    kept = {name: value for name, value in (own.get(BASELINES) or {}).items() if name != lane}
    return facts_with(lane, facts, {**own, BASELINES: kept} if BASELINES in own else own)


def test_tested_at(facts: Mapping[str, Any]) -> datetime | None:
    """When the test of the test destination last passed."""
    text = facts.get(TEST_TESTED)
    return datetime.fromisoformat(text) if text else None


def sends_unchanged(declared: Connector, settings: Mapping[str, Any]) -> bool:
    """Whether a run sends although nothing changed: the connection's word, else the connector's."""
    chosen = settings.get(WHEN_UNCHANGED.name)
    return chosen == "send" if chosen else declared.send_unchanged


def may_send_unchanged(declared: Connector) -> bool:
    """True where there is a choice: what sends differences record by record, or receives, has nothing to send then."""
    return declared.mode not in (Mode.SYNC, Mode.INBOUND)
