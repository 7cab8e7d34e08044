"""What every list page shares: the page that the address asks for, and downloads that a spreadsheet opens safely."""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import FileResponse, HttpRequest, HttpResponse

PAGE_SIZE = 50
_SPOOL = 1 << 20
_FORMULA = re.compile(r"^'*(?!-[0-9]+(?:\.[0-9]+)?\Z)[=+\-@\t\r]")  # a negative number is a number


@dataclass(frozen=True)
class Pager:
    """Where a page stands in a list; the shape that components/pagination.html expects."""

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


def pager(total: int, number: int, *, size: int = PAGE_SIZE) -> Pager:
    """A page that exists: past the end shows the last one."""
    pages = max(1, -(-total // size))
    return Pager(min(number, pages), pages, total, size)


def csv_response(name: str, rows: Iterable[list[str]]) -> HttpResponse:
    """A download that a spreadsheet opens safely: what it would run as a formula gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return download(name, text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8")


def csv_streamed(name: str, rows: Iterable[list[str]]) -> FileResponse:
    """The same for a list of any length: spooled to disk while the rows are read, so that neither memory nor a transaction waits for
    whoever downloads it."""
    spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL, mode="w+b")  # noqa: SIM115 - the response closes it
    spool.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(spool, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    text.detach()
    spool.seek(0)
    headers = {"Content-Disposition": disposition(name)}
    return FileResponse(spool, content_type="text/csv; charset=utf-8", headers=headers)


def safe_cell(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would run it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def csv_cell(cell: str) -> str:
    """The cell as it was before safe_cell made it safe."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def download(name: str, content: bytes, kind: str = "application/octet-stream") -> HttpResponse:
    """Bytes as an attachment."""
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition(name)})


def disposition(name: str) -> str:
    """The header that names a download; nothing in a name can break out of it."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:150] or "file"
    return f'attachment; filename="{safe}"'
