"""Reads of clients and tokens. Inside tenant_transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import connection

from api.scopes import scopes_of
from api.types import Caller, ClientInfo
from tenancy.models import ApiClient, ApiToken
from tenancy.tenant import current_organization_id
from tenancy.tokens import secret_hash

# One statement, because every request begins with it. A token never outlives its client, its client's scopes or an active
# organisation, whatever it was issued with.
_CALLER = """
SELECT c.public_id, c.name, t.scopes, c.scopes, t.expires_at, o.slug
FROM tenancy_apitoken t
JOIN tenancy_apiclient c ON c.organization_id = t.organization_id AND c.id = t.client_id
JOIN tenancy_organization o ON o.id = t.organization_id
WHERE t.organization_id = %s AND t.secret_hash = %s AND t.expires_at > %s AND c.is_active AND o.status = 'active'
"""


def token_caller(*, secret: str, now: datetime) -> Caller | None:
    """Who holds this access token, if it is valid at `now`."""
    organization_id = current_organization_id()
    with connection.cursor() as cursor:
        cursor.execute(_CALLER, [organization_id, secret_hash(secret), now])
        row = cursor.fetchone()
    if row is None:
        return None
    return Caller(
        organization_id=organization_id,
        organization_slug=row[5],
        client_public_id=row[0],
        client_name=row[1],
        scopes=scopes_of(row[2]) & scopes_of(row[3]),
        expires_at=row[4],
    )


def api_client_find(*, public_id: uuid.UUID) -> ClientInfo | None:
    """The active client of that public id."""
    row = ApiClient.objects.filter(public_id=public_id, is_active=True).first()
    if row is None:
        return None
    return ClientInfo(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        scopes=scopes_of(row.scopes),
        secret_hash=bytes(row.secret_hash),
    )


def token_client_id(*, secret: str) -> int | None:
    """The id of the client that an access token was issued to, valid or expired."""
    return ApiToken.objects.filter(secret_hash=secret_hash(secret)).values_list("client_id", flat=True).first()
