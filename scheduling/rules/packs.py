"""Rule packs: rules as somebody else published them, as data, with their source and the date since which they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scheduling.rules.types import Severity
from tenancy.types import RefusedError


@dataclass(frozen=True)
class PackRule:
    """One rule of a pack. `where` is its place in the source; `on_call` ones are about in-house call only; `at_home` ones also count
    call that is taken at home."""

    key: str
    kind: str
    name: str
    severity: Severity
    where: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    on_call: bool = False
    at_home: bool = False


@dataclass(frozen=True)
class Pack:
    """Rules that are applied together."""

    key: str
    name: str
    about: str
    source: str
    effective_from: date
    rules: tuple[PackRule, ...]


PACKS: dict[str, Pack] = {
    one.key: one
    for one in (
        Pack(
            key="acgme",
            name="ACGME work hours",
            about="Clinical and educational work hours of residents and fellows. A specialty's own requirements may be stricter: "
            "change the figures then.",
            source="ACGME Common Program Requirements (Residency), 2025 reformatted",
            effective_from=date(2025, 9, 3),
            rules=(
                PackRule("weekly", "average_hours", "80 hours a week", Severity.HARD, "6.20", {"hours": 80, "weeks": 4}),
                PackRule("between", "rest", "8 hours between periods", Severity.SOFT, "6.21", {"hours": 8}),
                PackRule(
                    "after", "rest", "14 hours after 24", Severity.HARD, "6.21.a", {"hours": 14, "after_hours": 24},
                    on_call=True,
                ),
                PackRule(
                    "day-off", "days_free", "One day in seven free", Severity.HARD, "6.21.b", {"days": 1, "weeks": 4},
                    at_home=True,
                ),
                PackRule("longest", "continuous", "24 hours + 4", Severity.HARD, "6.22", {"hours": 24, "transition": 4}),
                PackRule(
                    "nights", "call_nights", "Every third night", Severity.HARD, "6.27", {"every": 3, "weeks": 4},
                    on_call=True,
                ),
            ),
        ),
    )
}  # fmt: skip


def pack_of(key: str) -> Pack:
    """The pack by its key. Raises RefusedError."""
    if key not in PACKS:
        raise RefusedError(f"There is no rule pack called {key!r}.", field="pack")
    return PACKS[key]
