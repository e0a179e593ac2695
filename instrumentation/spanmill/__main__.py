"""``python -m spanmill`` is the program ``spanmill``."""

from spanmill.cli import main

main(prog_name="spanmill")
