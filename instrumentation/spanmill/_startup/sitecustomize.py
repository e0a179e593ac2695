"""
Python imports this before a program that `spanmill run` starts: it switches the shim on.

It takes the place of a `sitecustomize` that the user may have, and therefore runs that one first.
"""

import importlib.machinery
import importlib.util
import os
import sys


def run_hidden() -> None:
    """Run the `sitecustomize` that would have been imported without this one."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib would slow every start
    others = [folder for folder in sys.path if os.path.abspath(folder) != here]  # noqa: PTH100 - as above
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def start() -> None:
    """Switch the shim on; in a Python that has none, say so if it is the one that the user meant."""
    try:
        import spanmill  # noqa: PLC0415 - may be absent
    except ImportError:
        if os.environ.get("_SPANMILL_RUN_PID") == str(os.getpid()):
            print(f"spanmill: not installed for {sys.executable}, so nothing is recorded", file=sys.stderr)  # noqa: T201 - no logging is set up
        return
    spanmill.init()


if __name__ == "sitecustomize":
    try:
        run_hidden()
    finally:
        start()
