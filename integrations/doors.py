"""What a connector gets to reach its destination: settings, revealed secrets, the guarded way out, and a clock.

Nothing here opens a transaction: while a connector sends, the database is not held.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from egress.errors import AddressRefused, AuthenticationRefused, EgressError, HostKeyMismatch, HostKeyUnknown
from egress.guard import AddressPolicy
from egress.http import HttpDoor
from egress.tls import TlsSettings
from integrations.failures import ConfigError, TransientError

_NEEDS_A_PERSON = (AddressRefused, AuthenticationRefused, HostKeyMismatch, HostKeyUnknown)


@dataclass
class Doors:
    """The way out of one connection during one run or test.

    `run_token` names our temporary files; it is the same in every run of a connection, so a later run clears what an earlier left.
    `memory` outlives the run inside a worker process (sign-in tokens); nothing secret of it is stored. `before_effect` must be
    called with the longest duration, in seconds, an effect can take: it renews the lease, or raises when the lease was lost.
    """

    connection_id: uuid.UUID
    run_token: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    policy: AddressPolicy
    now: Callable[[], datetime]
    before_effect: Callable[[float], None]
    lane: str = "live"
    testing: bool = False  # a connection test, not a delivery
    organization: str = ""  # its slug: the name of its directories
    authority_file: Path | None = None
    memory: MutableMapping[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(
        default_factory=dict
    )  # what the connector wants to remember (a rename method that worked)

    def http(self, *, read_timeout_s: float = 30.0, total_timeout_s: float = 60.0) -> HttpDoor:
        """A guarded HTTP door; close it, or use it as a context manager."""
        tls = TlsSettings(ca_bundle=self.authority_file) if self.authority_file else None
        return HttpDoor(policy=self.policy, tls=tls, read_timeout_s=read_timeout_s, total_timeout_s=total_timeout_s)

    def secret(self, name: str, label: str) -> str:
        """A revealed secret. Raises ConfigError when it was never set."""
        value = self.secrets.get(name)
        if not value:
            raise ConfigError(f"{label} is not set. Enter it in the settings.", code="secret_missing")
        return value


@contextmanager
def egress_errors(doing: str) -> Iterator[None]:
    """Translate what the doors raise into what the engine understands: a person is needed, or try again later."""
    try:
        yield
    except _NEEDS_A_PERSON as error:
        raise ConfigError(f"{doing}: {error.text} {error.advice}", code=_code(error)) from error
    except EgressError as error:
        if error.transient or error.outcome_unknown:
            raise TransientError(
                f"{doing}: {error.text}", code=_code(error), outcome_unknown=error.outcome_unknown
            ) from error
        raise ConfigError(f"{doing}: {error.text} {error.advice}", code=_code(error)) from error


def _code(error: EgressError) -> str:
    name = type(error).__name__
    return "".join(("_" if index and char.isupper() else "") + char.lower() for index, char in enumerate(name))
