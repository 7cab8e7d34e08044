"""Who may import what. Every exemption has its reason, and one that nothing needs any more is an error too."""

from __future__ import annotations

import pytest
from importlinter.cli import lint_imports

from tests.architecture.source import PACKAGES, ROOT, modules, unused

# Modules of the standard library and of others that reach, or listen on, the network.
NETWORK = (
    "aiohttp", "asyncio", "asyncssh", "ftplib", "http.client", "http.server", "httpx", "imaplib", "nntplib", "paramiko",
    "poplib", "requests", "select", "selectors", "smtplib", "socket", "socketserver", "ssl", "telnetlib", "urllib.request",
    "urllib3", "xmlrpc",
)  # fmt: skip
NETWORK_EXEMPT = {
    "integrations/sandbox/server.py": "the vendor sandbox is a server of its own process: it answers and never calls out",
    "integrations/sandbox/tls.py": "the certificate of that server",
    "config/commands/demo.py": "asks the web process it has just started whether it is ready",
    "config/embedded/folder.py": "looks for a free port of this machine",
    "config/embedded/sftp.py": "the demo's SFTP server",
    "config/embedded/hosting_fallback.py": "the demo's hosted SFTP service where OpenSSH cannot run",
}

# What each package shows to the others. A package not listed shows nothing.
PUBLIC = {
    "egress": {"addresses", "errors", "guard", "http", "mail", "sftp", "sftp_keys", "sftp_public", "tcp", "tls"},
    "tenancy": {
        "bulk",
        "changes", "dispatch", "fields", "lists", "middleware", "migrations_support", "models", "rights", "sealing", "secrets",
        "selectors", "services", "tenant", "tokens", "types", "wall", "web",
    },
    "scheduling": {"services", "selectors", "types", "npi"},
    "integrations": {"services", "selectors", "types", "contract", "receiving", "doors", "page_kit"},
}  # fmt: skip
# Models of tenancy that others may touch: the base of every table, and rows that a wall stands around anyway.
TENANCY_MODELS = {
    "TenantModel": "the base class of every tenant's table",
    "ChangeEntry": "the change log is read and written by the package whose change it is",
    "Account": "a person of the schedule may be linked to an account",
    "ApiClient": "the API keeps its clients there",
    "ApiToken": "the API keeps its tokens there",
}
PRIVATE_EXEMPT: dict[str, str] = {}


def test_the_contracts_of_importlinter_hold(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))
    code = lint_imports(config_filename=str(ROOT / ".importlinter"), cache_dir=None)
    assert code == 0, capsys.readouterr().out


def test_only_egress_touches_the_network() -> None:
    found: dict[str, list[str]] = {}
    for module in modules():
        if module.package == "egress":
            continue
        for line, name in module.imports():
            if any(name == one or name.startswith(f"{one}.") for one in NETWORK):
                found.setdefault(module.path, []).append(f"{module.path}:{line} imports {name}")
    assert [text for path, texts in found.items() if path not in NETWORK_EXEMPT for text in texts] == []
    assert unused(NETWORK_EXEMPT, set(found)) == []


def test_packages_use_each_others_public_modules_only() -> None:
    wrong, used = [], set()
    for module in modules():
        if module.package == "config":
            continue  # wiring: it may reach everything, and nobody may import it
        for line, name in module.imports():
            package, *rest = name.split(".")
            if package not in PACKAGES or package == module.package:
                continue
            public = bool(rest) and rest[0] in PUBLIC.get(package, set())
            if package == "tenancy" and rest[:1] == ["models"]:
                public = rest[1:2] != [] and rest[1] in TENANCY_MODELS
            if public:
                continue
            if module.path in PRIVATE_EXEMPT:
                used.add(module.path)
                assert name in PRIVATE_EXEMPT[module.path], f"{module.path}:{line} imports {name}"
                continue
            wrong.append(f"{module.path}:{line} imports {name}")
    assert wrong == []
    assert unused(PRIVATE_EXEMPT, used) == []


def test_nobody_imports_the_tests_or_the_wiring() -> None:
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for line, name in module.imports()
        if name.split(".")[0] in ("tests", "bench") or (name.split(".")[0] == "config" and module.package != "config")
    ]
    assert wrong == []
