"""Swaps, read: what is on offer, who was asked, how a department wants it done, and who may look."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from scheduling.models import Swap, SwapOffer, SwapSettings
from scheduling.models.swaps import OPEN_STATES
from scheduling.naming import search_key
from scheduling.selectors.published import published_rows
from scheduling.selectors.rows import assignments_by_id, departments_by_id, people_by_id
from scheduling.selectors.workspace import Access
from scheduling.types import AssignmentInfo, DepartmentInfo, PersonInfo, PublishedRow
from tenancy.rights import Right
from tenancy.tokens import secret_hash
from tenancy.types import NotFoundError

STATES = ("offered", "accepted", "done", "declined", "expired", "cancelled")


@dataclass(frozen=True, slots=True)
class OfferInfo:
    """Somebody who was asked, and what they said: asked, accepted or declined."""

    person: PersonInfo
    state: str
    seen_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class SwapInfo:
    """A swap. Date and times are those of the shift on offer as everyone knows it, or knew it last."""

    public_id: uuid.UUID
    shift_id: uuid.UUID
    giver: PersonInfo
    department: DepartmentInfo
    assignment: AssignmentInfo
    date: date
    start_wall: datetime
    end_wall: datetime
    zone: str
    starts_at: datetime
    wants: str
    return_shift_id: uuid.UUID | None
    return_told: str
    message: str
    state: str
    cause: str
    reason: str
    needs_approval: bool
    taker: PersonInfo | None
    ended_by: str
    publication: int | None
    version: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    approve_by: datetime | None
    ended_at: datetime | None
    offers: tuple[OfferInfo, ...]

    @property
    def is_open(self) -> bool:
        """True while it can still come about."""
        return self.state in OPEN_STATES

    @property
    def deadline(self) -> datetime:
        """Until when the next step can be taken: accepting, or approving what was accepted."""
        return self.approve_by if self.state == "accepted" and self.approve_by else self.expires_at

    @property
    def words(self) -> str:
        """The shift on offer: `OR Call 2, Thu Dec 3, 07:00–07:00 Fri`."""
        return shift_words(self.assignment, self.start_wall, self.end_wall)

    def offer_of(self, person_id: int | None) -> OfferInfo | None:
        """What that person was asked, if they were."""
        return next((one for one in self.offers if one.person.id == person_id), None)


@dataclass(frozen=True, slots=True)
class SwapSettingsInfo:
    """How a department wants swaps done."""

    approval: bool = True
    days_before: int = 1
    expiry_hours: int = 72


@dataclass(frozen=True)
class SwapFilter:
    """What a list of swaps asks for. `show`: asked (of me), mine, approve (waiting for approval), all."""

    show: str
    person_id: int | None = None
    department_id: int | None = None
    state: str = ""  # one of STATES, or "open"
    text: str = ""


_ORDERS = {
    "date": ("starts_at", "id"),
    "made": ("created_at", "id"),
    "giver": ("giver__search_key", "starts_at", "id"),
    "taker": ("taker__search_key", "starts_at", "id"),
    "state": ("state", "starts_at", "id"),
    "department": ("department__order", "department__name", "starts_at", "id"),
}


def swaps_count(access: Access, wanted: SwapFilter) -> int:
    """How many swaps match."""
    return _matching(access, wanted).count()


def swaps_list(access: Access, wanted: SwapFilter, *, sort: str, first: int = 0, limit: int = 50) -> list[SwapInfo]:
    """Matching swaps that the account may see, in order ("-" first: descending)."""
    names = _ORDERS.get(sort.lstrip("-"), _ORDERS["made"])
    order = [f"-{name}" for name in names] if sort.startswith("-") else list(names)
    return swap_infos(_matching(access, wanted).order_by(*order)[first : first + limit])


def swap_find(access: Access, swap_id: uuid.UUID, *, person_id: int | None) -> SwapInfo:
    """One swap, for its giver, those who were asked, and the department's deciders. Raises NotFoundError for everybody else."""
    row = Swap.objects.filter(public_id=swap_id).first()
    info = swap_infos([row])[0] if row is not None else None
    if info is None or not (access.may(Right.DECIDE_SWAPS, info.department.id) or involved(info, person_id)):
        raise NotFoundError("There is no such swap.")
    return info


def swap_by_secret(secret: str) -> tuple[SwapInfo, OfferInfo] | None:
    """The swap that a link opens, and whom the link was sent to."""
    offer = SwapOffer.objects.select_related("swap").filter(secret_hash=secret_hash(secret)).first()
    if offer is None:
        return None
    info = swap_infos([offer.swap])[0]
    asked = info.offer_of(offer.person_id)
    assert asked is not None, "the link's own offer is among the swap's"
    return info, asked


def swaps_of_shifts(shift_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, SwapInfo]:
    """Swaps under way by the shift they would move, either way."""
    rows = Swap.objects.filter(state__in=OPEN_STATES).filter(
        Q(shift_id__in=shift_ids) | Q(return_shift_id__in=shift_ids)
    )
    found: dict[uuid.UUID, SwapInfo] = {}
    for info in swap_infos(rows.order_by("id")):
        found[info.shift_id] = info
        if info.return_shift_id is not None:
            found.setdefault(info.return_shift_id, info)
    return found


def swap_settings(department_id: int) -> SwapSettingsInfo:
    """How the department wants swaps done."""
    row = SwapSettings.objects.filter(department_id=department_id).first()
    if row is None:
        return SwapSettingsInfo()
    return SwapSettingsInfo(approval=row.approval, days_before=row.days_before, expiry_hours=row.expiry_hours)


def published_shift(shift_id: uuid.UUID | None) -> PublishedRow | None:
    """The shift as everyone knows it now."""
    rows = published_rows(shift_ids=[shift_id]) if shift_id is not None else []
    return rows[0] if rows else None


def involved(info: SwapInfo, person_id: int | None) -> bool:
    """True for the giver and everybody who was asked."""
    return person_id is not None and (info.giver.id == person_id or info.offer_of(person_id) is not None)


def shift_words(assignment: AssignmentInfo, start: datetime, end: datetime) -> str:
    """`OR Call 2, Thu Dec 3, 07:00–07:00 Fri`: the shift in one line, with the end's day when it is another."""
    later = f" {end:%a}" if end.date() != start.date() else ""
    return f"{assignment.name}, {start:%a %b} {start.day}, {start:%H:%M}–{end:%H:%M}{later}"


def row_words(row: PublishedRow) -> str:
    """A published shift in one line."""
    return shift_words(row.assignment, row.start_wall, row.end_wall)


def swap_infos(rows: Iterable[Swap]) -> list[SwapInfo]:
    """Rows as frozen values, joined with people, departments and assignments in a query each."""
    rows = list(rows)
    offers: dict[int, list[SwapOffer]] = {row.id: [] for row in rows}
    for offer in SwapOffer.objects.filter(swap_id__in=offers).order_by("id"):
        offers[offer.swap_id].append(offer)
    asked = {offer.person_id for some in offers.values() for offer in some}
    people = people_by_id(asked | {row.giver_id for row in rows} | {row.taker_id for row in rows if row.taker_id})
    departments = departments_by_id({row.department_id for row in rows})
    assignments = assignments_by_id({row.assignment_id for row in rows})
    same = (
        "public_id", "shift_id", "date", "start_wall", "end_wall", "zone", "starts_at", "wants", "return_shift_id",
        "return_told", "message", "state", "cause", "reason", "needs_approval", "ended_by", "publication", "version",
        "created_by", "created_at", "expires_at", "accepted_at", "approve_by", "ended_at",
    )  # fmt: skip
    return [
        SwapInfo(
            giver=people[row.giver_id],
            department=departments[row.department_id],
            assignment=assignments[row.assignment_id],
            taker=people[row.taker_id] if row.taker_id else None,
            offers=tuple(
                OfferInfo(people[one.person_id], one.state, one.seen_at, one.answered_at) for one in offers[row.id]
            ),
            **{name: getattr(row, name) for name in same},
        )
        for row in rows
    ]


def _matching(access: Access, wanted: SwapFilter) -> QuerySet[Swap]:
    rows = Swap.objects.filter(_shown(access, wanted))
    if wanted.department_id is not None:
        rows = rows.filter(department_id=wanted.department_id)
    if wanted.state == "open":
        rows = rows.filter(state__in=OPEN_STATES)
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.text:
        key = search_key(wanted.text)
        asked = SwapOffer.objects.filter(person__search_key__startswith=key).values("swap_id")
        rows = rows.filter(Q(giver__search_key__startswith=key) | Q(id__in=asked))
    return rows


def _shown(access: Access, wanted: SwapFilter) -> Q:
    """The list's own condition: what is asked of the person, what is theirs, what the account may decide."""
    if wanted.show in ("asked", "mine"):
        if wanted.person_id is None:
            return Q(pk__in=[])
        asked = SwapOffer.objects.filter(person_id=wanted.person_id).values("swap_id")
        return Q(id__in=asked) if wanted.show == "asked" else Q(giver_id=wanted.person_id)
    decides = Q(pk__in=[])
    if access.account.may(Right.DECIDE_SWAPS):
        decides = Q() if access.granted is None else Q(department_id__in=access.granted)
    return decides & Q(state="accepted") if wanted.show == "approve" else decides
