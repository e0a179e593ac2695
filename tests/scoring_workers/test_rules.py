from collections.abc import Callable
from io import StringIO
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from spanmill_scoring.rules.files import RuleBook, RulesNotFound, load
from spanmill_scoring.rules.watched import WatchedRules

GOOD = """
completion: {idle_s: 1}
rules:
  - name: errors
    where: ToolCount > 0
    sql: if(ErrorCount > 0, 0, 1)
    sample: 0.5
    flag: {below: 0.5}
    dataset: failures
"""

ANY_KEYS = st.sampled_from(["rules", "name", "sql", "where", "judge", "choices", "sample", "completion", "flag", "x"])
ANY_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_KEYS, inner, max_size=4),
    max_leaves=12,
)


class TestLoading:
    """Rules files become rules and problems."""

    def test_good_rules_are_read(self, load_rules: Callable[[str], RuleBook]) -> None:
        """A rule carries its checked SQL, its version and the file's completion."""
        book = load_rules(GOOD)
        assert not book.problems
        rule = book.rules["errors"]
        assert rule.sql["where",] == '"ToolCount" > 0'
        assert rule.completion.idle_s == 1
        assert len(rule.version) == 12

    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            ("rules:\n- name: a\n  smaple: 1\n  sql: '1'", 3, ["'smaple'", "'sample'"]),
            ("rules:\n- name: a\n  scope: trce\n  sql: '1'", 3, ["'trce'", "'trace'"]),
            ("rules:\n- name: a\n  sql: '1'\n  flag:\n    bellow: 1", 5, ["'bellow'", "'below'"]),
            ("rules:\n- name: a\n  where: ErorCount > 0\n  sql: '1'", 3, ["'ErorCount'", "ErrorCount"]),
            ("rules:\n- name: a\n  sql:\n    value: '1'\n    reason: Inputt", 5, ["'Inputt'", "Input"]),
            ("rules:\n- name: a\n  sql:\n    select: SELECT TraceId, 1 AS value FROM trces", 4, ["'trces'", "traces"]),
            ("rules:\n- name: a\n  sample: 2\n  sql: '1'", 3, ["sample is 2"]),
            ("rules:\n- name: a b\n  sql: '1'", 2, ["'a b'"]),
            ("rules:\n- sql: '1'", 2, ["'name' is missing"]),
            ("rules:\n- name: a", 2, ["exactly one of builtin, sql, python, judge and combine"]),
            ("rules:\n- name: a\n  sql: '1'\n  python: m:f", 2, ["sql and python"]),
            ("rules:\n- name: a\n  sql: '1'\n  dataset: d", 2, ["dataset needs flag"]),
            ("rules:\n- name: a\n  python: scorers", 3, ["write module:function"]),
            ("rules:\n- name: a\n  python: nowhere:f", 3, ["no Python module 'nowhere'"]),
            (
                "rules:\n- name: a\n  judge:\n    model: m\n    rubric: '{{inptu}}'\n    choices: {a: 1, b: 0}",
                5,
                ["'inptu'", "{{input}}"],
            ),
            ("rules:\n- name: a\n  sql: '1'\n- name: a\n  sql: '1'", 4, ["taken", "line 2"]),
            ("ruls: []", 1, ["'ruls'", "'rules'"]),
            ("completion:\n  idel_s: 3", 2, ["'idel_s'", "'idle_s'"]),
            ("rules: 1", 1, ["rules is 1", "list"]),
            ("rules:\n- 5", 2, ["a rule is a mapping"]),
            ("- a", 1, ["a rules file is a mapping"]),
            ("rules:\n- name: [", 2, ["not YAML"]),
            ("a: 1\na: 2", 2, ["not YAML", "duplicate"]),
            ("rules: " + "[" * 40 + "]" * 40, 1, ["nested deeper"]),
        ],
    )
    def test_a_mistake_is_one_sentence(
        self, load_rules: Callable[[str], RuleBook], text: str, line: int, words: list[str]
    ) -> None:
        """A mistake is told by file, line, the wrong word and, where there is one, the nearest right one."""
        (problem,) = load_rules(text).problems
        assert problem.line == line
        assert str(problem).startswith(f"{problem.file}, line {line}: ")
        assert "\n" not in str(problem)
        for word in words:
            assert word in str(problem)

    def test_a_bad_rule_does_not_stop_the_others(self, load_rules: Callable[[str], RuleBook]) -> None:
        """Of two rules, the good one is in force whatever the other looks like."""
        book = load_rules(GOOD + "  - name: bad\n    sql: Nothing > 0\n")
        assert list(book.rules) == ["errors"]
        assert [problem.rule for problem in book.problems] == ["bad"]

    def test_a_folder_is_read_whole(self, tmp_path: Path) -> None:
        """All YAML files of a folder count, and a name is taken across files."""
        (tmp_path / "a.yaml").write_text(GOOD)
        (tmp_path / "b.yml").write_text(GOOD + "  - name: other\n    sql: '1'\n")
        book = load(tmp_path)
        assert set(book.rules) == {"errors", "other"}
        assert "a.yaml" in str(book.problems[0])

    def test_nothing_there_is_one_sentence(self, tmp_path: Path) -> None:
        """A path without rules is named, with the setting to correct."""
        with pytest.raises(RulesNotFound, match="SPANMILL_RULES"):
            load(tmp_path / "no.yaml")
        with pytest.raises(RulesNotFound, match="no rules file"):
            load(tmp_path)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(data=ANY_DATA)
    def test_survives_any_data(self, tmp_path: Path, data: object) -> None:
        """Any YAML becomes rules or one-sentence problems, never another error."""
        text = StringIO()
        YAML().dump({"rules": [data]} if not isinstance(data, dict) else data, text)
        self._load(tmp_path, text.getvalue())

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(text=st.text(max_size=80) | st.from_regex(r"[a-z:\-\[\]{}&*!|>'\"#%@, \n]{0,80}", fullmatch=True))
    def test_survives_any_text(self, tmp_path: Path, text: str) -> None:
        """Any text becomes rules or one-sentence problems, never another error."""
        self._load(tmp_path, text)

    def _load(self, folder: Path, text: str) -> None:
        path = folder / "any.yaml"
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        for problem in load(path).problems:
            assert "\n" not in str(problem)
            assert problem.line >= 1


class TestVersion:
    """A version names everything that can change a score."""

    @pytest.mark.parametrize(
        ("old", "new"),
        [("ErrorCount > 0", "ErrorCount > 1"), ("below: 0.5", "below: 0.4")],
    )
    def test_changes_with_what_can_change_a_score(
        self, load_rules: Callable[[str], RuleBook], old: str, new: str
    ) -> None:
        """Another condition or threshold is another version."""
        before = load_rules(GOOD).rules["errors"].version
        assert load_rules(GOOD.replace(old, new)).rules["errors"].version != before

    def test_stays_with_what_cannot(self, load_rules: Callable[[str], RuleBook]) -> None:
        """Comments, order, places, descriptions and rates do not make a version."""
        before = load_rules(GOOD).rules["errors"].version
        other = (
            "# hello\nrules:\n  - {name: first, sql: '1'}\n" + GOOD.partition("rules:\n")[2] + "    description: x\n"
        )
        assert load_rules(other).rules["errors"].version == before

    def test_follows_the_source_of_a_python_scorer(self, tmp_path: Path, load_rules: Callable[[str], RuleBook]) -> None:
        """An edited scorer is another scorer."""
        text = "rules:\n- {name: a, python: 'scorers:score'}"
        (tmp_path / "scorers.py").write_text("def score(target):\n    return 1\n")
        before = load_rules(text).rules["a"].version
        (tmp_path / "scorers.py").write_text("def score(target):\n    return 2\n")
        assert load_rules(text).rules["a"].version != before

    def test_of_a_judge_does_not_depend_on_its_address(self, load_rules: Callable[[str], RuleBook]) -> None:
        """A judge that moves to another port is the same judge; one with another rubric is not."""
        text = dedent("""
            rules:
            - name: a
              judge: {model: m, base_url: 'http://a', rubric: 'Good? {{output}}', choices: {good: 1, bad: 0}}
        """)
        before = load_rules(text).rules["a"].version
        assert load_rules(text.replace("http://a", "http://b")).rules["a"].version == before
        assert load_rules(text.replace("Good?", "Bad?")).rules["a"].version != before


class TestWatchedRules:
    """Rules in force follow their files."""

    def test_an_edit_comes_into_force(self, write_rules: Callable[[str], Path]) -> None:
        """A changed file is read again."""
        rules = WatchedRules(write_rules(GOOD))
        assert rules.start().rules["errors"].rule.sample == 0.5
        write_rules(GOOD.replace("sample: 0.5", "sample: 0.25"))
        assert rules.current().rules["errors"].rule.sample == 0.25

    @pytest.mark.parametrize("broken", ["rules: [", "rules:\n- {name: errors, sql: Nothing}"])
    def test_a_broken_edit_keeps_the_last_good_rule(
        self, write_rules: Callable[[str], Path], broken: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A rule that an edit broke stays in force as it was, and the log says what is wrong."""
        rules = WatchedRules(write_rules(GOOD))
        before = rules.start().rules["errors"]
        write_rules(broken)
        assert rules.current().rules["errors"] == before
        assert "rules.yaml, line" in caplog.text

    def test_a_removed_rule_is_gone(self, write_rules: Callable[[str], Path]) -> None:
        """A rule that is no longer written is no longer in force."""
        rules = WatchedRules(write_rules(GOOD))
        rules.start()
        write_rules("rules:\n- {name: other, sql: '1'}")
        assert list(rules.current().rules) == ["other"]

    def test_a_lost_file_keeps_the_rules(self, write_rules: Callable[[str], Path]) -> None:
        """A rules file that vanishes for a moment, as editors do, changes nothing."""
        path = write_rules(GOOD)
        rules = WatchedRules(path)
        rules.start()
        path.unlink()
        assert list(rules.current().rules) == ["errors"]
