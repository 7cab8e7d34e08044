"""Writes of tenancy: organisations (by operators), accounts, sign-in and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from tenancy.changes import change_record
from tenancy.models import Account, AccountSession, Organization, OrganizationDomain
from tenancy.rights import Role
from tenancy.tokens import new_secret, secret_hash
from tenancy.types import Actor, RefusedError
from tenancy.wall import zone_or_refuse

_FREE_TRIES = 5
_LOCK = timedelta(minutes=5)
_SIGN_IN_REFUSED = "The e-mail or the password is not right, or the account is locked for a few minutes."


def organization_create(
    *,
    slug: str,
    name: str,
    zone: str,
    now: datetime,
    week_start: int = 0,
    it_email: str = "",
    database: str = "operator",
) -> int:
    """Make an organisation. An operator's act: `database` is the alias that connects as the operator. Returns its id."""
    zone_or_refuse(zone)
    with transaction.atomic(using=database):
        return (
            Organization.objects.using(database)
            .create(slug=slug, name=name, zone=zone, week_start=week_start, it_email=it_email, created_at=now)
            .id
        )


def organization_domain_add(*, domain: str, actor: Actor, now: datetime) -> None:
    """Let sign-in find the organisation by an e-mail domain."""
    OrganizationDomain.objects.create(domain=domain.lower())
    change_record(actor=actor, now=now, action="organization.domain_add", subject_type="organisation", subject=domain)


def account_create(
    *,
    email: str,
    name: str,
    role: Role,
    actor: Actor,
    now: datetime,
    password: str = "",
    provider: str = "local",
) -> Account:
    """Make an account. Raises RefusedError when the e-mail is taken or the password is too short."""
    email = email.strip().lower()
    if password and len(password) < 12:
        raise RefusedError("The password needs at least 12 characters.", field="password")
    if Account.objects.filter(provider=provider, subject=email).exists():
        raise RefusedError(f"An account for {email} exists already.", field="email")
    account = Account.objects.create(
        email=email,
        name=name,
        role=role,
        provider=provider,
        subject=email,
        password=make_password(password) if password else "",
        created_at=now,
    )
    change_record(
        actor=actor, now=now, action="account.create", subject_type="account", subject=email,
        subject_id=account.public_id, after={"role": role, "name": name},
    )  # fmt: skip
    return account


def sign_in(
    *, email: str, password: str, address: str, agent: str, now: datetime
) -> tuple[Account, str] | RefusedError:
    """Check a local password and open a session: (account, session secret).

    The refusal is returned, not raised, because the count of failures must commit with it. After five failures in a row the
    account rests for five minutes. The work is the same for a known and an unknown e-mail.
    """
    account = Account.objects.filter(provider="local", subject=email.strip().lower(), is_active=True).first()
    resting = account is not None and account.locked_until is not None and account.locked_until > now
    right = check_password(password, account.password if account and account.password else _decoy())
    actor = Actor(
        label=email.strip()[:120],
        source="sign-in",
        address=address,
        account_id=account.id if account else None,
    )
    if account is None or resting or not right:
        if account is not None and not resting:
            account.failures += 1
            if account.failures >= _FREE_TRIES:
                account.failures, account.locked_until = 0, now + _LOCK
            account.save(update_fields=["failures", "locked_until"])
        change_record(
            actor=actor, now=now, action="session.refuse", subject_type="account", subject=email.strip()[:120]
        )
        return RefusedError(_SIGN_IN_REFUSED, code="sign_in")
    account.failures, account.locked_until, account.last_seen_at = 0, None, now
    account.save(update_fields=["failures", "locked_until", "last_seen_at"])
    secret = session_open(account=account, address=address, agent=agent, now=now)
    change_record(
        actor=actor, now=now, action="session.open", subject_type="account", subject=account.email,
        subject_id=account.public_id,
    )  # fmt: skip
    return account, secret


def session_open(*, account: Account, address: str, agent: str, now: datetime) -> str:
    """Open a session for an account that has proved itself. Returns the secret of the cookie."""
    secret = new_secret()
    AccountSession.objects.create(
        account=account,
        secret_hash=secret_hash(secret),
        address=address,
        agent=agent[:200],
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=settings.ROTACAST_SESSION_IDLE_HOURS),
    )
    return secret


def session_close(*, session_ids: Sequence[int]) -> None:
    """Sign out: these sessions end at once."""
    AccountSession.objects.filter(id__in=session_ids).delete()


def session_seen(*, session_id: int, now: datetime) -> None:
    """Keep a session alive; written at most every few minutes."""
    AccountSession.objects.filter(id=session_id, last_seen_at__lt=now - timedelta(minutes=5)).update(
        last_seen_at=now, expires_at=now + timedelta(hours=settings.ROTACAST_SESSION_IDLE_HOURS)
    )


def password_spend(password: str) -> None:
    """Cost what a check costs, where there is nothing to check: an unknown organisation must not answer faster."""
    check_password(password, _decoy())


_decoy_hash: list[str] = []


def _decoy() -> str:
    """A hash that no password opens, so that an unknown e-mail costs what a known one does."""
    if not _decoy_hash:
        _decoy_hash.append(make_password(new_secret()))
    return _decoy_hash[0]
