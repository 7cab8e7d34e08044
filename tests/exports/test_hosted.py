"""The hosted directory: opened with keys on its page, served by OpenSSH (as root) or by the server in its place, and locked."""

from __future__ import annotations

import json
import socket
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import paramiko
import pytest
from django.urls import reverse

from config.embedded.hosting import real_obstacle
from egress.guard import AddressPolicy
from egress.sftp_public import key_pair
from exports.destination.place import place_of
from integrations.contract import ConfigError, FileWritten, TransientError
from integrations.doors import Doors
from integrations.services.hosting import HOSTING, hosted_name, hosting_write
from integrations.tasks import handle
from tenancy.rights import Role
from tests.conftest import Tenant
from tests.fakes.hosted import HostedServer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WHY_NOT = real_obstacle()
PAGE = "exports:hosted"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostedServer]:
    """The service of a deployment where it can run, else the one in its place; a skipped test then says so."""
    server = HostedServer(tmp_path_factory.mktemp("hosted"), real=not WHY_NOT).start()
    yield server
    assert server.stop() in (0, -15), server.log.read_text(errors="replace")


@pytest.fixture
def hosting(server: HostedServer, settings) -> HostedServer:
    settings.ROTACAST_HOSTING_DIR = server.shared
    settings.ROTACAST_HOSTING_ADDRESS = f"127.0.0.1:{server.port}"
    return server


class Customer:
    """An organisation with a key of its own, and the directory that it opened with it."""

    def __init__(self, tenant: Tenant, hosting: HostedServer) -> None:
        self.tenant, self.hosting = tenant, hosting
        self.name = hosted_name(tenant.slug)
        self.private, self.public = key_pair()
        self.admin = tenant.client(Role.ADMINISTRATOR)

    def add_key(self, line: str = "", name: str = "File robot") -> None:
        answer = self.admin.post(reverse(PAGE), {"key": line or self.public.line, "name": name})
        assert answer.status_code == 302, answer.content.decode()
        self.tell()

    def tell(self) -> None:
        handle(self.tenant.id, HOSTING, 0)

    def opened(self) -> Customer:
        self.add_key()
        self.hosting.wait(
            lambda: (self.hosting.directory(self.name) / "from-rotacast").is_dir() and self.open_now(), "the directory"
        )
        return self

    def open_now(self) -> bool:
        """Does the key sign in?"""
        try:
            with self.hosting.client(self.name, self.private):
                return True
        except (paramiko.AuthenticationException, paramiko.SSHException):
            return False

    def deliver(self, content: bytes, tmp_path: Path, name: str = "oncall_1.csv", **chosen: object) -> None:
        path = tmp_path / name
        path.write_bytes(content)
        doors = self.doors(**chosen)
        place_of("epic_on_call_finder", doors).send(FileWritten(path, name, 1), doors)

    def doors(self, **chosen: object) -> Doors:
        return Doors(
            connection_id=uuid.UUID(int=7),
            run_token="run",
            settings={"where": "hosted", "directory": "epic"} | chosen,
            secrets={},
            policy=AddressPolicy(),
            now=lambda: NOW,
            before_effect=lambda seconds: None,
            organization=self.tenant.slug,
        )


@pytest.fixture
def customer(tenant: Tenant, hosting: HostedServer) -> Customer:
    return Customer(tenant, hosting).opened()


def test_a_customer_fetches_what_was_delivered_and_is_locked_in(
    customer: Customer, hosting: HostedServer, new_tenant, tmp_path: Path
) -> None:
    locked_in(customer, Customer(new_tenant(), hosting).opened(), hosting, tmp_path)


@pytest.mark.slow
def test_the_server_in_its_place_shows_the_same(tenant: Tenant, new_tenant, settings, tmp_path: Path) -> None:
    server = HostedServer(tmp_path / "fallback", real=False).start()
    settings.ROTACAST_HOSTING_DIR = server.shared
    settings.ROTACAST_HOSTING_ADDRESS = f"127.0.0.1:{server.port}"
    customer, other = Customer(tenant, server).opened(), Customer(new_tenant(), server).opened()
    locked_in(customer, other, server, tmp_path)
    confined(customer, server)
    customer.admin.post(next(part.split('"')[0] for part in _forms(customer) if "/remove" in part.split('"')[0]))
    customer.tell()
    assert not customer.open_now() and other.open_now()
    assert server.stop() == 0


def _forms(customer: Customer) -> list[str]:
    return customer.admin.get(reverse(PAGE)).content.decode().split('action="')[1:]


@pytest.mark.skipif(bool(WHY_NOT), reason=f"NOT TESTED HERE: the hosted service of a deployment, because {WHY_NOT}")
def test_the_tests_above_and_below_speak_with_openssh(server: HostedServer) -> None:
    assert b"OpenSSH" in socket.create_connection(("127.0.0.1", server.port), 5).recv(100)


def locked_in(customer: Customer, other: Customer, hosting: HostedServer, tmp_path: Path) -> None:
    """A customer reads what is theirs, writes where they may, and reaches nothing else."""
    customer.deliver(b"ours", tmp_path, done_marker=True)
    other.deliver(b"theirs", tmp_path)
    with hosting.client(customer.name, customer.private) as ssh, ssh.open_sftp() as files:
        assert sorted(files.listdir("/")) == ["from-rotacast", "to-rotacast"]
        assert sorted(files.listdir("/from-rotacast/epic")) == ["oncall_1.csv", "oncall_1.csv.done"]
        with files.open("/from-rotacast/epic/oncall_1.csv") as file:
            assert file.read() == b"ours"
        for path in (
            f"/../{other.name}/from-rotacast/epic/oncall_1.csv",
            f"/{other.name}",
            "/etc/passwd",
            str(hosting.shared),
        ):
            with pytest.raises(FileNotFoundError):
                files.stat(path)
        for path in ("/from-rotacast/x", "/from-rotacast/epic/x", "/x"):
            with pytest.raises(PermissionError):
                files.open(path, "w")
        for act in (
            lambda: files.remove("/from-rotacast/epic/oncall_1.csv"),
            lambda: files.rename("/from-rotacast/epic/oncall_1.csv", "/to-rotacast/stolen"),
            lambda: files.symlink("/etc", "/to-rotacast/link"),
            lambda: files.truncate("/from-rotacast/epic/oncall_1.csv", 0),
        ):
            with pytest.raises(OSError):
                act()
        with files.open("/to-rotacast/roster.csv", "w") as file:
            file.write(b"for you")
    assert (hosting.directory(customer.name) / "to-rotacast" / "roster.csv").read_bytes() == b"for you"
    assert (hosting.directory(customer.name) / "from-rotacast" / "epic" / "oncall_1.csv").read_bytes() == b"ours"


def test_no_shell_no_command_no_forwarding_no_password(customer: Customer, hosting: HostedServer) -> None:
    confined(customer, hosting)


def confined(customer: Customer, hosting: HostedServer) -> None:
    """Nothing but file transfer."""
    with hosting.client(customer.name, customer.private) as ssh:
        transport = ssh.get_transport()
        assert transport is not None
        for ask in (lambda one: one.exec_command("id"), lambda one: one.get_pty(), lambda one: one.invoke_shell()):
            channel = transport.open_session()
            try:
                ask(channel)
                # OpenSSH takes the request and answers with its forced command, which is no shell.
                channel.settimeout(5)
                assert channel.recv(100) in (b"", b"This service allows sftp connections only.\n")
            except paramiko.SSHException:
                pass
        with socket.create_server(("127.0.0.1", 0)) as listener:
            there = listener.getsockname()
            with pytest.raises(paramiko.ChannelException):
                transport.open_channel("direct-tcpip", there, ("127.0.0.1", 1))
            listener.settimeout(0.2)
            with pytest.raises(TimeoutError):
                listener.accept()
        with pytest.raises(paramiko.SSHException):
            transport.request_port_forward("127.0.0.1", 0)
    raw = paramiko.Transport(("127.0.0.1", hosting.port))
    try:
        raw.start_client(timeout=10)
        with pytest.raises(paramiko.BadAuthenticationType) as refused:
            raw.auth_password(customer.name, "guess")
        assert refused.value.allowed_types == ["publickey"]
    finally:
        raw.close()


def test_a_key_opens_its_own_organisation_only(customer: Customer, hosting: HostedServer, new_tenant) -> None:
    other = Customer(new_tenant(), hosting).opened()
    for name in (other.name, "root", "nobody", f"../{other.name}"):
        with (
            pytest.raises((paramiko.AuthenticationException, paramiko.SSHException)),
            hosting.client(name, customer.private),
        ):
            pytest.fail("signed in")
    assert customer.open_now() and other.open_now()


def test_several_keys_are_told_apart_and_a_removed_one_is_out_at_once(
    customer: Customer, hosting: HostedServer
) -> None:
    private, public = key_pair()
    customer.add_key(public.line, name="Second")
    hosting.wait(lambda: _signs_in(hosting, customer.name, private), "the second key")
    page = customer.admin.get(reverse(PAGE)).content.decode()
    assert public.fingerprint in page and customer.public.fingerprint in page and "Second" in page
    assert page.count('data-label="Last used"') == 2 and "never" not in page
    with hosting.client(customer.name, private) as ssh, ssh.open_sftp() as files:
        assert files.listdir("/from-rotacast") == []
        remove = next(part.split('"')[0] for part in _forms(customer) if "Second" in part.split("</form>")[0])
        assert customer.admin.post(remove).status_code == 302
        customer.tell()
        transport = ssh.get_transport()
        assert transport is not None
        hosting.wait(lambda: not transport.is_active(), "the open session to end")
    assert not _signs_in(hosting, customer.name, private)
    assert customer.open_now()


def _signs_in(hosting: HostedServer, name: str, private: str) -> bool:
    try:
        with hosting.client(name, private):
            return True
    except (paramiko.AuthenticationException, paramiko.SSHException):
        return False


def test_suspending_the_organisation_freezes_its_directory_and_keeps_the_files(
    customer: Customer, hosting: HostedServer, owner_cursor, tmp_path: Path
) -> None:
    customer.deliver(b"ours", tmp_path)
    with hosting.client(customer.name, customer.private) as ssh:
        owner_cursor.execute("UPDATE tenancy_organization SET status = 'suspended' WHERE id = %s", [customer.tenant.id])
        customer.tell()
        transport = ssh.get_transport()
        assert transport is not None
        hosting.wait(lambda: not transport.is_active(), "the open session to end")
    assert not customer.open_now()
    assert (hosting.directory(customer.name) / "from-rotacast" / "epic" / "oncall_1.csv").read_bytes() == b"ours"
    owner_cursor.execute("UPDATE tenancy_organization SET status = 'active' WHERE id = %s", [customer.tenant.id])
    customer.tell()
    hosting.wait(customer.open_now, "the directory to open again")


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "-")
def test_a_file_of_accounts_that_is_wrong_lets_nobody_in(customer: Customer, hosting: HostedServer) -> None:
    private, public = key_pair()
    accounts = hosting.shared / "accounts"
    wrong = {
        "root.json": {"number": 900_001, "open": True, "keys": [public.line]},
        "forced-files.json": {"number": 900_002, "open": True, "keys": [f'command="sh" {public.line}']},
        "lines-files.json": {"number": 900_003, "open": True, "keys": [f"{public.line}\n{public.line}"]},
        "zero-files.json": {"number": -20_000, "open": True, "keys": [public.line]},
        "same-files.json": {"number": customer.tenant.id, "open": True, "keys": [public.line]},
        "maybe-files.json": {"number": 900_004, "open": "yes", "keys": [public.line]},
        "..files.json": {"number": 900_005, "open": True, "keys": [public.line]},
    }
    for name, content in wrong.items():
        (accounts / name).write_text(json.dumps(content))
    (accounts / "link-files.json").symlink_to("/etc/passwd")
    (accounts / "fine-files.json").write_text(json.dumps({"number": 900_006, "open": True, "keys": [public.line]}))
    hosting.wait(lambda: _signs_in(hosting, "fine-files", private), "the right one beside them")
    for name in wrong:
        if name != "same-files.json":
            assert not _signs_in(hosting, name.removesuffix(".json"), private), name
    # Of two with one number the first by name counts; the organisation that is really there must not be it by luck.
    assert not _signs_in(hosting, "same-files", private) or not customer.open_now()
    for path in accounts.glob("*-files.json"):
        if path.stem != customer.name:
            path.unlink()
    (accounts / "root.json").unlink()
    (accounts / "..files.json").unlink()
    hosting.wait(lambda: not _signs_in(hosting, "fine-files", private), "the account to close")
    hosting.wait(customer.open_now, "the one whose number was claimed to be back")


def test_nothing_is_delivered_before_the_directory_was_opened(tenant: Tenant, settings, tmp_path: Path) -> None:
    settings.ROTACAST_HOSTING_DIR = tmp_path / "shared"
    settings.ROTACAST_HOSTING_ADDRESS = "sftp.example.org:2222"
    customer = Customer(tenant, None)  # type: ignore[arg-type]  no service runs
    with pytest.raises(TransientError, match="has not been opened"):
        customer.deliver(b"x", tmp_path)
    customer.add_key()
    with pytest.raises(TransientError, match="has not made the directory yet"):
        customer.deliver(b"x", tmp_path)
    written = json.loads((tmp_path / "shared" / "accounts" / f"{customer.name}.json").read_text())
    assert written == {"number": tenant.id, "open": True, "keys": [customer.public.line]}
    settings.ROTACAST_HOSTING_ADDRESS = ""
    with pytest.raises(ConfigError, match="hosts no directories"):
        customer.deliver(b"x", tmp_path)
    assert list(tmp_path.rglob("*.part")) == []


def test_a_copied_installation_leaves_accounts_alone(tenant: Tenant, settings, tmp_path: Path) -> None:
    settings.ROTACAST_HOSTING_DIR = tmp_path / "shared"
    settings.ROTACAST_HOSTING_ADDRESS = "sftp.example.org:2222"
    settings.ROTACAST_INSTALLATION_ID = "another"
    assert hosting_write(organization_id=tenant.id, now=NOW) is False
    assert not (tmp_path / "shared").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Paste exactly one public key"),
        ("ssh-ed25519 AAAA", "not understood"),
        ("hello world", "not understood"),
        ("ssh-rsa {rsa1024}", "1024 bits is too short"),
        ("{private}", "This is a private key"),
        ("{two}", "exactly one public key"),
        ("ssh-ed25519 {other}", "not understood"),
    ],
)
def test_a_key_that_is_none_is_refused_with_what_to_do(
    tenant: Tenant, settings, tmp_path: Path, text: str, words: str
) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    settings.ROTACAST_HOSTING_DIR = tmp_path
    settings.ROTACAST_HOSTING_ADDRESS = "sftp.example.org"
    private, public = key_pair()
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505  that it is refused is the point
    weak = short.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    made = text.format(
        rsa1024=weak.decode().split()[1], private=private, two=f"{public.line}\n{public.line}", other=weak.split()[1]
    )
    answer = tenant.client().post(reverse(PAGE), {"key": made, "name": "x"})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert private.splitlines()[1] not in answer.content.decode()
    assert not (tmp_path / "accounts").exists()


def test_only_those_who_manage_integrations_add_and_remove(
    tenant: Tenant, new_tenant, settings, tmp_path: Path
) -> None:
    settings.ROTACAST_HOSTING_DIR = tmp_path
    settings.ROTACAST_HOSTING_ADDRESS = "sftp.example.org"
    ours = Customer(tenant, None)  # type: ignore[arg-type]
    ours.add_key()
    page = ours.admin.get(reverse(PAGE)).content.decode()
    remove = next(part.split('"')[0] for part in page.split('action="')[1:] if part.split('"')[0].endswith("/remove"))
    assert new_tenant().client().post(remove).status_code == 404
    for role in (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER):
        browser = tenant.client(role)
        assert {browser.get(reverse(PAGE)).status_code, browser.post(remove).status_code} == {403}
    it = tenant.client(Role.IT)
    assert it.get(reverse(PAGE)).status_code == 200
    again = it.post(reverse(PAGE), {"key": ours.public.line})
    assert again.status_code == 422 and "is there already" in again.content.decode()
    assert it.post(remove).status_code == 302
    ours.tell()
    assert json.loads((tmp_path / "accounts" / f"{ours.name}.json").read_text())["keys"] == []
