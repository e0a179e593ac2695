"""Reading rules: one YAML file or a folder of them becomes good rules and problems. Never raises for a bad rule."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from spanmill_scoring.judge.prompt import InvalidRubric, names_in
from spanmill_scoring.python_source import ScorerNotFound, source_of, text_of
from spanmill_scoring.rules.dependencies import resolved
from spanmill_scoring.rules.environment import refused_routes
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.model import Rule, RulesFile, checked, sql_texts
from spanmill_scoring.rules.problems import Problem, of_validation
from spanmill_scoring.rules.versions import version_of
from spanmill_store.errors import SpanmillError
from spanmill_store.scoring.predicates import PredicateError, checked_condition
from spanmill_store.yaml_lines import Document, InvalidYaml, Place, parse

SUFFIXES: Final = (".yaml", ".yml")
MAX_BYTES: Final = 4_000_000


class RulesNotFound(SpanmillError):
    """There is no rules file where one was named."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Everything that was read: rules by name, and what is wrong with the others."""

    rules: dict[str, LoadedRule]
    problems: tuple[Problem, ...]


def load(path: Path) -> RuleBook:
    """
    Read the rules at *path*, a file or a folder.

    Raises:
        RulesNotFound: There is nothing at *path*, or it cannot be read.
    """
    rules: dict[str, LoadedRule] = {}
    problems: list[Problem] = []
    for file in files_at(path):
        for result in _load_file(file):
            if isinstance(result, Problem):
                problems.append(result)
            elif (earlier := rules.get(result.name)) is not None:
                text = f"the name is taken by {earlier.file.name}, line {earlier.line}: choose another."
                problems.append(Problem(file, result.line, text, result.name))
            else:
                rules[result.name] = result
    rules, unresolved = resolved(rules)
    return RuleBook(rules, (*problems, *unresolved))


def files_at(path: Path) -> list[Path]:
    """Rules files at *path*, sorted."""
    if path.is_dir():
        found = sorted(entry for entry in path.iterdir() if entry.suffix in SUFFIXES and entry.is_file())
        if not found:
            raise RulesNotFound(f"Folder {path} holds no rules file (*.yaml): add one, or correct SPANMILL_RULES.")
        return found
    if not path.is_file():
        raise RulesNotFound(f"There is no rules file {path}: create it, or correct SPANMILL_RULES.")
    return [path]


def fingerprint(path: Path) -> str:
    """Hash of everything under *path* that can change a rule: the rules files and the Python files beside them."""
    digest = hashlib.sha256()
    for file in files_at(path):
        for member in (file, *sorted(file.parent.glob("*.py"))):
            status = member.stat()
            digest.update(f"{member}\0{status.st_mtime_ns}\0{status.st_size}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _load_file(file: Path) -> Iterator[LoadedRule | Problem]:
    try:
        document = parse(_text(file))
    except InvalidYaml as error:
        yield Problem(file, error.line, f"this is not YAML that can be read: {error}.")
        return
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        yield Problem(file, 1, "a rules file is a mapping: start it with `rules:`.")
        return
    try:
        header = RulesFile.model_validate(data)
    except ValidationError as error:
        yield from of_validation(error, file, document, (), None)
        header = _without_mistakes(data)
    for index, entry in enumerate(header.rules):
        yield from _load_rule(file, document, ("rules", index), entry, header)


def _without_mistakes(data: dict[str, object]) -> RulesFile:
    rules = data.get("rules")
    return RulesFile(rules=rules if isinstance(rules, list) else [])


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise RulesNotFound(f"Rules file {file} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise InvalidYaml(f"it is larger than {MAX_BYTES} bytes", 1)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidYaml("it is not UTF-8", line) from error


def _load_rule(
    file: Path, document: Document, place: Place, data: object, header: RulesFile
) -> Iterator[LoadedRule | Problem]:
    name = data.get("name") if isinstance(data, dict) else None
    shown = name if isinstance(name, str) else None
    if not isinstance(data, dict):
        yield Problem(file, document.line(place), "a rule is a mapping: write `- name: …`.")
        return
    try:
        rule = Rule.model_validate(data)
    except ValidationError as error:
        yield from of_validation(error, file, document, place, shown)
        return
    problems, sql, references = [], {}, []
    for part, text in sql_texts(rule).items():
        try:
            if part[-1] == "where":
                sql[part], found = checked_condition(text, rule.scope)
                references.append(found)
            else:
                sql[part] = checked(rule, part, text)
        except PredicateError as error:
            problems.append(Problem(file, document.line(place + part), str(error), shown))
    for number, text in refused_routes(rule):
        problems.append(Problem(file, document.line((*place, "routes", number)), text, shown))
    source = ""
    try:
        source = _scorer_source(rule, file)
    except (ScorerNotFound, InvalidRubric) as error:
        where = ("python",) if rule.python else ("judge", "rubric")
        problems.append(Problem(file, document.line(place + where), str(error), shown))
    yield from problems
    if not problems:
        yield LoadedRule(
            rule,
            version_of(rule, source),
            file,
            document.line(place),
            header.completion,
            header.budget,
            sql,
            asks_for=frozenset(rule.combine.of if rule.combine else ()).union(*(found.scores for found in references)),
            reads_trace=any(found.reads_trace for found in references),
        )


def _scorer_source(rule: Rule, file: Path) -> str:
    if rule.judge:
        names_in(rule.judge.rubric, rule.scope)
    if rule.builtin:
        return str(rule.expressions) if rule.expressions else text_of(type(rule.builtin))
    return source_of(rule.python.scorer, file.parent) if rule.python else ""
