"""Makes the Python environment in `.venv`, then becomes the command that was asked for.

    python3 -I config/bootstrap.py {base|demo|dev} -m module [arguments]

Runs before anything is installed: standard library only, by path, with the system's Python. The packages
come from the hashed files in requirements/, through uv (itself taken from there), or through pip when uv
will not work. A stamp with the hash of the requirement file makes every later run instant.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OLDEST = (3, 11)
CHECKOUT = Path(__file__).resolve().parent.parent
STAMP = "rotacast-stamp.json"
# A file that holds all that another one holds: an environment made from it serves both.
INCLUDED_IN = {"base": ("demo", "dev"), "demo": ("dev",), "dev": ()}


class BootstrapError(Exception):
    """The environment cannot be made; the text says why and what to do."""


def main(argv: list[str]) -> int:
    if len(argv) < 1 or argv[0] not in INCLUDED_IN:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    _use_newer_python(argv)
    try:
        python = environment_make(CHECKOUT, argv[0])
    except BootstrapError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    if argv[1:]:
        os.chdir(CHECKOUT)
        for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"):
            os.environ.pop(name, None)
        os.environ["PYTHONNOUSERSITE"] = "1"
        os.execv(str(python), [str(python), *argv[1:]])
    return 0


def environment_make(checkout: Path, kind: str) -> Path:
    """The Python of an environment that satisfies `requirements/<kind>.txt`, made or completed if need be.

    Raises BootstrapError with what to do about it.
    """
    venv = checkout / ".venv"
    python = venv / "bin" / "python"
    if _is_current(checkout, venv, kind):
        return python
    lock = os.open(checkout, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands started at once make one environment
        if not _is_current(checkout, venv, kind):
            _build(checkout, venv, kind)
    finally:
        os.close(lock)
    return python


def _build(checkout: Path, venv: Path, kind: str) -> None:
    requirements = checkout / "requirements" / f"{kind}.txt"
    if not os.access(checkout, os.W_OK) or (venv.exists() and not os.access(venv, os.W_OK)):
        owner = _user(venv if venv.exists() else checkout)
        raise BootstrapError(
            f"{venv} needs an update, but belongs to {owner}. Run this as {owner}, or use a checkout of your own."
        )
    say(f"Preparing the Python environment in {venv} (about a minute the first time) ...")
    python = venv / "bin" / "python"
    if not _is_usable(venv):
        if venv.is_symlink():
            raise BootstrapError(f"{venv} is a link to an environment that does not work. Remove the link.")
        shutil.rmtree(venv, ignore_errors=True)
        _venv_make(venv)
    (venv / STAMP).unlink(missing_ok=True)
    environment = _install_environment(venv)
    if not _install_with_uv(checkout, python, requirements, environment):
        say("uv is not available; installing with pip, which takes longer ...")
        status = _run(
            [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(requirements)],
            environment,
        )
        if status:
            raise BootstrapError(
                f"Installing {requirements} failed (see above). The package index must be reachable on the "
                "first run; pip's and uv's own settings for proxies and mirrors count. Then run this again."
            )
    stamp = {"python": str(python), "kind": kind, "hash": _hash(requirements)}
    temporary = venv / f"{STAMP}.new"
    temporary.write_text(json.dumps(stamp), encoding="utf-8")
    temporary.replace(venv / STAMP)


def _is_current(checkout: Path, venv: Path, kind: str) -> bool:
    stamp = _stamp(venv)
    made_from = stamp.get("kind")
    return (
        made_from in (kind, *INCLUDED_IN[kind])
        and stamp.get("hash") == _hash(checkout / "requirements" / f"{made_from}.txt")
        and stamp.get("python") == str(venv / "bin" / "python")  # scripts name their folder: moved is stale
        and os.access(venv / "bin" / "python", os.X_OK)
    )


def _stamp(venv: Path) -> dict[str, str]:
    try:
        content = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_usable(venv: Path) -> bool:
    """Whether this is an environment at its own place, with a new enough Python and pip."""
    stamp = _stamp(venv)
    if stamp and stamp.get("python") != str(venv / "bin" / "python"):
        return False
    code = f"import sys, pip; sys.exit(not (sys.version_info >= {OLDEST} and sys.prefix != sys.base_prefix))"
    return _run([str(venv / "bin" / "python"), "-I", "-c", code], quiet=True) == 0


def _venv_make(venv: Path) -> None:
    """Make the environment with pip in it. Debian and Ubuntu leave half of this out of their Python."""
    make = [sys.executable, "-I", "-m", "venv", str(venv)]
    if _has_ensurepip() and _run(make) == 0:
        return
    shutil.rmtree(venv, ignore_errors=True)
    # A pip of the system can install into an environment that has none.
    if _run([sys.executable, "-I", "-m", "pip", "--version"], quiet=True) == 0:
        target = [sys.executable, "-I", "-m", "pip", "--python", str(venv / "bin" / "python")]
        if _run([*make, "--without-pip"]) == 0 and _run([*target, "install", "-q", "pip"]) == 0:
            return
        shutil.rmtree(venv, ignore_errors=True)
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"This Python cannot make environments yet; installing {package} with apt-get ...")
        apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
        if _run(install, apt, quiet=True) and not _run(["apt-get", "update", "-q"], apt, quiet=True):
            _run(install, apt)
        if _run(make) == 0:
            return
        shutil.rmtree(venv, ignore_errors=True)
    raise BootstrapError(
        f"{sys.executable} cannot make a virtual environment: its venv or ensurepip module is missing.\n"
        f"On Debian or Ubuntu, install it with:   sudo apt install {package}\nThen run this again."
    )


def _install_with_uv(checkout: Path, python: Path, requirements: Path, environment: dict[str, str]) -> bool:
    """Whether uv could be had and installed everything."""
    own = _requirement(checkout / "requirements" / "dev.txt", "uv")
    if own is None:
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(own)
        file.flush()
        pip = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", file.name]
        if _run(pip, environment):
            return False
    uv = [str(python), "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
    return _run([*uv, "--require-hashes", "-r", str(requirements)], environment) == 0


def _requirement(file: Path, name: str) -> str | None:
    """The lines of one pinned package in a hashed requirement file."""
    found = re.search(rf"(?m)^{name}==[^\n]*\n(?:    --hash[^\n]*\n)+", file.read_text(encoding="utf-8"))
    return found.group(0).rstrip().rstrip("\\") + "\n" if found else None


def _install_environment(venv: Path) -> dict[str, str]:
    """The caller's environment, with a home that is really theirs: after `su` or `sudo` it often is not."""
    environment = dict(os.environ)
    for name in ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "UV_SYSTEM_PYTHON"):
        environment.pop(name, None)
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    environment["PIP_ROOT_USER_ACTION"] = "ignore"
    home = environment.get("HOME", "")
    if not home or not os.access(home, os.W_OK | os.X_OK):
        private = venv / "home"
        private.mkdir(exist_ok=True)
        environment["HOME"] = str(private)
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "UV_CACHE_DIR", "PIP_CACHE_DIR"):
            environment.pop(name, None)
    return environment


def _use_newer_python(argv: list[str]) -> None:
    """Become a newer Python of this machine when this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(20, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            os.execv(found, [found, "-I", str(Path(__file__).resolve()), *argv])
    sys.stderr.write(
        f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; {sys.executable} is {sys.version.split()[0]}. "
        "Install a newer one, or name it: make PYTHON=/path/to/python3 ...\n"
    )
    sys.exit(1)


def _has_ensurepip() -> bool:
    try:
        import ensurepip
    except ImportError:
        return False
    return bool(ensurepip.version())


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _user(path: Path) -> str:
    number = path.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _run(command: list[str], environment: dict[str, str] | None = None, *, quiet: bool = False) -> int:
    """The exit status of a command; its output is shown unless `quiet`."""
    output = subprocess.DEVNULL if quiet else sys.stderr
    try:
        return subprocess.run(
            command,
            env=environment,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        ).returncode
    except OSError as error:
        if not quiet:
            say(f"{command[0]}: {error.strerror}")
        return 127


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
