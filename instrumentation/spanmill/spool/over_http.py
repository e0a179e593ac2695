"""Encoded requests over HTTP."""

import gzip
import time
import zlib

import requests

from spanmill.spool.connection import Connection
from spanmill.spool.verdicts import Verdict, of_status


class HttpWire:
    """Posts requests, over one connection that is kept."""

    def __init__(self, connection: Connection, session: requests.Session) -> None:
        self._connection = connection
        self._session = session
        self.said = ""

    def send(self, data: bytes) -> Verdict:
        """Post *data*."""
        try:
            answer = self._posted(_compressed(data, self._connection.compression))
        except (requests.RequestException, OSError) as error:  # a certificate that is not there is an OSError
            self.said = f"{type(error).__name__}: {error}"
            return Verdict.AWAY
        self.said = f"{answer.status_code} {answer.reason}"
        return of_status(answer.status_code)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _posted(self, body: bytes) -> requests.Response:
        ends_s = time.monotonic() + self._connection.timeout_s
        try:
            return self._post(body, self._connection.timeout_s)
        except requests.ConnectionError:  # often only the connection that was kept, which the collector has closed
            left_s = ends_s - time.monotonic()
            if left_s <= 0:
                raise
            return self._post(body, left_s)

    def _post(self, body: bytes, timeout_s: float) -> requests.Response:
        to = self._connection
        own = (to.client_certificate, to.client_key) if to.client_key else to.client_certificate
        headers = {"content-type": "application/x-protobuf", **to.headers}
        if to.compression in {"gzip", "deflate"}:
            headers.setdefault("content-encoding", to.compression)
        verify = to.certificate or True
        return self._session.post(
            to.endpoint, data=body, headers=headers, timeout=timeout_s, verify=verify, cert=own or None
        )


def open_wire(connection: Connection) -> HttpWire:
    """Return a wire with a session of its own."""
    return HttpWire(connection, connection.provided() or requests.Session())


def _compressed(data: bytes, compression: str) -> bytes:
    match compression:
        case "gzip":
            return gzip.compress(data)
        case "deflate":
            return zlib.compress(data)
        case _:
            return data
