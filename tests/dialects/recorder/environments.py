"""An environment of its own for each app, in `.recording/`, made where there is none for what the app now pins."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from dialects.recorder.app import App
from support.source_tree import ROOT

AS_OF: Final = "2026-11-25T00:00:00Z"
"""Nothing that was published later is installed, so that what the pinned libraries need stays the same too."""

SUPPORT: Final = Path(__file__).with_name("app_support")


def command(app: App) -> list[str]:
    """The command that runs *app*, once its environment is there."""
    folder = ROOT / ".recording" / app.name
    state = folder / "installed"
    wanted = "\n".join((AS_OF, *app.requirements))
    is_ready = state.exists() and state.read_text() == wanted
    folder.mkdir(parents=True, exist_ok=True)
    make = _node if app.path.suffix == ".mjs" else _python
    made = make(app, folder, is_ready)
    state.write_text(wanted)
    return made


def _python(app: App, folder: Path, is_ready: bool) -> list[str]:
    uv = str(Path(sys.executable).with_name("uv"))
    python = folder / "venv" / "bin" / "python"
    if not is_ready:
        base = getattr(sys, "_base_executable", sys.executable)
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", base, folder / "venv"], check=True)
        options = ["--quiet", "--exclude-newer", AS_OF, "--python", str(python)]
        subprocess.run([uv, "pip", "install", *options, *app.requirements], check=True)
    return [str(python), "-P", str(app.path)]


def _node(app: App, folder: Path, is_ready: bool) -> list[str]:
    package = {"name": "recording", "private": True, "type": "module", "dependencies": dict(app.versions)}
    (folder / "package.json").write_text(json.dumps(package))
    if not is_ready:
        options = ["--silent", "--no-save", "--no-package-lock", "--ignore-scripts", "--before", AS_OF]
        subprocess.run(["npm", "install", *options], check=True, cwd=folder)
    for source in (app.path, *SUPPORT.glob("*.mjs")):
        (folder / source.name).write_text(source.read_text("utf-8"))
    return ["node", app.path.name]
