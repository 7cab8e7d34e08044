"""Dates as rosters write them, and the decision what 03/02 means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from scheduling.roster.types import CellValue, DateOrder

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?P<year>\d{4}|'?\d{2})"
_LEADING_WEEKDAY = re.compile(rf"^{_WEEKDAY}\b[.,]?\s*", re.IGNORECASE)
_TRAILING_WEEKDAY = re.compile(rf"[\s,]*\(?\b{_WEEKDAY}\b\.?\)?$", re.IGNORECASE)
_MIDNIGHT = re.compile(r"[T\s]+00:00(?::00(?:\.0+)?)?Z?$")
_YMD = re.compile(
    r"(?P<year>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<day>\d{1,2})|(?P<y8>(?:19|20)\d{2})(?P<m8>\d{2})(?P<d8>\d{2})"
)
_NUMERIC = re.compile(rf"(?P<a>\d{{1,2}})\s?([-/.])\s?(?P<b>\d{{1,2}})(?:\s?\2\s?{_YEAR})?")
_DAY_MONTH = re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-\s/.]*{_MONTH}(?:[-\s/.,]+{_YEAR})?", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"{_MONTH}[-\s/.]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:[-\s/.,]+{_YEAR})?", re.IGNORECASE)
_MONTH_YEAR = re.compile(rf"\b{_MONTH}[\s,/-]+(?P<year>20\d{{2}})\b", re.IGNORECASE)
_BARE_YEAR = re.compile(r"(?<![\d/.-])(20\d{2})(?!\d)")
_FULL_DATE = re.compile(r"\b(20\d{2})-(\d{2})-(\d{2})\b|\b(\d{1,2})[/.](\d{1,2})[/.](20\d{2})\b")
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100


@dataclass(frozen=True, slots=True)
class DateShape:
    """A text that is meant as a date. ``numeric`` leaves open which of the two numbers is the month."""

    kind: Literal["known", "numeric", "day"]
    year: int | None
    first: int  # the month of a known date
    second: int  # its day
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class YearHint:
    """What is known about dates that do not say their year (or month)."""

    year: int | None
    month: int | None
    source: str


def shape_of(value: CellValue, text: str) -> DateShape | None:
    """How a cell is a date, or None when it is not meant as one. The date need not exist."""
    if isinstance(value, date):  # a datetime too
        return DateShape("known", value.year, value.month, value.day)
    if not isinstance(value, str):
        return None
    return shape_of_text(text)


def shape_of_text(text: str) -> DateShape | None:
    text = _MIDNIGHT.sub("", " ".join(text.split()))
    if not 1 <= len(text) <= 40:
        return None
    weekday = None
    found = _LEADING_WEEKDAY.match(text) or _TRAILING_WEEKDAY.search(text)
    if found:
        word = found[0].strip(" .,()").casefold()[:3]
        weekday = _WEEKDAYS.index(word)
        text = (text[: found.start()] + text[found.end() :]).strip()
    return _plain_shape(text, weekday)


def _plain_shape(text: str, weekday: int | None) -> DateShape | None:
    if found := _YMD.fullmatch(text):
        year, month, day = (
            found["year"] or found["y8"],
            found["m"] or found["m8"],
            found["day"] or found["d8"],
        )
        return DateShape("known", int(year), int(month), int(day), weekday)
    if found := _NUMERIC.fullmatch(text):
        return DateShape("numeric", _year_of(found["year"]), int(found["a"]), int(found["b"]), weekday)
    if found := (_DAY_MONTH.fullmatch(text) or _MONTH_DAY.fullmatch(text)):
        month_number = _MONTHS.index(found["month"][:3].casefold()) + 1
        return DateShape("known", _year_of(found["year"]), month_number, int(found["day"]), weekday)
    if weekday is not None and re.fullmatch(r"\d{1,2}", text):
        return DateShape("day", None, 0, int(text), weekday)
    return None


def _year_of(text: str | None) -> int | None:
    if not text:
        return None
    number = int(text.lstrip("'"))
    if len(text) == 4:
        return number
    return 2000 + number if number < 70 else 1900 + number


def day_number_of(text: str) -> DateShape | None:
    """A bare day of a month, 1 to 31: only a date where a title says which month."""
    if re.fullmatch(r"\d{1,2}", text) and 1 <= int(text) <= 31:
        return DateShape("day", None, 0, int(text))
    return None


def is_weekday(text: str) -> bool:
    word = text.strip(" .").casefold()
    return bool(re.fullmatch(_WEEKDAY, word)) or word in {
        "m",
        "t",
        "w",
        "f",
        "s",
        "mo",
        "tu",
        "we",
        "th",
        "fr",
        "sa",
        "su",
    }


def order_of(shapes: Sequence[DateShape], *, setting: DateOrder | None, in_sequence: bool) -> tuple[DateOrder, str]:
    """Which number of a numeric date is the month, and a sentence when that was assumed.

    The whole column decides: any number above 12 must be a day. Header dates follow each other by one day,
    which decides too. Otherwise the setting does, and without one the month comes first.
    """
    numeric = [shape for shape in shapes if shape.kind == "numeric"]
    if not numeric:
        return setting or "month_first", ""
    days_first = sum(1 for shape in numeric if shape.first > 12)
    days_second = sum(1 for shape in numeric if shape.second > 12)
    if days_first != days_second:
        return ("day_first" if days_first > days_second else "month_first"), ""
    if days_first == 0 and in_sequence and len(numeric) >= 3:
        month_steps = _day_steps(numeric, "month_first")
        day_steps = _day_steps(numeric, "day_first")
        if month_steps != day_steps:
            return ("month_first" if month_steps > day_steps else "day_first"), ""
    if all(shape.first == shape.second for shape in numeric):
        return setting or "month_first", ""
    order: DateOrder = setting or "month_first"
    example = numeric[0]
    meant = "month/day" if order == "month_first" else "day/month"
    return order, f"Dates such as {example.first:02}/{example.second:02} are read as {meant}."


def _day_steps(shapes: Sequence[DateShape], order: DateOrder) -> int:
    days = [date_of(shape, order=order, year=shape.year or 2024) for shape in shapes]
    return sum(
        1
        for before, after in pairwise(days)
        if before is not None and after is not None and after - before == timedelta(days=1)
    )


def date_of(shape: DateShape, *, order: DateOrder, year: int | None, month: int | None = None) -> date | None:
    """The date a shape means, or None when no such date exists or its year is not known."""
    if shape.kind == "day":
        month_number, day = month or 0, shape.second
    elif shape.kind == "known" or order == "month_first":
        month_number, day = shape.first, shape.second
    else:
        month_number, day = shape.second, shape.first
    year_number = shape.year if shape.year is not None else year
    if year_number is None or not EARLIEST_YEAR <= year_number <= LATEST_YEAR:
        return None
    try:
        return date(year_number, month_number, day)
    except ValueError:
        return None


def months_over_new_year(months: Iterable[int]) -> bool:
    """Whether dates without a year run over a new year: winter months on both sides, no summer between."""
    present = set(months)
    return bool(present & {10, 11, 12}) and bool(present & {1, 2, 3}) and not present & {5, 6, 7, 8}


def hint_in_texts(texts: Iterable[str]) -> YearHint | None:
    """The first month and year, date or year that title lines mention."""
    held = [(text, " ".join(text.split())) for text in texts]
    for _, text in held:
        if found := _MONTH_YEAR.search(text):
            return YearHint(int(found["year"]), _MONTHS.index(found["month"][:3].casefold()) + 1, found[0])
        shape = shape_of_text(text)
        if shape and shape.year and shape.kind == "known":
            return YearHint(shape.year, shape.first, text)
        if dated := _FULL_DATE.search(text):
            return YearHint(int(dated[1] or dated[6]), int(dated[2]) if dated[2] else None, dated[0])
    for _, text in held:
        if bare := _BARE_YEAR.search(text):
            return YearHint(int(bare[1]), None, bare[0])
    return None


def date_of_serial(number: float) -> date | None:
    """Excel's day number, for date columns whose cells lost their date format. 1900 system."""
    if 20_000 <= number <= 73_050 and number == int(number):
        return datetime(1899, 12, 30).date() + timedelta(days=int(number))  # noqa: DTZ001
    return None
