"""The token endpoint: RFC 6749 and 7009 to the letter, and nothing learned by guessing."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from authlib.oauth2.client import OAuth2Client
from django.core.management import CommandError, call_command

from api import services
from tenancy.models import ApiClient, ApiToken, ChangeEntry
from tenancy.tokens import secret_hash
from tenancy.types import NotFoundError, RefusedError
from tests.api.conftest import basic, form
from tests.conftest import ROBOT

TOKEN = "/api/oauth/token"
GRANT = {"grant_type": "client_credentials"}


def test_a_secret_in_the_body_buys_an_hour(program) -> None:
    answer = program.ask_token()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    slug, secret = body.pop("access_token").split(".")
    assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": "on-call:read contacts"}
    assert slug == program.tenant.slug
    with program.tenant.transaction():
        stored = ApiToken.objects.get()
        assert bytes(stored.secret_hash) == secret_hash(secret)
        assert ApiClient.objects.get().last_used_at is not None


def test_a_secret_in_the_header_buys_the_same(program) -> None:
    header = basic(program.issued.client_id, program.issued.client_secret)
    answer = form(program.http, TOKEN, GRANT, authorization=header)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")


def test_fewer_scopes_when_asked_and_never_more(program, program_of) -> None:
    assert program.ask_token(scope="contacts").json()["scope"] == "contacts"
    narrow = program_of(program.tenant, "on-call:read")
    answer = narrow.ask_token(scope="on-call:read contacts")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert answer.json()["error_description"] == "This client holds these scopes: on-call:read"
    with program.tenant.transaction():
        assert (
            ApiToken.objects.filter(client_id=ApiClient.objects.get(public_id=narrow.issued.public_id).id).count() == 0
        )


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({}, 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({**GRANT, "scope": "everything"}, 400, "invalid_scope"),
        ({**GRANT, "scope": 'quote" and\x00'}, 400, "invalid_request"),
        ({**GRANT, "grant_type": "clé"}, 400, "invalid_request"),
    ],
)
def test_what_is_wrong_has_its_name(program, fields: dict[str, str], status: int, error: str) -> None:
    own = {"client_id": program.issued.client_id, "client_secret": program.issued.client_secret}
    answer = form(program.http, TOKEN, {**own, **fields})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"


def test_requests_that_are_no_token_requests(program) -> None:
    own = f"grant_type=client_credentials&client_id={program.issued.client_id}&client_secret={program.issued.client_secret}"
    as_form = "application/x-www-form-urlencoded"
    for path, body, kind in (
        (TOKEN, json.dumps(GRANT), "application/json"),
        (f"{TOKEN}?{own}", "", as_form),
        (TOKEN, own + "&scope=contacts&scope=contacts", as_form),
    ):
        answer = program.http.post(path, body, content_type=kind)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), path
    header = basic(program.issued.client_id, program.issued.client_secret)
    twice = program.http.post(TOKEN, own, content_type=as_form, headers={"authorization": header})
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    assert program.http.get(TOKEN).status_code == 405


def test_every_failed_authentication_reads_the_same(program, new_tenant, program_of) -> None:
    foreign = program_of(new_tenant())
    slug, _, public_id = program.issued.client_id.partition(".")
    foreign_id = foreign.issued.client_id.partition(".")[2]
    secret = program.issued.client_secret
    attempts = [
        (program.issued.client_id, "wrong"),
        (program.issued.client_id, foreign.issued.client_secret),
        (f"{slug}.{uuid.uuid4()}", secret),
        (f"{slug}.{foreign_id}", foreign.issued.client_secret),
        (f"{foreign.tenant.slug}.{public_id}", secret),
        (f"nobody-here.{public_id}", secret),
        (public_id, secret),
        ("x" * 300, secret),
        ("", ""),
    ]
    answers = [form(program.http, TOKEN, GRANT | {"client_id": name, "client_secret": word}) for name, word in attempts]
    answers += [
        form(program.http, TOKEN, GRANT, authorization=header)
        for header in (*(basic(*attempt) for attempt in attempts), "Basic !!", "Basic /w==", "Digest x", "Basic")
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
    assert answers[0].json()["error"] == "invalid_client"
    assert all(answer.headers["WWW-Authenticate"].startswith("Basic ") for answer in answers)
    for tenant in (program.tenant, foreign.tenant):
        with tenant.transaction():
            assert ApiToken.objects.count() == 0


def test_a_client_library_that_is_not_ours_gets_a_token(program) -> None:
    """Authlib's client prepares the request; only the wire is ours."""
    for method in ("client_secret_basic", "client_secret_post"):
        client = OAuth2Client(None, program.issued.client_id, program.issued.client_secret, method)
        _, headers, body = client.client_auth(method).prepare(
            "POST", "https://localhost" + TOKEN, {}, "grant_type=client_credentials"
        )
        answer = program.http.post(
            TOKEN,
            body,
            content_type="application/x-www-form-urlencoded",
            headers={name.lower(): value for name, value in headers.items() if name == "Authorization"},
        )
        assert client.parse_response_token(_AsResponse(answer))["token_type"] == "Bearer", method


class _AsResponse:
    def __init__(self, answer) -> None:
        self.status_code = answer.status_code
        self.json = answer.json

    def raise_for_status(self) -> None:
        assert self.status_code < 400


def test_a_revoked_token_stops_at_once_and_others_go_on(program) -> None:
    first, second = program.token(), program.token()
    own = {"client_id": program.issued.client_id, "client_secret": program.issued.client_secret}
    answer = form(program.http, "/api/oauth/revoke", {**own, "token": first})
    assert (answer.status_code, answer.json()) == (200, {})
    assert program.get("/api/v1/ping", token=first).status_code == 401
    assert program.get("/api/v1/ping", token=second).status_code == 200


def test_nobody_revokes_the_token_of_another(program, program_of, new_tenant) -> None:
    token = program.token()
    for other in (program_of(program.tenant), program_of(new_tenant())):
        own = {"client_id": other.issued.client_id, "client_secret": other.issued.client_secret}
        answers = [form(other.http, "/api/oauth/revoke", {**own, "token": text}) for text in (token, "t.unknown", "x")]
        assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"{}")}
    assert form(program.http, "/api/oauth/revoke", {"token": token}).status_code == 401
    assert program.get("/api/v1/ping", token=token).status_code == 200


def test_revoking_asks_for_a_token(program) -> None:
    own = {"client_id": program.issued.client_id, "client_secret": program.issued.client_secret}
    answer = form(program.http, "/api/oauth/revoke", own)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_token_ends_after_an_hour_and_is_forgotten_with_the_next(program) -> None:
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False):
        token = program.token()
    with time_machine.travel(now + timedelta(minutes=59), tick=False):
        assert program.get("/api/v1/ping", token=token).status_code == 200
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        refused = program.get("/api/v1/ping", token=token)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="rotacast", error="invalid_token"'
        program.token()
        with program.tenant.transaction():
            assert ApiToken.objects.count() == 1


def test_rotating_ends_the_old_secret_and_its_tokens(program) -> None:
    token = program.token()
    with program.tenant.transaction():
        issued = services.api_client_rotate(public_id=program.issued.public_id, actor=ROBOT, now=datetime.now(UTC))
    assert program.ask_token().status_code == 401
    assert program.get("/api/v1/ping", token=token).status_code == 401
    assert issued.client_id == program.issued.client_id
    assert program.ask_token(secret=issued.client_secret).status_code == 200


def test_revoking_a_client_ends_everything_and_is_logged_once(program) -> None:
    token = program.token()
    for _ in range(2):
        with program.tenant.transaction():
            services.api_client_revoke(public_id=program.issued.public_id, actor=ROBOT, now=datetime.now(UTC))
    assert program.ask_token().status_code == 401
    assert program.get("/api/v1/ping", token=token).status_code == 401
    with program.tenant.transaction():
        log = list(ChangeEntry.objects.filter(subject_type="api client").order_by("id").values_list("action", "after"))
        assert log == [
            ("api_client.create", {"scopes": "on-call:read contacts"}),
            ("api_client.revoke", {"tokens ended": 1}),
        ]
        with pytest.raises(RefusedError, match="revoked"):
            services.api_client_rotate(public_id=program.issued.public_id, actor=ROBOT, now=datetime.now(UTC))


def test_a_client_of_another_organisation_is_not_found(program, new_tenant) -> None:
    for act in (services.api_client_rotate, services.api_client_revoke):
        with new_tenant().transaction(), pytest.raises(NotFoundError):
            act(public_id=program.issued.public_id, actor=ROBOT, now=datetime.now(UTC))
    assert program.ask_token().status_code == 200


def test_a_suspended_organisation_is_silent(program, owner_cursor) -> None:
    token = program.token()
    owner_cursor.execute("UPDATE tenancy_organization SET status = 'suspended' WHERE id = %s", [program.tenant.id])
    assert program.get("/api/v1/ping", token=token).status_code == 401
    assert program.ask_token().status_code == 401


def test_the_command_prints_working_credentials_once(tenant, program, capsys) -> None:
    call_command("create_api_client", organisation=tenant.slug, name="Demo", scopes=["on-call:read,contacts"])
    printed = json.loads(capsys.readouterr().out)
    assert printed["scopes"] == "on-call:read contacts"
    assert printed["token_url"].endswith("/api/oauth/token")
    own = {name: printed[name] for name in ("client_id", "client_secret")}
    assert form(program.http, TOKEN, GRANT | own).status_code == 200


def test_the_command_names_what_is_wrong(tenant) -> None:
    with pytest.raises(CommandError, match="'everything'"):
        call_command("create_api_client", organisation=tenant.slug, name="Demo", scopes=["everything"])
    with pytest.raises(CommandError, match="no organisation 'nobody'"):
        call_command("create_api_client", organisation="nobody", name="Demo", scopes=["contacts"])
