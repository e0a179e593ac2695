"""
Sending a request to an address out of a rule, to a computer that was checked.

The name is asked for once, every answer is checked, and the connection is made to an answer and not to the name:
whoever changes what the name stands for in between changes nothing. The certificate is still held against the name.
Redirects are not followed, proxies of the environment not used, and an answer may neither be long nor take long.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

import httpcore2
from httpcore2 import SOCKET_OPTION, NetworkBackend, NetworkStream, SyncBackend

from spanmill_scoring.routes.addresses import checked, require_allowed

TIMEOUT_S: Final = 10.0
"""A request takes so long, from the connection to the last byte of the answer."""

MAX_ANSWER_BYTES: Final = 65_536
"""Of an answer with its headers, and of TLS below it a little more."""

SHOWN_CHARS: Final = 200

Resolve = Callable[[str, int], Sequence[str]]


class NotSent(Exception):
    """The request was not answered; the message says why."""


class _TooMuch(Exception):
    """An answer is too long, or takes too long."""


_PROBLEMS: Final = (
    *(httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError),
    *(OSError, UnicodeError, _TooMuch),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What came back.

    Attributes:
        text: The beginning of the body.
        retry_after_s: What the server asks for, or None.
    """

    status: int
    text: str
    retry_after_s: float | None


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses that *host* stands for now."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


@dataclass(frozen=True, slots=True)
class Transport:
    """
    Posts.

    Attributes:
        allow_private: Whether private addresses may be reached, there also without encryption.
        resolve: Asks for a name.
        tls: Whom to trust; None: whom the system trusts.
    """

    allow_private: bool = False
    resolve: Resolve = resolve
    tls: ssl.SSLContext | None = None
    timeout_s: float = TIMEOUT_S

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """
        Send *body* and return the answer, whatever its status.

        Raises:
            RefusedAddress: Nothing is sent there.
            NotSent: Nobody answered, or not in time, or too much.
        """
        parts = checked(url, allow_private=self.allow_private)
        deadline = time.monotonic() + self.timeout_s
        backend = _Guarded(self, parts.scheme == "http", deadline)
        sent: list[tuple[bytes | str, bytes | str]] = [*headers.items()]
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self.timeout_s)
        try:
            with (
                httpcore2.ConnectionPool(ssl_context=self.tls, network_backend=backend, max_connections=1) as pool,
                pool.stream("POST", url, headers=sent, content=body, extensions={"timeout": timeouts}) as got,
            ):
                return Answer(got.status, _beginning(got), _retry_after(got.headers))
        except _PROBLEMS as error:
            raise NotSent(_shown(str(error)) or type(error).__name__) from error


class _Guarded(NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, transport: Transport, is_plain: bool, deadline: float) -> None:
        self._transport = transport
        self._is_plain = is_plain
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        addresses = self._checked(host, port)
        problem: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            left = max(0.1, self._deadline - time.monotonic())
            try:
                stream = SyncBackend().connect_tcp(
                    address, port, min(left, timeout or left), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
            else:
                return _Bounded(stream, self._deadline, [MAX_ANSWER_BYTES])
        raise problem

    def _checked(self, host: str, port: int) -> Sequence[str]:
        addresses = self._transport.resolve(host, port)
        for address in addresses:
            allowed = self._transport.allow_private
            require_allowed(ip_address(address.partition("%")[0]), host, allow_private=allowed, is_plain=self._is_plain)
        return addresses


class _Bounded(NetworkStream):
    """A connection that gives so many bytes until a time, and no more; *left* is shared with the TLS above it."""

    def __init__(self, inner: NetworkStream, deadline: float, left: list[int]) -> None:
        self._inner = inner
        self._deadline = deadline
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._left[0] <= 0:
            raise _TooMuch(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
        data = self._inner.read(min(max_bytes, self._left[0]), self._in_time(timeout))
        self._left[0] -= len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._in_time(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._in_time(timeout))
        return _Bounded(inner, self._deadline, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _in_time(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _TooMuch("the answer takes too long")
        return left if timeout is None else min(left, timeout)


def _beginning(response: httpcore2.Response) -> str:
    """The first bytes of the body; the rest is not waited for."""
    data = b""
    with contextlib.suppress(*_PROBLEMS):  # The status is all that counts, and it is there.
        for chunk in response.iter_stream():
            data += chunk
            if len(data) >= SHOWN_CHARS:
                break
    return _shown(data[: 4 * SHOWN_CHARS].decode("utf-8", "replace"))


def _shown(text: str) -> str:
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= SHOWN_CHARS else line[: SHOWN_CHARS - 1] + "…"


def _retry_after(headers: Sequence[tuple[bytes, bytes]]) -> float | None:
    value = next((value for name, value in headers if name.lower() == b"retry-after"), b"").strip()
    return float(value) if value.isdigit() and len(value) < 7 else None
