"""Writes of private calendar links: making and replacing one, turning it off, and remembering who came for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduling.models import CalendarFeed
from scheduling.selectors.accounts import person_of_account
from tenancy.changes import change_record
from tenancy.models import Account
from tenancy.tokens import new_secret, secret_hash
from tenancy.types import Actor, NotFoundError, RefusedError

_REMEMBERED = timedelta(minutes=1)


def feed_make(*, account_id: int, actor: Actor, now: datetime) -> str:
    """Make the account's private link, in place of the one it had. Returns the secret: it is shown once and kept only as a hash."""
    person = person_of_account(account_id)
    if person is None:
        raise RefusedError(
            "Your account stands for nobody who is scheduled, so there is nothing to show in a calendar."
        )
    account = Account.objects.select_for_update().get(id=account_id)
    replaced = CalendarFeed.objects.filter(account=account, revoked_at=None).update(revoked_at=now)
    secret = new_secret()
    feed = CalendarFeed.objects.create(
        account=account, person_id=person.id, secret_hash=secret_hash(secret), created_at=now
    )
    _log(feed, "feed.replace" if replaced else "feed.make", person.name, actor, now)
    return secret


def feed_revoke(*, account_id: int, actor: Actor, now: datetime) -> None:
    """Turn the account's private link off. Raises NotFoundError when it has none."""
    feed = (
        CalendarFeed.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(account_id=account_id, revoked_at=None)
        .first()
    )
    if feed is None:
        raise NotFoundError("There is no calendar link to turn off.")
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    _log(feed, "feed.revoke", feed.person.name, actor, now)


def feed_fetched(*, feed_id: int, etag: str, agent: str, now: datetime) -> datetime:
    """A calendar came for the feed. Returns since when it is what `etag` names; written at most every minute otherwise."""
    feed = CalendarFeed.objects.select_for_update().get(id=feed_id)
    changed = feed.etag != etag or feed.changed_at is None
    if changed:
        feed.etag, feed.changed_at = etag, now
    if changed or feed.fetched_at is None or feed.fetched_at <= now - _REMEMBERED:
        feed.fetched_at, feed.fetched_by = now, agent[:120]
        feed.save(update_fields=["etag", "changed_at", "fetched_at", "fetched_by"])
    assert feed.changed_at is not None, "set above where it was not"
    return feed.changed_at


def _log(feed: CalendarFeed, action: str, name: str, actor: Actor, now: datetime) -> None:
    change_record(
        actor=actor, now=now, action=action, subject_type="calendar link", subject=f"Calendar of {name}",
        subject_id=feed.public_id, person_id=feed.person_id,
    )  # fmt: skip
