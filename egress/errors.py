"""What can go wrong outside, in words a door's caller can act on.

Each error carries three things besides its text:

``advice``
    what a person can do about it; shown beside the text in receipts and connection tests.
``outcome_unknown``
    True when the far side may have acted although we have no answer. A caller that sees True must treat
    the effect as possibly delivered and reconcile; False means that nothing of it took hold.
``transient``
    True when the same attempt may succeed later with nobody changing anything.

Texts never contain credentials, request paths, headers or bodies.
"""

from typing import ClassVar, Literal


class EgressError(Exception):
    """Base of everything a door raises."""

    default_advice: ClassVar[str] = "Try again later; if it keeps failing, check the connection's settings."
    transient: bool = False

    def __init__(self, text: str, *, advice: str = "", outcome_unknown: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.advice = advice or self.default_advice
        self.outcome_unknown = outcome_unknown


class AddressRefused(EgressError):
    """The guard does not let us speak to this address. Nothing was sent to it, nothing was connected.

    ``host`` is what was asked for, ``address`` the offending address (empty when the host itself is not
    acceptable) and ``reason`` why.
    """

    default_advice = "Ask an administrator to review the organisation's outbound addresses."

    def __init__(self, *, host: str, port: int, address: str, reason: str, advice: str = "") -> None:
        where = f"{host} port {port}" if not address or address == host else f"{host} ({address}) port {port}"
        super().__init__(f"Connections to {where} are refused: {reason}.", advice=advice)
        self.host = host
        self.port = port
        self.address = address
        self.reason = reason


class ConnectFailed(EgressError):
    """No connection came about: unknown name, nobody listening, TLS refused. Nothing was sent."""

    default_advice = (
        "Check the host name and the port, and that a firewall lets this service through; "
        "the delivery is tried again by itself."
    )
    transient = True


class Timeout(EgressError):
    """The far side was connected and then silent for too long, or the whole exchange took too long."""

    default_advice = "The other side answers too slowly; the delivery is tried again by itself."
    transient = True


class TransferInterrupted(EgressError):
    """The connection broke during an exchange, or the answer was not intelligible."""

    default_advice = "The connection broke off; the delivery is tried again by itself."
    transient = True


class HostKeyMismatch(EgressError):
    """The SSH server identified itself with another key than the pinned one. No credential was sent."""

    default_advice = (
        "Ask the server's owner whether its host key was replaced, compare the fingerprint by telephone, "
        "and only then run the connection test and pin the new key."
    )

    def __init__(self, text: str, *, expected: str, presented: str) -> None:
        super().__init__(text)
        self.expected = expected
        self.presented = presented


class HostKeyUnknown(EgressError):
    """No host key is pinned for this SSH server, so nothing may be sent to it."""

    default_advice = "Run the connection test and confirm the fingerprint with the server's owner."


class AuthenticationRefused(EgressError):
    """The far side does not accept our credentials, or the credentials cannot be used as they are."""

    default_advice = "Check the user name and the password or key of this connection."


RefusalReason = Literal["permission", "missing", "exists", "not-a-directory", "no-space", "unsupported", "failure"]


class RemoteRefused(EgressError):
    """The far side answered, and said no."""

    ADVICE: ClassVar[dict[str, str]] = {
        "permission": "Ask the server's owner to give this user write access to the directory.",
        "missing": "Check the directory in the connection's settings, or allow it to be created.",
        "exists": "A file of this name is already there and must not be replaced; choose another file name.",
        "not-a-directory": "The directory in the settings is a file on the server; correct the setting.",
        "no-space": "Ask the server's owner to free disk space; the delivery is tried again by itself.",
        "unsupported": "The server lacks this operation; ask its owner, or choose another delivery method.",
        "failure": "The server gave no further reason; ask its owner to look into the server's log.",
    }

    def __init__(
        self,
        text: str,
        *,
        reason: RefusalReason = "failure",
        advice: str = "",
        outcome_unknown: bool = False,
        transient: bool | None = None,
    ) -> None:
        super().__init__(text, advice=advice or self.ADVICE[reason], outcome_unknown=outcome_unknown)
        self.reason: RefusalReason = reason
        self.transient = reason in ("no-space", "failure") if transient is None else transient


class AnswerTooLarge(EgressError):
    """The answer was longer than the caller was ready to read. The request itself arrived."""

    default_advice = "The other side sent far more than expected; check the address of the connection."

    def __init__(self, text: str, *, status: int | None = None, outcome_unknown: bool = True) -> None:
        super().__init__(text, outcome_unknown=outcome_unknown)
        self.status = status
