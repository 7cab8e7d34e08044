"""What people are told of, and the ways of telling: the one table of both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How a reader is told. Everything but NONE also stands in the product."""

    NOW = "now"
    DAILY = "daily"
    PRODUCT = "product"
    NONE = "none"


WAY_LABELS = {
    Way.NOW: "E-mail at once",
    Way.DAILY: "Daily e-mail",
    Way.PRODUCT: "Here only",
    Way.NONE: "Not at all",
}


@dataclass(frozen=True)
class NoticeKind:
    """One kind of thing to be told of. `deciding`: it concerns those who schedule, not those who are scheduled."""

    group: str
    label: str
    usual: Way = Way.NOW
    deciding: bool = False


NOTICE_KINDS: dict[str, NoticeKind] = {
    "schedule.published": NoticeKind("Schedule", "Shifts of mine change in a publication"),
    "schedule.announced": NoticeKind("Schedule", "A schedule of my department is published", Way.DAILY),
    "schedule.recalled": NoticeKind("Schedule", "A published schedule is taken back"),
    "shift.replaced": NoticeKind("Schedule", "I am put on a shift, or taken off one, at short notice"),
    "person.left": NoticeKind("Schedule", "Somebody leaves, and shifts of a department become open", deciding=True),
    "leave.over_shift": NoticeKind("Schedule", "Leave is granted over a published shift", deciding=True),
    "swap.asked": NoticeKind("Swaps", "Somebody offers me a shift"),
    "swap.accepted": NoticeKind("Swaps", "My offer is accepted"),
    "swap.declined": NoticeKind("Swaps", "My offer is declined"),
    "swap.waiting": NoticeKind("Swaps", "A swap waits for approval", deciding=True),
    "swap.done": NoticeKind("Swaps", "A swap is done and published"),
    "swap.ended": NoticeKind("Swaps", "A swap expires, is cancelled or falls away"),
    "request.made": NoticeKind("Requests", "A request waits for a decision", Way.DAILY, deciding=True),
    "request.decided": NoticeKind("Requests", "My request is decided"),
}


def kind_label(kind: str) -> str:
    """The kind in words."""
    known = NOTICE_KINDS.get(kind)
    return known.label if known else kind.replace(".", " ").replace("_", " ").capitalize()


def usual_way(kind: str) -> Way:
    """How a reader who has said nothing is told."""
    known = NOTICE_KINDS.get(kind)
    return known.usual if known else Way.NOW
