"""`make lock`: compile the requirement files, with the hash of every file of every package.

They hold for every platform and Python that we support, and name no index: where packages come from is the
business of the machine that installs them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from config.commands.variables import arguments, say
from config.embedded.installation import CHECKOUT

# What each file holds beside the product's own dependencies: groups of pyproject.toml.
FILES = {"base": (), "demo": ("embedded",), "dev": ("embedded", "dev")}


def lock_compile(target: Path, groups: tuple[str, ...], *options: str) -> subprocess.CompletedProcess[str]:
    """Compile one requirement file; the versions in `target`, when it exists, are kept where possible."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]
    command += [part for group in groups for part in ("--group", group)]
    return subprocess.run(
        [*command, *options, "--output-file", str(target)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


def lock_differences() -> tuple[list[str], str]:
    """The files that are not what pyproject.toml asks for now, and why it could not be told ("" if it could)."""
    stale = []
    with tempfile.TemporaryDirectory() as folder:
        for name, groups in FILES.items():
            current = CHECKOUT / "requirements" / f"{name}.txt"
            copy = Path(folder) / current.name
            shutil.copy(current, copy)
            done = lock_compile(copy, groups)
            if done.returncode:
                return [], done.stderr.strip()
            if _pins(copy) != _pins(current):
                stale.append(f"requirements/{current.name}")
    return stale, ""


def _pins(file: Path) -> list[str]:
    """What is installed, and when. Not the hashes: an index may gain a file for one more platform any day."""
    return [line.rstrip("\\ ") for line in file.read_text().splitlines() if line[:1].strip()]


def main() -> int:
    for name, groups in FILES.items():
        done = lock_compile(CHECKOUT / "requirements" / f"{name}.txt", groups, *arguments())
        if done.returncode:
            say(done.stderr.strip())
            return 1
        say(f"requirements/{name}.txt is compiled.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
