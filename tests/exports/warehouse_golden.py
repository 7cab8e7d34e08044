"""The example zip: all files of the ward's zip, with what is drawn at random or counted by the database told by its order instead.

`python -m tests.exports.warehouse_golden`, with the variables of a test database, writes it anew. Read the difference first.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path

import django

FOLDER = Path(__file__).parents[2] / "exports" / "formats" / "data_warehouse" / "examples" / "zip"
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def golden(settle: Callable[[], None] = lambda: None) -> dict[str, bytes]:
    """The files as they should be, by name. `settle` waits until nobody is writing."""
    from tests.conftest import tenant_new
    from tests.exports.warehouse_ward import Ward, zip_of

    ward = Ward(tenant_new())
    settle()
    made = zip_of(ward.tenant)
    numbers = {row["change_id"]: str(n) for n, row in enumerate(made.tables["change_log"], start=1)}
    known: dict[bytes, bytes] = {}

    def renamed(found: re.Match[bytes]) -> bytes:
        return known.setdefault(found[0], str(uuid.UUID(int=len(known) + 1)).encode())

    files = {
        name: _ID.sub(renamed, _renumbered(content, numbers) if name == "change_log.csv" else content)
        for name, content in made.content.items()
        if name != "manifest.json"
    }
    manifest = made.manifest
    manifest["watermark"]["change_id"] = int(numbers[str(manifest["watermark"]["change_id"])])
    for one in manifest["files"]:
        content = files[one["name"]]
        one["bytes"], one["sha256"] = len(content), hashlib.sha256(content).hexdigest()
    return {**files, "manifest.json": (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()}


def _renumbered(content: bytes, numbers: dict[str | None, str]) -> bytes:
    change: Callable[[re.Match[bytes]], bytes] = lambda found: f'\r\n"{numbers[found[1].decode()]}",'.encode()  # noqa: E731
    return re.sub(rb'\r\n"(\d+)",', change, content)


def main() -> None:
    """Write the example."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in golden().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    django.setup()
    main()
