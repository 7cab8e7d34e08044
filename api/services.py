"""Writes of clients and tokens. Inside tenant_transaction; every act on a client logs itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from api.scopes import Scope, scopes_of, scopes_or_refuse, scopes_text
from api.types import ClientInfo, IssuedClient, client_id_text
from tenancy.changes import change_record
from tenancy.models import ApiClient, ApiToken
from tenancy.selectors import organization_info
from tenancy.tokens import join_token, new_secret, secret_hash
from tenancy.types import Actor, NotFoundError, RefusedError

TOKEN_LIFE = timedelta(hours=1)


def api_client_create(*, name: str, scopes: Iterable[str], actor: Actor, now: datetime) -> IssuedClient:
    """Make credentials for a program. The answer holds the only copy of the secret.

    Raises RefusedError for an empty name or an unknown scope.
    """
    name = name.strip()
    if not name or len(name) > 120:
        raise RefusedError("A client needs a name of at most 120 characters.", field="name")
    granted = scopes_or_refuse(scopes)
    secret = new_secret()
    client = ApiClient.objects.create(
        name=name, secret_hash=secret_hash(secret), scopes=scopes_text(granted), created_at=now
    )
    _log(client, "api_client.create", actor, now, after={"scopes": client.scopes})
    return _issued(client, secret)


def api_client_rotate(*, public_id: uuid.UUID, actor: Actor, now: datetime) -> IssuedClient:
    """Replace a client's secret. The old secret and every token issued with it end at once."""
    client = _client(public_id)
    if not client.is_active:
        raise RefusedError("This client was revoked. Make a new one instead.", field="client")
    secret = new_secret()
    client.secret_hash = secret_hash(secret)
    client.save(update_fields=["secret_hash"])
    ended, _ = ApiToken.objects.filter(client=client).delete()
    _log(client, "api_client.rotate", actor, now, after={"tokens ended": ended})
    return _issued(client, secret)


def api_client_revoke(*, public_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """End a client and its tokens at once and for good. Revoking twice changes nothing."""
    client = _client(public_id)
    if not client.is_active:
        return
    client.is_active = False
    client.save(update_fields=["is_active"])
    ended, _ = ApiToken.objects.filter(client=client).delete()
    _log(client, "api_client.revoke", actor, now, after={"tokens ended": ended})


def access_token_issue(*, client: ClientInfo, scopes: Iterable[Scope], now: datetime) -> str:
    """Issue an access token of one hour with these scopes, which the client must hold. Returns `<slug>.<secret>`.

    The client's expired tokens are forgotten on the way.
    """
    granted = frozenset(scopes)
    if not granted <= client.scopes:
        raise RefusedError("A token cannot hold more scopes than its client.", field="scope")
    secret = new_secret()
    ApiToken.objects.filter(client_id=client.id, expires_at__lte=now).delete()
    ApiToken.objects.create(
        client_id=client.id,
        secret_hash=secret_hash(secret),
        scopes=scopes_text(granted),
        created_at=now,
        expires_at=now + TOKEN_LIFE,
    )
    ApiClient.objects.filter(id=client.id).update(last_used_at=now)
    return join_token(organization_info().slug, secret)


def access_token_revoke(*, secret: str) -> None:
    """End an access token at once. An unknown one changes nothing."""
    ApiToken.objects.filter(secret_hash=secret_hash(secret)).delete()


def _client(public_id: uuid.UUID) -> ApiClient:
    client = ApiClient.objects.select_for_update().filter(public_id=public_id).first()
    if client is None:
        raise NotFoundError("There is no such client.")
    return client


def _issued(client: ApiClient, secret: str) -> IssuedClient:
    return IssuedClient(
        client_id=client_id_text(organization_info().slug, client.public_id),
        public_id=client.public_id,
        name=client.name,
        scopes=scopes_of(client.scopes),
        client_secret=secret,
    )


def _log(client: ApiClient, action: str, actor: Actor, now: datetime, after: dict[str, object]) -> None:
    change_record(
        actor=actor, now=now, action=action, subject_type="api client", subject=client.name,
        subject_id=client.public_id, after=after,
    )  # fmt: skip
