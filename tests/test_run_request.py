"""What is asked of a line: all that is wrong is told at once, and what is right is a command."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb.errors import FormError, ParameterError, PipelineNotFoundError
from aifactory_nb.ledger import Ledger
from aifactory_nb.run_commands import parse_overrides
from aifactory_nb.run_request import (
    check,
    command_words,
    python_text,
    refuse_wrong,
    workload,
)
from aifactory_nb.settings import Settings, load_settings

PARAMETERS = """leaves: int = 31  # leaves of a tree [2..4096]
rate: float = 0.5  # size of a step
names: list[str] = []  # of columns
about: dict = {}  # anything
label: str = ""  # what to call it
holdout: "Optional[str]" = None  # part held out
split: "Literal['time', 'random']" = "time"  # how to hold out
quick: bool = False  # fewer rounds
"""


@pytest.fixture
def settings(line: Path) -> Settings:
    """The settings of a workspace whose build line is `make` and `use`."""
    write_notebook(line, "make", stage_cells("make"), PARAMETERS, writes=["rows"])
    return load_settings(line)


@pytest.mark.parametrize(
    ("request_", "field", "told"),
    [
        ({"values": {"make": {"leaves": 1}}}, "make.leaves", "must be from 2 to 4096, found 1"),
        ({"values": {"make": {"leaves": "x"}}}, "make.leaves", "must be int, found 'x'"),
        ({"values": {"make": {"leave": 1}}}, "make.leave", "Did you mean 'leaves'"),
        ({"values": {"mak": {"leaves": 1}}}, "mak.leaves", "Did you mean 'make'"),
        ({"values": {"make": 3}}, "make", "must be an object, found 3"),
        ({"values": {"make": {"holdout": "null"}}}, "make.holdout", "cannot be written"),
        ({"values": {"make": {"label": "a\0b"}}}, "make.label", "cannot be written"),
        ({"matrix": {"make.leaves": [15, 1]}}, "make.leaves", "must be from 2 to 4096, found 1"),
        ({"matrix": {"make.leaves": []}}, "make.leaves", "needs values"),
        ({"matrix": {"make": [15]}}, "make.", "is no parameter of make"),
        ({"matrix": {"make.leaves": 15}}, "make.leaves", "must be a list"),
        ({"window": "soon"}, "window", "found 'soon'"),
        ({"window": "2024-03-01..2024-01-01"}, "window", "ends before it begins"),
        ({"window": "2024-03-01.."}, "window", "A window is a month"),
        ({"from": "us"}, "from", "'us' is not a stage of this line. Did you mean 'use'"),
        ({"from": "use", "until": "make"}, "until", "comes after"),
        ({"only": ["maker"]}, "only", "Did you mean 'make'"),
        ({"only": [3]}, "only", "names of stages"),
        ({"line": "built"}, "line", "build or operate"),
        ({"line": "operate", "segment": "region"}, "segment", "line build"),
        ({"segment": "=x"}, "segment", "expected COLUMN"),
        ({"segment": "region"}, "segment", "no stage of this line takes a segment"),
        ({"command": "rm"}, "command", "run or replay, found 'rm'"),
        ({"first": "2024-03"}, "first", "goes with a replay"),
        ({"windwo": "x"}, "windwo", "Did you mean 'window'"),
        ({"fresh": "yes"}, "fresh", "must be true or false, found 'yes'"),
        ({"window": "2024-03\n"}, "window", "one line"),
    ],
)
def test_a_wrong_field_is_told(
    settings: Settings, request_: dict[str, Any], field: str, told: str
) -> None:
    """In words that go behind the name of the field."""
    assert told in check(settings, {"pipeline": "shop", **request_})[field]


def test_what_is_wrong_with_a_field_does_not_name_an_option(settings: Settings) -> None:
    """Nobody who fills in a form has typed one."""
    told = check(settings, {"pipeline": "shop", "segment": "=x"})

    assert told["segment"].startswith("expected COLUMN")


@pytest.mark.parametrize(
    ("request_", "notebooks", "variants"),
    [
        ({}, 2, 1),
        ({"only": ["use"]}, 1, 1),
        ({"matrix": {"make.leaves": [15, 31, 63], "make.quick": [True, False]}}, 12, 6),
        ({"matrix": {"make.leaves": [15, 15, 31]}}, 4, 2),
    ],
)
def test_how_much_a_request_is(
    settings: Settings, request_: dict[str, Any], notebooks: int, variants: int
) -> None:
    """As the run is planned: a value that is named twice counts once."""
    told = workload(settings, {"pipeline": "shop", **request_})

    assert told == {"notebooks": notebooks, "variants": variants}


def test_all_wrong_fields_are_told_at_once(settings: Settings) -> None:
    """Nobody wants to mend one after the other."""
    values = {"make": {"leaves": 1, "rate": "x", "leave": 2}}
    asked = {"pipeline": "shop", "values": values, "window": "soon"}

    assert check(settings, asked).keys() == {"make.leaves", "make.rate", "make.leave", "window"}
    with pytest.raises(FormError, match="make.leaves must be from 2 to 4096") as raised:
        refuse_wrong(settings, asked)
    assert raised.value.errors == check(settings, asked)


@pytest.fixture
def shop(workspace: Path) -> Settings:
    """The settings of a workspace with a pipeline that trains on Parquet files."""
    return load_settings(workspace)


@pytest.mark.parametrize(
    ("request_", "field", "told"),
    [
        ({"segment": "regoin"}, "segment", "there is no such column. Did you mean 'region'?"),
        ({"segment": "region=west"}, "segment", "has the value 'west'. There are 'north', 'south'"),
        ({"window": "2031-01"}, "window", "no row with ordered_at from 2031-01-01 to before"),
        ({"window": "2031-01", "until": "features"}, "window", "its rows reach from 2024-01-01"),
        (
            {"command": "replay", "first": "2024-03", "last": "2031-01"},
            "last",
            "source of 'shop' ends",
        ),
    ],
)
def test_what_the_data_have_not_is_told_before_a_run(
    shop: Settings, request_: dict[str, Any], field: str, told: str
) -> None:
    """A column of a Parquet file is read at once."""
    errors = check(shop, {"pipeline": "shop", **request_})

    assert list(errors) == [field] and told in errors[field], errors


@pytest.mark.parametrize(
    "request_",
    [
        {"segment": "region=north"},
        {"window": "2024-02"},
        {"window": "2031-01", "from": "train"},
        {"window": "2031-01", "values": {"ingest": {"allow_empty": True}}},
        {"command": "replay", "first": "2024-03", "last": "2024-05"},
    ],
)
def test_what_can_be_carried_out_is_not_refused(shop: Settings, request_: dict[str, Any]) -> None:
    """Stages that do not read the source do with what was stored before."""
    assert check(shop, {"pipeline": "shop", **request_}) == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows.drop("ordered_at"), "lacks the columns ordered_at"),
        (lambda rows: rows.with_columns(pl.col("ordered_at").cast(pl.String)), "no date or time"),
    ],
)
def test_a_source_that_cannot_be_asked_is_told(shop: Settings, change: Any, told: str) -> None:
    """As by the stage that reads it."""
    path = shop.workspace / "pipelines" / "shop" / "data" / "orders.parquet"
    change(pl.read_parquet(path)).write_parquet(path)

    assert told in check(shop, {"pipeline": "shop", "segment": "region"})["segment"]
    replay = {"command": "replay", "first": "2024-03", "last": "2024-04"}
    assert told in check(shop, {"pipeline": "shop", **replay})["last"]
    assert told in check(shop, {"pipeline": "shop", "window": "2024-02"})["window"]


def test_a_source_that_takes_long_is_not_read_for_a_form(shop: Settings) -> None:
    """The run says what it has not got."""
    folder = shop.workspace / "pipelines" / "shop"
    pl.read_parquet(folder / "data" / "orders.parquet").write_csv(folder / "data" / "orders.csv")
    text = (folder / "pipeline.toml").read_text()
    (folder / "pipeline.toml").write_text(text.replace("orders.parquet", "orders.csv"))

    assert check(shop, {"pipeline": "shop", "segment": "regoin", "window": "2031-01"}) == {}


def test_a_request_needs_a_pipeline(settings: Settings) -> None:
    """That exists."""
    assert check(settings, {})["pipeline"] == "is missing"
    with pytest.raises(PipelineNotFoundError):
        check(settings, {"pipeline": "../shop"})


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"first": "2024-03", "last": "soon"}, "last"),
        ({"first": "2024-03"}, "last"),
        ({"first": "2024-05", "last": "2024-03"}, "first"),
        ({"first": "2023-05", "last": "2024-03"}, "first"),
        ({"first": "2024-03", "last": "2024-04", "window": "2024-01"}, "window"),
    ],
)
def test_the_ends_of_a_replay_are_checked(
    settings: Settings, request_: dict[str, Any], field: str
) -> None:
    """As windows of the pipeline, in order, after those of the first model."""
    assert field in check(settings, {"pipeline": "shop", "command": "replay", **request_})


def test_a_request_is_the_command_that_does_the_same(settings: Settings) -> None:
    """Each value is read back by the command as it was given."""
    values = {
        "make": {
            "leaves": 63,
            "rate": 1e-7,
            "names": ["a, b", "--x"],
            "about": {"a": [1, None]},
            "label": 'it\'s =,"so"',
            "holdout": None,
            "split": "random",
            "quick": True,
        }
    }
    asked = {"pipeline": "shop", "values": values, "from": "make", "fresh": True}
    words = command_words(asked)

    assert check(settings, asked) == {}
    assert words[:4] == ["run", "shop", "--from", "make"] and words[-1] == "--fresh"
    given = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
    assert parse_overrides(given, settings) == values


def test_a_matrix_is_quoted_as_the_command_reads_it(settings: Settings) -> None:
    """Values may hold commas and quotes."""
    from aifactory_nb.fan_out import parse_axis

    wanted = ["a,b", 'say "no"', "plain"]
    asked = {"pipeline": "shop", "matrix": {"make.label": wanted}}
    words = command_words(asked)

    assert check(settings, asked) == {}
    assert words[2] == "--matrix"
    assert list(parse_axis(words[3], settings).values) == wanted


def test_all_options_of_a_run_have_their_words() -> None:
    """What is left out is left to the command."""
    asked = {"pipeline": "shop", "line": "operate", "window": "2024-03", "only": ["a", "b"]}
    fan = {"pipeline": "shop", "segment": "region=north", "until": "use", "keep_kernel": True}

    assert command_words({"pipeline": "shop"}) == ["run", "shop"]
    assert command_words(asked) == [
        *("run", "shop", "--line", "operate", "--window", "2024-03", "--only", "a", "--only", "b")
    ]
    assert command_words(fan) == [
        *("run", "shop", "--until", "use", "--segment", "region=north", "--keep-kernel")
    ]


def test_a_replay_has_its_words() -> None:
    """First and last window, and how."""
    asked = {"pipeline": "shop", "command": "replay", "first": "2024-03", "last": "2024-04"}

    assert command_words({**asked, "live": True}) == [
        *("replay", "shop", "--from", "2024-03", "--to", "2024-04", "--live")
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {"values": {"make": {"leaves": 63}}, "only": ["make"]},
        {"window": "2024-02", "fresh": True, "until": "make"},
        {"matrix": {"make.leaves": [15, 31]}, "until": "make"},
    ],
)
def test_the_python_text_carries_the_run_out(settings: Settings, asked: dict[str, Any]) -> None:
    """It is a program that can be pasted into a notebook."""
    found: dict[str, Any] = {}
    exec(python_text({"pipeline": "shop", **asked}), found)

    assert found["outcome"].status == "succeeded"
    requests = Ledger(settings.ledger_url).run(found["outcome"].run)["parameters"]["requests"]
    assert requests[-1]["stages"] == ["make"]


def test_the_python_text_of_a_replay_is_python(settings: Settings) -> None:
    """With the same windows."""
    asked = {"pipeline": "shop", "command": "replay", "first": "2024-03", "last": "2024-04"}
    text = python_text({**asked, "live": True})

    compile(text, "replay", "exec")
    assert "replay_requests(pipeline, '2024-03', '2024-04', live=True)" in text


def test_a_period_that_is_none_is_refused(settings: Settings) -> None:
    """Also by the command."""
    from aifactory_nb.replay import parse_period

    for text in ("", "2024-03-01..", "..", "2024-03-01..2024-03-01"):
        with pytest.raises(ParameterError):
            parse_period(text, "1mo")
