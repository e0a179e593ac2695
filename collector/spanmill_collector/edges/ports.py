"""TCP ports: bound early, with a sentence when that fails."""

import os
import socket

from spanmill_collector.errors import CollectorError


def target(host: str, port: int) -> str:
    """Write host and port as one address; IPv6 addresses need brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bind(host: str, port: int, setting: str, *, shared: bool = False) -> socket.socket:
    """
    Bind and listen on the TCP port that *setting* names, together with others that want it *shared*.

    Raises:
        CollectorError: The port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024, reuse_port=shared)
    except OSError as error:
        raise CollectorError(
            f"Cannot listen on {target(host, port)} ({_cause(error)}): stop what uses it, or set {setting}."
        ) from error


def _cause(error: OSError) -> str:
    # Python appends what it tried to the system's message, which our sentence says already.
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
