"""How much waits for an account: the figures beside Requests and Swaps in the rail."""

from __future__ import annotations

from django.db.models import Q

from scheduling.models import AccountPerson, Request, Swap, SwapOffer
from scheduling.selectors.requests import deciding_q
from scheduling.selectors.workspace import Access
from tenancy.rights import Right


def requests_waiting(access: Access) -> int:
    """Requests that the account may decide and nobody has."""
    return Request.objects.filter(deciding_q(access), state="pending").count()


def swaps_waiting(access: Access) -> int:
    """Swaps that the account should answer or approve."""
    account = access.account
    person = AccountPerson.objects.filter(account_id=account.id).values_list("person_id", flat=True).first()
    waiting = 0
    if person is not None and account.may(Right.OFFER_SWAPS):
        waiting += SwapOffer.objects.filter(person_id=person, state="asked", swap__state="offered").count()
    if account.may(Right.DECIDE_SWAPS):
        rows = Swap.objects.filter(state="accepted")
        if access.granted is not None:
            rows = rows.filter(department_id__in=access.granted)
        if person is not None:  # nobody approves what they are part of
            rows = rows.exclude(Q(giver_id=person) | Q(taker_id=person))
        waiting += rows.count()
    return waiting
