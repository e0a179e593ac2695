"""API keys by the prefixes that providers give them, JSON Web Tokens, and private keys."""

import re
from collections.abc import Iterator
from typing import Final

from spanmill.masking.hits import BEGIN, Hit

_MIN_CHARS: Final = {
    # Of LLMs and what stands around them.
    "sk-": 20,
    "gsk_": 32,
    "xai-": 32,
    "pplx-": 32,
    "hf_": 30,
    "r8_": 30,
    "AIza": 30,
    "nvapi-": 32,
    "tvly-": 20,
    "lsv2_": 30,
    "sm_": 40,
    # Of clouds, code, chats, payments.
    "AKIA": 16,
    "ASIA": 16,
    "ya29.": 20,
    "ghp_": 30,
    "gho_": 30,
    "ghu_": 30,
    "ghs_": 30,
    "ghr_": 30,
    "github_pat_": 30,
    "glpat-": 16,
    "npm_": 30,
    "pypi-": 30,
    "xoxb-": 16,
    "xoxa-": 16,
    "xoxp-": 16,
    "xoxr-": 16,
    "xoxs-": 16,
    "xapp-": 16,
    "sk_live_": 16,
    "sk_test_": 16,
    "rk_live_": 16,
    "rk_test_": 16,
    "whsec_": 16,
    "shpat_": 30,
    "dop_v1_": 40,
    "dapi": 32,
    "SG.": 40,
    "hvs.": 20,
}
"""Prefix → how many characters follow at least."""

_KEY: Final = re.compile(BEGIN + "(" + "|".join(map(re.escape, _MIN_CHARS)) + r")([A-Za-z0-9_\-.]*)")
_CHARS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
_SHAPE: Final = bytes(ord("k") if char in _CHARS else ord(" ") for char in range(256))
_LONG: Final = b"k" * 20
"""Keys are that long at least. To look for so many of their characters takes an eighth of the time of a pattern."""

_RUN: Final = re.compile(r"[A-Za-z0-9]{10,}")
_JWT: Final = re.compile(BEGIN + r"eyJ([A-Za-z0-9_\-.]*)")
_BEGIN_PRIVATE: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")


def api_keys(text: str) -> Iterator[Hit]:
    """Find keys by their prefixes; the rest must look random, so that ``sk-learn-based-classifier`` is none."""
    for start, end in long_runs(text):
        for found in _KEY.finditer(text, start, end):
            body = found[2].rstrip(".-")
            if len(body) >= _MIN_CHARS[found[1]] and _looks_random(body):
                yield Hit(found.start(), found.start(2) + len(body))


def long_runs(text: str) -> Iterator[tuple[int, int]]:
    """Find where twenty or more characters of keys follow each other: from where, and up to where."""
    shape = text.encode("ascii", "replace").translate(_SHAPE)  # a byte for each character
    start = shape.find(_LONG)
    while start >= 0:
        end = shape.find(b" ", start)
        end = len(shape) if end < 0 else end
        yield start, end
        start = shape.find(_LONG, end)


def _looks_random(body: str) -> bool:
    return any(_is_mixed(run) for run in _RUN.findall(body))


def _is_mixed(run: str) -> bool:
    """Whether letters and digits, or small and capital letters, are mixed in a long word."""
    if any(map(str.isdigit, run)):
        return not run.isdigit()
    return len(run) >= 16 and not run.islower() and not run.isupper()


def jwts(text: str) -> Iterator[Hit]:
    """Find JSON Web Tokens: parts with dots between, the first of which is a JSON object in Base64."""
    if "eyJ" not in text:
        return
    for found in _JWT.finditer(text):
        token = found[1].rstrip(".-")
        first, *others = token.split(".")
        if others and len(first) >= 6 and len(others[0]) >= 6:
            yield Hit(found.start(), found.start(1) + len(token))


def private_keys(text: str) -> Iterator[Hit]:
    """Find private keys in PEM; one that does not end, ends with the text."""
    if "PRIVATE KEY" not in text:
        return
    done = 0
    for found in _BEGIN_PRIVATE.finditer(text):
        if found.start() < done:
            continue
        last = text.find("-----END", found.end())
        closing = text.find("-----", last + 8) if last >= 0 else -1
        done = closing + 5 if closing >= 0 else len(text)
        yield Hit(found.start(), done)
