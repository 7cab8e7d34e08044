"""Answers as JSON, made by orjson."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

JSON = "application/json"
PROBLEM = "application/problem+json"


class OrjsonRenderer(BaseRenderer):
    """Datetimes and UUIDs are plain values to it; anything else that is not JSON is a bug and fails."""

    media_type = JSON
    format = "json"
    charset = None  # JSON is UTF-8

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The bytes; nothing for an answer without a body."""
        return b"" if data is None else orjson.dumps(data, option=orjson.OPT_UTC_Z)


class JsonOnly(BaseContentNegotiation):
    """Everybody gets JSON; there is no `format` parameter and no reason to refuse an Accept header that forgot JSON."""

    def select_parser(self, request: Request, parsers: list[Any]) -> Any:
        """The first that understands the content type."""
        return next((parser for parser in parsers if parser.media_type == request.content_type.split(";")[0]), None)

    def select_renderer(self, request: Request, renderers: list[Any], format_suffix: str | None = None) -> Any:
        """The only one."""
        return renderers[0], renderers[0].media_type
