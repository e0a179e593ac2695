"""Sessions that outlive a request: one engine connection per ``session_id``, used by one request at a time."""

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from spanmill_store.embedded.engine import Connection, Engine, engine_errors, prepare
from spanmill_store.embedded.errors import ClickHouseError
from spanmill_store.embedded.request import SessionRequest
from spanmill_store.quoting import identifier, quoted


@dataclass(slots=True)
class Session:
    """A kept connection; settings of a request last only as long as the request."""

    connection: Connection
    is_busy: bool = True
    expiry: asyncio.TimerHandle | None = None
    restored_by: str = field(default="")

    def prepare(self, database: str, settings: Mapping[str, str]) -> None:
        """Apply a request's *settings* and note how to undo them; query parameters need no undoing."""
        plain = {name: value for name, value in settings.items() if not name.startswith("param_")}
        plain.pop("readonly", None)  # readonly could not be taken back; the caller checks statements instead
        self.restored_by = _undo(self.connection, plain)
        parameters = {name: value for name, value in settings.items() if name.startswith("param_")}
        prepare(self.connection, database, plain | parameters)

    def restore(self) -> None:
        """Undo what `prepare` did."""
        if self.restored_by:
            with engine_errors():
                self.connection.query(self.restored_by, "Null")
            self.restored_by = ""


class Hold:
    """A session while one request uses it."""

    def __init__(self, sessions: "Sessions", request: SessionRequest, session: Session) -> None:
        self.session = session
        self._sessions = sessions
        self._request = request
        self._is_released = False

    def release(self) -> None:
        """
        Give the session back, once.

        It must happen before the client sees the end of its answer, or its next request finds the session locked.
        """
        if self._is_released:
            return
        self._is_released = True
        with contextlib.suppress(ClickHouseError):
            self.session.restore()
        self._sessions.give_back(self._request)


class Sessions:
    """All kept sessions; used from the event loop only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions: dict[str, Session] = {}

    @contextlib.contextmanager
    def held(self, request: SessionRequest) -> Iterator[Hold]:
        """
        Take the session, or open it, until it is released or the block is left.

        Raises:
            ClickHouseError: Another request is using it, or it must exist and does not.
        """
        hold = Hold(self, request, self._acquire(request))
        try:
            yield hold
        finally:
            hold.release()

    def _acquire(self, request: SessionRequest) -> Session:
        session = self._sessions.get(request.session_id)
        if session is None:
            if request.must_exist:
                raise ClickHouseError(372, "SESSION_NOT_FOUND", "Session not found", status=404)
            session = self._sessions[request.session_id] = Session(self._engine.connect())
            return session
        if session.is_busy:
            message = f"Session {request.session_id} is locked by a concurrent client"
            raise ClickHouseError(373, "SESSION_IS_LOCKED", message)
        session.is_busy = True
        if session.expiry is not None:
            session.expiry.cancel()
        return session

    def give_back(self, request: SessionRequest) -> None:
        """Let the next request have the session, for at most its timeout."""
        session = self._sessions[request.session_id]
        session.is_busy = False
        session.expiry = asyncio.get_running_loop().call_later(request.timeout_s, self._expire, request.session_id)

    def close(self) -> None:
        """End all sessions that are not in use."""
        for session_id, session in list(self._sessions.items()):
            if not session.is_busy:
                self._expire(session_id)

    def _expire(self, session_id: str) -> None:
        session = self._sessions.pop(session_id)
        if session.expiry is not None:
            session.expiry.cancel()
        session.connection.close()


def _undo(connection: Connection, settings: Mapping[str, str]) -> str:
    if not settings:
        return ""
    names = ", ".join(quoted(name) for name in settings)
    statement = f"SELECT name, value, changed FROM system.settings WHERE name IN ({names})"  # noqa: S608 - quoted
    with engine_errors():
        lines = connection.query(statement, "JSONCompactEachRow").bytes().splitlines()
    rows = [json.loads(line) for line in lines]
    values = [f"{identifier(name)} = {quoted(value) if changed else 'DEFAULT'}" for name, value, changed in rows]
    return "SET " + ", ".join(values) if values else ""
