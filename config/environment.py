"""The environment, read once and typed; a missing or malformed variable stops the process with its name.

Static work (type checking, `makemigrations --check`, building the image) needs no secrets: it sets ROTACAST_STATIC=1 and
receives placeholders that no server process accepts.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


class EnvironmentProblem(SystemExit):
    """A variable is missing or malformed. The text names it and says what it should hold."""


@dataclass(frozen=True)
class Environment:
    """Everything the outside tells the product."""

    database_url: str
    operator_database_url: str | None
    redis_url: str
    secret_key: str
    data_keys: dict[str, bytes]
    installation_id: str
    public_url: str
    allowed_hosts: list[str]
    data_dir: Path
    mail_url: str
    mail_from: str
    debug: bool
    trusted_proxy: bool
    egress_grants: str
    egress_grantable: str
    authority_file: Path | None
    hosting_dir: Path
    hosting_address: str
    static: bool

    @property
    def own_services(self) -> list[tuple[str, int]]:
        """Host and port of the database and the broker."""
        parts = [(urlsplit(self.database_url), 5432), (urlsplit(self.redis_url), 6379)]
        return [(part.hostname, part.port or default) for part, default in parts if part.hostname]


_STATIC = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "static-work-only-" + "x" * 50,
    "DATA_KEYS": "static:" + base64.b64encode(bytes(32)).decode(),
    "INSTALLATION_ID": "static",
    "PUBLIC_URL": "https://localhost",
    "DATA_DIR": "/nonexistent",
    "MAIL_URL": "folder:/nonexistent",
}


def read_environment(source: dict[str, str] | None = None) -> Environment:
    """Parse the variables. Raises EnvironmentProblem naming the first that is missing or wrong."""
    env = dict(os.environ if source is None else source)
    static = env.get("ROTACAST_STATIC") == "1"
    if static:
        env = {**env, **{name: value for name, value in _STATIC.items() if name not in env}}

    def need(name: str, meaning: str) -> str:
        value = env.get(name, "")
        if not value:
            raise EnvironmentProblem(f"{name} is not set. It holds {meaning}. `make demo` sets it for you.")
        return value

    public_url = need("PUBLIC_URL", "the address people open, such as https://rotacast.example.org").rstrip("/")
    host = urlsplit(public_url).hostname
    if not host:
        raise EnvironmentProblem(f"PUBLIC_URL={public_url!r} has no host name. Example: https://rotacast.example.org")
    hosts = [name.strip() for name in env.get("ALLOWED_HOSTS", host).split(",") if name.strip()]
    authority = env.get("EGRESS_AUTHORITY_FILE")
    data_dir = Path(need("DATA_DIR", "the folder of the artifact store"))
    hosting_address = env.get("HOSTING_ADDRESS", "").strip()
    if hosting_address and not re.fullmatch(r"[^\s:]+(:\d{1,5})?", hosting_address):
        raise EnvironmentProblem(
            f"HOSTING_ADDRESS={hosting_address!r} is not host:port, such as sftp.example.org:2222."
        )
    return Environment(
        database_url=need("DATABASE_URL", "postgresql://role:password@host:port/database of the application role"),
        operator_database_url=env.get("OPERATOR_DATABASE_URL") or None,
        redis_url=need("REDIS_URL", "redis://:password@host:port/0"),
        secret_key=need("SECRET_KEY", "at least 50 random characters"),
        data_keys=_data_keys(need("DATA_KEYS", "id:base64-of-32-bytes, several separated by commas, the first seals")),
        installation_id=need("INSTALLATION_ID", "the identity of this installation; a restored copy has another"),
        public_url=public_url,
        allowed_hosts=hosts,
        data_dir=data_dir,
        mail_url=need("MAIL_URL", "smtp://user:password@host:port or folder:/path"),
        mail_from=env.get("MAIL_FROM", f"Rotacast <no-reply@{host}>"),
        debug=env.get("DEBUG", "") == "1",
        trusted_proxy=env.get("TRUSTED_PROXY", "") == "1",
        egress_grants=env.get("EGRESS_GRANTS", ""),
        egress_grantable=_networks(env.get("EGRESS_GRANTABLE", "")),
        authority_file=Path(authority) if authority else None,
        hosting_dir=Path(env.get("HOSTING_DIR") or data_dir / "hosting"),
        hosting_address=hosting_address,
        static=static,
    )


def _networks(text: str) -> str:
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            ipaddress.ip_network(part)
        except ValueError as problem:
            raise EnvironmentProblem(f"EGRESS_GRANTABLE: {problem}. Example: 10.0.0.0/8,192.168.0.0/16") from problem
    return text


def _data_keys(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        name, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not name or len(key) != 32:
            raise EnvironmentProblem(f"DATA_KEYS: the entry {name or part!r} is not id:base64 of exactly 32 bytes.")
        keys[name] = key
    return keys


def database_settings(url: str) -> dict[str, object]:
    """Django's database entry for a postgresql:// address; query parameters (sslmode …) become options."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise EnvironmentProblem("A database address must look like postgresql://role:password@host:port/database.")
    options: dict[str, object] = {}
    for pair in filter(None, parts.query.split("&")):
        name, _, value = pair.partition("=")
        options[name] = unquote(value)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "OPTIONS": options,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
