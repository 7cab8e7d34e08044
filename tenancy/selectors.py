"""Reads of tenancy that others may use."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from tenancy.change_position import ChangePosition as ChangePosition
from tenancy.change_position import change_position as change_position
from tenancy.change_position import change_settled_id as change_settled_id
from tenancy.change_position import transactions_bound as transactions_bound
from tenancy.models import Account, AccountSession, Installation, Organization
from tenancy.rights import Role
from tenancy.tenant import current_organization_id
from tenancy.tokens import secret_hash
from tenancy.types import AccountInfo, OrganizationInfo


def organization_find(slug: str) -> tuple[int, str, str] | None:
    """(id, name, status) of the organisation with exactly this slug; works outside tenant_transaction, lists nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name, status FROM organization_by_slug(%s)", [slug.lower()])
        row: tuple[int, str, str] | None = cursor.fetchone()
        return row


def organization_find_by_domain(domain: str) -> tuple[int, str, str, str] | None:
    """(id, name, status, slug) of the organisation that owns exactly this e-mail domain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name, status, slug FROM organization_by_domain(%s)", [domain.lower()])
        row: tuple[int, str, str, str] | None = cursor.fetchone()
        return row


def organizations_listed(*, database: str = "operator") -> list[tuple[int, str]]:
    """(id, slug) of all organisations. An operator's act: `database` is the alias that connects as the operator."""
    return list(Organization.objects.using(database).order_by("id").values_list("id", "slug"))


def organization_info() -> OrganizationInfo:
    """The current organisation."""
    row = Organization.objects.get(id=current_organization_id())
    return OrganizationInfo(
        id=row.id,
        public_id=row.public_id,
        slug=row.slug,
        name=row.name,
        zone=row.zone,
        week_start=row.week_start,
        status=row.status,
        it_email=row.it_email,
        revision=row.revision,
    )


def session_account(*, secret: str, now: datetime) -> AccountInfo | None:
    """The account signed in with this session secret, if it still is."""
    session = (
        AccountSession.objects.select_related("account")
        .filter(secret_hash=secret_hash(secret), expires_at__gt=now, account__is_active=True)
        .first()
    )
    return None if session is None else account_info(session.account, session_id=session.id)


def account_info(account: Account, *, session_id: int = 0) -> AccountInfo:
    """An account with its organisation, as pages need it."""
    return AccountInfo(
        id=account.id,
        public_id=account.public_id,
        organization=organization_info(),
        email=account.email,
        name=account.name,
        role=Role(account.role),
        theme=account.theme,
        session_id=session_id,
    )


def administrator_emails() -> list[str]:
    """Who hears of problems: active administrators, and the organisation's IT centre."""
    emails = list(
        Account.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
        .order_by("email")
        .values_list("email", flat=True)
    )
    it_email = organization_info().it_email
    return emails + ([it_email] if it_email and it_email not in emails else [])


def installation_problem(installation_id: str) -> str | None:
    """Why this database must not speak, or None. A restored copy carries another installation's id."""
    row = Installation.objects.order_by("id").first()
    if row is None:
        return "This database has not been claimed. Run `manage.py claim_installation` with the owner's address."
    if row.installation_id != installation_id:
        return (
            "This database belongs to another installation: it looks like a restored or copied one, so nothing is sent. "
            "Run `manage.py claim_installation --after-restore` when it is to take over."
        )
    return None
