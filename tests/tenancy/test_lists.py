"""Downloads that a spreadsheet opens safely, and pages that exist."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.lists import csv_cell, csv_response, disposition, pager

NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?\Z")
LINES = st.text(alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\r\n"), max_size=30)


@given(LINES)
def test_no_cell_is_run_and_every_cell_comes_back(cell: str) -> None:
    answer = csv_response("x.csv", [[cell, "end"]])
    shown = next(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[0]
    assert not shown.startswith(("=", "+", "-", "@", "\t")) or NUMBER.match(shown)
    assert csv_cell(shown) == cell


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("-1.5", "-1.5"), ("-2", "-2"), ("-", "'-"), ("-1+1", "'-1+1"), ("-1.", "'-1."), ("'-1", "'-1"), ("'-x", "''-x")],
)
def test_a_negative_number_stays_one_and_nothing_else_does(cell: str, shown: str) -> None:
    answer = csv_response("x.csv", [[cell, "end"]])
    assert next(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[0] == shown
    assert csv_cell(shown) == cell


def test_a_name_cannot_break_out_of_its_header() -> None:
    assert disposition('a"; b\r\nX: y/..') == 'attachment; filename="a___b__X__y_.."'


@pytest.mark.parametrize(
    ("total", "asked", "shown"), [(0, 1, (1, 1, 1, 0)), (120, 3, (3, 3, 101, 120)), (120, 99, (3, 3, 101, 120))]
)
def test_a_page_past_the_end_is_the_last(total: int, asked: int, shown: tuple[int, ...]) -> None:
    place = pager(total, asked)
    assert (place.number, place.pages, place.first, place.last) == shown
