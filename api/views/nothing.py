"""Addresses below /api/ at which there is nothing."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from api.problems import request_id
from api.rendering import PROBLEM
from tenancy.web import public


@csrf_exempt
@public
def nothing_here(request: HttpRequest, *args: object) -> JsonResponse:
    """404 as a problem: programs get no pages."""
    body = {
        "type": "urn:rotacast:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such resource. Resources live at /api/v1/.",
        "request_id": request_id(request),
    }
    return JsonResponse(body, status=404, content_type=PROBLEM)
