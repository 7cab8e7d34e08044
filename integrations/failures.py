"""What can go wrong on the way to a destination, in the engine's three kinds. Part of the contract."""

from __future__ import annotations


class DeliveryError(Exception):
    """Something went wrong on the way. `text` is for people: what, where and what to do."""

    def __init__(self, text: str, *, code: str = "error") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class ConfigError(DeliveryError):
    """An administrator must fix something: refused credentials, a changed host key, a bad setting. The connection pauses."""


class TransientError(DeliveryError):
    """Try again later. `retry_after_s` is the destination's wish; `outcome_unknown`: it may have been accepted."""

    def __init__(
        self, text: str, *, code: str = "transient", retry_after_s: float | None = None, outcome_unknown: bool = False
    ) -> None:
        super().__init__(text, code=code)
        self.retry_after_s = retry_after_s
        self.outcome_unknown = outcome_unknown


class PermanentError(DeliveryError):
    """The destination will never take this; retried when its inputs change, and daily."""
