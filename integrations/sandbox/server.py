"""The HTTP side: a thread per connection, keep-alive, optional TLS, and connections that can be reset."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import sys
import time
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from integrations.sandbox.messages import Answer, Cut, Request, json_answer

MAX_BODY = 8 * 1024 * 1024
IDLE_SECONDS = 75.0
_LINGER_NONE = struct.pack("ii", 1, 0)

Handle = Callable[[Request], Answer]


class SandboxServer(ThreadingHTTPServer):
    """Serves one application on one port, in clear or with TLS."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], handle: Handle, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(address, Handler)
        self.handle_message = handle
        self.tls = tls
        self._aborted: set[int] = set()

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def finish_request(self, request: Any, client_address: Any) -> None:
        # The handshake happens here, in the connection's own thread: a silent client must not block others.
        connection = request
        if self.tls is not None:
            request.settimeout(IDLE_SECONDS)
            connection = self.tls.wrap_socket(request, server_side=True)
        try:
            super().finish_request(connection, client_address)
        finally:
            if connection is not request:
                self._close(connection)

    def abort(self, connection: socket.socket) -> None:
        """Make the coming close a reset instead of an orderly end."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
        self._aborted.add(id(connection))

    def shutdown_request(self, request: Any) -> None:
        self._close(request)

    def _close(self, connection: Any) -> None:
        if id(connection) in self._aborted:
            self._aborted.discard(id(connection))
            connection.close()
            return
        with contextlib.suppress(OSError):  # the other side may be faster
            connection.shutdown(socket.SHUT_WR)
        connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Turns bytes into a Request and an Answer into bytes."""

    server: SandboxServer
    protocol_version = "HTTP/1.1"
    server_version = "RotacastSandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    # Buffered, so that head and body leave in one write and need not wait for an acknowledgement between.
    wbufsize = 64 * 1024
    timeout = IDLE_SECONDS

    def _serve(self) -> None:
        try:
            request = self._request()
        except ValueError as error:
            self.close_connection = True
            self._send(json_answer(400, {"error": {"code": "BadRequest", "message": str(error)}}))
            return
        try:
            answer = self.server.handle_message(request)
        except Cut as cut:
            time.sleep(cut.seconds)
            self.close_connection = True
            self.server.abort(self.connection)
            return
        except Exception as error:
            # A mistake of the sandbox itself must look like one and not like a fault it was told to make.
            traceback.print_exc()
            answer = json_answer(500, {"error": {"code": "SandboxFailure", "message": repr(error)}})
        self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _request(self) -> Request:
        path, _, query = self.path.partition("?")
        host = self.headers.get("Host") or f"127.0.0.1:{self.server.port}"
        return Request(
            method=self.command,
            path=path,
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
            base=f"{self.server.scheme}://{host}",
        )

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            raise ValueError(f"the body must have 0 to {MAX_BODY} bytes")
        return self.rfile.read(length)

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while length := int(self.rfile.readline(64).split(b";")[0], 16):
            size += length
            if size > MAX_BODY:
                raise ValueError(f"the body must not exceed {MAX_BODY} bytes")
            parts.append(self.rfile.read(length))
            self.rfile.readline(8)
        while self.rfile.readline(1024).strip():
            pass  # trailers
        return b"".join(parts)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """The journal is the log."""
