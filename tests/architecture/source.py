"""The code base as the architecture tests read it: every tracked module of the product, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "egress", "tenancy", "scheduling", "integrations", "exports", "sso", "api")


@dataclass(frozen=True)
class Module:
    """One file: its path from the root, its text, its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.path.split("/", 1)[0]

    @property
    def migration(self) -> bool:
        return "/migrations/" in self.path

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, dotted name) of every import, the names taken from a module included, at any depth of the file."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, one.name) for one in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                yield from ((node.lineno, f"{node.module}.{one.name}") for one in node.names)

    def calls(self) -> Iterator[tuple[int, str]]:
        """(line, last name) of everything that is called."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                yield node.lineno, name


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the product's packages."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            found.append(Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return tuple(found)


def templates() -> list[Path]:
    """Every template."""
    return sorted((ROOT / "templates").rglob("*.html"))


def unused(exemptions: dict[str, str], used: set[str]) -> list[str]:
    """Exemptions that nothing needs any more: they are to be taken out."""
    return sorted(set(exemptions) - used)
