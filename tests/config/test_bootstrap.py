"""The environment is made once, completed when requirements change, and never half trusted."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.bootstrap import STAMP, BootstrapError, environment_make
from tests.config.processes import CHECKOUT, own_environment


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose requirements need no network: there are none."""
    path = tmp_path / "a check out"
    (path / "requirements").mkdir(parents=True)
    for name in ("base", "demo", "dev"):
        (path / "requirements" / f"{name}.txt").write_text(f"# nothing for {name}\n")
    return path


@pytest.mark.slow
def test_it_is_made_once_and_again_when_it_no_longer_fits(checkout: Path) -> None:
    python = environment_make(checkout, "demo")
    prefix = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True)
    assert prefix.stdout.strip() == str(checkout / ".venv")
    stamp = checkout / ".venv" / STAMP
    made = stamp.stat().st_mtime_ns

    started = time.monotonic()
    assert environment_make(checkout, "demo") == python
    assert time.monotonic() - started < 0.1
    assert stamp.stat().st_mtime_ns == made

    (checkout / "requirements" / "demo.txt").write_text("# another nothing\n")
    environment_make(checkout, "demo")
    changed = stamp.stat().st_mtime_ns
    assert changed != made

    environment_make(checkout, "dev")  # holds what the demo needs: no change back
    tested = stamp.stat().st_mtime_ns
    environment_make(checkout, "demo")
    assert stamp.stat().st_mtime_ns == tested

    moved = checkout.with_name("moved")
    checkout.rename(moved)
    python = environment_make(moved, "demo")
    assert str(moved / ".venv") in (moved / ".venv" / "bin" / "activate").read_text()
    assert os.access(python, os.X_OK)


@pytest.mark.slow
def test_a_failed_installation_is_no_environment(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (checkout / "requirements" / "demo.txt").write_text("no-such-package @ file:///no/such/package.whl\n")
    with pytest.raises(BootstrapError, match=r"Installing .*demo\.txt failed"):
        environment_make(checkout, "demo")
    assert not (checkout / ".venv" / STAMP).exists()
    (checkout / "requirements" / "demo.txt").write_text("")
    environment_make(checkout, "demo")
    assert (checkout / ".venv" / STAMP).exists()


def test_it_reads_with_the_standard_library_alone_and_says_how_to_use_it() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(CHECKOUT / "config" / "bootstrap.py"), "nonsense"],
        capture_output=True,
        text=True,
        env=own_environment(),
        check=False,
    )
    assert done.returncode == 2
    assert "python3 -I config/bootstrap.py {base|demo|dev}" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_environment_of_another_user_is_explained(checkout: Path) -> None:
    checkout.chmod(0o500)
    try:
        with pytest.raises(BootstrapError, match="needs an update, but belongs to"):
            environment_make(checkout, "demo")
    finally:
        checkout.chmod(0o700)
