"""Carries out a slice of operations: batches, tokens, throttling, and what mailboxes refuse as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from egress.http import HttpDoor
from integrations.connectors.outlook.batch import SECONDS, Batch, batch_of, batch_send
from integrations.connectors.outlook.calls import Answer
from integrations.connectors.outlook.moves import Moves
from integrations.connectors.outlook.outcomes import Kind, Verdict, judge
from integrations.connectors.outlook.sign_in import places, token
from integrations.connectors.outlook.work import Work
from integrations.contract import ConfigError, Operation, Outcome, TransientError
from integrations.doors import Doors

PATIENCE_S = 20.0  # how long one slice waits for throttled mailboxes altogether; then they wait for the next run
_LEAST_WAIT_S = 0.25
_WAIT_UNSAID_S = 2.0


class Delivery:
    """One slice. `run` yields each outcome as soon as it is known."""

    def __init__(
        self,
        door: HttpDoor,
        doors: Doors,
        *,
        sleep: Callable[[float], None] = time.sleep,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._door = door
        self._doors = doors
        self._sleep = sleep
        self._patience_s = patience_s
        self._graph = places(doors.settings).graph
        self._token = ""
        self._renewed = False
        self._works: list[Work] = []
        self._held: dict[str, tuple[float, Verdict]] = {}  # by lane: not before this moment
        self._closed: dict[str, Verdict] = {}  # by lane: refused as a whole
        self._unchained: set[str] = set()

    def run(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Outcomes in the order they become known. Raises ConfigError and TransientError for the whole connection."""
        moves = Moves(operations, self._doors.connection_id, self._doors.memory)
        self._works = moves.start()
        while True:
            for work, outcome in self._round():
                self._works.remove(work)
                yield from moves.settled(work, outcome, self._closed.get(work.lane))
                self._works += moves.released()
            if not self._works:
                return

    def _round(self) -> Iterator[tuple[Work, Outcome]]:
        """Settle what can be settled without sending, else send one batch, or wait, or give up on the throttled."""
        finished = [(one, self._unsent(one)) for one in self._works]
        known = [(one, outcome) for one, outcome in finished if outcome is not None]
        if known:
            yield from known
            return
        now = time.monotonic()
        ready = [one for one in self._works if self._held.get(one.lane, (0.0,))[0] <= now]
        if ready:
            yield from self._send(batch_of(ready, frozenset(self._unchained)))
            return
        wait = min(self._held[one.lane][0] for one in self._works) - now
        if wait > self._patience_s:
            yield from [(one, one.outcome("retry", self._held[one.lane][1])) for one in self._works]
            return
        self._pause(wait)

    def _unsent(self, work: Work) -> Outcome | None:
        if work.next is None:
            return work.done()
        refusal = self._closed.get(work.lane)
        return work.outcome("rejected", refusal) if refusal is not None else None

    def _send(self, batch: Batch) -> Iterator[tuple[Work, Outcome]]:
        if not self._token:
            self._token = token(self._doors, self._door)
        self._doors.before_effect(SECONDS)
        try:
            whole, answers = batch_send(self._door, self._graph, self._token, batch)
        except TransientError as error:
            if error.outcome_unknown:
                yield from self._unknown(batch, Verdict(Kind.AGAIN, None, error.code, error.text))
            raise
        if not whole.ok:
            yield from self._whole(whole, batch)
            return
        renew = False
        for position, work in enumerate(batch.works):
            answer = answers.get(position)
            if answer is None:
                unclear = Verdict(Kind.AGAIN, whole.status, "no_answer", "The batch came back without this answer.")
                yield from self._unknown(Batch((work,), batch.chained), unclear)
                continue
            verdict = judge(answer, work.mailbox, self._doors.now())
            renew = renew or verdict.kind is Kind.TOKEN
            outcome = self._understood(work, answer, verdict, chained=batch.chained)
            if outcome is not None:
                yield work, outcome
        if renew:
            self._renew()
        else:
            self._renewed = False

    def _understood(self, work: Work, answer: Answer, verdict: Verdict, *, chained: bool) -> Outcome | None:
        if verdict.kind in (Kind.TOKEN, Kind.SKIPPED):
            return None  # not carried out: it stays in line
        if verdict.kind is Kind.THROTTLED:
            self._hold(work.lane, verdict)
            return None
        if chained and verdict.kind is not Kind.DONE:
            self._unchained.add(work.lane)
        if verdict.of_mailbox:
            self._closed.setdefault(work.lane, verdict)
        return work.take(answer, verdict)

    def _hold(self, lane: str, verdict: Verdict) -> None:
        wait = _WAIT_UNSAID_S if verdict.retry_after_s is None else verdict.retry_after_s
        until = time.monotonic() + max(wait, _LEAST_WAIT_S)
        self._held[lane] = (max(until, self._held.get(lane, (0.0,))[0]), verdict)

    def _unknown(self, batch: Batch, verdict: Verdict) -> Iterator[tuple[Work, Outcome]]:
        for work in batch.works:
            reading = work.next is not None and work.next.method == "GET"
            yield work, work.outcome("retry", verdict, unknown=not reading)

    def _whole(self, answer: Answer, batch: Batch) -> Iterator[tuple[Work, Outcome]]:
        """The batch itself was answered with an error: nothing is known to be carried out."""
        verdict = judge(answer, "the batch", self._doors.now())
        if verdict.kind is Kind.TOKEN:
            self._renew()
            return
        if verdict.kind is Kind.THROTTLED:
            wait = max(verdict.retry_after_s or _WAIT_UNSAID_S, _LEAST_WAIT_S)
            if wait > self._patience_s:
                raise TransientError(verdict.text, code=verdict.code, retry_after_s=wait)
            self._pause(wait)
            return
        if verdict.kind is Kind.AGAIN:
            yield from self._unknown(batch, verdict)
            raise TransientError(
                f"Microsoft Graph does not work at the moment (status {answer.status}).",
                code=verdict.code,
                retry_after_s=verdict.retry_after_s,
                outcome_unknown=True,
            )
        raise ConfigError(
            f"{self._graph} does not take our batches (status {answer.status} {verdict.code}). Check the cloud and the "
            "addresses in the settings.",
            code="batch_refused",
        )

    def _renew(self) -> None:
        """Once, then somebody has to look: a fresh token was refused as well."""
        if self._renewed:
            raise ConfigError(
                "Microsoft Graph refuses a token that was issued a moment ago. Check that the cloud's sign-in and Graph "
                "addresses belong together and that the application is enabled in the tenant.",
                code="token_refused",
            )
        self._renewed = True
        self._token = token(self._doors, self._door, fresh=True)

    def _pause(self, seconds: float) -> None:
        self._patience_s -= seconds
        self._doors.before_effect(seconds)
        self._sleep(seconds)
