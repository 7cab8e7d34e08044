"""The door for roster files: bytes or an open file in, a ``Sheet`` out, or a ``RosterFileError``."""

from __future__ import annotations

import io
from typing import BinaryIO

from scheduling.roster.read_csv import csv_sheet
from scheduling.roster.read_xlsx import xlsx_sheet
from scheduling.roster.types import ReadLimits, RosterFileError, Sheet

_DEFAULT_LIMITS = ReadLimits()
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_EXCEL_NAMES = (".xlsx", ".xlsm", ".xltx")
_SAVE_AS = "Open it in its own program and save it as CSV or as an Excel workbook (.xlsx)."


def roster_read(
    source: bytes | BinaryIO,
    *,
    name: str = "",
    size: int | None = None,
    sheet: str | None = None,
    limits: ReadLimits = _DEFAULT_LIMITS,
) -> Sheet:
    """Read a CSV or Excel file.

    ``size`` is the length in bytes where the caller knows it; a file above the limit is refused without
    being read, and no more than the limit is ever taken into memory. ``name`` is the file's name, used for
    messages and to notice a wrong ending. ``sheet`` names the worksheet; without it the first visible one
    with content is taken. Raises RosterFileError, and nothing else, whatever the bytes are.
    """
    data = _bytes_of(source, size=size, limits=limits)
    lowered = name.lower()
    if not data.strip(b"\x00 \t\r\n"):
        raise RosterFileError("The file is empty.", advice="Choose the roster file again.")
    if data.startswith(b"PK"):
        return xlsx_sheet(data, wanted=sheet, limits=limits)
    if data.startswith(_OLE):
        raise _ole_error(data)
    if lowered.endswith(_EXCEL_NAMES):
        raise RosterFileError(
            "The file is named like an Excel workbook but is not one.",
            advice="Open it in Excel and save it again as .xlsx, or give it the ending .csv if it is text.",
        )
    _refuse_other_formats(data)
    return csv_sheet(data, name=name, limits=limits)


def _bytes_of(source: bytes | BinaryIO, *, size: int | None, limits: ReadLimits) -> bytes:
    limit = limits.file_bytes
    if size is not None and size > limit:
        raise _too_large(size, limit)
    if isinstance(source, bytes):
        if len(source) > limit:
            raise _too_large(len(source), limit)
        return source
    try:
        if source.seekable():
            length = source.seek(0, io.SEEK_END)
            source.seek(0)
            if length > limit:
                raise _too_large(length, limit)
        data = source.read(limit + 1)
    except (OSError, ValueError) as error:
        raise RosterFileError("The file could not be read from its place.", advice="Choose it again.") from error
    if len(data) > limit:
        raise _too_large(None, limit)
    return data


def _too_large(size: int | None, limit: int) -> RosterFileError:
    have = f"The file has {size / 1024 / 1024:.1f} MB" if size is not None else "The file is too large"
    return RosterFileError(
        f"{have}; a roster may have at most {limit / 1024 / 1024:g} MB.",
        advice="Keep only the worksheet with the roster, or import it in several shorter date ranges.",
    )


def _ole_error(data: bytes) -> RosterFileError:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return RosterFileError(
            "The workbook is protected by a password.",
            advice="In Excel remove it under File, Info, Protect Workbook, save, and import the file again.",
        )
    return RosterFileError(
        "The file is in the old Excel format (.xls).", advice="Open it in Excel and save it as .xlsx or CSV."
    )


def _refuse_other_formats(data: bytes) -> None:
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"%pdf"):
        raise RosterFileError("The file is a PDF document, not a table.", advice=_SAVE_AS)
    if head.startswith((b"<html", b"<!doctype", b"<?xml", b"<table")):
        raise RosterFileError("The file is a web page or XML, not a table.", advice=_SAVE_AS)
    if head.startswith((b"\x89png", b"\xff\xd8\xff", b"gif8")):
        raise RosterFileError("The file is a picture, not a table.", advice=_SAVE_AS)
