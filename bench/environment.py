"""The servers of a measurement come from the same environment variables as the product's."""

from __future__ import annotations

import os

HINT = (
    "Run `make bench`, or one alone with servers of its own:\n"
    "  python -m config.embedded.serve --data .data/bench --migrate -- python -m bench.{name}"
)


class MissingServer(SystemExit):
    """A variable that names a server is not set. The text says how to get one."""


def variable(name: str) -> str:
    """The variable, or MissingServer."""
    value = os.environ.get(name, "")
    if not value:
        raise MissingServer(f"{name} is not set. {HINT.format(name='all')}")
    return value


def migrator_url() -> str:
    """The owner's address: makes the data, and nothing else."""
    return variable("MIGRATOR_DATABASE_URL")


def application_url() -> str:
    """The application role's address: what is measured runs as it."""
    return variable("DATABASE_URL")
