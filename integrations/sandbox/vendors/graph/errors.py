"""Answers that refuse, in the form Graph gives them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from integrations.sandbox.messages import Answer, json_answer


class GraphError(Exception):
    """Leaves a handler as an answer with this status, code and message."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}
        self.details = details or {}

    def answer(self, *, at: str) -> Answer:
        number = str(uuid.uuid4())
        error = {
            "code": self.code,
            "message": self.message,
            "innerError": {"date": at, "request-id": number, "client-request-id": number},
            **self.details,
        }
        return json_answer(self.status, {"error": error}, {"request-id": number, **self.headers})


def body_unreadable(message: str) -> GraphError:
    return GraphError(400, "RequestBodyRead", message)


def validation_failed() -> GraphError:
    # The service names neither the property nor the reason; neither do we, lest somebody rely on it.
    return GraphError(400, "ErrorPropertyValidationFailure", "At least one property failed validation.")


def item_not_found() -> GraphError:
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
