"""Every way in, and whose data it may touch: addresses, tasks, commands. Something new must be put down here, with its reason."""

from __future__ import annotations

import pytest
from celery import current_app
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from tests.architecture.source import PACKAGES

# Addresses that anybody may ask for. Nothing here reads a tenant's rows before somebody has proved who they are.
PUBLIC = {
    "": "sends on: to the schedules, or to where one signs in",
    "signin": "where one signs in",
    "o/<slug:slug>/signin": "the same for one organisation",
    "swap/<slug:slug>/<str:token>": "the link of one person who was asked to swap: its secret proves who they are",
    "share/<slug:slug>/<str:token>": "a view by link: its secret is the key, to that view and nothing else",
    "share/<slug:slug>/<str:token>/view.csv": "the same as a file",
    "calendar/<slug:slug>/<str:token>.ics": "somebody's private calendar: the secret in the address stands for them",
    "api/oauth/token": "a program's credentials are in the form",
    "api/oauth/revoke": "likewise",
    "api/": "no such resource: a problem document instead of a page",
}

# Task → how it keeps to one organisation.
TASKS = {
    "integrations.tick": "reads the dispatch table only: ids and times, no tenant's rows",
    "integrations.handle": "organization_id is an argument; each topic opens tenant_transaction for it",
    "integrations.housekeeping": "no database: clears files left in the spool",
}

# Command → how it keeps to one organisation.
COMMANDS = {
    "claim_installation": "the installation's own row; no tenant's rows",
    "create_api_client": "names its organisation by slug and opens tenant_transaction",
    "create_organisation": "the operator's role makes it; what belongs to it is made in its own tenant_transaction",
    "import_roster": "names its organisation by slug and opens tenant_transaction",
    "prepare_database": "migrations, as the owner of the tables; no tenant's rows",
    "render_examples": "no database: renders the examples of connectors",
    "rotate_keys": "the operator's role lists organisations; each is opened in a tenant_transaction of its own",
    "seed_demo": "makes the demo's organisations through services, each in its own tenant_transaction",
}


def walk(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[tuple[str, URLPattern]]:
    """(address, pattern) of every view."""
    found: list[tuple[str, URLPattern]] = []
    for one in patterns:
        address = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            found += walk(one.url_patterns, address)
        else:
            found.append((address, one))
    return found


def addresses() -> list[tuple[str, URLPattern]]:
    return walk(get_resolver().url_patterns)


def resource(pattern: URLPattern) -> type[APIView] | None:
    view = getattr(pattern.callback, "cls", None)
    return view if isinstance(view, type) and issubclass(view, APIView) else None


@pytest.mark.parametrize(("address", "pattern"), addresses(), ids=[address or "/" for address, _ in addresses()])
def test_every_view_is_guarded_or_public_on_purpose(address: str, pattern: URLPattern) -> None:
    guards = [
        hasattr(pattern.callback, "rights"),  # behind tenancy.web.signed_in
        resource(pattern) is not None and bool(getattr(resource(pattern), "scopes", None) is not None),
        bool(getattr(pattern.callback, "public", False)),
    ]
    assert sum(guards) == 1, f"{address}: exactly one of signed_in, a resource's scopes, public"
    assert guards[2] == (address in PUBLIC), f"{address}: public addresses are listed, with their reason"


def test_no_listed_address_has_gone() -> None:
    assert set(PUBLIC) <= {address for address, _ in addresses()}


def test_a_resource_keeps_the_default_walls() -> None:
    from api.authentication import BearerAuthentication, ScopeRequired

    for address, pattern in addresses():
        view = resource(pattern)
        if view is not None:
            assert view.authentication_classes == [BearerAuthentication], address
            assert view.permission_classes == [ScopeRequired], address


def test_every_task_is_listed_with_its_scope() -> None:
    import integrations.tasks  # noqa: F401 - registers them

    current_app.loader.import_default_modules()
    ours = {
        name for name, task in current_app.tasks.items() if type(task).__module__.split(".")[0] in PACKAGES
        or task.run.__module__.split(".")[0] in PACKAGES
    }  # fmt: skip
    assert ours == set(TASKS)


def test_every_command_is_listed_with_its_scope() -> None:
    ours = {name for name, app in get_commands().items() if isinstance(app, str) and app.split(".")[0] in PACKAGES}
    assert ours == set(COMMANDS)
