import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

import pytest
from redis import Redis
from rq import Queue

from spanmill_scoring.queue.signing import Signer
from spanmill_store.client import Store
from support.calls import Call, about, as_json, charged, store_calls
from support.judge_endpoint import answer, judge_endpoint
from support.processes import clean_environment, free_port, spanmill, stop, wait_until
from support.scoring import ScoringSide
from support.servers import valkey_server
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]


class Processes:
    """Real planner and worker processes over one rules file."""

    def __init__(self, side: ScoringSide, environment: dict[str, str], folder: Path, stack: ExitStack) -> None:
        self.side = side
        self.environment = environment
        self.log = folder / "processes.log"
        self._stack = stack

    def start(self, *arguments: str) -> "Process":
        """Start ``spanmill ARGUMENTS``; it ends with the test."""
        return Process(self._stack.enter_context(spanmill(*arguments, log=self.log, environment=self.environment)))

    def burst(self, pool: str = "fast") -> None:
        """Run a worker until its queue is empty."""
        assert self.start("worker", "--pool", pool, "--burst").wait() == 0, self.log.read_text()


class Process:
    """A running process."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self.popen = popen
        self.pid = popen.pid

    def wait(self) -> int:
        """Wait for its end."""
        return self.popen.wait(30)

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        return stop(self.popen)


Run = Callable[..., Processes]


@pytest.fixture
def run(
    store: Store, database_url: str, valkey: Redis, valkey_url: str, write_rules: Callable[[str], Path], tmp_path: Path
) -> Iterator[Run]:
    """Prepare processes on the text of a rules file, with a scorers.py beside it."""
    with ExitStack() as stack:

        def prepared(text: str, scorers: str = "", **extra: str) -> Processes:
            path = write_rules(text)
            path.with_name("scorers.py").write_text(dedent(scorers))
            urls = {"SPANMILL_CLICKHOUSE_URL": database_url, "SPANMILL_REDIS_URL": valkey_url}
            environment = clean_environment(**urls, SPANMILL_RULES=str(path), **extra)
            return Processes(ScoringSide(store, valkey, path), environment, tmp_path, stack)

        yield prepared


def test_planner_and_workers_score_what_comes_in(run: Run, traces: TraceWriter) -> None:
    """Two processes of workers and a planner turn traces into scores, whenever they come, and stop cleanly."""
    with judge_endpoint() as endpoint:
        endpoint.respond = lambda _: (200, answer('{"rationale": "", "choice": "bad"}'))
        processes = run(
            """
            completion: {idle_s: 1}
            rules:
            - {name: sql, sql: ErrorCount = 0}
            - {name: python, python: 'scorers:score', flag: {labels: [short]}, dataset: failures}
            - name: judge
              judge:
                {model: m, base_url: '${JUDGE}', api_key_env: null, rubric: '{{output}}', choices: {good: 1, bad: 0}}
              flag: {labels: [bad]}
              dataset: failures
            """.replace("\n            ", "\n"),
            "def score(target): return 'short' if len(target.output) < 20 else 'long'",
            JUDGE=endpoint.url,
        )
        traces.turns(30)
        started = [processes.start("planner"), processes.start("worker"), processes.start("worker", "--pool", "judge")]
        side = processes.side
        wait_until(lambda: _scored(side) == 90, "90 scores", 30)
        traces.turns(5)
        wait_until(lambda: _scored(side) == 105, "15 more scores", 30)
        assert [process.stop() for process in started] == [0, 0, 0], processes.log.read_text()
    assert side.count("scores") == 105
    assert side.count("flags") == 70
    assert side.count("dataset_rows") == 35


def test_the_planner_keeps_prices_up_to_date(run: Run, store: Store, tmp_path: Path) -> None:
    """Beside its own work, whatever the rules, and it stops as quickly as without."""
    prices = tmp_path / "prices.json"
    prices.write_text(as_json({"model": "own", "input_mtok": 1, "output_mtok": 10}), encoding="utf-8")
    processes = run("rules: []", SPANMILL_PRICES=str(prices))
    store_calls(store, [Call("own")])
    planner = processes.start("planner")
    wait_until(lambda: charged(store) == [(about(0.002), "computed")], "the cost", 30)
    assert planner.stop() == 0, processes.log.read_text()
    assert "prices written, 1 spans given a cost" in processes.log.read_text()


def test_a_job_that_is_killed_is_tried_again(run: Run, traces: TraceWriter) -> None:
    """A job whose process dies half way is retried; every target has one score."""
    processes = run(
        "rules:\n- {name: r, python: 'scorers:score'}",
        """
        import os, signal
        from pathlib import Path
        marker = Path(__file__).with_name("died")
        def score(target):
            if not marker.exists():
                marker.touch()
                os.kill(os.getppid(), signal.SIGKILL)
            return 1
        """,
    )
    traces.turns(20)
    processes.side.planner.tick()
    processes.burst()
    assert processes.side.count("scores") == 20
    assert {state for state, _ in processes.side.states("r").values()} == {"scored"}


def test_a_killed_worker_loses_nothing(run: Run, traces: TraceWriter) -> None:
    """When a worker is killed with its job half done, the planner offers its targets again and each is scored once."""
    processes = run(
        "rules:\n- {name: r, python: 'scorers:score', flag: {below: 2}, dataset: failures}",
        """
        import os, time
        from pathlib import Path
        marker = Path(__file__).with_name("started")
        def score(target):
            if not marker.exists():
                marker.write_text(f"{os.getppid()} ")
                time.sleep(60)
            return 1
        """,
    )
    side = processes.side
    side.planner = side.new_planner(stale_after_s=0.5)
    traces.turns(20)
    side.planner.tick()
    worker = processes.start("worker")
    marker = side.path.with_name("started")
    wait_until(lambda: marker.exists() and marker.read_text().endswith(" "), "the scorer to start", 20)
    os.kill(worker.pid, signal.SIGKILL)
    os.kill(int(marker.read_text()), signal.SIGKILL)
    wait_until(lambda: _ticked(side) > 0, "a new offer", 20)
    processes.burst()
    assert [side.count(table) for table in ("scores", "flags", "dataset_rows", "score_ledger")] == [20] * 4


def _scored(side: ScoringSide) -> int:
    """How many targets have a score; asked now and then, not as often as a test can."""
    time.sleep(0.1)
    return side.count("score_ledger", "State = 'scored'")


def _ticked(side: ScoringSide) -> int:
    """Let the planner tick and count the jobs that wait then."""
    side.planner.tick()
    return Queue("fast", connection=side.valkey).count


def test_a_forged_job_is_refused(run: Run, valkey: Redis, tmp_path: Path, traces: TraceWriter) -> None:
    """A job that asks for a function of the operating system, by name or by callback, is not obeyed; ours still are."""
    processes = run("rules:\n- {name: r, sql: '1'}")
    marker = tmp_path / "owned"
    queue = Queue("fast", connection=valkey, serializer="json")
    queue.enqueue_call("os.system", args=(f"touch {marker}",), job_id="forged")
    job = queue.enqueue_call("score", args=("r", "x", []), job_id="callback", result_ttl=0)
    valkey.hset(job.key, mapping={"success_callback_name": "os.getcwd", "failure_callback_name": "os.getcwd"})
    traces.turn()
    processes.side.planner.tick()
    processes.burst()
    assert not marker.exists()
    assert "asks for 'os.system', which is not a function of spanmill" in processes.log.read_text()
    assert processes.side.count("scores") == 1


def test_with_a_key_only_signed_jobs_are_performed(run: Run, valkey: Redis, traces: TraceWriter) -> None:
    """A job without a signature, or with that of another, is refused; what its targets wait for is offered again."""
    processes = run("completion: {idle_s: 0}\nrules:\n- {name: r, sql: '1'}", SPANMILL_QUEUE_KEY="secret")
    first, second = traces.turn(), traces.turn()
    version = processes.side.rule("r").version
    queue = Queue("fast", connection=valkey, serializer="json")
    arguments = ("r", version, [list(first)])
    meta = Signer("secret").meta("signed", ("r", version, [list(second)]))
    queue.enqueue_call("score", args=arguments, job_id="unsigned")
    queue.enqueue_call("score", args=arguments, job_id="signed", meta=meta)
    processes.burst()
    log = processes.log.read_text()
    assert all(f"job {name} is not signed with SPANMILL_QUEUE_KEY" in log for name in ("unsigned", "signed"))
    assert processes.side.count("scores") == 0
    planner, worker = processes.start("planner"), processes.start("worker")
    wait_until(lambda: _scored(processes.side) == 2, "2 scores", 30)
    assert [planner.stop(), worker.stop()] == [0, 0]


def test_a_worker_with_another_key_does_nothing(run: Run, traces: TraceWriter) -> None:
    """The targets go on waiting, and the log says what to do."""
    processes = run("rules:\n- {name: r, sql: '1'}", SPANMILL_QUEUE_KEY="secret")
    traces.turn()
    processes.side.planner.tick()
    processes.burst()
    assert "give planners and workers the same key" in processes.log.read_text()
    assert processes.side.count("score_ledger", "State = 'waiting'") == 1


def test_processes_that_start_before_redis_and_clickhouse_wait_for_them(
    run: Run, traces: TraceWriter, tmp_path: Path
) -> None:
    """Each says what it waits for, with the remedy, and works when all is there; nobody has to start it again."""
    processes = run("completion: {idle_s: 1}\nrules:\n- {name: r, sql: {value: 1}}")
    port, nobody = free_port(), free_port()
    processes.environment["SPANMILL_REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
    waiting = [processes.start("planner"), processes.start("worker")]
    traces.turns(3)
    sentence = "correct SPANMILL_REDIS_URL. Trying again every 1 s."
    wait_until(lambda: processes.log.read_text().count(sentence) == len(waiting), "both sentences", 30)
    with valkey_server(tmp_path, port):
        wait_until(lambda: _scored(processes.side) == 3, "3 scores", 30)
        processes.environment["SPANMILL_CLICKHOUSE_URL"] = f"http://127.0.0.1:{nobody}/spanmill"
        waiting.append(processes.start("planner"))
        wait_until(lambda: "correct SPANMILL_CLICKHOUSE_URL. Trying" in processes.log.read_text(), "its sentence", 30)
        assert [process.stop() for process in waiting] == [0, 0, 0], processes.log.read_text()
    assert "Traceback" not in processes.log.read_text()


def test_a_burst_without_redis_ends(run: Run) -> None:
    """Nothing is there to be done in it: one sentence with the remedy, and exit code 1."""
    processes = run("rules:\n- {name: r, sql: {value: 1}}")
    processes.environment["SPANMILL_REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    assert processes.start("worker", "--burst").wait() == 1
    assert "correct SPANMILL_REDIS_URL" in processes.log.read_text()
    assert "Traceback" not in processes.log.read_text()


@pytest.mark.parametrize("command", ["planner", "worker"])
def test_what_waiting_does_not_mend_ends_a_process(run: Run, command: str) -> None:
    """An address that is none is one sentence and exit code 1."""
    processes = run("rules:\n- {name: r, sql: {value: 1}}")
    processes.environment["SPANMILL_REDIS_URL"] = "nonsense"
    assert processes.start(command).wait() == 1
    assert "is not redis://host:port/number" in processes.log.read_text()


def test_when_redis_goes_away_processes_wait_for_it(run: Run, traces: TraceWriter, tmp_path: Path) -> None:
    """Planner and worker survive a Redis that is away for a while, and score what came in the meantime."""
    processes, port = run("completion: {idle_s: 1}\nrules:\n- {name: r, sql: {value: 1}}"), free_port()
    processes.environment["SPANMILL_REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
    with valkey_server(tmp_path, port):
        started = [processes.start("planner"), processes.start("worker")]
        traces.turns(3)
        wait_until(lambda: _scored(processes.side) == 3, "3 scores", 30)
    traces.turns(2)
    wait_until(lambda: "Nothing is lost; trying again" in processes.log.read_text(), "the planner's sentence", 30)
    with valkey_server(tmp_path, port):
        wait_until(lambda: _scored(processes.side) == 5, "5 scores", 30)
        assert [process.stop() for process in started] == [0, 0], processes.log.read_text()
    assert "Traceback" not in processes.log.read_text()


def test_a_missing_rules_file_is_one_sentence(run: Run) -> None:
    """A process that is given rules that are not there ends with exit code 1 and says what to do."""
    processes = run("rules: []")
    processes.environment["SPANMILL_RULES"] = "/nowhere/rules.yaml"
    assert processes.start("planner").wait() == 1
    assert "There is no rules file /nowhere/rules.yaml" in processes.log.read_text()
    assert "Traceback" not in processes.log.read_text()
