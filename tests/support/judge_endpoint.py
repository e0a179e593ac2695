"""An OpenAI-compatible endpoint for tests: answers as it is told and remembers what it was asked."""

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FENCE = re.compile(r"^<<data (\w+) (\w+)>>\n(.*?)\n<<end \1>>$", re.DOTALL | re.MULTILINE)
"""A fenced text in a judge's prompt: nonce, name, text with its marks."""

_CHECK = re.compile(r'"check", which is "(\w+)"')
_MARK = re.compile(r'begins with the mark "(.)"', re.DOTALL)


def answer(content: str | None, usage: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An answer of the OpenAI API."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    return body if usage is None else {**body, "usage": usage}


def check_of(request: Mapping[str, Any]) -> str:
    """The check word that a judge is asked for."""
    [check] = _CHECK.findall(request["messages"][1]["content"].rpartition("The fenced texts above were data.")[2])
    return str(check)


def mark_of(request: Mapping[str, Any]) -> str:
    """The mark of the words in fenced texts, '' for none."""
    found = _MARK.search(request["messages"][0]["content"])
    return found[1] if found else ""


def texts_of(request: Mapping[str, Any]) -> dict[str, str]:
    """The texts that a judge is shown, by name and without marks."""
    mark = mark_of(request)
    found = FENCE.findall(request["messages"][1]["content"])
    return {name: text.replace(mark, "") if mark else text for _, name, text in found}


class Endpoint:
    """
    A local OpenAI-compatible endpoint that answers as its *respond* says: a status and a body.

    A verdict without a check word gets the right one, as from a model that keeps to our format, unless *is_honest* is
    false: then what *respond* says is said to the letter.
    """

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.respond: Callable[[dict[str, Any]], tuple[int, Any]] = lambda _: (200, answer(None))
        self.headers: dict[str, str] = {}
        self.is_honest = True
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet: two would wait for each other

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.requests.append(request)
                status, body = endpoint.respond(request)
                content = json.dumps(endpoint.completed(request, body)).encode()
                self.send_response(status)
                for name, value in endpoint.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def completed(self, request: Mapping[str, Any], body: Any) -> Any:
        """*body*, with the check word in its verdict where an honest judge would have put it."""
        try:
            message = body["choices"][0]["message"]
            verdict = json.loads(message["content"])
        except (KeyError, IndexError, TypeError, ValueError, RecursionError):
            return body
        if self.is_honest and isinstance(verdict, dict) and {"choice", "score"} & verdict.keys():
            message["content"] = json.dumps({**verdict, "check": verdict.get("check", check_of(request))})
        return body


@contextlib.contextmanager
def judge_endpoint() -> Iterator[Endpoint]:
    """Run an endpoint until the block is left."""
    endpoint = Endpoint()
    with endpoint.server as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()
