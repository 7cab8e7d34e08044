"""The connection test: the path of a real delivery, one reported step at a time."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from egress._sftp_client import write_pipelined
from egress._sftp_session import SftpSession, SftpTarget, open_pinned, probe_resolved
from egress._sftp_signin import sign_in
from egress._sftp_upload import remote_size
from egress.errors import EgressError, HostKeyMismatch, HostKeyUnknown, RemoteRefused
from egress.guard import AddressPolicy, ResolvedAddress, Resolver, resolve, system_resolver
from egress.sftp_keys import HostKey, host_key_pin
from egress.tcp import connect_socket

StepName = Literal["resolve", "connect", "host-key", "sign-in", "directory", "write", "rename", "remove"]
STEPS: tuple[StepName, ...] = (
    "resolve",
    "connect",
    "host-key",
    "sign-in",
    "directory",
    "write",
    "rename",
    "remove",
)
_CONTENT = b"Rotacast connection test; this file may be removed.\n"


@dataclass(frozen=True)
class StepResult:
    """One step of the test. ``host_key`` is what the server showed, on the host-key step only.

    ``signed_in_with``, on the sign-in step only: the fingerprint of the key that the server took, or "password".
    """

    name: StepName
    status: Literal["passed", "failed", "skipped"]
    detail: str
    advice: str = ""
    host_key: HostKey | None = None
    signed_in_with: str = ""


def sftp_check_steps(
    target: SftpTarget,
    policy: AddressPolicy,
    *,
    resolver: Resolver = system_resolver,
    token: str | None = None,
) -> Iterator[StepResult]:
    """Walk the delivery path, yielding each step as it ends; after a failure the rest is skipped.

    Leaves nothing behind on the server except, when a later step fails, a hidden file that could not be
    removed. ``token`` names the test file (random when None).
    """
    check = _Check(target, policy, resolver, token or secrets.token_hex(6))
    failed_at = ""
    try:
        for name in STEPS:
            if failed_at:
                yield StepResult(name, "skipped", f"Not tried, because “{failed_at}” failed.")
                continue
            try:
                yield check.run(name)
            except EgressError as error:
                failed_at = name
                yield StepResult(name, "failed", error.text, error.advice, check.shown_key)
    finally:
        check.close()


class _Check:
    """State carried from step to step."""

    def __init__(self, target: SftpTarget, policy: AddressPolicy, resolver: Resolver, token: str) -> None:
        self._target = target
        self._policy = policy
        self._resolver = resolver
        self._resolved: ResolvedAddress | None = None
        self._session: SftpSession | None = None
        self._part = f".rotacast-test.{token}.part"
        self._final = f".rotacast-test.{token}"
        self._on_server: str | None = None
        self.shown_key: HostKey | None = None

    def run(self, name: StepName) -> StepResult:
        steps: dict[StepName, Callable[[], StepResult]] = {
            "resolve": self._resolve,
            "connect": self._connect,
            "host-key": self._host_key,
            "sign-in": self._sign_in,
            "directory": self._directory,
            "write": self._write,
            "rename": self._rename,
            "remove": self._remove,
        }
        self.shown_key = None
        return steps[name]()

    def close(self) -> None:
        if self._session is None:
            return
        if self._on_server is not None and not self._session.broken:
            with suppress(EgressError), self._session.doing("remove the test file"):
                self._session.client.remove(self._session.path(self._on_server))
        self._session.close()

    def _resolve(self) -> StepResult:
        self._resolved = resolve(self._target.host, self._target.port, policy=self._policy, resolver=self._resolver)
        return StepResult("resolve", "passed", f"{self._target.host} is {', '.join(self._resolved.addresses)}.")

    def _connect(self) -> StepResult:
        connect_socket(self._known_address(), timeout_s=self._target.timeout_s).close()
        return StepResult("connect", "passed", f"{self._target.where} accepts connections.")

    def _host_key(self) -> StepResult:
        try:
            host_key_pin(self._target.host_key)
        except HostKeyUnknown as error:
            self.shown_key = probe_resolved(self._target, self._known_address())
            raise HostKeyUnknown(f"{error.text} The server shows {self.shown_key.pin}.") from None
        try:
            transport, shown = open_pinned(self._target, self._known_address())
        except HostKeyMismatch as error:
            key_type, _, fingerprint = error.presented.partition(" ")
            self.shown_key = HostKey(key_type, fingerprint)
            raise
        self._session = SftpSession(self._target, transport, total_timeout_s=None)
        return StepResult("host-key", "passed", f"The server has the pinned key {shown.pin}.", host_key=shown)

    def _sign_in(self) -> StepResult:
        session = self._open()
        taken = sign_in(self._target, session.transport)
        session.open_channel()
        how = "the password" if taken == "password" else f"the key {taken}"
        return StepResult(
            "sign-in", "passed", f"Signed in as {self._target.username} with {how}.", signed_in_with=taken
        )

    def _directory(self) -> StepResult:
        session = self._open()
        session.enter_directory()
        if not session.directory:
            with session.doing("ask where we are"):
                return StepResult("directory", "passed", f"Files go to {session.client.normalize('.')}.")
        return StepResult("directory", "passed", f"{session.directory} is there.")

    def _write(self) -> StepResult:
        session = self._open()
        with session.doing("write a test file"):
            self._on_server = self._part
            write_pipelined(session.client, session.path(self._part), iter((_CONTENT,)), check=session.check_deadline)
        size = remote_size(session, self._part)
        if size != len(_CONTENT):
            raise RemoteRefused(f"The test file has {size} bytes on the server instead of {len(_CONTENT)}.")
        return StepResult("write", "passed", f"Wrote {len(_CONTENT)} bytes.")

    def _rename(self) -> StepResult:
        session = self._open()
        old, new = session.path(self._part), session.path(self._final)
        for move, detail, advice in (
            (session.client.posix_rename, "The server replaces files in one step.", ""),
            (
                session.client.rename,
                "The server renames, but cannot replace a file in one step.",
                "Use a file name that is new each time, for example with date and time in it.",
            ),
        ):
            try:
                with session.doing("rename the test file"):
                    move(old, new)
            except RemoteRefused as error:
                if error.reason == "permission":
                    raise
                continue
            self._on_server = self._final
            return StepResult("rename", "passed", detail, advice)
        return StepResult(
            "rename",
            "passed",
            "The server cannot rename; files are written under their own name, followed by a .done marker.",
            "Have the reading system wait for the .done marker.",
        )

    def _remove(self) -> StepResult:
        session = self._open()
        if self._on_server is not None:
            with session.doing("remove the test file"):
                session.client.remove(session.path(self._on_server))
            self._on_server = None
        return StepResult("remove", "passed", "The test file is removed again.")

    def _known_address(self) -> ResolvedAddress:
        assert self._resolved is not None
        return self._resolved

    def _open(self) -> SftpSession:
        assert self._session is not None
        return self._session
