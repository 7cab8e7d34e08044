"""Real peers for the doors: OpenSSH, an awkward SSH server, an SMTP sink, a private authority."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from egress.guard import AddressPolicy, Grant
from egress.sftp import SftpTarget
from tests.fakes import openssh
from tests.fakes.authority import Authority
from tests.fakes.awkward_sftp import AwkwardSftpServer

EVERY_PORT = tuple(range(1, 65536))


@pytest.fixture(scope="session")
def local() -> AddressPolicy:
    """A policy that lets tests reach this machine."""
    return AddressPolicy(grants=(Grant.of("127.0.0.0/8", *EVERY_PORT),))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[openssh.OpenSshServer]:
    if openssh.SSHD is None:
        pytest.skip(openssh.WHY_NOT)
    server = openssh.OpenSshServer(tmp_path / "sshd").start()
    yield server
    server.kill()


@pytest.fixture
def sshd_target(sshd: openssh.OpenSshServer) -> SftpTarget:
    return SftpTarget(
        host="127.0.0.1",
        port=sshd.port,
        username=sshd.username,
        private_key=sshd.private_key,
        host_key=sshd.host_key,
        directory=str(sshd.files),
        timeout_s=5,
    )


@pytest.fixture
def awkward(tmp_path: Path) -> Iterator[AwkwardSftpServer]:
    files = tmp_path / "awkward"
    files.mkdir()
    server = AwkwardSftpServer(files).start()
    yield server
    server.stop()


@pytest.fixture
def awkward_target(awkward: AwkwardSftpServer) -> SftpTarget:
    return SftpTarget(
        host="127.0.0.1",
        port=awkward.port,
        username=awkward.username,
        password=awkward.password,
        host_key=awkward.host_key,
        timeout_s=2,
    )


@pytest.fixture
def local_file(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes content to a local file and returns its path."""

    def write(content: bytes) -> Path:
        path = tmp_path / "local.csv"
        path.write_bytes(content)
        return path

    return write
