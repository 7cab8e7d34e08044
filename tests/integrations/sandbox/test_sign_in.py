from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.sandbox import Sandbox
from tests.integrations.sandbox.conftest import ANNA, Graph, code

SCOPE = "https://graph.microsoft.com/.default"


def _session(sandbox: Sandbox) -> requests.Session:
    session = requests.Session()
    session.verify = str(sandbox.ca)
    # Otherwise an authority named in the environment would win over the one given here.
    session.trust_env = False
    return session


def _application(sandbox: Sandbox, **changes: object) -> msal.ConfidentialClientApplication:
    session = _session(sandbox)
    options = {
        "client_id": sandbox.client_id,
        "client_credential": sandbox.client_secret,
        "authority": sandbox.authority,
        "instance_discovery": False,
        "http_client": session,
        **changes,
    }
    return msal.ConfidentialClientApplication(**options)


def test_msal_gets_a_token_that_works_and_then_takes_it_from_its_cache(sandbox: Sandbox) -> None:
    application = _application(sandbox)
    first = application.acquire_token_for_client([SCOPE])
    second = application.acquire_token_for_client([SCOPE])
    assert first["token_type"] == "Bearer"
    assert first["token_source"] == "identity_provider"
    assert second["token_source"] == "cache"
    assert second["access_token"] == first["access_token"]
    answer = requests.get(
        f"{sandbox.tls_url}/v1.0/users/{ANNA}/events",
        headers={"Authorization": f"Bearer {first['access_token']}"},
        verify=str(sandbox.ca),
        timeout=30,
    )
    assert (answer.status_code, answer.json()["value"]) == (200, [])
    paths = [entry["path"] for entry in sandbox.requests()]
    assert paths == [
        f"/{sandbox.tenant}/v2.0/.well-known/openid-configuration",
        f"/{sandbox.tenant}/oauth2/v2.0/token",
        f"/v1.0/users/{ANNA}/events",
    ]


def test_msal_accepts_the_instance_discovery_of_the_sandbox(sandbox: Sandbox) -> None:
    session = _session(sandbox)
    answer = session.get(
        f"{sandbox.tls_url}/common/discovery/instance",
        params={
            "api-version": "1.0",
            "authorization_endpoint": f"{sandbox.authority}/oauth2/v2.0/authorize",
        },
        timeout=30,
    )
    assert answer.json()["tenant_discovery_endpoint"] == f"{sandbox.authority}/v2.0/.well-known/openid-configuration"
    stranger = session.get(
        f"{sandbox.tls_url}/common/discovery/instance",
        params={"authorization_endpoint": "https://login.elsewhere.example/x/oauth2/v2.0/authorize"},
        timeout=30,
    )
    assert (stranger.status_code, stranger.json()["error"]) == (400, "invalid_instance")


def test_tls_is_refused_without_the_authority(sandbox: Sandbox) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(sandbox.tls_url, timeout=30)


def test_a_wrong_secret_is_an_error_that_msal_returns(sandbox: Sandbox) -> None:
    result = _application(sandbox, client_credential="wrong").acquire_token_for_client([SCOPE])
    assert result["error"] == "invalid_client"
    assert result["error_codes"] == [7000215]
    assert sandbox.requests()[-1]["status"] == 401


def test_an_unknown_tenant_stops_msal_at_discovery(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        _application(sandbox, authority=f"{sandbox.tls_url}/00000000-0000-0000-0000-000000000000")
    last = sandbox.requests()[-1]
    assert (last["status"], last["code"]) == (400, "invalid_tenant")


@pytest.mark.parametrize(
    ("changes", "status", "error", "number"),
    [
        ({"client_id": "someone-else"}, 400, "unauthorized_client", 700016),
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"scope": "https://graph.microsoft.com/Calendars.ReadWrite"}, 400, "invalid_scope", 1002012),
        ({"scope": "https://elsewhere.example/.default"}, 400, "invalid_resource", 500011),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_what_the_token_endpoint_refuses(
    sandbox: Sandbox, changes: dict[str, str], status: int, error: str, number: int
) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "scope": SCOPE,
        **changes,
    }
    answer = requests.post(f"{sandbox.url}/{sandbox.tenant}/oauth2/v2.0/token", data=form, timeout=30)
    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["error_codes"] == [number]
    assert "access_token" not in answer.json()


def test_a_token_may_be_asked_for_the_sandbox_address_itself(sandbox: Sandbox) -> None:
    graph = Graph(sandbox, sandbox.token(scope=f"{sandbox.tls_url}/.default"))
    assert graph("GET", f"/users/{ANNA}/events").status_code == 200


def test_tokens_expire_by_the_clock(sandbox: Sandbox, graph: Graph) -> None:
    sandbox.clock(3599)
    assert graph("GET", f"/users/{ANNA}/events").status_code == 200
    sandbox.clock(3601)
    answer = graph("GET", f"/users/{ANNA}/events")
    assert code(answer) == (401, "InvalidAuthenticationToken")
    assert answer.json()["error"]["message"] == "Lifetime validation failed, the token is expired."
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_no_token_wrong_token_and_revoked_token_are_401(sandbox: Sandbox, graph: Graph) -> None:
    assert code(graph("GET", f"/users/{ANNA}/events", Authorization=""))[0] == 401
    assert code(graph("GET", f"/users/{ANNA}/events", Authorization="Bearer nonsense"))[0] == 401
    sandbox.tokens_revoke()
    assert code(graph("POST", "/$batch", {"requests": []})) == (401, "InvalidAuthenticationToken")


def test_neither_secret_nor_token_is_in_the_log(sandbox: Sandbox, graph: Graph) -> None:
    graph("GET", f"/users/{ANNA}/events")
    text = repr(sandbox.report())
    assert sandbox.client_secret not in text
    assert graph.token not in text
    assert sandbox.client_secret not in repr(sandbox.settings())


def _certificate() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Rotacast")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private.decode(), certificate.public_bytes(pem).decode()


def test_msal_signs_in_with_a_registered_certificate_and_with_no_other(sandbox: Sandbox) -> None:
    private, public = _certificate()
    credential = {"private_key": private, "public_certificate": public}
    sandbox.settings(certificate_pem=public)
    result = _application(sandbox, client_credential=credential).acquire_token_for_client([SCOPE])
    assert result["token_type"] == "Bearer"
    other, _ = _certificate()
    stranger = {"private_key": other, "public_certificate": public}
    result = _application(sandbox, client_credential=stranger).acquire_token_for_client([SCOPE])
    assert (result["error"], result["error_codes"]) == ("invalid_client", [700027])
    sandbox.clock(3600)
    result = _application(sandbox, client_credential=credential).acquire_token_for_client([SCOPE])
    assert result["error_codes"] == [700024]
