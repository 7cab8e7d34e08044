"""What travels between the server and the vendors: a request, an answer, and a connection that is cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"


class Cut(Exception):
    """Close the connection without answering, after ``seconds`` of silence."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(f"connection cut after {seconds} s")
        self.seconds = seconds


class BadJson(Exception):
    """The body is not a JSON document of the kind that was expected."""


@dataclass(frozen=True)
class Request:
    """One HTTP request. ``path`` is still percent-encoded, header names are lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = ""

    @property
    def segments(self) -> list[str]:
        """The decoded parts of the path; an encoded slash stays inside its part."""
        return [unquote(part) for part in self.path.split("/") if part]

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def document(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises BadJson when it is anything else.
        """
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise BadJson(str(error)) from error
        if not isinstance(value, dict):
            raise BadJson("a JSON object was expected")
        return value


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; ``headers`` need not hold the length."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, {"Content-Type": JSON_TYPE, **(headers or {})})


def html_answer(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), {"Content-Type": HTML_TYPE})
