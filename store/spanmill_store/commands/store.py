"""The command ``spanmill store``: how long rows are kept, deleting what must go, and keeping what repeats once."""

import click

from spanmill_store.commands.forget import forget
from spanmill_store.commands.pack import pack
from spanmill_store.commands.retention import retention


@click.group()
def store() -> None:
    """Say how long rows are kept, delete everything of a user, and keep what repeats once."""


store.add_command(retention)
store.add_command(forget)
store.add_command(pack)
