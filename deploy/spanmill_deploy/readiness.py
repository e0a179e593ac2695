"""
Probes: whether a part does its work, asked from outside as its users would ask.

Each may block for `TIMEOUT_S` and answers False for whatever goes wrong: the part is not there yet.
"""

import http.client
import socket
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import redis
from rq import Worker

from spanmill_deploy import sessions

TIMEOUT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class AnswersHttp:
    """A GET of *url* gives 200."""

    url: str
    timeout_s: float = TIMEOUT_S

    def __call__(self, pid: int = 0) -> bool:  # noqa: ARG002 - the address tells, not the process
        """Ask once."""
        connection = self._connection()
        try:
            connection.request("GET", urlsplit(self.url).path or "/")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme != "https":
            return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self.timeout_s)
        # The question is whether it answers, not who it is; its certificate may well be for another name.
        context = ssl._create_unverified_context()  # noqa: S323, SLF001 - nothing secret is sent or believed
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=self.timeout_s, context=context)


@dataclass(frozen=True, slots=True)
class AnswersTcp:
    """Somebody takes connections at *host* and *port*."""

    host: str
    port: int
    timeout_s: float = TIMEOUT_S

    def __call__(self, pid: int = 0) -> bool:  # noqa: ARG002 - the address tells, not the process
        """Ask once."""
        try:
            socket.create_connection((self.host, self.port), timeout=self.timeout_s).close()
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class AnswersPing:
    """The Redis or Valkey server at *url* answers PING."""

    url: str
    timeout_s: float = TIMEOUT_S

    def __call__(self, pid: int = 0) -> bool:  # noqa: ARG002 - the address tells, not the process
        """Ask once."""
        with _connect(self.url, self.timeout_s) as connection:
            try:
                return bool(connection.ping())
            except (OSError, redis.RedisError):
                return False


@dataclass(frozen=True, slots=True)
class IsRegisteredWorker:
    """The process, or one that it started, is registered as an RQ worker in the Redis at *url*."""

    url: str

    def __call__(self, pid: int) -> bool:
        """Ask once."""
        with _connect(self.url, TIMEOUT_S) as connection:
            try:
                registered = {worker.pid for worker in Worker.all(connection=connection)}
            except (OSError, redis.RedisError):
                return False
        return bool(registered & set(sessions.members(pid)))


def ping_url(url: str) -> str:
    """The address at which the ClickHouse server of *url* says whether it is there."""
    return urlsplit(url)._replace(path="/ping", query="", fragment="").geturl()


def reachable_host(host: str) -> str:
    """An address at which a server bound to *host* can be asked from this machine, in the form that URLs want."""
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]" if ":" in host else host


def _connect(url: str, timeout_s: float) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=None)
