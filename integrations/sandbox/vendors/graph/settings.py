"""What can be set on the Graph stand-in, at start or later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any


class BadSetting(Exception):
    """A setting does not exist or has the wrong type; the text names it."""


@dataclass(frozen=True)
class GraphSettings:
    """Every field may be named under ``graph`` in the configuration file and in the admin API."""

    tenant: str = "7d0f6a52-4f0e-4a67-9d5b-2f6f0c1a9e31"
    client_id: str = "c3a1e0d4-98b2-4f3c-8a54-61d7a5be7720"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - of a stand-in, meant to be known
    #: The application's certificate, for a signed statement instead of the secret; empty: none is registered.
    certificate_pem: str = ""
    #: Hosts a token may be asked for, besides the address the sandbox itself is reached at.
    resources: tuple[str, ...] = ("https://graph.microsoft.com",)
    token_seconds: int = 3600
    #: Any address in these domains has a mailbox as soon as it is used: for trials.
    mailbox_domains: tuple[str, ...] = ()
    mailbox_concurrency: int = 4
    mailbox_requests: int = 10_000
    mailbox_window_seconds: float = 600.0
    #: What ``Retry-After`` says when too many requests are in flight; a fraction, as the service sends it.
    retry_after_seconds: float = 1.128
    #: How long each Graph request takes; in a parallel batch they take it together.
    latency_seconds: float = 0.0
    #: ``strict``: a batch is fully parallel or fully sequential, else 400. ``any``: any order.
    batch_dependencies: str = "strict"
    #: 409 or 400; clients in the wild met both.
    duplicate_transaction_status: int = 409
    duplicate_transaction_names_event: bool = True
    #: Whether a deleted event still blocks its transaction id. The service does not say; so the harder case.
    transactions_outlive_events: bool = True
    unknown_user_code: str = "ErrorInvalidUser"

    def changed(self, values: Mapping[str, Any]) -> GraphSettings:
        """A copy with these values.

        Raises BadSetting for an unknown name or a wrong type.
        """
        known = {item.name for item in fields(self)}
        new: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise BadSetting(f"unknown setting {name!r}; known: {', '.join(sorted(known))}")
            new[name] = _converted(name, getattr(self, name), value)
        return replace(self, **new)

    def report(self) -> dict[str, Any]:
        """All but the secret."""
        values = asdict(self)
        del values["client_secret"]
        return values


def _converted(name: str, current: object, value: object) -> object:
    if isinstance(current, tuple):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif isinstance(current, bool) or isinstance(value, bool):
        if isinstance(current, bool) and isinstance(value, bool):
            return value
    elif isinstance(current, float):
        if isinstance(value, int | float):
            return float(value)
    elif isinstance(value, type(current)):
        return value
    raise BadSetting(f"{name} must be of the kind {current!r}, not {value!r}")
