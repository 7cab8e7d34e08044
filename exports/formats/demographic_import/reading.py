"""Bytes of a feed into rows: which encoding, which delimiter, then RFC 4180. Nothing is guessed that could harm a name."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exports.formats.demographic_import.columns import Header, header_of
from integrations.contract import FileUnreadable

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "windows-1252": "Windows-1252"}
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SAMPLE = 4000


@dataclass(frozen=True)
class Feed:
    """A file, read: its header, and its rows with the numbers that a spreadsheet would show."""

    header: Header
    rows: Iterator[tuple[int, list[str]]]
    notes: tuple[str, ...]


def feed_of(data: bytes, *, encoding: str, delimiter: str, key: str, aliases: Mapping[str, str]) -> Feed:
    """Read a file. `encoding` and `delimiter` are as set, or auto. Raises FileUnreadable, also while rows are read."""
    text, used = decoded(data, encoding)
    text, hint = _without_hint(text)
    mark = hint or DELIMITERS.get(delimiter) or _delimiter_of(text, key, aliases)
    records = _records(text, mark, first=2 if hint else 1)
    for _, cells in records:
        if any(cell.strip() for cell in cells):
            notes = [] if used == "utf-8" else [f"Read as {ENCODINGS[used]}."]
            header = header_of(cells, key=key, aliases=aliases)
            if header.unknown:
                notes.append(f"Unknown columns, left alone: {', '.join(header.unknown)}.")
            return Feed(header, records, tuple(notes))
    raise FileUnreadable("The file is empty: there is not even a header.", code="header")


def decoded(data: bytes, encoding: str) -> tuple[str, str]:
    """The text, and which of ENCODINGS it was in. Raises FileUnreadable with the place of the first byte that does not fit."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise FileUnreadable("The file is UTF-32 text, which is not read. Have it written as UTF-8.", code="encoding")
    used = _detected(data) if encoding == "auto" else encoding
    try:
        if used == "utf-16":
            text = data.decode(_utf16(data)).removeprefix("\ufeff")
        else:
            text = data.decode("cp1252" if used == "windows-1252" else "utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start
        if used == "utf-8" and data.startswith(codecs.BOM_UTF8):
            at += len(codecs.BOM_UTF8)  # the codec counts after the mark
        value = data[at] if at < len(data) else 0
        line = data.count(b"\n", 0, at) + 1
        raise FileUnreadable(
            f"Byte {at + 1:,} (0x{value:02X}), in line {line:,}, is not {ENCODINGS[used]}. Nothing was applied. Have the file written "
            "as UTF-8, or set its encoding.",
            code="encoding",
        ) from error
    nul = text.find("\x00")
    if nul >= 0:
        line = text.count("\n", 0, nul) + 1
        raise FileUnreadable(
            f"Line {line:,} holds a NUL character, so this is no text in {ENCODINGS[used]}. Set the encoding of the file.",
            code="encoding",
        )
    return text, used


def _detected(data: bytes) -> str:
    """By the mark, by what only UTF-16 has, and UTF-8 wherever it can be.

    Bytes that are no UTF-8 mean Windows-1252 only if nothing else in the file is UTF-8: else one damaged byte would turn every accent
    of a good file into two wrong letters.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8"
    sample = data[:_SAMPLE]
    if len(sample) >= 4 and sample.count(0) > len(sample) // 4:
        return "utf-16"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "utf-8" if _MULTIBYTE.search(data) else "windows-1252"
    return "utf-8"


def _utf16(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = data[:_SAMPLE]
    return "utf-16-be" if sample[0::2].count(0) > sample[1::2].count(0) else "utf-16-le"


def _without_hint(text: str) -> tuple[str, str]:
    """A spreadsheet's own first line, ``sep=;``, names the delimiter and is no row."""
    first, _, rest = text.partition("\n")
    hint = first.strip("\r ").strip('"')
    if len(hint) == 5 and hint.lower().startswith("sep=") and hint[4] in DELIMITERS.values():
        return rest, hint[4]
    return text, ""


def _delimiter_of(text: str, key: str, aliases: Mapping[str, str]) -> str:
    """The one by which the header has the key and most known columns; a comma where none does."""
    best, most = ",", 0
    line = next((one for one in text.splitlines() if one.strip()), "")[:20_000]
    for mark in DELIMITERS.values():
        try:
            cells = next(csv.reader([line], delimiter=mark), [])
            known = len(header_of(cells, key=key, aliases=aliases).fields)
        except (csv.Error, FileUnreadable):
            continue
        if known > most:
            best, most = mark, known
    return best


def _records(text: str, delimiter: str, *, first: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = first - 1
    while True:
        number, line = number + 1, reader.line_num + first
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            what = "a quotation mark is never closed, or text follows a closing one"
            if "limit" in str(error):
                what = "a cell is too long to read; a closing quotation mark may be missing"
            raise FileUnreadable(
                f"The row that begins in line {line:,} cannot be read: {what}. Inside a quoted cell a quotation mark is written "
                "twice. Nothing was applied.",
                code="csv",
            ) from error
