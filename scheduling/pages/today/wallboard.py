"""The board on a wall: large, dark unless asked otherwise, turning its pages by itself. Nothing on it acts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from scheduling.pages.today.asking import shown_of
from scheduling.pages.today.page import answer, context_of
from tenancy.rights import Right
from tenancy.web import signed_in


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def wallboard(request: HttpRequest) -> HttpResponse:
    """The page. Its address says departments and theme, so that a screen can be set up once and left alone."""
    shown = shown_of(request, plain=True)
    assert shown is not None, "a page is always drawn"
    theme = "light" if request.GET.get("theme") == "light" else "dark"
    context = context_of(request, shown) | {
        "theme": theme,
        "other_theme": "dark" if theme == "light" else "light",
        "page_url": reverse("today-wallboard"),
    }
    return render(request, "scheduling/today/wallboard.html", context)


@signed_in(Right.VIEW_SCHEDULE)
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Its board alone."""
    return answer(request, "scheduling/today/wallboard_board.html", reverse("today-wallboard"), plain=True)
