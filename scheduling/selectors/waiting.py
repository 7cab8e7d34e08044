"""How much waits for an account: the figures beside Requests and Swaps in the rail."""

from __future__ import annotations

from scheduling.selectors.workspace import Access


def requests_waiting(access: Access) -> int:
    """Requests that the account should decide. (Room: requests.)"""
    return 0


def swaps_waiting(access: Access) -> int:
    """Swaps that the account should answer or approve. (Room: swaps.)"""
    return 0
