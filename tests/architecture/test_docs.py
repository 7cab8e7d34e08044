"""The documents name things that exist."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\(([^)#]+)\)")
_PATH = re.compile(
    r"`((?:egress|tenancy|scheduling|integrations|exports|api|sso|config|templates|static|tests|bench|docs)/[\w./-]*)`"
)
_TARGET = re.compile(r"(?:`|^)make ([a-z-]+)", re.MULTILINE)
_COMMAND = re.compile(r"manage\.py (\w+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for link in _LINK.findall(text):
        if "://" not in link:
            assert (document.parent / link).exists(), f"{document.name} links to {link}"
    for path in _PATH.findall(text):
        assert (ROOT / path).exists(), f"{document.name} names {path}"


def test_commands_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")}
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        assert set(_TARGET.findall(text)) <= targets, document
        assert set(_COMMAND.findall(text)) <= commands, document


def test_every_variable_of_the_environment_is_explained() -> None:
    source = (ROOT / "config" / "environment.py").read_text()
    read = set(re.findall(r'(?:need|env\.get)\(\s*"([A-Z_]+)"', source))
    told = set(
        re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert told == read


def test_every_variable_of_the_compose_file_is_explained() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    told = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))
    assert {"DATABASE_URL", "APP_PASSWORD"} <= asked
    assert asked - told == set()


def test_pictures_are_shown_and_light() -> None:
    shown = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.name in shown, f"{picture.name} is in no document"
        assert picture.stat().st_size < 300_000, picture.name


def test_decisions_are_numbered_once_and_short() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in records]
    assert numbers == [f"{n:04d}" for n in range(1, len(records) + 1)]
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 40 for path in records)


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_nothing_tracked_names_a_path_of_somebody_s_machine() -> None:
    done = subprocess.run(
        ["git", "grep", "-lE", r"(^|[^A-Za-z0-9_.])/(root|home/[a-z]+)/"], cwd=ROOT, capture_output=True, text=True
    )
    found = [name for name in done.stdout.splitlines() if name != "tests/architecture/test_docs.py"]
    assert done.returncode in (0, 1, 128)
    assert found == [], found
