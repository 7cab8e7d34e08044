"""A data folder for servers of the test's own, with a space in its path, gone afterwards wherever it spread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded.folder import DataFolder
from config.embedded.place import place_remove


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    made = DataFolder(tmp_path / "data folder")
    yield made
    place_remove(made)
