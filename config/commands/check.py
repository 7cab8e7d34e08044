"""`make check`: everything that can be judged without running the product. Every step runs, then the verdict."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from config.commands.lock import lock_differences
from config.commands.variables import say
from config.embedded.installation import CHECKOUT

# In pieces: this very file is searched too.
_REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("gcr", "io"),
    )
)


@dataclass(frozen=True)
class Verdict:
    """What a step found: None is fine, otherwise the text says what is wrong. Skipped says why it could not tell."""

    problem: str | None = None
    skipped: str | None = None


def main() -> int:
    failed: list[str] = []
    skipped: list[str] = []
    for name, step in _steps():
        started = time.monotonic()
        verdict = step()
        seconds = time.monotonic() - started
        if verdict.problem is not None:
            failed.append(name)
            say(f"FAILED   {name} ({seconds:.1f} s)\n{_indented(verdict.problem)}")
        elif verdict.skipped is not None:
            skipped.append(name)
            say(f"SKIPPED  {name}: {verdict.skipped}")
        else:
            say(f"ok       {name} ({seconds:.1f} s)")
    if failed:
        say(f"check: {len(failed)} failed: {', '.join(failed)}")
        return 1
    say("check: passed" + (f", but not everything: {', '.join(skipped)} skipped" if skipped else ""))
    return 0


def _steps() -> list[tuple[str, Callable[[], Verdict]]]:
    manage = [sys.executable, "manage.py"]
    schema = ["--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    return [
        ("lint", lambda: _tool("ruff", "check", "--quiet", ".")),
        ("format", lambda: _tool("ruff", "format", "--check", "--quiet", ".")),
        ("types", _types),
        ("import rules", _import_rules),
        ("migrations", lambda: _command([*manage, "makemigrations", "--check", "--dry-run"])),
        ("settings", lambda: _command([*manage, "check", "--deploy", "--fail-level", "WARNING"])),
        ("compose file", lambda: _tool("check_jsonschema", *schema)),
        ("requirements", _requirements),
        ("no registry addresses", _registries),
    ]


def _types() -> Verdict:
    packages = _settings("mypy").get("packages", [])
    existing = [name for name in packages if (CHECKOUT / name / "__init__.py").is_file()]
    return _tool("mypy", "--strict", *(part for name in existing for part in ("-p", name)))


def _import_rules() -> Verdict:
    if not (_settings("importlinter") or (CHECKOUT / ".importlinter").is_file()):
        return Verdict(skipped="there is no contract yet")
    return _command([sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"])


def _requirements() -> Verdict:
    stale, obstacle = lock_differences()
    if obstacle:
        return Verdict(skipped=f"the package index cannot be asked: {obstacle.splitlines()[0]}")
    if stale:
        return Verdict(problem=f"{', '.join(stale)} not in step with pyproject.toml. Run: make lock")
    return Verdict()


def _registries() -> Verdict:
    """No tracked file may say where packages come from: that differs between machines, and some of it is secret."""
    patterns = [part for host in _REGISTRIES for part in ("-e", host)]
    done = subprocess.run(
        ["git", "grep", "--line-number", "--fixed-strings", "-I", *patterns],  # noqa: S607  the one on the path
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return Verdict(problem=f"the address of a package registry stands in:\n{done.stdout}")
    return Verdict() if done.returncode == 1 else Verdict(skipped=done.stderr.strip() or "no git")


def _tool(module: str, *arguments: str) -> Verdict:
    return _command([sys.executable, "-m", module, *arguments])


def _command(command: Sequence[str]) -> Verdict:
    # Static work reads no secret and reaches no server (see config/environment.py).
    # What a developer's shell holds of an installation does not matter either: the settings checked are those of a deployment.
    environment = {
        **os.environ,
        "ROTACAST_STATIC": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PUBLIC_URL": "https://localhost",
        "DEBUG": "",
    }
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return Verdict(problem=(done.stdout + done.stderr).strip() or "no output") if done.returncode else Verdict()


def _settings(tool: str) -> dict[str, Any]:
    with (CHECKOUT / "pyproject.toml").open("rb") as file:
        found: dict[str, Any] = tomllib.load(file).get("tool", {}).get(tool, {})
    return found


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    raise SystemExit(main())
