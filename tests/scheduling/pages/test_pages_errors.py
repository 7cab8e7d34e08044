"""Error pages speak the product's language and need nothing that may have failed."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.views.defaults import server_error

from tenancy.rights import Role
from tests.conftest import Tenant
from tests.scheduling.pages.conftest import soup, text_of


def _heading(response) -> str:  # type: ignore[no-untyped-def]
    return text_of(soup(response).select_one("main h1"))


def test_not_found_not_allowed_and_malformed(tenant: Tenant) -> None:
    admin, viewer = tenant.client(), tenant.client(Role.VIEWER)
    missing = admin.get(reverse("schedule", args=[uuid.uuid4()]))
    assert (missing.status_code, _heading(missing)) == (404, "Nothing is here")
    refused = viewer.get(reverse("people"))
    assert (refused.status_code, _heading(refused)) == (403, "Not for this account")
    malformed = admin.post(reverse("schedule-place", args=[uuid.uuid4()]), {"row": "x"})
    assert (malformed.status_code, _heading(malformed)) == (400, "That request could not be read")


def test_a_failure_is_drawn_without_the_shell_the_account_or_the_database() -> None:
    response = server_error(RequestFactory().get("/"))
    assert (response.status_code, _heading(response)) == (500, "Something failed on our side")
    assert soup(response).select(".rail") == []


def test_a_form_without_its_token_is_refused(tenant: Tenant) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.cookies = tenant.client().cookies
    response = client.post(reverse("person-new"), {"last_name": "X"})
    assert (response.status_code, _heading(response)) == (403, "This form has expired")


@pytest.mark.parametrize("path", ["/nonsense", "/schedules/not-a-uuid/", "/people/../../etc/passwd"])
def test_addresses_that_were_never_ours(tenant: Tenant, path: str) -> None:
    with override_settings(DEBUG=False):
        assert tenant.client().get(path).status_code == 404
