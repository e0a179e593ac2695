"""Do the parts answer, and is what they keep on disk on its way?"""

from collections.abc import Iterator
from pathlib import Path

from spanmill_deploy.doctor.findings import Finding, State
from spanmill_deploy.readiness import AnswersHttp, AnswersPing, AnswersTcp, reachable_host
from spanmill_store.settings import Settings, without_password


def collector(settings: Settings) -> Finding:
    """Whether a collector takes OTLP."""
    host = reachable_host(settings.host)
    address = f"{settings.otlp_scheme}://{host}:{settings.otlp_http_port}"
    # A collector that wants certificates of its clients shows its health to none else.
    wants_certificate = settings.tls_client_ca is not None
    is_up = AnswersTcp(host, settings.otlp_http_port) if wants_certificate else AnswersHttp(address + "/health/ready")
    if is_up():
        return Finding("collector", State.GOOD, f"takes OTLP at {address}")
    text = f"no collector takes OTLP at {address}: start `spanmill up` or `spanmill collector`"
    return Finding("collector", State.BAD, text)


def redis(settings: Settings) -> Finding:
    """Whether the queue is there."""
    shown = without_password(settings.redis)
    if AnswersPing(settings.redis)():
        return Finding("Redis", State.GOOD, f"answers at {shown}")
    return Finding("Redis", State.BAD, f"nobody answers at {shown}: start `spanmill up`, or set SPANMILL_REDIS_URL")


def waiting(settings: Settings) -> Iterator[Finding]:
    """What lies on this machine's disk: requests on their way, dead letters, and records that were damaged."""
    log = settings.data_dir.expanduser() / "wal"
    size_bytes = sum(_size_bytes(path) for path in log.glob("*/*/*") if path.is_file())
    yield Finding("write-ahead log", State.GOOD, f"{size_bytes / 1e6:.1f} MB wait in {log} to be stored")
    letters = sum(1 for _ in (settings.data_dir.expanduser() / "dead-letter").glob("*/*.request"))
    if letters:
        text = f"{letters} requests that ClickHouse refused wait: see why with `spanmill collector replay --dry-run`"
        yield Finding("dead letters", State.NOTICE, text)
    damaged = sum(1 for path in log.glob("*/*/damaged/*") if path.is_file())
    if damaged:
        text = f"{damaged} pieces of the log could not be read, and lie in {log}/*/*/damaged: look for a failing disk"
        yield Finding("write-ahead log", State.BAD, text)


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
