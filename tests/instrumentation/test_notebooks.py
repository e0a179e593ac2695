"""A real kernel of Jupyter runs a notebook."""

from collections import Counter

from support.otlp_receiver import Receiver
from support.programs import Run

CELL = """
import spanmill
spanmill.init("notebook")
@spanmill.observe
def look(question):
    return "there"
look("where?")
"""
AWAITED = """
import asyncio
@spanmill.observe
async def wait(question):
    await asyncio.sleep(0)
    return look(question)
await wait("when?")
"""


def test_a_notebook_loses_nothing_and_sends_nothing_twice(python: Run, receiver: Receiver) -> None:
    """A cell with `init` is run again, another one awaits, and the kernel is shut down with the notebook."""
    done = python(
        f"""
import nbformat
from nbclient import NotebookClient
cells = [nbformat.v4.new_code_cell(source) for source in {[CELL, CELL, AWAITED]!r}]
NotebookClient(nbformat.v4.new_notebook(cells=cells), kernel_name="python3").execute()
"""
    )
    assert done.returncode == 0, done.stderr
    assert Counter(span.name for span in receiver.spans) == {"look": 3, "wait": 1}
