"""A day on the command line."""

from datetime import UTC, date, datetime, timedelta

import click


class Day(click.ParamType[date]):
    """A day, or a number of days before today: 2026-11-25 or 7d."""

    name = "DAY"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read *value*."""
        if isinstance(value, date):
            return value
        text = str(value)
        if text.endswith("d") and text[:-1].isdecimal() and len(text) < 6:
            return datetime.now(UTC).date() - timedelta(days=int(text[:-1]))
        try:
            return date.fromisoformat(text)
        except ValueError:
            return self.fail(
                f"{text!r} is no day: write it as 2026-11-25, or as 7d for the last seven days.", param, ctx
            )
