"""The variables that a person gives on make's command line: `make demo PORT=8001 DATA=/srv/demo`."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from config.embedded.errors import EmbeddedError


def data_folder(default: str) -> Path:
    """The folder named by `DATA`, from the checkout when it is relative."""
    return Path(os.environ.get("DATA") or default).expanduser().absolute()


def web_port() -> int:
    """The port named by `PORT`, 8000 unless told. Raises EmbeddedError when it is no port."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise EmbeddedError(f"PORT={text} is not a port. Give a number from 1 to 65535, such as PORT=8001.")
    return int(text)


def arguments() -> list[str]:
    """Further arguments named by `ARGS`, split as a shell would."""
    try:
        return shlex.split(os.environ.get("ARGS", ""))
    except ValueError as error:
        raise EmbeddedError(f"ARGS cannot be split into words: {error}.") from error


def say(text: str) -> None:
    """A line for the person who waits; standard output is left to what the command is for."""
    print(text, file=sys.stderr, flush=True)
