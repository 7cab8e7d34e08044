"""Which fields a feed may carry, what its columns may be called, and what a cell must be to become a value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integrations.contract import PERSON_FIELDS, FileUnreadable
from scheduling.npi import npi_problem

IGNORE = "ignore"
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class Column:
    """A field of a person. `opaque`: spaces belong to the value. `identifier`: changing it changes who is meant elsewhere."""

    name: str
    label: str
    limit: int
    aliases: tuple[str, ...] = ()
    identifier: bool = False
    opaque: bool = False
    clearable: bool = True


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a cell, and what would mend it. `group` is what alike rows have in common."""

    cause: str
    text: str
    fix: str
    group: str


_KEYS = dict(PERSON_FIELDS)
COLUMNS: tuple[Column, ...] = (
    Column("unique_id", _KEYS["unique_id"], 80, ("unique identifier", "person id"), identifier=True, opaque=True),
    *(
        Column(f"custom{n}", _KEYS[f"custom{n}"], 120, (f"custom field {n}",), identifier=True, opaque=True)
        for n in (1, 2, 3, 4)
    ),
    Column(
        "employee_id", "Employee ID", 80, ("emp id", "emplid", "employee number", "employee no", "worker id"),
        identifier=True, opaque=True,
    ),
    Column("npi", "NPI", 10, ("npi number", "national provider identifier"), identifier=True),
    Column("upn", "UPN", 254, ("user principal name",), identifier=True),
    Column("last_name", "Last name", 120, ("surname", "family name"), clearable=False),
    Column("first_name", "First name", 120, ("given name",)),
    Column("short_name", "Short name", 40, ("preferred name", "known as")),
    Column("email", "E-mail", 254, ("email address", "mail", "work email")),
    Column("cell", "Cell", 40, ("cell phone", "cell number", "mobile", "mobile phone", "mobile number")),
    Column("pager", "Pager", 40, ("pager number", "beeper")),
    Column("office_phone", "Office phone", 40, ("office", "office number", "work phone", "business phone")),
    Column("department", "Department", 200, ("department code", "department name", "dept", "dept code", "home department")),
    Column("personnel_type", "Personnel type", 80, ("staff type", "provider type", "person type")),
)  # fmt: skip
BY_NAME: Mapping[str, Column] = {one.name: one for one in COLUMNS}


def compact(text: str) -> str:
    """Letters and digits only, case folded: how headers are compared."""
    found = "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
    return found or text.strip().casefold()


_BUILT_IN = {compact(text): one.name for one in COLUMNS for text in (one.name, one.label, *one.aliases)}


def aliases_of(text: str) -> dict[str, str]:
    """The aliases of a feed, one a line: “Their header = our field”, or “= ignore”. Raises ValueError naming the line."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        theirs, sign, ours = line.rpartition("=")
        wanted = IGNORE if compact(ours) == IGNORE else _BUILT_IN.get(compact(ours))
        if not sign or not theirs.strip():
            raise ValueError(f"Line {number} of the column names must read “Their header = our field”, not {line!r}.")
        if wanted is None:
            known = ", ".join(one.name for one in COLUMNS)
            raise ValueError(
                f"Line {number} of the column names: there is no field {ours.strip()!r}. There are: {known}; or ignore."
            )
        if compact(theirs) in found:
            raise ValueError(f"Line {number} of the column names: {theirs.strip()!r} stands there twice.")
        found[compact(theirs)] = wanted
    return found


@dataclass(frozen=True)
class Header:
    """What the columns of a file are. `fields` is by place; `unknown` are the headers that nothing is known of."""

    width: int
    key_at: int
    fields: Mapping[int, Column]
    unknown: tuple[str, ...]


def header_of(cells: Sequence[str], *, key: str, aliases: Mapping[str, str]) -> Header:
    """Read a header. Raises FileUnreadable where it lacks the key, or two columns are the same field."""
    names = {**_BUILT_IN, "key": key, **aliases}
    fields: dict[int, Column] = {}
    unknown = []
    for place, text in enumerate(cells):
        name = names.get(compact(text)) if text.strip() else IGNORE
        if name is None:
            unknown.append(text.strip())
        elif name != IGNORE:
            twin = next((at for at, one in fields.items() if one.name == name), None)
            if twin is not None:
                raise FileUnreadable(
                    f"Two columns are the {BY_NAME[name].label}: “{cells[twin].strip()}” and “{text.strip()}”. Say in the column "
                    f"names which of them is meant, for example “{text.strip()} = ignore”.",
                    code="header",
                )
            fields[place] = BY_NAME[name]
    key_at = next((at for at, one in fields.items() if one.name == key), None)
    if key_at is None:
        shown = ", ".join(f"“{text.strip()[:40]}”" for text in cells[:12])
        raise FileUnreadable(
            f"The first row is no header with the key, {BY_NAME[key].label}. It reads: {shown}. Put a header there, or name the "
            "column in the settings (“Their header = our field”).",
            code="header",
        )
    return Header(len(cells), key_at, fields, tuple(unknown))


def cell_value(column: Column, raw: str) -> str | Wrong:
    """The value of a cell that is neither empty nor the token for clearing."""
    value = raw if column.opaque else unicodedata.normalize("NFC", raw.strip())
    label = column.label
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        return Wrong("control_character", f"{label} holds a line break, a tab or another control character.",
                     "Have the feed write it in one line.", label)  # fmt: skip
    if "\ufffd" in value:
        return Wrong("damaged_text", f"{label} holds the sign for a character that was lost.",
                     "The text was damaged before it came here: have the feed written as UTF-8.", label)  # fmt: skip
    if (column.identifier or column.name in ("cell", "pager", "office_phone")) and _SHORTENED.fullmatch(value.strip()):
        return Wrong("shortened_number", f"{label} {value.strip()!r} is a number that a spreadsheet has shortened.",
                     "Export the column as text.", label)  # fmt: skip
    if len(value) > column.limit and column.name != "npi":
        return Wrong("too_long", f"{label} has {len(value)} characters; {column.limit} fit.", "Shorten it in the feed.",
                     label)  # fmt: skip
    if column.name == "npi" and (problem := npi_problem(value)):
        return Wrong(
            "npi", f"{problem} It reads {value!r}.", "Compare it with the registry and correct the feed.", label
        )
    if column.name == "email" and not _EMAIL.fullmatch(value):
        return Wrong("email", f"{value!r} is no e-mail address.", "Correct it in the feed.", label)
    if column.name == "upn" and any(char.isspace() for char in value):
        return Wrong("upn", f"{value!r} is no UPN: it holds a space.", "Correct it in the feed.", label)
    return value
