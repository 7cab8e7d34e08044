"""Saved views: which an account may see, what they show, their links and who came with them."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Max, Q, QuerySet

from scheduling.models import (
    AccountDepartment,
    AccountPerson,
    Assignment,
    ShareLink,
    ShareVisit,
    View,
    ViewAccess,
)
from scheduling.selectors.published import published_rows
from scheduling.types import PublishedRow
from scheduling.viewing.types import Reach, Shown, Sight
from tenancy.models import Account
from tenancy.rights import Right, role_has
from tenancy.tokens import secret_hash
from tenancy.types import AccountInfo, NotFoundError


@dataclass(frozen=True)
class ViewInfo:
    """A saved view. `mine` says whether the reader owns it, `managed` whether the reader may change it."""

    id: int
    public_id: uuid.UUID
    name: str
    owner: str
    sight: Sight
    changed_at: datetime
    mine: bool
    managed: bool


@dataclass(frozen=True)
class AccessInfo:
    """Who may see a view besides its owner."""

    accounts: tuple[tuple[uuid.UUID, str], ...]  # public id, name
    roles: tuple[str, ...]
    departments: tuple[tuple[uuid.UUID, str], ...]


@dataclass(frozen=True)
class LinkInfo:
    """A link to a view, with how often somebody came."""

    id: int
    public_id: uuid.UUID
    label: str
    contacts: bool
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str
    visits: int
    last_visit: datetime | None

    def state(self, now: datetime) -> str:
        """open, expired or revoked."""
        return "revoked" if self.revoked_at else "expired" if self.expires_at <= now else "open"


@dataclass(frozen=True)
class VisitInfo:
    """Somebody came with a link."""

    at: datetime
    address: str
    agent: str
    outcome: str


@dataclass(frozen=True)
class Opened:
    """What a link's secret leads to. `contacts` already weighs what its maker may see today; `gone` says why it opens nothing."""

    link_id: int
    label: str
    view: ViewInfo
    contacts: bool
    expires_at: datetime
    gone: str  # "", expired, revoked, removed
    gone_at: datetime | None


def views_visible(account: AccountInfo, *, everything: bool = False) -> list[ViewInfo]:
    """The account's own views and those it was given, by name; `everything` adds all others for those who manage accounts."""
    rows = View.objects.filter(removed_at=None).select_related("owner").order_by("name", "id")
    if not (everything and account.may(Right.MANAGE_ACCOUNTS)):
        rows = rows.filter(Q(owner_id=account.id) | Q(id__in=_given(account)))
    return [_info(row, account) for row in rows]


def view_find(account: AccountInfo, view_id: uuid.UUID) -> ViewInfo:
    """A view that the account may see. Raises NotFoundError."""
    row = View.objects.filter(public_id=view_id, removed_at=None).select_related("owner").first()
    if row is not None:
        info = _info(row, account)
        if info.managed or row.id in _given(account):
            return info
    raise NotFoundError("There is no such view, or nobody gave you access to it.")


def view_access(view_id: int) -> AccessInfo:
    """Who may see a view."""
    rows = list(ViewAccess.objects.filter(view_id=view_id).select_related("account", "department"))
    return AccessInfo(
        accounts=tuple(
            sorted(((r.account.public_id, r.account.name) for r in rows if r.account), key=lambda one: one[1])
        ),
        roles=tuple(sorted(row.role for row in rows if row.role)),
        departments=tuple(
            sorted(((r.department.public_id, r.department.name) for r in rows if r.department), key=lambda one: one[1])
        ),
    )


def accounts_listed() -> list[tuple[uuid.UUID, str, str]]:
    """(public id, name, role) of those who can sign in, by name."""
    rows = Account.objects.filter(is_active=True).order_by("name", "email")
    return list(rows.values_list("public_id", "name", "role"))


def share_links(view_id: int) -> list[LinkInfo]:
    """The links to a view, newest first."""
    rows = ShareLink.objects.filter(view_id=view_id).select_related("created_by").order_by("-created_at", "-id")
    return _links(rows)


def share_link_find(view_id: int, link_id: uuid.UUID) -> LinkInfo:
    """One link of a view. Raises NotFoundError."""
    found = _links(ShareLink.objects.filter(view_id=view_id, public_id=link_id).select_related("created_by"))
    if not found:
        raise NotFoundError("There is no such link.")
    return found[0]


def share_visits(link_id: int, *, first: int = 0, limit: int | None = None) -> list[VisitInfo]:
    """Who came with a link, the latest first."""
    rows = ShareVisit.objects.filter(link_id=link_id).order_by("-at", "-id")
    shown = rows[first:] if limit is None else rows[first : first + limit]
    return [VisitInfo(row.at, row.address, row.agent, row.outcome) for row in shown]


def share_open(secret: str, *, now: datetime) -> Opened | None:
    """What a secret leads to, or None for one that was never ours."""
    row = (
        ShareLink.objects.select_related("view", "view__owner", "created_by")
        .filter(secret_hash=secret_hash(secret))
        .first()
    )
    if row is None:
        return None
    maker = row.created_by
    gone, at = "", None
    if row.revoked_at is not None:
        gone, at = "revoked", row.revoked_at
    elif row.view.removed_at is not None:
        gone, at = "removed", row.view.removed_at
    elif row.expires_at <= now:
        gone, at = "expired", row.expires_at
    view = _info(row.view, None)
    may = maker.is_active and role_has(maker.role, Right.VIEW_CONTACTS)
    return Opened(
        row.id, row.label, view, row.contacts and may and "contacts" in view.sight.columns, row.expires_at, gone, at
    )


def rows_shown(shown: Shown, first: date, last: date) -> list[PublishedRow]:
    """What everyone may rely on of a selection, by the shifts' own dates. Absence is left out unless its type is named."""
    wanted = assignments_shown(shown)
    found = published_rows(
        starts_from=datetime.combine(first - timedelta(days=1), time(), UTC),
        starts_before=datetime.combine(last + timedelta(days=2), time(), UTC),
        assignment_ids=wanted,
        person_ids=shown.people or None,
    )
    return [row for row in found if first <= row.date <= last]


def assignments_shown(shown: Shown) -> list[int]:
    """Ids of the assignments that a selection covers."""
    covered = Q(department_id__in=shown.departments) if shown.departments else Q()
    if shown.types:
        covered &= Q(type_id__in=shown.types)
    else:
        covered &= Q(type__is_off=False)
    if shown.assignments:
        named = Q(id__in=shown.assignments)
        covered = covered | named if shown.departments or shown.types else named
    return list(Assignment.objects.filter(covered).order_by("id").values_list("id", flat=True))


def _given(account: AccountInfo) -> Collection[int]:
    """Ids of the views that the account was given: itself, its role, or a department it belongs to."""
    homes = set(AccountDepartment.objects.filter(account_id=account.id).values_list("department_id", flat=True))
    stands_for = AccountPerson.objects.filter(account_id=account.id, person__department__isnull=False)
    homes |= set(stands_for.values_list("person__department_id", flat=True))
    rows = ViewAccess.objects.filter(
        Q(account_id=account.id) | Q(role=account.role.value) | Q(department_id__in=homes), view__removed_at=None
    )
    return frozenset(rows.values_list("view_id", flat=True))


def _info(row: View, account: AccountInfo | None) -> ViewInfo:
    kept = row.selection
    mine = account is not None and row.owner_id == account.id
    return ViewInfo(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        owner=row.owner.name or row.owner.email,
        sight=Sight(
            Shown(*(tuple(kept[name]) for name in ("departments", "people", "assignments", "types"))),
            row.layout,
            tuple(row.columns),
            Reach(row.range_kind, row.range_count, row.range_first),
        ),
        changed_at=row.changed_at,
        mine=mine,
        managed=mine or (account is not None and account.may(Right.MANAGE_ACCOUNTS)),
    )


def _links(rows: QuerySet[ShareLink]) -> list[LinkInfo]:
    links = list(rows)
    came = ShareVisit.objects.filter(link_id__in=[row.id for row in links]).values("link_id")
    counted = {
        one["link_id"]: (one["visits"], one["latest"]) for one in came.annotate(visits=Count("id"), latest=Max("at"))
    }
    return [
        LinkInfo(
            row.id, row.public_id, row.label, row.contacts, row.created_by.name or row.created_by.email, row.created_at,
            row.expires_at, row.revoked_at, row.revoked_by, *counted.get(row.id, (0, None)),
        )
        for row in links
    ]  # fmt: skip
