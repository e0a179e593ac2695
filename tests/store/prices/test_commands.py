"""``spanmill prices``, and what ``spanmill migrate`` does for prices."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from genai_prices import Usage, calc_price

from spanmill.cli import main
from spanmill_store.client import Store
from support.calls import Call, about, as_json, charged, store_calls
from support.processes import clean_environment

OWN = {"model": "own-*", "input_mtok": 1, "output_mtok": 10}


def run(*arguments: str, url: str = "", **environment: str) -> Result:
    """Run ``spanmill ARGUMENTS`` against the database at *url*."""
    settings = {"SPANMILL_CLICKHOUSE_URL": url} if url else {}
    return CliRunner().invoke(main, arguments, env=settings | environment)


def objects(result: Result) -> list[dict[str, Any]]:
    """What a command printed as JSON."""
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A price file."""
    path = tmp_path / "prices.json"
    path.write_text(as_json(OWN), encoding="utf-8")
    return path


class TestCheck:
    """``prices check`` needs no server."""

    def test_what_a_good_file_says(self, file: Path) -> None:
        """Every price in a row, and a sentence."""
        result = run("prices", "check", str(file))
        assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, f"{file}: 1 prices, no mistakes.")
        [row] = objects(run("prices", "check", str(file), "--json"))
        assert (row["model"], row["provider"], row["output_mtok"], row["valid_from"]) == ("own-*", "", 10, None)

    def test_a_mistake(self, file: Path) -> None:
        """One sentence, exit code 1."""
        file.write_text(as_json({"model": "m"}), encoding="utf-8")
        result = run("prices", "check", str(file))
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith(f"Error: {file}, entry 1: 'input_mtok' and 'output_mtok' are missing")
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.clickhouse
class TestWithAStore:
    """Commands that ask or change the table."""

    @pytest.fixture
    def url(self, store: Store, database_url: str) -> str:
        """URL of a migrated database."""
        assert store.database in database_url
        return database_url

    def test_migrate_fills_in_the_list(self, database_url: str) -> None:
        """The first time it writes all prices, the next time none, and a broken file stops nobody."""
        first = run("migrate", url=database_url)
        assert "prices written, 0 spans given a cost" in first.stderr
        assert run("migrate", url=database_url).stderr == ""
        broken = run("migrate", url=database_url, SPANMILL_PRICES="none.yaml")
        assert broken.exit_code == 0
        assert broken.stderr.startswith("Prices stay as they are: none.yaml cannot be read")

    def test_sync_writes_and_fills(self, url: str, store: Store, file: Path) -> None:
        """The file is the setting's or the option's; what was stored before gets its cost."""
        store_calls(store, [Call("own-7")])
        [done] = objects(run("prices", "sync", "--json", url=url, SPANMILL_PRICES=str(file)))
        assert done["prices_written"] > 4000
        assert done["spans_given_a_cost"] == 1
        assert charged(store) == [(about(0.002), "computed")]
        assert (
            run("prices", "sync", "--prices", str(file), url=url).stdout == "0 prices written, 0 spans given a cost\n"
        )
        assert run("prices", "sync", "--forget-file", "--prices", str(file), url=url).exit_code == 2
        assert run("prices", "sync", "--forget-file", url=url).stdout.startswith("1 prices written")

    def test_list(self, url: str, file: Path) -> None:
        """All of them, or those of a provider, or with a name."""
        run("prices", "sync", "--prices", str(file), url=url)
        found = objects(run("prices", "list", "--model", "GPT-4o-mini", "--provider", "openai", "--json", url=url))
        assert {row["provider"] for row in found} == {"openai"}
        assert all("gpt-4o-mini" in row["model"] for row in found)
        table = run("prices", "list", "--model", "gpt-4o-mini", url=url).stdout
        assert table.splitlines()[0].split()[:2] == ["provider", "model"]
        assert "genai-prices" in table

    def test_show_says_what_a_call_costs(self, url: str, file: Path) -> None:
        """As the library computes it, before the table has the model and after; and by the user's file."""
        tokens = ("--input-tokens", "300000", "--cached-tokens", "1000", "--output-tokens", "70")
        arguments = ("prices", "show", "claude-sonnet-4-5", "--provider", "anthropic", "--on", "2026-06-15", *tokens)
        usage = Usage(input_tokens=300_000, cache_read_tokens=1000, output_tokens=70)
        day = datetime(2026, 6, 15, tzinfo=UTC)
        expected = calc_price(usage, "claude-sonnet-4-5", provider_id="anthropic", genai_request_timestamp=day)
        [before] = objects(run(*arguments, "--json", url=url))
        assert "once a span has named the model." in run(*arguments, url=url).stdout
        run("prices", "sync", "--prices", str(file), url=url)
        [after] = objects(run(*arguments, "--json", url=url))
        assert before == after
        assert after["cost_usd"] == pytest.approx(float(expected.total_price))
        assert "once a span" not in run(*arguments, url=url).stdout
        [own] = objects(
            run("prices", "show", "own-x", "--input-tokens", "10", "--json", url=url, SPANMILL_PRICES=str(file))
        )
        assert (own["origin"], own["cost_usd"]) == ("file prices.json", 1e-5)

    def test_show_of_what_nobody_knows(self, url: str) -> None:
        """One sentence with the remedy; impossible tokens are a usage error."""
        result = run("prices", "show", "nobody-knows-it", "--on", "2026-06-15", url=url)
        assert result.exit_code == 1
        assert result.stderr == (
            "Error: Nobody knows what nobody-knows-it costs on 2026-06-15: "
            "add it to the file that SPANMILL_PRICES names.\n"
        )
        assert run("prices", "show", "gpt-4o", "--cached-tokens", "1", url=url).exit_code == 2


def test_the_list_is_not_loaded_before_it_is_needed() -> None:
    """Neither the program nor its other commands wait for the price list."""
    commands = ", ".join(f"spanmill_store.commands.{name}" for name in ("migrate", "sql", "prices"))
    modules = f"spanmill.cli, spanmill_store.upkeep, {commands}"
    program = f"import sys, {modules}; print([name for name in sys.modules if name.startswith('genai_prices')])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=clean_environment()
    )
    assert done.stdout == "[]\n"
