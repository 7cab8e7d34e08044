"""What the shell shows besides the account: what waits for it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from scheduling.selectors.notices import notices_unread
from scheduling.selectors.waiting import requests_waiting, swaps_waiting
from scheduling.selectors.workspace import access_of
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo


class Waiting:
    """Counted when the rail asks, once a page: a fragment, which has no rail, costs nothing."""

    def __init__(self, account: AccountInfo) -> None:
        self._account = account

    @cached_property
    def _counts(self) -> tuple[int, int, int]:
        with tenant_transaction(self._account.organization.id, snapshot=True):
            access = access_of(self._account)
            return requests_waiting(access), swaps_waiting(access), notices_unread(self._account.id)

    @property
    def requests(self) -> int:
        """Requests to decide."""
        return self._counts[0]

    @property
    def swaps(self) -> int:
        """Swaps to answer or approve."""
        return self._counts[1]

    @property
    def notices(self) -> int:
        """Notices not read yet."""
        return self._counts[2]


def waiting_context(request: HttpRequest) -> dict[str, Any]:
    """For the rail and the bell."""
    account: AccountInfo | None = getattr(request, "account", None)
    return {"waiting": Waiting(account) if account else None}
