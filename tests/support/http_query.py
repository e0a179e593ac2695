"""A plain HTTP client for ClickHouse's interface: what curl sends, without curl."""

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


Ask = Callable[..., Reply]
"""``ask(body, method=…, headers=…, **parameters)``."""


def ask_on(port: int) -> Ask:
    """A function that sends one request to *port* and reads the answer."""

    def ask(
        body: bytes | str = b"", method: str = "POST", headers: Mapping[str, str] | None = None, **parameters: object
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, "/?" + urlencode(parameters), body, dict(headers or {}))
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    return ask
