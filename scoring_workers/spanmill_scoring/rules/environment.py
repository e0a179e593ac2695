"""Variables of the environment that rules name."""

import os
import re
from collections.abc import Mapping
from typing import Final

from spanmill_scoring.rules.model import Rule

_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


def substituted(text: str, environment: Mapping[str, str]) -> str:
    """
    Replace each ``${NAME}`` of *text* by that variable of *environment*.

    Raises:
        KeyError: A variable is not set; its argument is the name.
    """
    return _VARIABLE.sub(lambda match: environment[match[1]], text)


def missing_variables(rule: Rule, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the variables that the judge of *rule* needs and that are not set."""
    if rule.judge is None:
        return []
    names = _VARIABLE.findall(rule.judge.base_url)
    if rule.judge.api_key_env is not None:
        names.append(rule.judge.api_key_env)
    return [name for name in names if name not in environment]
