"""
SQL that people write, made safe: parsed, held against closed lists, and written anew before it runs.

What is not on a list is refused: new syntax, functions and tables of ClickHouse have to be added by somebody.

- `statement`: one statement, of a kind that reads; the only entry.
- `dialect`: how it is parsed and written; `syntax`: which constructs it may have.
- `functions` and ``functions.txt``: what it may call; `tables`: what it may read.
- `limits` and `projects`: settings that the engine enforces; `answering`: what it says when it stops.
"""
