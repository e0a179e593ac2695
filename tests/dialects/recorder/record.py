"""One recording: the app runs against the fake API, what it sent is made stable and written down."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from dialects.recorder.app import App
from dialects.recorder.environments import SUPPORT, command
from dialects.recorder.fake_api import fake_api
from dialects.recorder.normalise import normalised
from dialects.recorder.receiver import Received, receiver
from support.source_tree import ROOT

TIMEOUT_S: Final = 180
LINE: Final = 140
PORTS: Final = {"api": 4010, "receiver": 4318}
"""The ports that recordings show instead of those that were free."""


def record(app: App) -> str:
    """Write the recording of *app* and tell what it holds."""
    running = command(app)
    folder = ROOT / ".recording" / app.name
    with fake_api() as api, receiver() as received:
        variables = _variables(app, folder, api, received)
        with (folder / "log").open("w") as log:
            done = subprocess.run(
                running, check=False, cwd=folder, env=variables, stdout=log, stderr=log, timeout=TIMEOUT_S
            )
            log.write(f"also asked for: {received.other}\n")
    if done.returncode or not received.traces:
        raise RuntimeError(
            f"the app ended with {done.returncode} and sent {len(received.traces)} requests, see its log"
        )
    machine = _machine(folder, {"api": api, "receiver": received.port})
    has_clock = app.path.suffix != ".mjs"
    signals = normalised({"traces": received.traces, "logs": received.logs}, machine, has_clock)
    app.recording.parent.mkdir(exist_ok=True)
    app.recording.write_text(written({"library": dict(app.versions), **signals}) + "\n", "utf-8")
    return f"{app.recording.stat().st_size:,} bytes"


def written(value: Any, indent: str = "") -> str:
    """*value* as JSON, in one line where it fits, so that a changed attribute is a changed line."""
    compact = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(compact) <= LINE or not isinstance(value, dict | list):
        return compact
    inner = indent + " "
    if isinstance(value, list):
        items = [inner + written(item, inner) for item in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    pairs = [f"{inner}{json.dumps(key)}: {written(item, inner)}" for key, item in value.items()]
    return "{\n" + ",\n".join(pairs) + f"\n{indent}}}"


def _variables(app: App, folder: Path, api: int, received: Received) -> dict[str, str]:
    """What an app's environment holds: nothing of ours but the search path."""
    origin, target = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{received.port}"
    own = {name: text.format(api=origin, receiver=target) for name, text in app.environment.items()}
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": f"{SUPPORT}",
        "OPENAI_BASE_URL": f"{origin}/v1",
        "OPENAI_API_BASE": f"{origin}/v1",
        "OPENAI_API_KEY": "none",
        "ANTHROPIC_BASE_URL": origin,
        "ANTHROPIC_API_KEY": "none",
        "GEMINI_API_KEY": "none",
        "OTEL_EXPORTER_OTLP_ENDPOINT": target,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_SERVICE_NAME": "support-bot",
        "DO_NOT_TRACK": "1",
        "PYTHONHASHSEED": "0",
        **own,
    }


def _machine(folder: Path, ports: dict[str, int]) -> dict[str, str]:
    """Texts of this machine and what stands for them, the longest first."""
    places = {
        f"{folder}/venv": "/app/venv",
        str(folder): "/app",
        str(ROOT): "/app",
        sys.base_prefix + "/lib": "/python/lib",
    }
    for name, port in ports.items():
        places |= {f"{colon}{port}": f"{colon}{PORTS[name]}" for colon in (":", "")}
    return places
