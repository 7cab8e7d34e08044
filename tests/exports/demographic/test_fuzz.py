"""Whatever bytes come: a plan or a reason, never a crash; and a plan that can be carried out whole."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from exports.formats.demographic_import.columns import COLUMNS
from exports.formats.demographic_import.connector import CONNECTOR
from integrations.contract import FileUnreadable, InboundContext
from scheduling.npi import npi_problem
from tests.exports.demographic.feeds import NOW, PEOPLE, planned

BITS = [
    b"unique_id",
    b"cell",
    b"NPI",
    b"custom1",
    b"department",
    b"007",
    b"008",
    b" 9 ",
    b"1234567893",
    b"ED",
    b"\\N",
    b"\n",
    b"\r\n",
    b"\r",
]
BITS += [
    b",",
    b";",
    b"\t",
    b'"',
    b'""',
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x00",
    b"\xc3\xa9",
    b"\xe9",
    b"\x81",
    b"sep=;",
    b"=1+1",
    b" ",
    b"\\",
]
FILES = st.one_of(
    st.binary(max_size=400),
    st.lists(st.sampled_from(BITS), max_size=60).map(b"".join),
    st.lists(st.sampled_from(BITS), max_size=60).map(lambda bits: b"unique_id,cell,NPI,custom1\n" + b"".join(bits)),
)
CELLS = st.one_of(
    st.sampled_from(["", "007", "008", "010", "011", "\\N", "ED", "Physician", "1234567893", "a@b"]),
    st.text(max_size=6),
)


def checked(data: bytes, **given_settings: Any) -> None:
    try:
        plan = planned(data, **given_settings)
    except FileUnreadable as error:
        assert error.text.endswith(".") and error.code
        return
    reports = CONNECTOR.reports(plan, InboundContext("Feed", {}, "UTC", "f.csv", NOW))
    assert len(plan.changes) + len(plan.kept) + len(plan.rejected) == plan.rows
    assert reports.accepted.rows + reports.rejected.rows == plan.rows
    plan.digest("0" * 64)
    people = {one.id: one for one in PEOPLE}
    touched = Counter(one.apply.person_id for one in plan.changes)
    assert all(count == 1 for count in touched.values()), "nobody is changed twice"
    ids = {person.id: person.values["unique_id"] for person in PEOPLE}
    for one in plan.changes:
        fields = one.apply.fields
        assert fields.get("last_name", "kept") and not npi_problem(fields.get("npi", ""))
        for column in COLUMNS:
            value = fields.get(column.name)
            if value is not None:
                assert len(value) <= column.limit and not any(ord(char) < 32 for char in value)
                assert value != people[one.apply.person_id].values[column.name]
        ids[one.apply.person_id] = fields.get("unique_id", ids[one.apply.person_id])
    used = [value for value in ids.values() if value]
    assert len(used) == len(set(used)), "the database would refuse it"


@settings(max_examples=300, deadline=None)
@given(FILES, st.sampled_from(["auto", "utf-8", "utf-16", "windows-1252"]), st.sampled_from(["auto", "comma", "tab"]))
@example(b"unique_id\n\xff", "auto", "auto")
@example(b'unique_id,cell\n"007","1\n', "auto", "comma")
def test_any_bytes(data: bytes, encoding: str, delimiter: str) -> None:
    checked(data, encoding=encoding, delimiter=delimiter)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([one.label for one in COLUMNS] + ["Hire date"]), min_size=1, max_size=6, unique=True),
    st.lists(st.lists(CELLS, min_size=1, max_size=8), max_size=8),
    st.sampled_from(["unique_id", "custom1", "custom2"]),
)
def test_any_cells_under_any_header(header: list[str], rows: list[list[str]], key: str) -> None:
    lines = [["key", *header], *rows]
    quoted = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    checked(quoted.encode("utf-8", "surrogatepass"), key_field=key)
