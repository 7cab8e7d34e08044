"""Refuses zip files that are no honest workbook, before anything parses them.

Sizes in a zip's headers are claims. The number of members is judged from the end record before the list
of members is built, and every member is unpacked here in small pieces, counted and thrown away.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from scheduling.roster.types import ReadLimits, RosterFileError

_END = b"PK\x05\x06"
_END_64_LOCATOR = b"PK\x06\x07"
_PIECE = 64 * 1024
_RATIO_FROM = 1024 * 1024
_SMALL_PARTS = 8 * 1024 * 1024
_BIG_PARTS = ("xl/worksheets/", "xl/sharedstrings.xml", "xl/media/")
_NOT_A_WORKBOOK = "The file is a zip archive but no Excel workbook."
_SAVE_AGAIN = "Open it in Excel and save it again as .xlsx, or as CSV."


def workbook_guard(data: bytes, *, limits: ReadLimits) -> None:
    """Raises RosterFileError unless the bytes are a workbook's zip within every limit."""
    _guard_directory(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > limits.zip_members:
                raise _bomb(f"it has more than {limits.zip_members:,} parts")
            names = {member.filename.lower() for member in members}
            if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
                raise RosterFileError(_NOT_A_WORKBOOK, advice=_SAVE_AGAIN)
            if len(names) != len(members):
                raise _bomb("two of its parts have the same name")
            total = 0
            for member in members:
                total += _unpacked_size(archive, member, limits, spent=total)
    except RosterFileError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError,
            NotImplementedError, OverflowError, RuntimeError) as error:  # fmt: skip
        raise RosterFileError("The workbook is damaged and cannot be unpacked.", advice=_SAVE_AGAIN) from error


def _guard_directory(data: bytes, limits: ReadLimits) -> None:
    at = data.rfind(_END, max(0, len(data) - 66_000))
    if at < 0 or at + 22 > len(data):
        raise RosterFileError("The workbook is cut short or damaged.", advice=_SAVE_AGAIN)
    _, members, directory_size = struct.unpack_from("<HHL", data, at + 8)
    if data[max(0, at - 20) : at].startswith(_END_64_LOCATOR):
        raise _bomb("it uses the form for archives above 4 GB")
    if members > limits.zip_members or directory_size > limits.zip_directory_bytes:
        raise _bomb(f"it has more than {limits.zip_members:,} parts")


def _unpacked_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: ReadLimits, *, spent: int) -> int:
    if member.flag_bits & 0x1:
        raise RosterFileError(
            "The workbook is protected by a password.",
            advice="Save it without a password and import it again.",
        )
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RosterFileError("The workbook is packed in a way Excel does not use.", advice=_SAVE_AGAIN)
    name = member.filename.lower()
    allowed = limits.zip_member_bytes if name.startswith(_BIG_PARTS) else _SMALL_PARTS
    size = 0
    with archive.open(member) as part:
        while piece := part.read(_PIECE):
            if size == 0 and b"<!DOCTYPE" in piece:
                raise RosterFileError(
                    "The workbook declares a document type, which no Excel file does.", advice=_SAVE_AGAIN
                )
            size += len(piece)
            if size > allowed or spent + size > limits.zip_total_bytes:
                raise _bomb(f"its part {member.filename[:80]} unpacks to more than {allowed / 1024 / 1024:g} MB")
            if size > _RATIO_FROM and size > limits.zip_ratio * max(1, member.compress_size):
                raise _bomb(f"its part {member.filename[:80]} unpacks to over {limits.zip_ratio} times its size")
    return size


def _bomb(reason: str) -> RosterFileError:
    return RosterFileError(
        f"The workbook is refused because {reason}: files built like this exhaust a server.",
        advice="Copy the roster into a new workbook, or save it as CSV.",
    )
