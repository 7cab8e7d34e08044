"""``$batch``: up to twenty requests in one, all at once or one after the other."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.faults import Fault
from integrations.sandbox.journal import Entry, entry_close
from integrations.sandbox.messages import Answer, BadJson, Cut, Request, json_answer
from integrations.sandbox.vendors.graph.errors import GraphError

MAX_STEPS = 20


@dataclass(frozen=True)
class Plan:
    """One request of a batch as it was sent."""

    id: str
    request: Request
    after: tuple[str, ...]


@dataclass
class Step:
    """One request of a batch on its way; ``key`` is whose limit it counts against."""

    id: str
    request: Request
    after: tuple[str, ...]
    entry: Entry
    fault: Fault | None = None
    answer: Answer | None = None
    key: str = ""


@dataclass(frozen=True)
class Services:
    """What the batch needs from around it."""

    open: Callable[[Request], tuple[Entry, Fault | None]]
    enter: Callable[[Step], None]
    leave: Callable[[Step], None]
    run: Callable[[Step], Answer]
    refuse: Callable[[GraphError], Answer]
    latency_seconds: float
    strict: bool


def batch_run(request: Request, services: Services) -> Answer:
    """Carry out a batch. Responses of a parallel one come back in another order than the requests.

    Raises GraphError when the batch as a whole is malformed, and Cut when a step was told to cut it.
    """
    plans = _plans(request)
    sequential = _is_sequential(plans, strict=services.strict)
    steps = [Step(plan.id, plan.request, plan.after, *services.open(plan.request)) for plan in plans]
    cuts: list[Cut] = []
    if sequential:
        for step in steps:
            _together([step], steps, services, cuts)
    else:
        _together(steps, steps, services, cuts)
    if cuts:
        raise max(cuts, key=lambda cut: cut.seconds)
    ordered = steps if sequential else steps[::-1]
    return json_answer(200, {"responses": [_response(step) for step in ordered]})


def _together(group: list[Step], steps: list[Step], services: Services, cuts: list[Cut]) -> None:
    failed = {step.id for step in steps if step.answer is not None and step.answer.status >= 400}
    entered: list[Step] = []
    try:
        for step in group:
            try:
                if failed.intersection(step.after):
                    raise GraphError(424, "FailedDependency", "A request this one depends on has failed.")
                services.enter(step)
                entered.append(step)
            except GraphError as error:
                step.answer = services.refuse(error)
        if entered and services.latency_seconds:
            time.sleep(services.latency_seconds)
        for step in entered:
            _one(step, services, cuts)
    finally:
        for step in entered:
            services.leave(step)
    for step in group:
        if step.answer is not None:
            entry_close(step.entry, step.answer)


def _one(step: Step, services: Services, cuts: list[Cut]) -> None:
    try:
        if step.fault is None:
            step.answer = services.run(step)
        else:
            step.entry.fault = step.fault.id
            step.answer = step.fault.enact(lambda: services.run(step))
    except Cut as cut:
        step.entry.outcome = "hung" if cut.seconds else "reset"
        cuts.append(cut)


def _plans(request: Request) -> list[Plan]:
    try:
        items = request.document().get("requests")
    except BadJson as error:
        raise _malformed("Invalid batch payload format.") from error
    if not isinstance(items, list) or not items:
        raise _malformed("Invalid batch payload format.")
    if len(items) > MAX_STEPS:
        raise _malformed(f"Number of batch request steps exceeds the maximum value of {MAX_STEPS}.")
    plans = [_plan(request, item) for item in items]
    names = [plan.id for plan in plans]
    if len({name.casefold() for name in names}) != len(names):
        raise _malformed("The ids of the requests in a batch must be unique.")
    for position, plan in enumerate(plans):
        if not set(plan.after) <= set(names[:position]):
            raise _malformed(f"Invalid dependency for request Id '{plan.id}'.")
    return plans


def _plan(outer: Request, item: Any) -> Plan:
    if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in ("id", "method", "url")):
        raise _malformed("Each request of a batch needs the texts id, method and url.")
    url = item["url"]
    if "://" in url:
        raise _malformed(f"The url of request '{item['id']}' must be relative.")
    headers = {str(name).lower(): str(value) for name, value in (item.get("headers") or {}).items()}
    body = item.get("body")
    if body is not None and "content-type" not in headers:
        raise _malformed(f"Write request id : {item['id']} does not contain Content-Type header or body.")
    path, _, query = url.partition("?")
    inner = Request(
        method=item["method"].upper(),
        path=f"/v1.0/{path.lstrip('/')}",
        query=query,
        headers=headers,
        body=b"" if body is None else json.dumps(body).encode(),
        base=outer.base,
    )
    return Plan(item["id"], inner, tuple(item.get("dependsOn") or ()))


def _is_sequential(plans: list[Plan], *, strict: bool) -> bool:
    if not any(plan.after for plan in plans):
        return False
    chained = all(plan.after == (before.id,) for before, plan in itertools.pairwise(plans))
    if strict and not chained:
        raise _malformed("Batch should be either fully sequential or fully parallel.")
    return True


def _response(step: Step) -> dict[str, Any]:
    assert step.answer is not None
    response: dict[str, Any] = {
        "id": step.id,
        "status": step.answer.status,
        "headers": dict(step.answer.headers),
    }
    if step.answer.body:
        text = step.answer.body.decode("utf-8", "replace")
        is_json = "json" in step.answer.headers.get("Content-Type", "")
        response["body"] = json.loads(text) if is_json else text
    return response


def _malformed(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message)
