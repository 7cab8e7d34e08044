"""Telling people: a notice is left in the transaction of its cause and sent by the worker. (Room: notices.)"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime


def notices_leave(
    *,
    kind: str,
    subject: str,
    lines: Sequence[str],
    link: str,
    now: datetime,
    person_ids: Collection[int] = (),
    account_ids: Collection[int] = (),
    once: str = "",
) -> int:
    """Leave one notice for each account named, and for the account (else the e-mail address) of each person named; returns how many.

    `kind` is a word of NOTICE_KINDS (schedule.published, shift.replaced, swap.asked, swap.accepted, swap.declined, swap.done,
    swap.ended, request.made, request.decided, leave.over_shift …): preferences are by kind. `lines` are plain sentences, `link` a path
    in the product (it may carry a link token). `once` makes it idempotent: a second notice with the same word to the same
    reader is not left.
    """
    return 0
