"""Every rule of the demographic import, on a few rows each. Nothing here needs a database."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from exports.formats.demographic_import.columns import BY_NAME, COLUMNS, aliases_of
from exports.formats.demographic_import.connector import CONNECTOR
from integrations.contract import FileUnreadable, InboundContext
from scheduling.selectors.records import RECORD_FIELDS
from tests.exports.demographic.feeds import NOW, PEOPLE, causes, changes, person, planned

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


def test_every_field_of_the_catalog_may_come_and_nothing_else() -> None:
    assert {one.name for one in COLUMNS} == {*RECORD_FIELDS, "department", "personnel_type"}
    assert {one.name for one in COLUMNS if one.identifier} == {
        "unique_id", "custom1", "custom2", "custom3", "custom4", "employee_id", "npi", "upn",
    }  # fmt: skip


def test_only_matching_people_change_and_only_what_the_file_names() -> None:
    plan = planned("Unique ID,Cell,Pager\n007,312 555 0199,\n008,,77\n999,1,2\n")
    assert changes(plan) == {2: {"Cell": ("312 555 0101", "312 555 0199")}, 3: {"Pager": ("", "77")}}
    assert causes(plan) == {4: "nobody"}
    assert (plan.rows, plan.matched, plan.unmatched, plan.refused, plan.stops) == (3, 2, 1, (), ())
    assert plan.changes[0].apply.fields == {"cell": "312 555 0199"}


def test_empty_leaves_alone_the_token_clears_and_a_missing_column_is_untouched() -> None:
    plan = planned("unique_id,cell,npi,department\n007,,\\N, \\N \n")
    assert changes(plan) == {2: {"NPI": ("1234567893", ""), "Department": ("Emergency", "")}}
    assert plan.changes[0].apply.fields == {"npi": "", "department_id": None}
    assert changes(planned("unique_id,npi\n007,NULL\n", clear_token="NULL")) == {2: {"NPI": ("1234567893", "")}}
    assert changes(planned("unique_id,pager\n007,\\N\n", clear_token="")) == {2: {"Pager": ("", "\\N")}}
    refused = planned("unique_id,last name\n007,\\N\n")
    assert causes(refused) == {2: "needed"} and changes(refused) == {}


def test_the_same_file_again_changes_nothing_and_says_so() -> None:
    plan = planned("Unique ID,Last name,First name,Cell,Department\n007,Ames,Ana,312 555 0101,emergency\n")
    assert (plan.changes, plan.unchanged, plan.rejected) == ((), 1, ())
    assert plan.notes == ("Nothing changes: everything in the file is known already.",)
    assert planned("Unique ID\n").notes == ("The file has a header and no row.",)


def test_identifiers_are_compared_and_kept_to_the_letter() -> None:
    plan = planned('Unique ID,Custom 1\n7,a\n" 9 "," 00123 "\n9,b\n')
    assert causes(plan) == {2: "nobody", 4: "key_spaces"}
    assert changes(plan) == {3: {"Custom 1": ("", " 00123 ")}}
    assert plan.rejected[1].text == "Nobody has Unique ID '9', but Çelik, Zoë has it with other spaces around it."


def test_a_key_that_comes_twice_is_refused_every_time() -> None:
    plan = planned("unique_id,cell\n007,1\n008,2\n007,3\n999,1\n999,2\n")
    assert causes(plan) == {2: "duplicate_key", 4: "duplicate_key", 5: "duplicate_key", 6: "duplicate_key"}
    assert plan.rejected[0].text == "Unique ID '007' stands in rows 2, 4: it cannot be told which one counts."
    assert changes(plan) == {3: {"Cell": ("", "2")}}


def test_a_key_of_two_people_is_refused() -> None:
    plan = planned("Custom 2,Cell\nsame,1\n", key_field="custom2")
    assert causes(plan) == {2: "ambiguous_key"} and plan.matched == 0
    assert plan.rejected[0].text == "Custom 2 'same' belongs to 2 people here: Dietz; Ek."


@pytest.mark.parametrize("key", ["unique_id", "custom1", "custom2", "custom3", "custom4"])
def test_any_of_the_five_may_be_the_key(key: str) -> None:
    people = (person(1, "Ames", **{key: "0K"}),)
    plan = planned(f"E-mail,{BY_NAME[key].label}\na@b.example,0K\n", people=people, key_field=key)
    assert changes(plan) == {2: {"E-mail": ("", "a@b.example")}}
    assert changes(planned("key,pager\n0K,5\n", people=people, key_field=key)) == {2: {"Pager": ("", "5")}}


@pytest.mark.parametrize(
    ("column", "value", "cause"),
    [
        ("npi", "1234567890", "npi"), ("npi", "123456789", "npi"), ("npi", "1.23457E+09", "shortened_number"),
        ("email", "not an address", "email"), ("email", "a@b@c", "email"), ("upn", "a b@example.org", "upn"),
        ("custom1", "1,2E+11", "shortened_number"), ("cell", "3.12556E+9", "shortened_number"),
        ("custom1", "x" * 121, "too_long"), ("pager", "9" * 41, "too_long"), ("first_name", "A\tB", "control_character"),
        ("first_name", "A\nB", "control_character"), ("last_name", "M\ufffdller", "damaged_text"),
        ("department", "Nowhere", "department"), ("department", "Closed ward", "department"), ("department", "pool", "department"),
        ("personnel_type", "Wizard", "personnel_type"), ("unique_id", "008", "identifier_taken"),
        ("npi", "1234567893", "identifier_taken"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_refuses_its_whole_row_with_reason_and_fix(column: str, value: str, cause: str) -> None:
    key = "custom1" if column == "unique_id" else "unique_id"
    mine = "C-9" if key == "custom1" else "012"
    people = (*PEOPLE, person(6, "Fox", unique_id="012", custom1="C-9"))
    out = io.StringIO()
    csv.writer(out).writerows([[key, column, "office_phone"], [mine, value, "5"]])
    plan = planned(out.getvalue(), people=people, key_field=key)
    assert causes(plan) == {2: cause} and plan.changes == ()
    assert plan.rejected[0].text.endswith(".") or plan.rejected[0].text.endswith("'.")
    assert plan.rejected[0].fix.endswith(".") and not plan.rejected[0].silent


def test_all_that_is_wrong_with_a_row_is_said_at_once() -> None:
    (row,) = planned("unique_id,npi,email\n007,1,x\n").rejected
    assert row.text == "An NPI has exactly 10 digits. It reads '1'. 'x' is no e-mail address."
    assert row.fix == "Compare it with the registry and correct the feed. Correct it in the feed."


@pytest.mark.parametrize("npi", ["1234567893", "1627363736", "1100399991", " 1627363736 "])
def test_check_digits_that_are_right(npi: str) -> None:
    assert changes(planned(f"unique_id,npi\n008,{npi}\n", people=PEOPLE[1:])) == {2: {"NPI": ("", npi.strip())}}


def test_departments_by_code_or_name_and_personnel_types_by_name() -> None:
    plan = planned("unique_id,dept,staff type\n007,card,résident\n008,Cardiology,PHYSICIAN\n010,X1,\n")
    assert [one.apply.fields for one in plan.changes] == [
        {"department_id": 2, "personnel_type_id": 2}, {"department_id": 2, "personnel_type_id": 1}, {"department_id": 4},
    ]  # fmt: skip
    assert changes(plan)[2] == {"Department": ("Emergency", "Cardiology"), "Personnel type": ("", "Résident")}


def test_people_may_swap_an_identifier_and_a_chain_is_followed_to_its_end() -> None:
    people = tuple(person(n, f"P{n}", custom1=f"k{n}", unique_id=f"u{n}") for n in (1, 2, 3, 4))
    swap = planned("key,unique_id\nk1,u2\nk2,u1\n", people=people, key_field="custom1")
    assert changes(swap) == {2: {"Unique ID": ("u1", "u2")}, 3: {"Unique ID": ("u2", "u1")}}
    # 3 would take u4, whose owner does not move: so 3 keeps u3, and 2, who wanted it, keeps u2; and so on to 1.
    chain = planned("key,unique_id\nk1,u2\nk2,u3\nk3,u4\n", people=people, key_field="custom1")
    assert causes(chain) == dict.fromkeys((2, 3, 4), "identifier_taken") and chain.changes == ()
    both = planned("key,unique_id\nk1,new\nk2,new\n", people=people, key_field="custom1")
    assert causes(both) == dict.fromkeys((2, 3), "identifier_taken")


def test_two_people_who_share_a_value_already_are_left_to_people() -> None:
    people = (person(1, "A", unique_id="1", npi="1234567893"), person(2, "B", unique_id="2", npi="1234567893"))
    assert planned("unique_id,npi\n1,1234567893\n", people=people).unchanged == 1


# -- the header -------------------------------------------------------------------------------------------------------


def test_usual_names_of_columns_are_known_in_any_order_and_spelling() -> None:
    plan = planned("EMAIL ADDRESS;Mobile Phone;unique-id;Work_Phone;Preferred Name\nx@y.example;1;008;2;Jo\n")
    assert changes(plan) == {
        2: {"E-mail": ("boyd@example.org", "x@y.example"), "Cell": ("", "1"), "Office phone": ("", "2"), "Short name": ("", "Jo")}
    }  # fmt: skip


def test_unknown_columns_are_named_and_left_alone() -> None:
    plan = planned("unique_id,Hire Date,cell,Status\n007,2020-01-01,312 555 0101,T\n")
    assert plan.notes[0] == "Unknown columns, left alone: Hire Date, Status." and plan.unchanged == 1


def test_a_feed_has_names_of_its_own() -> None:
    text = "Worker = unique_id\nHandy=Cell\nCell = ignore\n\nA=B = pager"
    assert aliases_of(text) == {"worker": "unique_id", "handy": "cell", "cell": "ignore", "ab": "pager"}
    plan = planned("Worker,Handy,Cell,A=B\n007,1,2,3\n", columns=text)
    assert changes(plan) == {2: {"Cell": ("312 555 0101", "1"), "Pager": ("", "3")}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "Line 1 of the column names must read"), ("ok = cell\n= cell", "Line 2"), ("a = nowhere", "no field 'nowhere'"),
        ("a = cell\nA = pager", "stands there twice"),
    ],
)  # fmt: skip
def test_names_that_cannot_be_are_refused_in_the_settings(text: str, words: str) -> None:
    setting = next(one for one in CONNECTOR.settings if one.name == "columns")
    with pytest.raises(ValueError, match=words):
        setting.clean(text)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"), ("\n \n", "empty"), ("007,312\n008,313\n", "no header with the key, Unique ID"),
        ("employee_id,cell\n1,2\n", "no header with the key"),
        ("unique_id,dept code,department name\n007,ED,x\n", "Two columns are the Department: “dept code” and “department name”"),
    ],
)  # fmt: skip
def test_without_a_header_nothing_is_read(content: str, words: str) -> None:
    with pytest.raises(FileUnreadable, match=words) as stopped:
        planned(content)
    assert stopped.value.code == "header"


# -- bytes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_accents_survive_every_encoding_and_line_ending(encoding: str, ending: str) -> None:
    text = ending.join(["unique_id,first_name,last_name", '008,"Zoé ""Zo""","Müller, Ñandú"', "007,Ana,Ames", ""])
    plan = planned(text.encode(encoding))
    assert changes(plan) == {2: {"First name": ("José", 'Zoé "Zo"'), "Last name": ("Boyd", "Müller, Ñandú")}}
    named = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "cp1252": "windows-1252"}.get(encoding, "utf-16")
    assert changes(planned(text.encode(encoding), encoding=named)) == changes(plan)


def test_composed_and_decomposed_accents_are_one_name() -> None:
    assert planned("unique_id,first_name\n008,Jose\u0301\n").unchanged == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_tells_the_delimiter(delimiter: str) -> None:
    text = f"unique_id{delimiter}cell{delimiter}last_name\n008{delimiter}1,2;3{delimiter}Boyd\n"
    content = text.replace("1,2;3", '"1,2;3"')
    assert changes(planned(content)) == {2: {"Cell": ("", "1,2;3")}}
    assert changes(planned(f"sep={delimiter}\r\n{content}"))[3] == {"Cell": ("", "1,2;3")}


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        (b"unique_id,last_name\n008,M\xfcller\n", "utf-8", r"Byte 26 \(0xFC\), in line 2, is not UTF-8"),
        (b"\xef\xbb\xbfunique_id,last_name\n008,M\xfcller\n", "auto", r"Byte 29 \(0xFC\), in line 2, is not UTF-8"),
        (b"unique_id,last_name\n008,Zo\xc3\xab\n007,M\xfcller\n", "auto", r"Byte 35 \(0xFC\), in line 3, is not UTF-8"),
        (b"unique_id,last_name\n008,M\x81ller\n", "auto", r"Byte 26 \(0x81\), in line 2, is not Windows-1252"),
        ("unique_id\n1".encode("utf-16-le") + b"x", "utf-16", r"Byte 23 \(0x78\)"),
        (b"unique_id,cell\n008,1\x00\n", "utf-8", "Line 2 holds a NUL"),
        ("unique_id\n".encode("utf-32"), "auto", "UTF-32"),
    ],
)
def test_a_wrong_encoding_stops_the_file_at_its_byte(content: bytes, encoding: str, words: str) -> None:
    with pytest.raises(FileUnreadable, match=words) as stopped:
        planned(content, encoding=encoding)
    assert stopped.value.code == "encoding"


def test_rows_that_are_too_short_or_too_long_are_refused_and_blank_ones_pass() -> None:
    plan = planned("unique_id,cell\n007\n\n008,1,2\n010,1,,\n , \n,5\n\\N,5\n")
    assert causes(plan) == {2: "cell_count", 4: "cell_count", 7: "no_key", 8: "no_key"}
    assert changes(plan) == {5: {"Cell": ("", "1")}} and plan.rows == 5


def test_a_quotation_mark_that_is_never_closed_stops_the_file() -> None:
    with pytest.raises(FileUnreadable, match="begins in line 3"):
        planned('unique_id,cell\n007,1\n008,"2\n')


# -- limits -----------------------------------------------------------------------------------------------------------


def many(count: int, changed: int, refused: int = 0, strangers: int = 0) -> tuple[tuple, str]:
    people = tuple(person(n, f"P{n}", unique_id=f"u{n}", custom1=f"c{n}") for n in range(1, count + 1))
    rows = [
        f"u{n},{'new' if n <= changed else 'c'}{n},{'bad' if n > count - refused else ''}" for n in range(1, count + 1)
    ]
    rows += [f"s{n},x,bad" for n in range(strangers)]
    return people, "\n".join(["unique_id,custom1,npi", *rows])


@pytest.mark.parametrize(("changed", "stops"), [(20, False), (21, True)])
def test_more_than_a_share_of_changed_identifiers_stops(changed: int, stops: bool) -> None:
    people, text = many(100, changed)
    plan = planned(text, people=people, identifier_percent=20)
    assert bool(plan.stops) is stops and len(plan.changes) == changed
    if stops:
        assert plan.stops == ("21 of 100 matched people (21.0 %) would change an identifier; the limit is 20 %.",)


@pytest.mark.parametrize(("refused", "stops"), [(10, False), (11, True)])
def test_more_than_a_share_of_refused_rows_stops_and_strangers_do_not_dilute_it(refused: int, stops: bool) -> None:
    people, text = many(100, 0, refused, strangers=5000)
    plan = planned(text, people=people, rejected_percent=10)
    assert bool(plan.stops) is stops and plan.unmatched == 5000
    if stops:
        assert plan.stops == ("11 of 100 rows (11.0 %) are rejected; the limit is 10 %.",)


def test_an_identifier_that_another_connection_sends_by_holds_the_file_or_warns() -> None:
    text, used = "unique_id,custom1,cell\n008,NEW,1\n007,FIRST,\n", {"custom1": ("Epic", "Vocera"), "upn": ("Outlook",)}
    held = planned(text, used=used)
    assert held.stops == ("1 person changes Custom 1, by which Epic, Vocera send.",)
    warned = planned(text, used=used, identifier_in_use="warn")
    assert warned.stops == () and warned.notes[-1] == held.stops[0]
    assert planned("unique_id,custom1\n007,FIRST\n", used=used).stops == (), "who had none was not sent by it"
    assert planned("unique_id,cell\n007,1\n", used=used).stops == ()


def test_the_digest_is_of_these_bytes_and_these_changes() -> None:
    text = "unique_id,cell\n007,1\n"
    one = planned(text)
    assert one.digest("a" * 64) == planned(text).digest("a" * 64)
    assert one.digest("b" * 64) != one.digest("a" * 64)
    moved = (person(1, "Ames", first_name="Ana", unique_id="007", cell="another"), *PEOPLE[1:])
    assert planned(text, people=moved).digest("a" * 64) != one.digest("a" * 64)


# -- reports ----------------------------------------------------------------------------------------------------------


def test_every_row_stands_in_one_report() -> None:
    plan = planned("unique_id,cell,office phone\n007,+1 5,=1+1\n008,,\n999,1,1\n010,1\n")
    reports = CONNECTOR.reports(plan, InboundContext("Feed", {}, "UTC", "people 2026.csv", NOW))
    assert (reports.accepted.name, reports.rejected.name) == ("people 2026.accepted.csv", "people 2026.rejected.csv")
    assert reports.accepted.content.decode("utf-8-sig") == (
        "Row,Key,Person,Result,Field,Was,Now\r\n"
        '2,007,"Ames, Ana",changed,Cell,312 555 0101,\'+1 5\r\n'
        '2,007,"Ames, Ana",changed,Office phone,,\'=1+1\r\n'
        '3,008,"Boyd, José",as known,,,\r\n'
    )
    assert reports.rejected.content.decode("utf-8-sig") == (
        "Row,Key,Reason,What is wrong,What mends it\r\n"
        "4,999,nobody,Nobody here has Unique ID '999'.,Nobody is created by a feed.\r\n"
        "5,010,cell_count,The row has 2 cells and the header 3.,Put a value that holds the delimiter in quotation marks.\r\n"
    )
    assert (reports.accepted.rows, reports.rejected.rows) == (2, 2)


def test_a_department_that_ends_later_is_open() -> None:
    from tests.exports.demographic import feeds

    later = (*feeds.DEPARTMENTS, feeds.department(6, "SOON", "Soon closed", date(2026, 3, 2)))
    plan = CONNECTOR.plan(
        b"unique_id,department\n007,SOON\n",
        feeds.People(PEOPLE, later, {}),
        InboundContext("Feed", {"identifier_percent": 100}, "America/New_York", "f.csv", NOW),
    )
    assert plan.changes[0].apply.fields == {"department_id": 6}


def test_twenty_thousand_rows() -> None:
    people = tuple(person(n, f"P{n}", unique_id=f"{n:06d}", cell=str(n)) for n in range(20_000))
    rows = [f"{n:06d},{n + (n % 2)},É{n}" for n in range(20_000)]
    plan = planned("\r\n".join(["unique_id,cell,first_name", *rows]).encode("cp1252"), people=people)
    assert (plan.rows, plan.matched, len(plan.changes), plan.rejected) == (20_000, 20_000, 20_000, ())
    assert len(plan.changes[1].fields) == 2 and len(plan.changes[0].fields) == 1
