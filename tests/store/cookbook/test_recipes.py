"""Recipes are well-formed, and are listed and asked by name from the command line."""

import csv
import io
import json
import re

import pytest
from click.testing import CliRunner, Result

from spanmill.cli import main
from spanmill_store import cookbook, queries
from spanmill_store.client import Store
from spanmill_store.cookbook import Recipe, RecipeError
from spanmill_store.errors import StatementRefused
from spanmill_store.guard.statement import checked

RECIPES = cookbook.recipes()
TYPES = {"UInt16", "UInt32", "Float64", "String"}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
class TestForm:
    """The form of a recipe's file."""

    def test_the_header_says_everything(self, recipe: Recipe) -> None:
        """A question, a subject, every parameter with its meaning, and what is read."""
        assert re.fullmatch(r"[A-Z].*\?", recipe.question)
        assert re.fullmatch(r"[A-Z][a-z, ]+", recipe.subject)
        assert {parameter.name for parameter in recipe.parameters} == queries.parameters(recipe.statement)
        assert all(p.kind in TYPES and p.meaning.endswith(".") for p in recipe.parameters)
        assert recipe.cost.startswith("Reads ")
        assert recipe.cost.endswith(".")

    def test_defaults_fit(self, recipe: Recipe) -> None:
        """A default is a value of the parameter's type."""
        missing = {parameter.name: "1" for parameter in recipe.parameters if parameter.default is None}
        assert recipe.values(missing).keys() == {parameter.name for parameter in recipe.parameters}

    def test_people_may_ask_it(self, recipe: Recipe) -> None:
        """The guard lets it pass, for some projects too, and not with parameters that nobody binds."""
        names = {parameter.name for parameter in recipe.parameters}
        for restricted in (False, True):
            assert checked(recipe.statement, restricted=restricted, bound=names)
            if names:
                with pytest.raises(StatementRefused, match="a query parameter"):
                    checked(recipe.statement, restricted=restricted)


def test_there_are_enough() -> None:
    """A cookbook has at least twenty-five questions, each asked once."""
    assert len(RECIPES) >= 25
    assert len({recipe.question for recipe in RECIPES}) == len(RECIPES)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {x:Identifier}",
        "SELECT {x:Identifier}",
        "SELECT {x:Identifier}.a FROM traces",
        "SELECT {y:String}",
        "SELECT 1 WHERE 'a' IN {x:String}",
        "SELECT 1 WHERE 'a' IN ({x:String})",
        "SELECT quantile({x:AggregateFunction(sum, UInt8)})(1)",
        "SELECT COLUMNS({x:String}) FROM traces",
        "SELECT CAST(1, {x:String})",
    ],
)
def test_a_parameter_is_a_value(statement: str) -> None:
    """Bound or not, a parameter stands for no name of a table, a column or a type."""
    with pytest.raises(StatementRefused):
        checked(statement, bound={"x"})


@pytest.mark.parametrize(
    ("name", "given", "complaint"),
    [
        ("cost_per_user", {"days": "x"}, "'days' of cookbook/cost_per_user is 'x', which is not a whole number"),
        ("cost_per_user", {"days": "-1"}, "not a whole number of type UInt16"),
        ("cost_per_user", {"days": "65536"}, "not a whole number of type UInt16"),
        ("missed_by_judges", {"threshold": "nan"}, "not a number of type Float64"),
        ("cost_per_user", {"dayz": "1"}, "has no parameter 'dayz': did you mean days?"),
        ("cost_per_user", {"zzz": "1"}, "has no parameter 'zzz': it has days, limit."),
        ("trace_tree", {}, "needs the parameter 'trace': add --param trace=… (id of the trace)."),
    ],
)
def test_values_that_do_not_fit(name: str, given: dict[str, str], complaint: str) -> None:
    """One sentence names the parameter and what it may be."""
    with pytest.raises(RecipeError) as caught:
        cookbook.recipe(name).values(given)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def spanmill_sql(*arguments: str) -> Result:
    """Run ``spanmill sql ARGUMENTS``."""
    return CliRunner().invoke(main, ["sql", *arguments])


class TestCommand:
    """``spanmill sql --list`` and ``--named``."""

    def test_the_list_needs_no_server(self) -> None:
        """Names, parameters with their defaults, and questions."""
        result = spanmill_sql("--list", "--json")
        rows = json.loads(result.stdout)
        assert [row["name"] for row in rows] == cookbook.names()
        [row] = [row for row in rows if row["name"] == "cookbook/compare_releases"]
        assert row["parameters"] == "before after days=7"
        assert "What does each user cost?" in spanmill_sql("--list").stdout

    @pytest.mark.clickhouse
    def test_a_named_question_is_answered(self, filled: Store) -> None:
        """With or without its folder, as a table, JSON or CSV, for some projects only."""
        url = f"--clickhouse-url={filled.address}"
        asked = spanmill_sql("--named", "cost_per_user", "--param", "days=30", "--param", "limit=2", "--json", url)
        [first, _] = json.loads(asked.stdout)
        assert first["user"].startswith("user-")
        same = spanmill_sql("--named", "cookbook/cost_per_user", "--param", "days=30", "--csv", url)
        assert next(csv.DictReader(io.StringIO(same.stdout)))["user"] == first["user"]
        table = spanmill_sql("--named", "noise_share", "--project", "shop", url)
        assert "shop-bot" in table.stdout
        assert "bank-bot" not in table.stdout

    @pytest.mark.clickhouse
    def test_values_are_values(self, filled: Store) -> None:
        """What looks like SQL finds nothing and does nothing."""
        url = f"--clickhouse-url={filled.address}"
        asked = spanmill_sql("--named", "search_inputs", "--param", "text=') OR 1=1 -- \\", "--json", url)
        assert (asked.exit_code, json.loads(asked.stdout)) == (0, [])

    @pytest.mark.clickhouse
    def test_limits_hold(self, filled: Store) -> None:
        """A result of too many rows is refused, as for a person's own SQL."""
        url = f"--clickhouse-url={filled.address}"
        asked = spanmill_sql("--named", "cost_per_user", "--param", "days=30", "--max-rows", "1", url)
        assert (asked.exit_code, asked.stderr.startswith("Error: The result is larger than 1 rows")) == (1, True)

    @pytest.mark.parametrize(
        ("arguments", "code", "complaint"),
        [
            (["--named", "cost_per_usr"], 1, "no named query 'cost_per_usr': did you mean cookbook/cost_per_user?"),
            (["--named", "zzz"], 1, "no named query 'zzz': see --list."),
            (["--named", "../keys/all"], 1, "no named query '../keys/all'"),
            (["--named", "keys/all"], 1, "no named query 'keys/all'"),
            (["--named", "trace_tree"], 1, "needs the parameter 'trace'"),
            (["--named", "trace_tree", "--param", "trace"], 2, "--param 'trace' is not NAME=VALUE."),
            (["SELECT 1", "--param", "a=1"], 2, "--param belongs to --named"),
            (["SELECT 1", "--named", "trace_tree"], 2, "Give one of these"),
            (["--list", "--named", "trace_tree"], 2, "Give one of these"),
            ([], 2, "Give one of these"),
        ],
    )
    def test_mistakes_are_told_in_a_sentence(self, arguments: list[str], code: int, complaint: str) -> None:
        """What was wrong, and what would be right."""
        result = spanmill_sql(*arguments)
        assert result.exit_code == code
        assert complaint in result.stderr
