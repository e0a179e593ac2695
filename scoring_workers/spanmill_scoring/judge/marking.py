"""
Making a text of somebody else's recognisable as such, word by word, so that it cannot pass for anything of ours.

A model reads a prompt as one run of tokens: it takes more than a fence around a text to keep it apart. Each word of it
bears a mark that the judge is told of (spotlighting, arXiv 2403.14720), the marks change with every call, tokens by
which chat templates tell roles apart are broken, and characters that nobody sees are spelt out.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Final

MARKS: Final = "¤¦¬¯¶†‡◊"
"""Characters that are short for models and rare in texts."""

RARE_MARKS: Final = "".join(map(chr, range(0xE000, 0xF900)))
"""For texts that hold all of those: characters without a meaning."""

WORD_CHARS: Final = 24
"""A longer run of characters bears more than one mark: not every language puts spaces between words."""

_WORD: Final = re.compile(rf"\S{{1,{WORD_CHARS}}}")

_ROLE: Final = re.compile(
    r"<(?=[|\uff5c])"
    r"|<(?=/?(?:s|bos|eos|sep|unk|start_of_turn|end_of_turn|system|user|assistant|tool_call|tool_response|think)>)"
    r"|<(?=</?(?:SYS|data|end)\b)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])",
    re.IGNORECASE,
)
"""Beginnings of role tokens (ChatML, Llama, Mistral, Gemma, DeepSeek …): some servers obey them anywhere."""

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e01ef]"
)
"""Controls, directions, zero widths, halves of characters, and tags, in which whole sentences can be hidden."""


def mark_for(texts: Iterable[str], choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """Return a mark that none of *texts* holds, as long as there is one."""
    used = frozenset().union(*map(frozenset, texts))
    free = [mark for mark in MARKS if mark not in used] or [mark for mark in RARE_MARKS if mark not in used]
    return choose(free or MARKS)


def marked(text: str, mark: str) -> str:
    """Return *text* with *mark* before each of its words and inside what looks like a role token."""
    broken = _ROLE.sub(lambda match: match[0] + mark, text)
    return _WORD.sub(lambda match: mark + match[0], broken)


def unmarked(text: str, mark: str) -> str:
    """Return *text* without *mark*; without one, as it is."""
    return text.replace(mark, "") if mark else text


def visible(text: str) -> str:
    r"""Return *text* with each character that nobody sees spelt out, as ``\u{202e}``."""
    return _UNSEEN.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text)
