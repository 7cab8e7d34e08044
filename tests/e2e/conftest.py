"""The product itself on a free port, and a real browser in front of it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, get_internal_wsgi_application

from tenancy.rights import Role
from tests.conftest import Tenant


class _Quiet(WSGIRequestHandler):
    """Says nothing for each request."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the product answers."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.daemon_threads = True
    server.set_app(get_internal_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium. The driver's loop lives in this thread; queries do not use it, so Django may be told not to mind."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Pages of browsers that share nothing: `new_page(width=390, height=844, color_scheme="dark")`.

    `page.errors` gathers whatever the console calls an error, and uncaught exceptions.
    """
    contexts = []

    def make(width: int = 1440, height: int = 900, **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda said: page.errors.append(said.text) if said.type == "error" else None)
        page.set_default_timeout(10_000)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """One such page, as wide as a desk's."""
    return new_page()


@pytest.fixture
def enter() -> Callable[[Any, Tenant, Role], Any]:
    """Sign a page in with the account of a role, without the sign-in page: `enter(page, tenant, Role.SCHEDULER)`."""

    def entering(page: Any, tenant: Tenant, role: Role) -> Any:
        secret = tenant.client(role).cookies["rc_session"].value
        page.context.add_cookies([{"name": "rc_session", "value": secret, "domain": "127.0.0.1", "path": "/"}])
        return page

    return entering
