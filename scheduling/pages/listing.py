"""Lists whose state is in the address: the page shown and the order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.http import HttpRequest

PAGE_SIZE = 50

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list: its rows and where it stands in the whole."""

    rows: Sequence[T]
    number: int
    pages: int
    total: int
    size: int = PAGE_SIZE

    @property
    def first(self) -> int:
        """The place of the first row shown, counted from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """The place of the last row shown."""
        return min(self.number * self.size, self.total)

    @property
    def previous(self) -> int:
        """The page before."""
        return self.number - 1

    @property
    def next(self) -> int:
        """The page after."""
        return self.number + 1


def page_number(request: HttpRequest) -> int:
    """The page that the address asks for: 1 when it says none or nonsense."""
    text = request.GET.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def paged(rows: Sequence[T], number: int, *, size: int = PAGE_SIZE) -> Page[T]:
    """A page of a list that is already in memory; past the end shows the last page."""
    pages = max(1, -(-len(rows) // size))
    number = min(number, pages)
    return Page(rows[(number - 1) * size : number * size], number, pages, len(rows), size)


def ordered(rows: Iterable[T], sort: str, keys: dict[str, Callable[[T], Any]], *, default: str) -> tuple[list[T], str]:
    """Rows in the order that `sort` names ("-" first: descending), and the order really used."""
    name = sort if sort.lstrip("-") in keys else default
    return sorted(rows, key=keys[name.lstrip("-")], reverse=name.startswith("-")), name
