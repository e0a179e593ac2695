"""The command ``spanmill store``: how long rows are kept, and deleting what must go."""

import click

from spanmill_store.commands.forget import forget
from spanmill_store.commands.retention import retention


@click.group()
def store() -> None:
    """Say how long rows are kept, and delete everything of a user."""


store.add_command(retention)
store.add_command(forget)
