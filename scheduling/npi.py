"""The National Provider Identifier's check digit: Luhn over 80840 and the number (45 CFR 162.406, ISO/IEC 7812)."""

from __future__ import annotations


def npi_problem(npi: str) -> str | None:
    """What is wrong with an NPI, or None. An empty one is fine."""
    if not npi:
        return None
    if len(npi) != 10 or not npi.isascii() or not npi.isdigit():
        return "An NPI has exactly 10 digits."
    total = 0
    for place, digit in enumerate(reversed("80840" + npi)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return None if total % 10 == 0 else "The NPI's check digit is wrong: a digit was mistyped or two were swapped."
