"""
Where requests of rules may go: what an address may look like, and which computers it may lead to.

A rules file is read by people with less power than this process has inside its network, and names change what they
stand for. So an address is looked at when it is read, and again, by number, when the connection is made.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from spanmill_store.errors import SpanmillError
from spanmill_store.settings import environment_name

Address = IPv4Address | IPv6Address

SETTING: Final = environment_name("webhooks_allow_private")
MAX_CHARS: Final = 2000

_NEVER: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata of most clouds
        "100.100.100.200/32",  # metadata: Alibaba
        "168.63.129.16/32",  # the host of Azure's machines, which looks public
        "192.0.0.192/32",  # metadata: Oracle
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "fd00:ec2::/32",  # metadata: Amazon
        "fd20:ce::254/128",  # metadata: Google
        "ff00::/8",
    )
)
"""Where nobody's webhook is, whatever is allowed."""

_PRIVATE: Final = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "::1/128",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "64:ff9b:1::/48",
        "fc00::/7",
    )
)
"""What is not of the public Internet, by the registries of special addresses (RFC 6890 and its updates)."""

_WITH_IPV4: Final[tuple[tuple[IPv6Network, int], ...]] = (
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)
"""Networks of IPv6 whose addresses stand for one of IPv4, and by how many bits that is shifted."""


class RefusedAddress(SpanmillError):
    """Nothing is sent to this address."""


def checked(url: str, *, allow_private: bool) -> SplitResult:
    """
    Return the parts of *url*, if a request may be sent there as far as can be told without asking for its name.

    Raises:
        RefusedAddress: It may not; the message does not show the path, which may be secret.
    """
    if len(url) > MAX_CHARS or not url.isascii() or any(character <= " " or character == "\\" for character in url):
        raise RefusedAddress(f"the address is no URL: write up to {MAX_CHARS} printable characters of ASCII")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise RefusedAddress(f"the address is no URL: {error}") from error
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not allow_private):
        hint = f"; http is for private networks, and needs {SETTING}=true" if parts.scheme == "http" else ""
        raise RefusedAddress(f"the address begins with {parts.scheme[:20]!r}: write https://{hint}")
    if not host or port == 0:
        raise RefusedAddress("the address names no host: write https://host/path")
    if parts.username is not None or parts.password is not None:
        raise RefusedAddress("the address holds a user or password: put what is secret into the path or a variable")
    if (literal := literal_of(host)) is not None:
        require_allowed(literal, host, allow_private=allow_private, is_plain=parts.scheme == "http")
    elif _is_local_name(host) and not allow_private:
        raise RefusedAddress(f"host {host!r} is a private one: use a public one, or set {SETTING}=true")
    return parts


def literal_of(host: str) -> Address | None:
    """Return the address that *host* is, in any spelling that the system takes, such as ``127.1``; else None."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def require_allowed(address: Address, host: str, *, allow_private: bool, is_plain: bool) -> None:
    """
    Let *address*, which *host* stands for, pass if a connection to it may be made; *is_plain*: without encryption.

    Raises:
        RefusedAddress: It may not.
    """
    shown = host if host == str(address) else f"{host} ({address})"
    inner = _plainest(address)
    if any(inner in network for network in _NEVER):
        raise RefusedAddress(f"{shown} is no host of a webhook: it is a link-local, metadata or multicast address")
    is_private = any(inner in network for network in _PRIVATE) or not inner.is_global
    if is_private and not allow_private:
        raise RefusedAddress(f"{shown} is a private address: use a public one, or set {SETTING}=true")
    if is_plain and not is_private:
        raise RefusedAddress(f"{shown} is public: nothing is sent there without encryption, use https://")


def _plainest(address: Address) -> Address:
    """The address of IPv4 that *address* stands for, if it does."""
    if isinstance(address, IPv6Address) and int(address) > 1:
        for network, shift in _WITH_IPV4:
            if address in network:
                return IPv4Address(int(address) >> shift & 0xFFFFFFFF)
    return address


def _is_local_name(host: str) -> bool:
    name = host.rstrip(".").lower()
    return "." not in name or name.endswith((".localhost", ".local", ".internal", ".home.arpa"))
