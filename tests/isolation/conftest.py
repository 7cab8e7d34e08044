"""Two organisations: one whose data must not be seen nor touched, and one that tries."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tenancy.tenant import tenant_transaction
from tests.conftest import ROBOT, tenant_new
from tests.isolation.house import MARK, House


@pytest.fixture(scope="module")
def house() -> House:
    """The organisation that must stay unseen and untouched."""
    return House(tenant_new(), MARK)


@pytest.fixture(scope="module")
def burglar() -> House:
    """Another organisation, with an administrator who knows every id of the first."""
    return House(tenant_new(), "Goldcrest")


@pytest.fixture(scope="module")
def bearer(burglar: House) -> str:
    """A token of the other organisation's program, with every scope."""
    from api.scopes import Scope
    from api.services import access_token_issue, api_client_create
    from api.types import ClientInfo

    now = datetime.now(UTC)
    with tenant_transaction(burglar.tenant.id):
        issued = api_client_create(name="Burglar", scopes=[scope.value for scope in Scope], actor=ROBOT, now=now)
        from tenancy.models import ApiClient

        row = ApiClient.objects.get(public_id=issued.public_id)
        client = ClientInfo(id=row.id, public_id=row.public_id, name=row.name, scopes=frozenset(Scope), secret_hash=b"")
        return access_token_issue(client=client, scopes=frozenset(Scope), now=now)
