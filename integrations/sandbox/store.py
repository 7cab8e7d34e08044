"""Where a vendor's state survives a restart: one SQLite file of JSON documents, written through."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS item (
    vendor TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (vendor, kind, key)
) WITHOUT ROWID
"""


class Store:
    """Documents by vendor, kind and key. Vendors keep their state in memory and write every change here."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A crash of the process loses nothing; only a crash of the machine could, and this is a stand-in.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(_SCHEMA)

    def put(self, vendor: str, kind: str, key: str, value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False)
        with self._lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO item (vendor, kind, key, value) VALUES (?, ?, ?, ?)",
                (vendor, kind, key, text),
            )

    def delete(self, vendor: str, kind: str, key: str) -> None:
        with self._lock:
            self._connection.execute("DELETE FROM item WHERE vendor = ? AND kind = ? AND key = ?", (vendor, kind, key))

    def clear(self, vendor: str, kind: str) -> None:
        with self._lock:
            self._connection.execute("DELETE FROM item WHERE vendor = ? AND kind = ?", (vendor, kind))

    def all(self, vendor: str, kind: str) -> dict[str, Any]:
        with self._lock:
            rows = self._connection.execute(
                "SELECT key, value FROM item WHERE vendor = ? AND kind = ? ORDER BY key", (vendor, kind)
            ).fetchall()
        return {key: json.loads(value) for key, value in rows}

    def close(self) -> None:
        with self._lock:
            self._connection.close()
