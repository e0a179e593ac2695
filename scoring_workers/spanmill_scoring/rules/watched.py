"""The rules in force: re-read when their files change, and never lost to a broken edit."""

import logging
import threading
from pathlib import Path

from spanmill_scoring.rules.files import RuleBook, RulesNotFound, fingerprint, load
from spanmill_scoring.rules.loaded import LoadedRule

logger = logging.getLogger(__name__)

_NO_RULES = RuleBook({}, ())


class WatchedRules:
    """
    The rules at *path*; none where it is None.

    `current` is cheap: it looks at the files' times and sizes and reads them only when those changed. Threads may share
    it.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._fingerprint = ""
        self._book = _NO_RULES
        self._was_missing = False
        self._lock = threading.Lock()

    def start(self) -> RuleBook:
        """
        Read the rules for the first time.

        Raises:
            RulesNotFound: There is nothing at the path.
        """
        if self._path is not None:
            load(self._path)
        return self.current()

    def current(self) -> RuleBook:
        """Return the rules in force. A rule that was broken by an edit stays as it was, with a sentence in the log."""
        with self._lock:
            return self._current()

    def _current(self) -> RuleBook:
        if self._path is None:
            return self._book
        try:
            seen = fingerprint(self._path)
            if seen != self._fingerprint:
                self._book = _merged(self._book, load(self._path))
                self._fingerprint = seen
                self._report(self._book)
            self._was_missing = False
        except (RulesNotFound, OSError) as error:
            if not self._was_missing:
                logger.warning("%s The rules read before stay in force.", error)
            self._was_missing = True
        return self._book

    def _report(self, book: RuleBook) -> None:
        for problem in book.problems:
            kept = " Its earlier version stays in force." if problem.rule in book.rules else ""
            logger.warning("%s%s", problem, kept)
        logger.info("%d rules in force: %s", len(book.rules), ", ".join(sorted(book.rules)) or "none")


def _merged(earlier: RuleBook, new: RuleBook) -> RuleBook:
    rules = dict(new.rules)
    for name, rule in earlier.rules.items():
        if name not in rules and any(_concerns(rule, problem.rule, problem.file) for problem in new.problems):
            rules[name] = rule
    return RuleBook(rules, new.problems)


def _concerns(rule: LoadedRule, problem_rule: str | None, problem_file: Path) -> bool:
    return problem_rule == rule.name or (problem_rule is None and problem_file == rule.file)
