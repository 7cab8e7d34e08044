"""What tests of files share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest


@pytest.fixture(scope="module")
def settled() -> Iterator[Any]:
    """Wait until no transaction of anybody's is in progress: an entry beside one would be told by the next zip only."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True

    def wait() -> None:
        with connection.cursor() as cursor:
            for _ in range(100_000):
                cursor.execute("SELECT s::text FROM pg_current_snapshot() s")
                low, high, _ = cursor.fetchone()[0].split(":")
                if low == high:
                    return
        raise AssertionError("somebody is writing all the time")

    yield wait
    connection.close()
