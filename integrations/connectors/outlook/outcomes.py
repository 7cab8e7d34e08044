"""What an answer of Graph means for a record, for its mailbox, or for the whole connection. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from egress.http import retry_after_seconds
from integrations.connectors.outlook.calls import Answer


class Kind(StrEnum):
    """Who or what an answer concerns."""

    DONE = "done"
    NO_ITEM = "no_item"  # proved: the event is not there
    BAD_ID = "bad_id"  # the id is not one of this mailbox any more
    DUPLICATE = "duplicate"  # the transaction id has already made an event
    SKIPPED = "skipped"  # the step before it in a chain failed: it was not carried out
    THROTTLED = "throttled"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    NO_MAILBOX = "no_mailbox"  # the person's identifier leads to no usable mailbox
    NO_ACCESS = "no_access"  # the application may not use this mailbox
    REFUSED = "refused"
    AGAIN = "again"  # try later; it may have been carried out


@dataclass(frozen=True)
class Verdict:
    """The meaning of an answer. `existing` is the event that a duplicate names."""

    kind: Kind
    status: int | None = None
    code: str = ""
    text: str = ""
    retry_after_s: float | None = None
    existing: str = ""

    @property
    def of_mailbox(self) -> bool:
        """Every other request to this mailbox would be answered in the same way."""
        return self.kind in (Kind.NO_MAILBOX, Kind.NO_ACCESS)


_NO_MAILBOX = frozenset(
    {
        "MailboxNotEnabledForRESTAPI",
        "MailboxNotSupportedForRESTAPI",
        "ResourceNotFound",
        "ErrorInvalidUser",
        "Request_ResourceNotFound",
        "ErrorNonExistentMailbox",
    }
)
_FULL = frozenset({"ErrorQuotaExceeded", "ErrorMessageSizeExceeded"})


def judge(answer: Answer, mailbox: str, now: datetime) -> Verdict:
    """Classify an answer to a request about `mailbox`."""
    status = answer.status
    if answer.ok:
        return Verdict(Kind.DONE, status)
    code = str(answer.error.get("code") or "")
    said = str(answer.error.get("message") or "")[:200]
    wait = retry_after_seconds(answer.headers, now)
    if code == "ErrorDuplicateTransactionId":
        existing = answer.error.get("@event.existingEventId") or ""
        return Verdict(Kind.DUPLICATE, status, code, said, existing=str(existing))
    if status == 401:
        return Verdict(Kind.TOKEN, status, code or "unauthorized", "The token was refused.")
    if status == 424:
        return Verdict(Kind.SKIPPED, status, code)
    if status == 429:
        return Verdict(Kind.THROTTLED, status, code or "throttled", f"Microsoft slows us down. {said}", wait)
    if code in _FULL:
        text = f"The mailbox {mailbox} is full. Its owner must make room; it is tried again every day."
        return Verdict(Kind.REFUSED, status, code, text)
    if status in (408, 409, 412) or status >= 500:
        return Verdict(Kind.AGAIN, status, code or f"http_{status}", f"Microsoft could not do it now. {said}", wait)
    return _refused(status, code, said, mailbox)


def _refused(status: int, code: str, said: str, mailbox: str) -> Verdict:
    if status == 403:
        text = (
            f"The application may not use the calendar of {mailbox}. Add the mailbox to the application's scope in "
            f"Exchange (RBAC for Applications); a change there can take more than an hour. ({said})"
        )
        return Verdict(Kind.NO_ACCESS, status, code or "access_denied", text)
    if status == 404 and code == "ErrorItemNotFound":
        return Verdict(Kind.NO_ITEM, status, code, said)
    if status == 404 and code in _NO_MAILBOX:
        text = (
            f"{mailbox} is not a mailbox that Microsoft 365 knows in this tenant: a wrong identifier, a guest, a missing "
            "licence or a mailbox on your own servers. Correct the person's identifier, or clear it to opt out."
        )
        return Verdict(Kind.NO_MAILBOX, status, code, text)
    if code == "ErrorInvalidIdMalformed":
        return Verdict(Kind.BAD_ID, status, code, said)
    text = f"Microsoft refused the event for {mailbox} ({code or status}): {said or 'no reason was given.'}"
    return Verdict(Kind.REFUSED, status, code or f"http_{status}", text)
