"""Variables of the environment that rules name."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

from spanmill_scoring.routes.addresses import RefusedAddress, checked
from spanmill_scoring.routes.signature import InvalidSecret, key_of
from spanmill_scoring.rules.model import Rule
from spanmill_scoring.rules.routes import Slack, Webhook
from spanmill_store.settings import Settings

_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


def substituted(text: str, environment: Mapping[str, str]) -> str:
    """
    Replace each ``${NAME}`` of *text* by that variable of *environment*.

    Raises:
        KeyError: A variable is not set; its argument is the name.
    """
    return _VARIABLE.sub(lambda match: environment[match[1]], text)


def missing_variables(rule: Rule, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the variables that the judge and the routes of *rule* need and that are not set."""
    names: list[str] = []
    if rule.judge is not None:
        names += _VARIABLE.findall(rule.judge.base_url)
        if rule.judge.api_key_env is not None:
            names.append(rule.judge.api_key_env)
    for _, sent in sent_by(rule):
        names += [*_VARIABLE.findall(sent.url), sent.secret_env] if isinstance(sent, Webhook) else [sent.url_env]
    return [name for name in dict.fromkeys(names) if name not in environment]


def sent_by(rule: Rule) -> Iterator[tuple[int, Webhook | Slack]]:
    """Give the routes of *rule* that leave the machine, each with its place in the list."""
    for place, route in enumerate(rule.routes):
        if route.sent is not None:
            yield place, route.sent


def address_of(sent: Webhook | Slack, environment: Mapping[str, str] = os.environ) -> str:
    """
    Return where *sent* goes.

    Raises:
        KeyError: A variable is not set; its argument is the name.
    """
    return substituted(sent.url, environment) if isinstance(sent, Webhook) else environment[sent.url_env].strip()


def key_for(sent: Webhook, environment: Mapping[str, str] = os.environ) -> bytes:
    """
    Return the key that signs what is *sent*.

    Raises:
        KeyError: Its variable is not set.
        InvalidSecret: It holds no good secret.
    """
    return key_of(environment[sent.secret_env])


def refused_routes(rule: Rule, environment: Mapping[str, str] = os.environ) -> Iterator[tuple[int, str]]:
    """
    Say which routes of *rule* may not be used as they are, and why, each with its place in the list.

    What variables hold is looked at where they are set: a process that only scores may be without them.
    """
    routes = list(sent_by(rule))
    allow_private = bool(routes) and Settings.from_environment(environment).webhooks_allow_private
    for place, sent in routes:
        try:
            checked(address_of(sent, environment), allow_private=allow_private)
            if isinstance(sent, Webhook):
                key_for(sent, environment)
        except KeyError:
            continue
        except RefusedAddress as error:
            yield place, f"{sent.key.partition(' ')[0]}: {error}."
        except InvalidSecret as error:
            secret = sent.secret_env if isinstance(sent, Webhook) else ""
            yield place, f"environment variable {secret} {error}."
