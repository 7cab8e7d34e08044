"""Opening an SFTP session: checked address, pinned host key, sign-in, directory, in that order.

Each stage is a function of its own so that the connection test can walk the very same path step by step.
"""

import stat as stat_bits
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import paramiko

from egress import _sftp_client as wire
from egress._sftp_signin import LOST, sign_in
from egress.errors import (
    ConnectFailed,
    EgressError,
    HostKeyMismatch,
    RefusalReason,
    RemoteRefused,
    Timeout,
    TransferInterrupted,
)
from egress.guard import AddressPolicy, ResolvedAddress, Resolver, resolve, system_resolver
from egress.sftp_keys import (
    HostKey,
    HostKeyPin,
    fingerprint_of,
    host_key_algorithms,
    host_key_pin,
)
from egress.tcp import connect_socket

_KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")


@dataclass(frozen=True)
class SftpTarget:
    """A directory on somebody's SFTP server and how to get there.

    ``password`` and ``private_key`` may both be given: servers that ask for both get both. ``host_key`` is
    the pinned key (see ``host_key_pin``). ``more_keys`` are private keys without a passphrase that are tried first, in this order:
    of a key that is being replaced, the old and the new one. ``directory`` empty means where the server puts us. ``timeout_s``
    bounds every single wait. ``legacy_rsa`` also allows SHA-1 RSA signatures, for servers that know no other.
    """

    host: str
    username: str
    host_key: str
    port: int = 22
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    more_keys: tuple[str, ...] = field(default=(), repr=False)
    directory: str = ""
    timeout_s: float = 30.0
    allow_create_directory: bool = False
    legacy_rsa: bool = False

    @property
    def where(self) -> str:
        return f"{self.host} port {self.port}"


class SftpSession:
    """A signed-in session in the target's directory. Not for use by several threads at once.

    ``broken`` turns True when the connection is of no more use; nothing further is then attempted on it.
    """

    def __init__(
        self,
        target: SftpTarget,
        transport: paramiko.Transport,
        *,
        total_timeout_s: float | None,
        reopen: "Callable[[float | None], AbstractContextManager[SftpSession]] | None" = None,
    ) -> None:
        self.target = target
        self._reopen = reopen
        self._deadline = None if total_timeout_s is None else time.monotonic() + total_timeout_s
        self.directory = target.directory
        self.broken = False
        self.transport = transport
        self.signed_in_with = ""  # fingerprint of the key that was taken, or "password"
        self._client: wire.SftpClient | None = None
        self._expired = False
        self._watchdog: threading.Timer | None = None
        if total_timeout_s is not None:
            self._watchdog = threading.Timer(total_timeout_s, self._expire)
            self._watchdog.daemon = True
            self._watchdog.start()

    @property
    def client(self) -> wire.SftpClient:
        if self._client is None:
            raise RuntimeError("This SFTP session has no open channel.")
        return self._client

    @property
    def expired(self) -> bool:
        """True once the total time is used up; the connection is then being closed under us."""
        return self._expired

    def reopened(self) -> "AbstractContextManager[SftpSession]":
        """A second session to the same place, within what is left of this one's total time."""
        if self._reopen is None:
            raise TransferInterrupted(f"The connection to {self.target.where} is gone.")
        left = None if self._deadline is None else max(0.001, self._deadline - time.monotonic())
        return self._reopen(left)

    def check_deadline(self) -> None:
        """Raise when the total time is used up; called between pieces of work."""
        if self._expired:
            raise OSError("the session's total time is used up")

    def path(self, name: str) -> str:
        """The full path of a plain file name in the session's directory."""
        return f"{self.directory.rstrip('/')}/{name}" if self.directory else name

    @contextmanager
    def doing(self, what: str, *, outcome_unknown: bool = False) -> Iterator[None]:
        """Translate what the library raises inside; ``what`` completes “Could not …”.

        ``outcome_unknown`` says what a broken connection would mean here; a plain refusal never is unknown.
        """
        failure: EgressError
        try:
            yield
            return
        except wire.StatusError as error:
            failure = refused(what, error)
        except TimeoutError:
            self.broken = True
            failure = Timeout(
                f"Could not {what}: {self.target.where} fell silent for {self.target.timeout_s:g} s.",
                outcome_unknown=outcome_unknown,
            )
        except LOST:
            self.broken = True
            if self._expired:
                failure = Timeout(
                    f"Could not {what}: the whole delivery took too long.", outcome_unknown=outcome_unknown
                )
            else:
                failure = TransferInterrupted(
                    f"Could not {what}: the connection to {self.target.where} broke off.",
                    outcome_unknown=outcome_unknown,
                )
        raise failure

    def open_channel(self) -> None:
        """Start the server's SFTP part."""
        with self.doing("start the file transfer part of the server"):
            channel = self.transport.open_session(timeout=self.target.timeout_s)
            channel.settimeout(self.target.timeout_s)
            channel.invoke_subsystem("sftp")
            self._client = wire.SftpClient(channel)

    def enter_directory(self) -> None:
        """Make sure that the target's directory is there, creating it when allowed."""
        if not self.directory:
            return
        kind = self._kind_of(self.directory)
        if kind == "missing" and self.target.allow_create_directory:
            self._create_directories()
            kind = self._kind_of(self.directory)
        if kind != "directory":
            reason: RefusalReason = "missing" if kind == "missing" else "not-a-directory"
            what = "does not exist" if kind == "missing" else "is not a directory"
            raise RemoteRefused(f"{self.directory} on {self.target.where} {what}.", reason=reason)

    def _kind_of(self, path: str) -> str:
        try:
            with self.doing(f"look at {path}"):
                mode = self.client.stat(path).st_mode
        except RemoteRefused as error:
            if error.reason == "missing":
                return "missing"
            raise
        return "directory" if mode is None or stat_bits.S_ISDIR(mode) else "file"

    def _create_directories(self) -> None:
        made = "/" if self.directory.startswith("/") else ""
        for part in self.directory.strip("/").split("/"):
            made = f"{made}{part}"
            if self._kind_of(made) == "missing":
                with self.doing(f"create the directory {made}"):
                    self.client.mkdir(made)
            made += "/"

    def close(self) -> None:
        """End the connection; never waits for the server and never raises."""
        if self._watchdog is not None:
            self._watchdog.cancel()
        self.transport.close()

    def _expire(self) -> None:
        self._expired = True
        self.transport.close()


def refused(what: str, error: wire.StatusError) -> RemoteRefused:
    """The server's no, in our terms."""
    words = error.text.lower()
    reasons: dict[int, RefusalReason] = {
        wire.NO_SUCH_FILE: "missing",
        wire.PERMISSION_DENIED: "permission",
        wire.OP_UNSUPPORTED: "unsupported",
        wire.FILE_ALREADY_EXISTS: "exists",
        wire.NO_SPACE: "no-space",
        wire.QUOTA: "no-space",
    }
    reason = reasons.get(error.code, "failure")
    if reason == "failure" and ("no space" in words or "quota" in words or "disk full" in words):
        reason = "no-space"
    return RemoteRefused(f"Could not {what}: the server says “{error.text[:200]}”.", reason=reason)


class NoCommonAlgorithm(ConnectFailed):
    """Both sides speak SSH but share no algorithm, for example no host key of the type asked for."""

    transient = False


def open_transport(
    target: SftpTarget, resolved: ResolvedAddress, key_types: tuple[str, ...] = _KEY_TYPES
) -> tuple[paramiko.Transport, HostKey]:
    """Connect and exchange keys, accepting only host keys of ``key_types``. Nothing of ours is sent.

    Raises ConnectFailed, or NoCommonAlgorithm when the server has no key of these types.
    """
    raw = connect_socket(resolved, timeout_s=target.timeout_s)
    make = wire.LegacyTransport if target.legacy_rsa else paramiko.Transport
    kind: type[ConnectFailed] = ConnectFailed
    problem = ""
    transport: paramiko.Transport | None = None
    try:
        transport = make(raw)
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = target.timeout_s
        transport.get_security_options().key_types = tuple(
            algorithm
            for key_type in key_types
            for algorithm in host_key_algorithms(key_type, legacy_rsa=target.legacy_rsa)
        )
        transport.start_client(timeout=target.timeout_s)
        key = transport.get_remote_server_key()
        return transport, HostKey(type=key.get_name(), fingerprint=fingerprint_of(key.asbytes()))
    except paramiko.ssh_exception.IncompatiblePeer:
        kind, problem = NoCommonAlgorithm, "the server and we have no common algorithm or host key type"
    except LOST:
        problem = "it did not complete the SSH handshake"
    if transport is not None:
        transport.close()
    raw.close()
    raise kind(
        f"No SSH connection to {target.where}: {problem}.",
        advice="Check that host and port are those of an SFTP server; the delivery is tried again by itself.",
    )


def open_pinned(target: SftpTarget, resolved: ResolvedAddress) -> tuple[paramiko.Transport, HostKey]:
    """Connect to the server that has the pinned key, or raise HostKeyMismatch with nothing sent.

    A bare fingerprint does not say of which type the key is, and a server shows one key per connection: the
    other types are then asked for in turn before we speak of a mismatch.
    """
    pin = host_key_pin(target.host_key)
    attempts = [_KEY_TYPES] if pin.type is None else [(pin.type,)]
    seen: list[HostKey] = []
    while attempts:
        try:
            transport, presented = open_transport(target, resolved, attempts.pop(0))
        except NoCommonAlgorithm:
            # No key of the asked type. To name what the server does show, ask without restriction.
            if not seen and pin.type is not None:
                seen.append(probe_resolved(target, resolved))
            elif not seen:
                raise
            continue
        if pin.matches(presented):
            return transport, presented
        transport.close()
        if not seen and pin.type is None:
            attempts = [(key_type,) for key_type in _KEY_TYPES if key_type != presented.type]
        seen.append(presented)
    raise _mismatch(target, pin, seen[0])


def _mismatch(target: SftpTarget, pin: HostKeyPin, presented: HostKey) -> HostKeyMismatch:
    expected = f"{pin.type} {pin.fingerprint}" if pin.type else pin.fingerprint
    return HostKeyMismatch(
        f"{target.where} shows the host key {presented.pin}, but {expected} is pinned. "
        "Nothing was sent, not even the user name.",
        expected=expected,
        presented=presented.pin,
    )


def probe_resolved(target: SftpTarget, resolved: ResolvedAddress) -> HostKey:
    """The host key that the server shows by preference."""
    transport, presented = open_transport(target, resolved)
    transport.close()
    return presented


def probe_host_key(target: SftpTarget, policy: AddressPolicy, *, resolver: Resolver = system_resolver) -> HostKey:
    """Ask a server for its host key, for a person to confirm. Sends neither user name nor credentials."""
    resolved = resolve(target.host, target.port, policy=policy, resolver=resolver)
    return probe_resolved(target, resolved)


@contextmanager
def sftp_session(
    target: SftpTarget,
    policy: AddressPolicy,
    *,
    total_timeout_s: float | None = None,
    resolver: Resolver = system_resolver,
) -> Iterator[SftpSession]:
    """A session in the target's directory, closed at the end.

    ``total_timeout_s`` counts from here: when it is over the connection is cut, whatever is under way, so
    that no effect outlives its owner's lease.

    Raises AddressRefused, ConnectFailed, HostKeyUnknown, HostKeyMismatch, AuthenticationRefused,
    RemoteRefused (directory), Timeout, TransferInterrupted.
    """
    started = time.monotonic()
    host_key_pin(target.host_key)
    resolved = resolve(target.host, target.port, policy=policy, resolver=resolver)
    transport, _key = open_pinned(target, resolved)
    taken = sign_in(target, transport)
    left = None if total_timeout_s is None else max(0.001, total_timeout_s - (time.monotonic() - started))
    session = SftpSession(
        target,
        transport,
        total_timeout_s=left,
        reopen=lambda rest: sftp_session(target, policy, total_timeout_s=rest, resolver=resolver),
    )
    session.signed_in_with = taken
    try:
        session.open_channel()
        session.enter_directory()
        yield session
    finally:
        session.close()
