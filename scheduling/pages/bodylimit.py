"""A page that takes files looks at the announced size before it reads anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

FILE_LIMIT = 20 * 1024 * 1024
# Form fields and part headers come on top of the file.
_BODY_LIMIT = FILE_LIMIT + 1024 * 1024
_PIECE = 64 * 1024
_DISCARDED_AT_MOST = 256 * 1024 * 1024

Page = Callable[..., HttpResponse]


def limited_body(too_large: Page) -> Callable[[Page], Page]:
    """Guard a view: a body beyond the limit gets the page of ``too_large`` and is never parsed or kept.

    The check for forged requests reads the form, and with it the file. It is therefore taken off the outside and put
    on inside, behind the check of the size; every request that the view sees has passed it.
    """

    def guard(view: Page) -> Page:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            size = _announced(request)
            if size <= _BODY_LIMIT:
                return protected(request, *args, **kwargs)
            page = too_large(request, *args, size=size, **kwargs)
            return _answered_first(request, page)

        return cast(Page, guarded)  # every guard above sets headers only, which both kinds of answer have

    return guard


def _announced(request: HttpRequest) -> int:
    text = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _answered_first(request: HttpRequest, page: HttpResponse) -> StreamingHttpResponse:
    """The page goes out first and what still comes in is thrown away: browsers drop the answer when the line is cut."""

    def pieces() -> Iterator[bytes]:
        yield page.content
        left = _DISCARDED_AT_MOST
        while left > 0:
            try:
                piece = request.read(_PIECE)
            except OSError:
                return
            if not piece:
                return
            left -= len(piece)

    answer = StreamingHttpResponse(pieces(), status=page.status_code, content_type=page.headers["Content-Type"])
    answer.headers["Content-Length"] = str(len(page.content))
    return answer
