"""A real HTTP server, over TLS if wanted, that can also misbehave below the level of HTTP.

`script` maps a path to a function that gets the connection and the request and writes whatever it likes.
"""

import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Script = Callable[[socket.socket, Request], None]


def plain(status: str, body: bytes = b"", **headers: str) -> Script:
    """An ordinary answer; header names with underscores for hyphens."""

    def answer(connection: socket.socket, _request: Request) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return answer


def reset(connection: socket.socket, _request: Request) -> None:
    """Cut the connection with a TCP reset, the request taken and unanswered."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.socket.shutdown(connection, socket.SHUT_RD)
    raise ConnectionResetError


class RawHttpServer:
    """Start with `start`, end with `stop`. `requests` holds what arrived, `connections` counts."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.script: dict[str, Script] = {}
        self.requests: list[Request] = []
        self.connections = 0
        self.names: list[str | None] = []
        self.released = threading.Event()
        self._context = context
        if context is not None:
            context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        owner = self

        class Handler(_Conversation):
            peer = owner

        class Server(socketserver.ThreadingTCPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A client that goes away is part of the tests."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> "RawHttpServer":
        self._thread.start()
        return self

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def wrap(self, connection: socket.socket) -> socket.socket:
        self.connections += 1
        return self._context.wrap_socket(connection, server_side=True) if self._context else connection


class _Conversation(socketserver.BaseRequestHandler):
    peer: RawHttpServer

    def handle(self) -> None:
        try:
            connection = self.peer.wrap(self.request)
            while self._one(connection):
                pass
        except (OSError, ssl.SSLError):
            pass
        finally:
            self.request.close()

    def _one(self, connection: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return False
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += connection.recv(65536)
        method, target, _version = first.split(" ")
        request = Request(method, target, headers, body)
        self.peer.requests.append(request)
        script = self.peer.script.get(target.partition("?")[0], plain("404 Not Found"))
        script(connection, request)
        return True
