"""Ports that are about to be bound: whether they are free, and who holds those that are not."""

import contextlib
import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spanmill_deploy.errors import PreflightError

_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Port:
    """A port that a part will listen on, and the setting that changes it."""

    host: str
    number: int
    setting: str


def free_port(host: str) -> int:
    """A port of *host* that nobody listens on at this moment."""
    with _bound(host, 0) as probe:
        number: int = probe.getsockname()[1]
        return number


def require_free(ports: Sequence[Port]) -> None:
    """
    Refuse ports that cannot be bound.

    Raises:
        PreflightError: Two settings name one port, somebody listens on it, or it may not be bound.
    """
    taken: dict[int, str] = {}
    for port in ports:
        if port.number in taken:
            message = f"{taken[port.number]} and {port.setting} are both {port.number}: give them different ports."
            raise PreflightError(message)
        taken[port.number] = port.setting
        try:
            _bound(port.host, port.number).close()
        except OSError as error:
            raise PreflightError(_refusal(port, error)) from error


def holder(number: int) -> str:
    """Who listens on TCP port *number*: ``process 17 (nginx)``, or ``another process`` where that cannot be seen."""
    inodes = _listening_inodes(number)
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if inodes and any(_socket_inode(link) in inodes for link in process.joinpath("fd").iterdir()):
                return f"process {process.name} ({process.joinpath('comm').read_text().strip()})"
    return "another process"


def _refusal(port: Port, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port.number} ({port.setting}) is in use by {holder(port.number)}: "
            f"stop that, or set {port.setting} to a free port, such as {free_port(port.host)}."
        )
    if error.errno == errno.EACCES:
        return f"Port {port.number} ({port.setting}) may not be bound by this user: choose one above 1023."
    return f"The address {port.host}, port {port.number}, cannot be bound ({error.strerror}): check SPANMILL_HOST."


def _bound(host: str, number: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host or None, number, type=socket.SOCK_STREAM)[0]
    probe = socket.socket(family, kind, protocol)
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: TIME_WAIT is no obstacle
        probe.bind(address)
        probe.listen(1)  # with SO_REUSEADDR some systems let two bind, never two listen
    except OSError:
        probe.close()
        raise
    return probe


def _listening_inodes(number: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for row in Path(table).read_text().splitlines()[1:]:
                fields = row.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == number:
                    found.add(f"socket:[{fields[9]}]")
    return found


def _socket_inode(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
