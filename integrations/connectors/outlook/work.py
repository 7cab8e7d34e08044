"""One operation on its way: which request comes next, and when it is settled. Speaks to nobody itself."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Mapping
from typing import Any

from integrations.connectors.outlook import calls
from integrations.connectors.outlook.calls import Answer, Call
from integrations.connectors.outlook.outcomes import Kind, Verdict
from integrations.connectors.outlook.payload import changed_fields, differing_fields, transaction_id
from integrations.contract import Operation, Outcome


class Work:
    """Carries one operation through looking, creating, changing or removing.

    `next` is the call to make; give its answer to `take`, which returns the outcome once there is nothing left to do.
    """

    def __init__(self, operation: Operation, connection_id: uuid.UUID, *, look_first: bool = False) -> None:
        self.operation = operation
        self.mailbox = operation.recipient
        self.lane = operation.recipient.strip().casefold()  # whose limits it counts against
        self.adopted = ""  # an event that was there already and is now this record's
        self._connection_id = connection_id
        self._handle = operation.handle
        self._calls: deque[Call] = deque()
        self._used = False  # the service says that our transaction id has made an event
        self._looks = 0
        if operation.kind == "update":
            self._change(self._handle, changed_fields(operation.before, operation.payload))
        elif operation.kind == "remove" and self._handle:
            self._calls.append(calls.remove(self.mailbox, self._handle))
        elif operation.kind == "remove" or operation.uncertain or look_first:
            self._look()
        else:
            self._create()

    @property
    def next(self) -> Call | None:
        """The call to make, or None when nothing needs to be sent (see `done`)."""
        return self._calls[0] if self._calls else None

    def done(self) -> Outcome:
        """The outcome when all calls are made."""
        return self.outcome("confirmed", handle="" if self.operation.kind == "remove" else self._handle)

    def outcome(
        self, result: str, verdict: Verdict | None = None, *, handle: str = "", unknown: bool = False
    ) -> Outcome:
        """An outcome of this operation, in the words of a verdict."""
        said = verdict or Verdict(Kind.DONE)
        return Outcome(
            key=self.operation.key,
            recipient=self.operation.recipient,
            result=result,
            handle=handle,
            code=said.code[:60],
            text=said.text,
            status=said.status,
            retry_after_s=said.retry_after_s,
            outcome_unknown=unknown,
        )

    def take(self, answer: Answer, verdict: Verdict) -> Outcome | None:
        """Understand the answer to `next`. None: there is another call to make."""
        call = self._calls.popleft()
        if verdict.kind is Kind.DONE:
            settled = self._succeeded(call, answer, verdict)
        elif verdict.kind in (Kind.NO_ITEM, Kind.BAD_ID) and call.purpose != "create":
            settled = self._not_there(call, verdict)
        elif verdict.kind is Kind.DUPLICATE:
            settled = self._duplicate(verdict)
        elif verdict.kind is Kind.AGAIN:
            settled = self.outcome("retry", verdict, unknown=call.method != "GET")
        else:
            settled = self.outcome("rejected", verdict)
        if settled is None and not self._calls:
            return self.done()
        return settled

    def _succeeded(self, call: Call, answer: Answer, verdict: Verdict) -> Outcome | None:
        if call.purpose == "remove":
            return None
        if not isinstance(answer.body, Mapping):
            unclear = Verdict(
                Kind.AGAIN, verdict.status, "unintelligible", "Microsoft's answer was not what it should be."
            )
            return self.outcome("retry", unclear, unknown=call.method != "GET")
        if call.purpose == "look":
            return self._found([one for one in answer.body.get("value") or () if one.get("id")])
        if call.purpose == "create":
            self._handle = str(answer.body.get("id") or "")
            if not self._handle:
                unclear = Verdict(Kind.AGAIN, verdict.status, "no_id", "Microsoft's answer named no event.")
                return self.outcome("retry", unclear, unknown=True)
        return None

    def _found(self, events: list[Mapping[str, Any]]) -> Outcome | None:
        if self.operation.kind == "remove":
            self._calls.extend(calls.remove(self.mailbox, str(one["id"])) for one in events)
            return None
        if not events and (self.operation.kind == "update" or self._used):
            return self.outcome("gone", Verdict(Kind.NO_ITEM, 404, "gone", "The event is no longer in the calendar."))
        if not events:
            self._create()
            return None
        self.adopted = self._handle = str(events[0]["id"])
        self._change(self._handle, differing_fields(events[0], self.operation.payload))
        # Should there ever be more than one, the others are of no use to anybody.
        self._calls.extend(calls.remove(self.mailbox, str(one["id"])) for one in events[1:])
        return None

    def _not_there(self, call: Call, verdict: Verdict) -> Outcome | None:
        if call.purpose == "remove" and verdict.kind is Kind.NO_ITEM:
            return None
        if self._looks >= 2 or call.purpose == "look":
            return (
                self.outcome("gone", verdict) if self.operation.kind != "remove" else self.outcome("rejected", verdict)
            )
        # An import or a move to the archive gives an event another id: look before calling it deleted.
        self._look()
        return None

    def _duplicate(self, verdict: Verdict) -> Outcome | None:
        self._used = True
        if verdict.existing:
            self.adopted = self._handle = verdict.existing
            self._change(self._handle, dict(self.operation.payload))
        else:
            self._look()
        return None

    def _look(self) -> None:
        self._looks += 1
        self._calls.append(calls.look(self.mailbox, self._connection_id, self.operation.key))

    def _create(self) -> None:
        one = self.operation
        number = transaction_id(self._connection_id, one.key, one.recipient, one.generation)
        self._calls.append(calls.create(self.mailbox, {**one.payload, "transactionId": number}))

    def _change(self, event_id: str, fields: Mapping[str, Any]) -> None:
        if fields:
            self._calls.append(calls.change(self.mailbox, event_id, fields))
