"""Every address of the API declares what it needs, or is one of a few that are meant for anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

import api.urls
from api.authentication import BearerAuthentication, ScopeRequired
from api.problems import problem_response
from api.rendering import OrjsonRenderer
from api.scopes import Scope
from api.views.base import ResourceView

# Why each is open: the first two authenticate clients themselves, the third says that there is nothing.
OPEN = {"token", "revoke", "nothing_here"}


def callbacks(patterns: list[Any]) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from callbacks(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.callback


VIEWS = list(callbacks(api.urls.urlpatterns))


@pytest.mark.parametrize("callback", VIEWS, ids=lambda callback: callback.__name__)
def test_every_view_declares_its_scopes(callback: Any) -> None:
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if view is None:
        assert callback.__name__ in OPEN
        assert callback.public is True
        return
    assert issubclass(view, ResourceView)
    assert isinstance(view.scopes, frozenset)
    assert all(isinstance(scope, Scope) for scope in view.scopes)
    assert view.authentication_classes == [BearerAuthentication]
    assert view.permission_classes == [ScopeRequired]
    assert view.renderer_classes == [OrjsonRenderer]


def test_the_settings_close_every_view_by_default() -> None:
    assert [BearerAuthentication] == api_settings.DEFAULT_AUTHENTICATION_CLASSES
    assert [ScopeRequired] == api_settings.DEFAULT_PERMISSION_CLASSES
    assert api_settings.EXCEPTION_HANDLER is problem_response
    assert not hasattr(ResourceView, "scopes")


@pytest.mark.parametrize("declared", [None, "on-call:read", ["on-call:read"], frozenset({"on-call:read"})])
@pytest.mark.parametrize("base", [APIView, ResourceView])
def test_a_view_without_declared_scopes_is_refused_whatever_the_token(
    tenant, declared: Any, base: type[APIView]
) -> None:
    from datetime import UTC, datetime

    from api import selectors, services
    from tests.conftest import ROBOT

    class Forgotten(base):
        def get(self, request: Any) -> Response:
            raise AssertionError("reached")

    if declared is not None:
        Forgotten.scopes = declared
    now = datetime.now(UTC)
    with tenant.transaction():
        issued = services.api_client_create(name="All", scopes=[scope.value for scope in Scope], actor=ROBOT, now=now)
        info = selectors.api_client_find(public_id=issued.public_id)
        token = services.access_token_issue(client=info, scopes=info.scopes, now=now)
    request = RequestFactory().get("/x", headers={"authorization": f"Bearer {token}"})
    answer = Forgotten.as_view()(request)
    assert answer.status_code == 403
    assert Forgotten.as_view()(RequestFactory().get("/x")).status_code == 401
