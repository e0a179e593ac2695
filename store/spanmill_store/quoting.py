"""Text as a part of SQL. Values of queries travel as parameters; this is for statements that take none."""


def quoted(text: str) -> str:
    """*text* as a string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(name: str) -> str:
    """*name* as a quoted identifier."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
