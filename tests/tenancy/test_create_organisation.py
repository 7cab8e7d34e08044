"""The operator's first act in a deployment: an organisation and somebody who can sign in."""

from __future__ import annotations

import json
import secrets
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tenancy.selectors import organization_find


def create(slug: str, **options: str) -> dict[str, str]:
    said = StringIO()
    given = {"name": "New Hospital", "zone": "America/Denver", "administrator": f"first@{slug}.example", **options}
    call_command("create_organisation", slug=slug, **given, stdout=said)
    return json.loads(said.getvalue())


def test_the_first_administrator_signs_in() -> None:
    slug = f"new-{secrets.token_hex(4)}"
    told = create(slug)
    assert told["signin"].endswith(f"/o/{slug}/signin")
    client = Client(headers={"host": "localhost"})
    answer = client.post("/signin", {"email": told["email"], "password": told["password"]})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/integrations/").status_code == 200


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"zone": "America/Nowhere"}, "not a time zone"),
        ({"administrator": "nobody"}, "valid email"),
        ({"it_email": "nobody"}, "valid email"),
    ],
)
def test_nothing_is_made_of_what_is_wrong(options: dict[str, str], words: str) -> None:
    slug = f"new-{secrets.token_hex(4)}"
    with pytest.raises(CommandError, match=words):
        create(slug, **options)
    assert organization_find(slug) is None


def test_a_slug_and_a_domain_are_taken_once() -> None:
    slug = f"new-{secrets.token_hex(4)}"
    create(slug)
    with pytest.raises(CommandError, match="leads to New Hospital already"):
        create(f"{slug}-b", administrator=f"second@{slug}.example")
    with pytest.raises(CommandError, match="already"):
        create(slug, administrator="x@elsewhere.example")
    with pytest.raises(CommandError, match="lower case"):
        create("Upper")
