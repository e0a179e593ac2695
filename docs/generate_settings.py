# ruff: noqa: INP001 - docs/ is not a package, this is a script in it
"""
Writes ``settings.md`` beside it from the settings themselves; with ``--check`` it only compares.

Run it with the project's interpreter after a setting has changed.
"""

import sys
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo

from spanmill_store.settings import SHIM_NAMES, Settings, environment_name

PAGE: Final = Path(__file__).with_name("settings.md")
HEAD: Final = """\
<!-- Written by generate_settings.py from the settings themselves; change them, not this page. -->

# Settings

Every setting is an environment variable. Commands take those that concern them as options too (`SPANMILL_DATA_DIR` is
`--data-dir`), and an option wins over the variable. An unknown name that begins with `SPANMILL_` is an error, and the
nearest known name is suggested.

| variable | default | meaning |
|---|---|---|
"""
SHIM_HEAD: Final = """
## In the instrumented program

`spanmill.init()` and `spanmill run` read these in your program's environment; the server parts ignore them.

"""


def page() -> str:
    """The whole page."""
    rows = [_row(name, field) for name, field in Settings.model_fields.items()]
    shim = [f"- `{name}`" for name in sorted(SHIM_NAMES)]
    return HEAD + "\n".join(rows) + "\n" + SHIM_HEAD + "\n".join(shim) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; the exit code says whether it was current."""
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text, "utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text("utf-8") == text:
        return 0
    sys.stderr.write("docs/settings.md is out of date: run `.venv/bin/python docs/generate_settings.py`\n")
    return 1


def _row(name: str, field: FieldInfo) -> str:
    is_shown = not field.is_required() and field.default_factory is None and str(field.default or "") != ""
    default = f"`{field.default}`" if is_shown else ""
    return f"| `{environment_name(name)}` | {default} | {field.description} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
