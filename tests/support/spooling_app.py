"""
Run as a program: an application that records what it is told to, line by line, and answers each line with one of JSON.

``record 5 9`` makes the spans ``step 5`` to ``step 8`` and flushes; ``score 5`` makes a score of the session ``5``;
``make 5 9`` does not flush; ``fork 5 9`` makes them in a child that ends with ``os._exit``. The answer is what was
returned, and what was lost so far. Its argument is that of `spanmill.init`, as JSON.
"""

import json
import os
import sys

import spanmill


def record(begin: str, end: str) -> bool:
    """Make spans, and flush."""
    make(begin, end)
    return spanmill.flush(20)


def make(begin: str, end: str) -> None:
    """Make spans."""
    for number in range(int(begin), int(end)):
        with spanmill.span(f"step {number}"):
            pass


def fork(begin: str, end: str) -> int:
    """Make spans in a child."""
    child = os.fork()
    if not child:
        make(begin, end)
        os._exit(3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def score(session: str) -> bool:
    """Make a score."""
    spanmill.score("quality", 0.5, session_id=session)
    return spanmill.flush(20)


if __name__ == "__main__":
    spanmill.init("job", **json.loads(sys.argv[1]))
    commands = {"record": record, "make": make, "fork": fork, "score": score}
    for line in sys.stdin:
        name, *arguments = line.split()
        returned = commands[name](*arguments)  # type: ignore[operator] # each has its own arguments
        sys.stdout.write(json.dumps([returned, spanmill.lost()]) + "\n")
        sys.stdout.flush()
