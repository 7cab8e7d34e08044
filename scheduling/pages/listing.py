"""Lists in memory: the rows of a page, and their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tenancy.lists import PAGE_SIZE, Pager, pager

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Pager, Generic[T]):
    """One page of a list: its rows, and where it stands in the whole."""

    rows: Sequence[T] = ()


def page_of(rows: Sequence[T], place: Pager) -> Page[T]:
    """The rows that stand on that page."""
    return Page(place.number, place.pages, place.total, place.size, rows)


def paged(rows: Sequence[T], number: int, *, size: int = PAGE_SIZE) -> Page[T]:
    """A page of a list that is already in memory; past the end shows the last page."""
    place = pager(len(rows), number, size=size)
    return page_of(rows[place.first - 1 : place.last], place)


def ordered(rows: Iterable[T], sort: str, keys: dict[str, Callable[[T], Any]], *, default: str) -> tuple[list[T], str]:
    """Rows in the order that `sort` names ("-" first: descending), and the order really used."""
    name = sort if sort.lstrip("-") in keys else default
    return sorted(rows, key=keys[name.lstrip("-")], reverse=name.startswith("-")), name
