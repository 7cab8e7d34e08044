"""Refusals and failures as application/problem+json (RFC 9457), each with the request's id."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from api.rendering import PROBLEM
from tenancy.types import NotFoundError, RefusedError

_log = logging.getLogger(__name__)
_REALM = 'Bearer realm="rotacast"'


@dataclass(frozen=True)
class ParameterProblem:
    """What is wrong with one parameter, and what to send instead."""

    parameter: str
    detail: str
    hint: str = ""


class BadParameters(exceptions.APIException):
    """The query cannot be understood; nothing was done."""

    status_code = HTTPStatus.BAD_REQUEST
    default_code = "bad-parameters"
    default_detail = "The query holds something that cannot be understood. Nothing was ignored or guessed."

    def __init__(self, problems: Sequence[ParameterProblem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


class NothingFound(exceptions.APIException):
    """What a parameter names does not exist in this organisation."""

    status_code = HTTPStatus.NOT_FOUND
    default_code = "not-found"
    default_detail = "What the query names does not exist here."

    def __init__(self, problem: ParameterProblem) -> None:
        super().__init__(problem.detail)
        self.problems = (problem,)


class TokenRefused(exceptions.AuthenticationFailed):
    """A bearer token was sent and is not valid: unknown, expired, revoked, or of a suspended organisation."""

    default_code = "invalid-token"
    default_detail = "The access token is not valid. Ask the token endpoint for a new one."
    challenge = f'{_REALM}, error="invalid_token"'


class TokenMissing(exceptions.NotAuthenticated):
    """No bearer token was sent."""

    default_code = "token-missing"
    default_detail = "Send an access token: `Authorization: Bearer <token>`."
    challenge = _REALM


class ScopeMissing(exceptions.PermissionDenied):
    """The token is valid and does not hold what the view needs."""

    default_code = "insufficient-scope"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"The access token lacks the scope {' '.join(missing)}.")
        self.challenge = f'{_REALM}, error="insufficient_scope", scope="{" ".join(missing)}"'


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to any exception of an API view. What nobody expected is logged and answered without details."""
    known = _as_api_exception(error)
    request: Request | None = context.get("request")
    if known is None:
        _log.error("Request %s failed.", request_id(request), exc_info=error)
        known = exceptions.APIException("Something failed on our side. Nothing was changed.", "internal")
    status = HTTPStatus(known.status_code)
    codes = known.get_codes()
    body: dict[str, Any] = {
        "type": f"urn:rotacast:problem:{codes if isinstance(codes, str) else known.default_code}".replace("_", "-"),
        "title": status.phrase,
        "status": status.value,
        "detail": known.detail if isinstance(known.detail, str) else "The request cannot be understood.",
        "request_id": request_id(request),
    }
    problems: Sequence[ParameterProblem] = getattr(known, "problems", ())
    if problems:
        body["errors"] = [{name: value for name, value in asdict(one).items() if value} for one in problems]
    response = Response(body, status=status.value, content_type=PROBLEM)
    challenge = getattr(known, "challenge", None)
    if challenge:
        response.headers["WWW-Authenticate"] = challenge
    wait = getattr(known, "wait", None)
    if wait:
        response.headers["Retry-After"] = str(int(wait) + 1)
    return response


def request_id(request: Request | HttpRequest | None) -> str:
    """The id that the change log, the log and this answer share."""
    plain = getattr(request, "_request", request)
    return str(getattr(plain, "correlation", ""))


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, NotFoundError | Http404):
        return exceptions.NotFound(str(error) or None)
    if isinstance(error, RefusedError):
        refused = BadParameters([ParameterProblem(error.field, error.text)] if error.field else [])
        refused.detail = exceptions.ErrorDetail(error.text, error.code)
        return refused
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    return None
