"""Holidays of the organisation. (Room: planning.)"""

from __future__ import annotations

from datetime import date


def holidays_between(first: date, last: date) -> dict[date, str]:
    """Date → the holiday's name."""
    return {}
