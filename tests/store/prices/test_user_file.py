"""Price files: three formats, patterns and tiers, precedence, and one sentence for every mistake."""

from datetime import date
from pathlib import Path

import pytest

from spanmill_store.prices.book import PriceBook
from spanmill_store.prices.price import Price, Tier, Tokens, on
from spanmill_store.prices.user_file import MAX_BYTES, PriceFileError, UserPrices, load

DAY = date(2026, 6, 15)

YAML = """\
prices:
  - model: Our-Model*
    provider: OpenAI
    valid_from: 2026-01-01
    input_mtok: 1
    cache_read_mtok: 0.25
    output_mtok: 4
    per_call: 0.001
    tiers:
      - above_input_tokens: 1000
        input_mtok: 2
"""
TOML = """\
[[prices]]
model = "Our-Model*"
provider = "OpenAI"
valid_from = 2026-01-01
input_mtok = 1
cache_read_mtok = 0.25
output_mtok = 4
per_call = 0.001
tiers = [{above_input_tokens = 1000, input_mtok = 2}]
"""
JSON = """\
{"prices": [{"model": "Our-Model*", "provider": "OpenAI", "valid_from": "2026-01-01", "input_mtok": 1,
 "cache_read_mtok": 0.25, "output_mtok": 4, "per_call": 0.001,
 "tiers": [{"above_input_tokens": 1000, "input_mtok": 2}]}]}
"""


def written(folder: Path, text: str, name: str = "prices.yaml") -> Path:
    """A price file with *text*."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def priced(folder: Path, *entries: str) -> PriceBook:
    """A book with a file of *entries*, each in YAML's braces without the braces."""
    text = "prices:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries)
    return PriceBook(load(written(folder, text)))


def input_price(book: PriceBook, model: str, provider: str = "openai", day: date = DAY) -> float | None:
    """What a million input tokens cost."""
    period = on(book.periods((provider, model)), day)
    return period.price.tiers[0].input_mtok if period else None


@pytest.mark.parametrize(("name", "text"), [("p.yaml", YAML), ("p.yml", YAML), ("p.toml", TOML), ("p.JSON", JSON)])
def test_every_format_says_the_same(name: str, text: str, tmp_path: Path) -> None:
    """A pattern in lower case, the provider as spans name it, and tiers that keep what they do not change."""
    found = load(written(tmp_path, text, name))
    [entry] = found.entries
    assert (entry.model, entry.provider, entry.valid_from) == ("our-model*", "openai", date(2026, 1, 1))
    assert found.origin == f"file {name}"
    assert entry.price == Price((Tier(0, 1, 0.25, 1, 4, 0.001), Tier(1001, 2, 0.25, 2, 4, 0.001)))


def test_a_call_may_have_a_price_of_its_own(tmp_path: Path) -> None:
    """A model may be charged by the call only."""
    book = priced(tmp_path, "model: m, per_call: 0.5")
    [period] = book.periods(("", "m"))
    assert period.price.cost(Tokens(input=10, output=10)) == 0.5


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    """A list without prices is no mistake."""
    assert load(written(tmp_path, "prices: []")) == UserPrices("prices.yaml", ())


class TestPrecedence:
    """Which of several prices counts."""

    def test_the_users_count_before_the_list(self, tmp_path: Path) -> None:
        """At every provider, where the entry names none."""
        book = priced(tmp_path, "model: gpt-4o, input_mtok: 7, output_mtok: 7")
        assert {input_price(book, "gpt-4o", provider) for provider in ("", "openai", "azure.ai.openai", "x")} == {7.0}
        assert input_price(book, "gpt-4o-mini") == input_price(PriceBook(), "gpt-4o-mini") != 7

    def test_an_entry_for_a_provider_is_for_that_one_only(self, tmp_path: Path) -> None:
        """Others, and spans that name none, are charged as before."""
        book = priced(tmp_path, "model: gpt-4o, provider: azure, input_mtok: 7, output_mtok: 7")
        assert input_price(book, "gpt-4o", "azure.ai.openai") == 7
        assert input_price(book, "gpt-4o", "") == input_price(book, "gpt-4o") == 2.5

    def test_names_before_patterns_and_the_longer_pattern_before_the_shorter(self, tmp_path: Path) -> None:
        """The order in the file does not matter."""
        entries = [
            f"model: '{model}', provider: '{provider}', input_mtok: {price}, output_mtok: 0"
            for price, (model, provider) in enumerate(
                [("*", ""), ("abc*", ""), ("ab*", "openai"), ("abcd", ""), ("abcd", "openai")], start=1
            )
        ]
        for order in (entries, entries[::-1]):
            book = priced(tmp_path, *order)
            found = [input_price(book, model) for model in ("x", "abcx", "abcd")]
            assert (found, input_price(book, "abcd", "groq")) == ([1, 3, 5], 4)

    def test_before_its_first_day_an_entry_says_nothing(self, tmp_path: Path) -> None:
        """The list's price counts until then, an earlier entry's until the next one."""
        book = priced(
            tmp_path,
            "model: gpt-4o, valid_from: 2026-03-01, input_mtok: 7, output_mtok: 7",
            "model: gpt-4o, valid_from: 2026-05-01, input_mtok: 8, output_mtok: 8",
        )
        days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 4, 30), date(2026, 5, 1), date(2149, 6, 6)]
        assert [input_price(book, "gpt-4o", day=day) for day in days] == [2.5, 7, 7, 8, 8]

    def test_a_newer_pattern_does_not_count_before_an_older_name(self, tmp_path: Path) -> None:
        """What an entry speaks of decides first, its day second."""
        book = priced(
            tmp_path,
            "model: abc, input_mtok: 1, output_mtok: 0",
            "model: 'a*', valid_from: 2026-01-01, input_mtok: 2, output_mtok: 0",
        )
        assert [input_price(book, name) for name in ("abc", "abd")] == [1, 2]

    @pytest.mark.parametrize(
        "model", ['o\'brien "x"', "模型-7b", "a[b]c", "a.c", "né", "m" * 5000, "a\\b", "%s{x:string}"]
    )
    def test_names_are_taken_as_they_are(self, model: str, tmp_path: Path) -> None:
        """Quotes, brackets and other scripts have no meaning; only a star has."""
        text = f"[[prices]]\nmodel = '''{model}'''\ninput_mtok = 3\noutput_mtok = 0\n"
        book = PriceBook(load(written(tmp_path, text, "p.toml")))
        assert (input_price(book, model), input_price(book, model.replace(".", "x") + "y")) == (3, None)


ONE = "prices:\n  - model: m\n    input_mtok: 1\n    output_mtok: 1\n"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("p.yaml", ONE + "    ouput_mtok: 2\n", "{}, line 5: unknown key 'ouput_mtok': did you mean 'output_mtok'?"),
        ("p.yaml", "prices:\n  - model: m\n    input_mtok: 1\n", "{}, line 2: 'output_mtok' is missing: add what a"),
        ("p.yaml", "prices:\n  - input_mtok: 1\n    output_mtok: 1\n", "{}, line 2: 'model' is missing: add it."),
        ("p.yaml", "prices:\n  - model: m\n", "{}, line 2: 'input_mtok' and 'output_mtok' are missing: add what"),
        ("p.yaml", ONE.replace("mtok: 1", "mtok: '$1'"), "{}, line 3: input_mtok is '$1': it should be a number"),
        ("p.yaml", ONE.replace("mtok: 1", "mtok: -1"), "{}, line 3: input_mtok is -1: it should not be negative."),
        ("p.yaml", ONE.replace("mtok: 1", "mtok: .inf"), "{}, line 3: input_mtok is inf: it should be finite."),
        ("p.yaml", ONE.replace("mtok: 1", "mtok: .nan"), "{}, line 3: input_mtok is nan: it should be finite."),
        ("p.yaml", ONE.replace("mtok: 1", "mtok: true"), "{}, line 3: input_mtok is True: it should be a number"),
        ("p.yaml", ONE.replace("mtok: 1", "mtok: 1e9"), "{}, line 3: input_mtok is 1000000000.0: it should be at most"),
        ("p.yaml", ONE.replace("model: m", "model: ''"), "{}, line 2: model is '': it should not be empty."),
        ("p.yaml", ONE.replace("model: m", "model: 4"), "{}, line 2: model is 4: it should be text."),
        ("p.yaml", ONE + "    valid_from: soon\n", "{}, line 5: valid_from is 'soon': input should be a valid date"),
        ("p.yaml", ONE + "    valid_from: 1900-01-01\n", "{}, line 5: valid_from is 1900-01-01: name a day between"),
        ("p.yaml", ONE + ONE.partition("\n")[2], "{}, line 5: 'm' has a price for the same days at line 2: remove one"),
        ("p.yaml", ONE + "    tiers: 5\n", "{}, line 5: tiers is 5: it should be a list."),
        ("p.yaml", ONE + "    tiers:\n      - input_mtok: 2\n", "{}, line 6: 'above_input_tokens' is missing: add it."),
        (
            "p.yaml",
            ONE + "    tiers:\n      - {above_input_tokens: 2k, input_mtok: 2}\n",
            "{}, line 6: above_input_tokens is '2k': it should be a whole number.",
        ),
        (
            "p.yaml",
            ONE + "    tiers:\n      - {above_input_tokens: 9}\n      - {above_input_tokens: 9}\n",
            "{}, line 2: the tiers begin above [9, 9] input tokens: order them, each start once.",
        ),
        ("p.yaml", "price:\n  - 1\n", "{}, line 1: 'prices' is missing: add it."),
        ("p.yaml", "- 1\n", "{}: the file should be a mapping with the key 'prices'"),
        ("p.yaml", "", "{}: the file should be a mapping with the key 'prices'"),
        ("p.yaml", "prices:\n  - model: m\n    model: n\n", "{}, line 3: this is not YAML: found duplicate key"),
        ("p.yaml", "prices: [\n", "{}, line 2: this is not YAML"),
        ("p.yaml", "prices: !!python/object:os.system {}\n", "{}, line 1: prices is"),
        ("p.json", '{"prices": [}', "{}, line 1: this is not JSON"),
        ("p.json", '{"prices": [{"model": "m"}]}', "{}, entry 1: 'input_mtok' and 'output_mtok' are missing"),
        ("p.json", '{"prices": ' + "[" * 100_000, "{}: it is nested too deeply"),
        ("p.toml", "[[prices]]\nmodel = m\n", "{}: this is not TOML: Invalid value (at line 2"),
        ("p.toml", "[[prices]]\nmodel = 'm'\n\n[[prices]]\n", "{}, entry 1: 'input_mtok' and"),
        ("p.csv", "", "{} is no price file: its name should end in .yaml, .yml, .toml, .json."),
        ("p.yaml", "#" * (MAX_BYTES + 1), f"{{}} is larger than {MAX_BYTES} bytes"),
    ],
)
def test_a_mistake_is_one_sentence(name: str, text: str, sentence: str, tmp_path: Path) -> None:
    """It names the file, the line or entry, what is wrong, and what to do."""
    path = written(tmp_path, text, name)
    with pytest.raises(PriceFileError) as caught:
        load(path)
    assert str(caught.value).startswith(sentence.format(path))
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file and one in another encoding are named too."""
    with pytest.raises(PriceFileError, match=r"none\.yaml cannot be read \(No such file or directory\): correct"):
        load(tmp_path / "none.yaml")
    tmp_path.joinpath("p.yaml").write_bytes(b"prices: \xff\xfe")
    with pytest.raises(PriceFileError, match=r"p\.yaml is not UTF-8 text \(byte 8\): save it as UTF-8"):
        load(tmp_path / "p.yaml")
