"""``$batch``: which calls go together, and one such request with all its answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from egress.http import HttpDoor
from integrations.connectors.outlook.calls import IMMUTABLE, Answer, Call
from integrations.connectors.outlook.work import Work
from integrations.doors import egress_errors

LARGEST = 20
PER_MAILBOX = 3  # the service carries out four at once for an application and mailbox; one stays free for others
VERSION = "v1.0"
SECONDS = 60.0  # the longest a batch may take

_DOING = "Sending to Microsoft Graph"


@dataclass(frozen=True)
class Batch:
    """Works whose next calls go out together. `chained`: one after the other, each only if the one before succeeded."""

    works: tuple[Work, ...]
    chained: bool


def batch_of(ready: Sequence[Work], unchained: frozenset[str] = frozenset()) -> Batch:
    """The next batch out of works that could go now, soonest first.

    All at once with few for each mailbox; in a chain when only one mailbox is left. `unchained` are mailboxes where a chain
    broke before: there each failure would cost another request.
    """
    lanes = {one.lane for one in ready}
    if len(lanes) == 1 and len(ready) > PER_MAILBOX and not lanes & unchained:
        return Batch(tuple(ready[:LARGEST]), chained=True)
    taken: list[Work] = []
    counts: Counter[str] = Counter()
    for one in ready:
        if counts[one.lane] < PER_MAILBOX:
            counts[one.lane] += 1
            taken.append(one)
        if len(taken) == LARGEST:
            break
    return Batch(tuple(taken), chained=False)


def batch_send(door: HttpDoor, graph: str, token: str, batch: Batch) -> tuple[Answer, dict[int, Answer]]:
    """Send it. Returns the answer to the whole and, by position, to each call; some may be missing.

    Raises ConfigError and TransientError of the way there.
    """
    steps = []
    for position, work in enumerate(batch.works):
        assert work.next is not None
        steps.append(_step(position, work.next, chained=batch.chained))
    whole = request(door, graph, token, "POST", "/$batch", {"requests": steps})
    if not whole.ok:
        return whole, {}
    responses = whole.body.get("responses") if isinstance(whole.body, Mapping) else None
    found: dict[int, Answer] = {}
    for one in responses if isinstance(responses, list) else ():
        if isinstance(one, Mapping) and str(one.get("id")).isdigit() and isinstance(one.get("status"), int):
            found[int(one["id"])] = Answer(one["status"], one.get("headers") or {}, one.get("body"))
    return whole, found


def request(
    door: HttpDoor, graph: str, token: str, method: str, path: str, body: Any = None, *, prefer: str = IMMUTABLE
) -> Answer:
    """One request by itself. Raises ConfigError and TransientError of the way there."""
    headers = {"Prefer": prefer, "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    with egress_errors(_DOING):
        answer = door.request(method, f"{graph}/{VERSION}{path}", headers=headers, json=body)
        parsed = answer.json() if answer.body and answer.ok else _maybe_json(answer.headers, answer.json)
    return Answer(answer.status, answer.headers, parsed)


def _maybe_json(headers: Mapping[str, str], parse: Any) -> Any:
    return parse() if "json" in headers.get("Content-Type", "") else None


def _step(position: int, call: Call, *, chained: bool) -> dict[str, Any]:
    step: dict[str, Any] = {
        "id": str(position),
        "method": call.method,
        "url": call.path,
        "headers": {"Prefer": call.prefer},
    }
    if call.body is not None:
        step["headers"]["Content-Type"] = "application/json"
        step["body"] = dict(call.body)
    if chained and position:
        step["dependsOn"] = [str(position - 1)]
    return step
