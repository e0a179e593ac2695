import socket
import ssl
import time
from collections.abc import Sequence

import pytest
import trustme

from spanmill_scoring.routes.addresses import RefusedAddress
from spanmill_scoring.routes.transport import MAX_ANSWER_BYTES, NotSent, Transport, resolve
from support.receiver import Receiver, Reply, receiver

HEADERS = {"x-test": "1"}


class Names:
    """A resolver whose answers change from one question to the next; the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def resolve(self, *_: object) -> Sequence[str]:
        """Answer, whatever the name."""
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def test_a_request_arrives(hook: Receiver) -> None:
    """With its headers and body, and the answer comes back."""
    hook.respond = lambda _: Reply(503, (("Retry-After", "7"),), b"later,\x1b[31m please")
    answer = Transport(allow_private=True).post(hook.url, HEADERS, b"body")
    assert (answer.status, answer.retry_after_s, answer.text) == (503, 7.0, "later, [31m please")
    [request] = hook.requests
    assert (request.path, request.body, request.headers["x-test"]) == ("/hook", b"body", "1")


class TestPrivateAddresses:
    """A name that leads inside leads nowhere."""

    def test_a_name_that_means_a_private_address_is_refused(self, hook: Receiver) -> None:
        """When the connection would be made, however harmless the name."""
        names = Names(["127.0.0.1"])
        with pytest.raises(RefusedAddress, match=r"hooks.example.com \(127.0.0.1\) is a private address"):
            Transport(resolve=names.resolve).post(f"https://hooks.example.com:{hook.port}/", HEADERS, b"")
        assert hook.requests == []

    def test_one_bad_answer_of_several_suffices(self) -> None:
        """The good one is not tried either."""
        for answers in (["93.184.215.14", "10.0.0.1"], ["93.184.215.14", "::1"], ["fe80::1%eth0"]):
            with pytest.raises(RefusedAddress):
                Transport(resolve=Names(answers).resolve).post("https://hooks.example.com/", HEADERS, b"")

    def test_a_name_that_changes_its_meaning_gains_nothing(
        self, hook: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """DNS rebinding: public when it is checked, private then. It is asked for once, and the answer counts."""
        names = Names(["93.184.215.14"], ["127.0.0.1"])
        reached: list[object] = []

        def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
            reached.append(address[0])
            raise ConnectionRefusedError("nobody there")

        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(NotSent, match="nobody there"):
            Transport(resolve=names.resolve).post(f"https://hooks.example.com:{hook.port}/", HEADERS, b"")
        assert (reached, names.asked, hook.requests) == (["93.184.215.14"], 1, [])
        with pytest.raises(RefusedAddress):
            Transport(resolve=names.resolve).post(f"https://hooks.example.com:{hook.port}/", HEADERS, b"")
        assert (reached, names.asked) == (["93.184.215.14"], 2)

    def test_the_system_resolver_is_checked(self) -> None:
        """What it says of a name on this machine is refused like what a test says."""
        with pytest.raises(RefusedAddress, match=r"\((127.0.0.1|::1)\) is a private address"):
            Transport(resolve=lambda _, port: resolve("localhost", port)).post("https://a.example/", HEADERS, b"")


def test_redirects_are_not_followed(hook: Receiver) -> None:
    """The answer is the redirect."""
    hook.respond = lambda _: Reply(307, (("Location", hook.url + "/elsewhere"),))
    assert Transport(allow_private=True).post(hook.url, HEADERS, b"").status == 307
    assert len(hook.requests) == 1


def test_proxies_of_the_environment_are_not_used(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would ask for the name themselves."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert Transport(allow_private=True).post(hook.url, HEADERS, b"").status == 204


class TestBounds:
    """A receiver cannot hold the deliverer up, nor fill it."""

    def test_a_slow_answer_ends_the_attempt(self, hook: Receiver) -> None:
        """Although a byte comes now and then; here in the headers."""
        hook.respond = lambda _: Reply(200, (("X-Slow", "y"),), b"x" * 1000, drips_s=0.05)
        begun = time.monotonic()
        assert Transport(allow_private=True, timeout_s=0.5).post(hook.url, HEADERS, b"").status == 200
        assert time.monotonic() - begun < 2

    def test_silence_ends_the_attempt(self) -> None:
        """Whoever takes the connection and says nothing has failed."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            with pytest.raises(NotSent):
                Transport(allow_private=True, timeout_s=0.3).post(url, HEADERS, b"")

    def test_endless_headers_end_the_attempt(self, hook: Receiver) -> None:
        """They are cut off at a number of bytes."""
        hook.respond = lambda _: Reply(200, tuple((f"X-{n}", "y" * 1000) for n in range(90)))
        with pytest.raises(NotSent, match=f"longer than {MAX_ANSWER_BYTES}"):
            Transport(allow_private=True).post(hook.url, HEADERS, b"")

    def test_a_long_body_is_not_read(self, hook: Receiver) -> None:
        """The status is what counts."""
        hook.respond = lambda _: Reply(200, (), b"z" * 50_000_000)
        answer = Transport(allow_private=True).post(hook.url, HEADERS, b"")
        assert (answer.status, len(answer.text)) == (200, 200)


class TestEncryption:
    """The certificate is held against the name, although the connection goes to a number."""

    @pytest.fixture
    def authority(self) -> trustme.CA:
        """Who is trusted."""
        return trustme.CA()

    def post(self, authority: trustme.CA, certified: str, asked: str) -> int:
        """Post to a host that is called *asked* and certified as *certified*."""
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(certified).configure_cert(server)
        client = ssl.create_default_context()
        authority.configure_trust(client)
        transport = Transport(allow_private=True, resolve=Names(["127.0.0.1"]).resolve, tls=client)
        with receiver(server) as hook:
            status = transport.post(f"https://{asked}:{hook.port}/", HEADERS, b"x").status
            assert hook.requests[0].headers["host"] == f"{asked}:{hook.port}"
            return status

    def test_the_right_name_passes(self, authority: trustme.CA) -> None:
        """And the receiver is told it."""
        assert self.post(authority, "hooks.example.com", "hooks.example.com") == 204

    def test_another_name_does_not(self, authority: trustme.CA) -> None:
        """Nothing is sent."""
        with pytest.raises(NotSent, match="certificate"):
            self.post(authority, "other.example.com", "hooks.example.com")
