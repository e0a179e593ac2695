"""Keys at the door: who may send, for which project, and what a key that anybody may see permits."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # stubs without a py.typed marker

from spanmill_collector.access.caller import ANYBODY, Caller
from spanmill_collector.access.gate import Gate
from spanmill_collector.access.keyring import FILE, Keyring
from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.options import Options
from spanmill_store.errors import StoreUnavailable
from spanmill_store.keys import Scope, UsableKey, hashed
from support.collectors import RunningCollector, running_collector
from support.otlp import logs_request, trace_request
from support.processes import free_port, wait_until
from support.sinks import MemorySink

KEY = "sm_0123456789ab_a-secret"
EVALUATION = "gen_ai.evaluation.result"


def usable(key: str = KEY, *scopes: Scope, project: str = "acme") -> UsableKey:
    """What the store says of *key*."""
    return UsableKey(key.split("_")[1], project, scopes or ("ingest",), hashed(key))


class Store:
    """Says which keys there are, or nothing."""

    def __init__(self, *keys: UsableKey) -> None:
        self.keys: list[UsableKey] | None = list(keys)

    def read(self) -> list[UsableKey]:
        """The keys."""
        if self.keys is None:
            message = "No ClickHouse answers."
            raise StoreUnavailable(message)
        return self.keys


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a keyring keeps its file."""
    return tmp_path


def gate_with(folder: Path, *keys: UsableKey, requires_key: bool = True) -> Gate:
    """A gate that knows *keys*."""
    keyring = Keyring(folder, Store(*keys).read)
    keyring.refresh()
    return Gate(keyring, requires_key=requires_key)


class TestGate:
    """Who sends, and may they?"""

    @pytest.mark.parametrize(
        ("authorization", "api_key"),
        [(f"Bearer {KEY}", None), (f"bearer  {KEY} ", None), (None, KEY), (f"Bearer {KEY}", "another")],
    )
    def test_the_project_comes_from_the_key(self, folder: Path, authorization: str | None, api_key: str | None) -> None:
        """In either header."""
        assert gate_with(folder, usable()).admit(authorization, api_key) == Caller("acme", "0123456789ab")

    @pytest.mark.parametrize(
        "authorization",
        [
            "Bearer " + KEY + "x",
            "Bearer " + KEY[:-1],
            "Bearer sm_0123456789ab_",
            "Bearer ",
            "Basic dXNlcg==",
            KEY[3:],
            "ä",
        ],
    )
    @pytest.mark.parametrize("requires_key", [True, False])
    def test_a_key_that_is_not_valid_is_refused(self, folder: Path, authorization: str, requires_key: bool) -> None:
        """Even where no key is needed: whoever sends one means to be somebody."""
        with pytest.raises(Refusal) as refused:
            gate_with(folder, usable(), requires_key=requires_key).admit(authorization, None)
        assert refused.value.reason is Reason.UNAUTHENTICATED
        assert KEY not in refused.value.message

    def test_on_loopback_nobody_needs_a_key(self, folder: Path) -> None:
        """And it is the default project that is sent to."""
        assert gate_with(folder, requires_key=False).admit(None, None) == ANYBODY
        with pytest.raises(Refusal):
            gate_with(folder).admit(None, None)

    @pytest.mark.parametrize(
        ("scopes", "reason"),
        [(("read",), Reason.FORBIDDEN), (("ingest", "read"), None), (("admin",), None), (("feedback",), None)],
    )
    def test_a_key_permits_what_its_scopes_say(
        self, folder: Path, scopes: tuple[Scope, ...], reason: Reason | None
    ) -> None:
        """To read is not to send."""
        gate = gate_with(folder, usable(KEY, *scopes))
        if reason is None:
            assert gate.admit(None, KEY).is_public == (scopes == ("feedback",))
            return
        with pytest.raises(Refusal) as refused:
            gate.admit(None, KEY)
        assert refused.value.reason is reason

    def test_before_the_keys_are_known_nobody_is_called_wrong(self, folder: Path) -> None:
        """A collector that starts while ClickHouse is away asks clients to come again."""
        keyring = Keyring(folder, Store().read)
        with pytest.raises(Refusal) as refused:
            Gate(keyring, requires_key=True).admit(None, KEY)
        assert refused.value.reason is Reason.KEYS_UNKNOWN
        assert refused.value.reason.value.retry_after_s


class TestKeyring:
    """The keys that are valid now."""

    def test_a_revoked_key_is_forgotten_and_a_new_one_known(self, folder: Path) -> None:
        """At the next refresh."""
        store = Store(usable())
        keyring = Keyring(folder, store.read)
        keyring.refresh()
        store.keys = [usable("sm_ffffffffffff_b")]
        keyring.refresh()
        assert keyring.find("0123456789ab") is None
        assert keyring.find("ffffffffffff") is not None

    def test_while_the_store_is_away_the_last_keys_hold(self, folder: Path) -> None:
        """In this process, and in the next one, from the file."""
        store = Store(usable())
        keyring = Keyring(folder, store.read)
        keyring.refresh()
        store.keys = None
        keyring.refresh()
        assert keyring.find("0123456789ab") == usable()
        successor = Keyring(folder, store.read)
        successor.load()
        successor.refresh()
        assert successor.find("0123456789ab") == usable()
        assert successor.is_known

    def test_the_file_holds_no_key_and_is_private(self, folder: Path) -> None:
        """Only hashes lie on disk, and only for the owner."""
        Keyring(folder, Store(usable()).read).refresh()
        assert "a-secret" not in (folder / FILE).read_text()
        assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600

    @pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"key_id": 1}]', "\x00"])
    def test_a_file_that_is_broken_is_ignored(self, folder: Path, content: str) -> None:
        """It is a copy; the store has the original."""
        (folder / FILE).write_text(content)
        keyring = Keyring(folder, Store(usable()).read)
        keyring.load()
        keyring.refresh()
        assert keyring.find("0123456789ab") == usable()
        assert json.loads((folder / FILE).read_text())[0]["key_id"] == "0123456789ab"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A collector on all addresses whose only key may send feedback, from pages of one origin."""
    options = Options(
        tmp_path_factory.mktemp("public"),
        "http://127.0.0.1:1/unused",
        host="0.0.0.0",
        grpc_port=free_port(),
        http_port=free_port(),
        cors_origins=("https://shop.example",),
        segment_max_age_s=0.02,
    )
    with running_collector(options, MemorySink([usable(KEY, "feedback")])) as running:
        yield running


def post(collector: RunningCollector, path: str, body: bytes, **headers: str) -> requests.Response:
    """Post *body* with the key."""
    named = {"Content-Type": "application/x-protobuf", "Authorization": f"Bearer {KEY}", **headers}
    return requests.post(collector.http_url + path, data=body, headers=named, timeout=10)


class TestPublicKeys:
    """A key in a web page is known to everybody."""

    def test_evaluation_results_are_taken(self, public: RunningCollector) -> None:
        """They are what it is there for, under the key's project."""
        answer = post(public, "/v1/logs", logs_request([1], event=EVALUATION).SerializeToString())
        assert answer.status_code == 200
        wait_until(lambda: bool(public.sink.others["logs"]), "the record", 10)
        assert b"acme" in public.sink.others["logs"][-1]

    @pytest.mark.parametrize(
        ("path", "body", "status", "says"),
        [
            ("/v1/logs", logs_request([1]).SerializeToString(), 403, f"the event name {EVALUATION} only"),
            ("/v1/logs", logs_request([1, 2], event="other").SerializeToString(), 403, "only"),
            ("/v1/traces", trace_request([1]).SerializeToString(), 403, "not traces"),
            ("/v1/metrics", b"", 403, "not metrics"),
            ("/v1/logs", logs_request(range(5000), event=EVALUATION).SerializeToString(), 413, "at most 65536 bytes"),
        ],
    )
    def test_nothing_else_is(self, public: RunningCollector, path: str, body: bytes, status: int, says: str) -> None:
        """Neither other records, nor other signals, nor much at once."""
        answer = post(public, path, body)
        assert (answer.status_code, says in Status.FromString(answer.content).message) == (status, True)

    def test_a_page_of_a_known_origin_may_send(self, public: RunningCollector) -> None:
        """The browser asks first, and is told which headers it may use."""
        asked = requests.options(
            public.http_url + "/v1/logs",
            headers={
                "Origin": "https://shop.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization, content-type",
            },
            timeout=10,
        )
        assert asked.status_code == 200
        assert asked.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        body = logs_request([1], event=EVALUATION).SerializeToString()
        answer = post(public, "/v1/logs", body, Origin="https://shop.example")
        assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"

    def test_a_page_of_another_origin_may_not(self, public: RunningCollector) -> None:
        """The browser keeps it from sending."""
        asked = requests.options(
            public.http_url + "/v1/logs",
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
            timeout=10,
        )
        assert "Access-Control-Allow-Origin" not in asked.headers

    def test_without_origins_there_is_no_cors(self, collector: RunningCollector) -> None:
        """Nothing of it is on unless somebody sets it."""
        asked = requests.options(
            collector.http_url + "/v1/logs",
            headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"},
            timeout=10,
        )
        assert (asked.status_code, [name for name in asked.headers if name.lower().startswith("access-")]) == (405, [])


def test_every_record_carries_the_keys_project(options: Options, sink: MemorySink) -> None:
    """Two keys, two projects, one collector; what the request itself says of a project is behind the stamp's back."""
    sink.keys = [usable(), usable("sm_ffffffffffff_b", project="other")]
    with running_collector(options, sink) as collector:
        for key in (KEY, "sm_ffffffffffff_b"):
            body = trace_request([1], text=f"sent with {key}").SerializeToString()
            wait_until(
                lambda key=key, body=body: (
                    requests.post(  # type: ignore[misc]  # bound early
                        collector.http_url + "/v1/traces",
                        data=body,
                        headers={"Content-Type": "application/x-protobuf", "X-Api-Key": key},
                        timeout=10,
                    ).status_code
                    == 200
                ),
                "the keys",
                10,
            )
    stored = b"".join(sink.segments.values())
    assert stored.index(b"acme") < stored.index(b"sent with sm_ffff") < stored.index(b"other")
    assert os.fsencode(KEY) in stored
