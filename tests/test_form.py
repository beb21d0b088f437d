"""The form of a line: a JSON schema of its parameters, the values they have, and those of an earlier run."""

from pathlib import Path

import pytest
from conftest import invoke, stage_cells, write_notebook

from aifactory_nb.errors import ParameterError, PipelineNotFoundError
from aifactory_nb.form import form, prefill
from aifactory_nb.ledger import Ledger
from aifactory_nb.settings import Settings, load_settings

PARAMETERS = """leaves: int = 31  # leaves of a tree [2..4096]
share: float = 0.5  # part held out [0..1]
split: "Literal['time', 'random']" = "time"  # how to hold out
until: "Optional[date]" = None  # last day
sizes: list[int] = []  # of layers [1..]
quick: bool = False  # fewer rounds
"""


@pytest.fixture
def settings(line: Path) -> Settings:
    """The settings of a workspace whose build line is `make` and `use`."""
    write_notebook(line, "make", stage_cells("make"), PARAMETERS, writes=["rows"])
    return load_settings(line)


def test_each_type_has_its_schema(settings: Settings) -> None:
    """Ranges, choices, dates, lists and what may be left out."""
    found = form(settings, "shop")["schema"]["properties"]["make"]["properties"]

    assert found["leaves"] == {
        "title": "leaves",
        "description": "leaves of a tree",
        "type": "integer",
        "minimum": 2,
        "maximum": 4096,
        "default": 31,
    }
    assert found["split"]["enum"] == ["time", "random"]
    assert (found["until"]["type"], found["until"]["format"]) == (["string", "null"], "date")
    assert found["sizes"]["items"] == {"type": "integer", "minimum": 1}
    assert found["quick"]["type"] == "boolean"


def test_what_the_factory_gives_is_not_asked(settings: Settings) -> None:
    """Pipeline, run, window and inputs are no fields."""
    found = form(settings, "shop")

    assert found["stages"] == ["make", "use"]
    assert "pipeline" not in found["schema"]["properties"]["make"]["properties"]
    assert found["schema"]["properties"]["use"]["properties"] == {}


def test_the_values_are_those_of_the_pipeline_file(settings: Settings) -> None:
    """The defaults, and over them what the file says."""
    path = settings.workspace / "pipelines" / "shop" / "pipeline.toml"
    path.write_text(path.read_text() + "\n[stages.make]\nleaves = 7\nuntil = 2024-03-01\n")
    values = form(settings, "shop")["values"]["make"]

    assert (values["leaves"], values["until"], values["share"]) == (7, "2024-03-01", 0.5)


def test_the_default_window_is_told_as_the_command_takes_it(settings: Settings) -> None:
    """A label that --window reads."""
    assert form(settings, "shop")["window"] == "2024-01-01..2024-03-01"


def test_one_stage_has_a_form_of_its_own(settings: Settings) -> None:
    """Such as the launcher of a notebook shows."""
    assert form(settings, "shop", stages=["use"])["stages"] == ["use"]
    with pytest.raises(ParameterError, match="'mak' is not a stage of this line. Did you mean"):
        form(settings, "shop", stages=["mak"])


def test_lines_and_pipelines_have_to_exist(settings: Settings) -> None:
    """The error says which there are."""
    with pytest.raises(ParameterError, match="build or operate, found 'built'"):
        form(settings, "shop", "built")
    with pytest.raises(PipelineNotFoundError, match="Did you mean 'shop'"):
        form(settings, "shpo")


def earlier(ledger: Ledger, run: str, requests: list[dict], kind: str = "run") -> None:
    """A run that was asked for these values."""
    ledger.start_run(run, "shop", kind, {"requests": requests}, 1)
    ledger.end_run(run, "succeeded")


def test_a_run_prefills_what_it_was_given(settings: Settings) -> None:
    """As far as the templates still take it."""
    ledger = Ledger(settings.ledger_url)
    given = {"make": {"leaves": 63, "gone": 1, "share": 7}}
    earlier(ledger, "before", [{"parameters": given}])

    assert prefill(settings, ledger, "before") == {"make": {"leaves": 63}}


def test_a_fan_out_prefills_what_its_branches_share(settings: Settings) -> None:
    """What was varied belongs to none of them."""
    ledger = Ledger(settings.ledger_url)
    requests = [{"parameters": {"make": {"share": 0.1, "leaves": count}}} for count in (15, 31)]
    earlier(ledger, "fan", requests)

    assert prefill(settings, ledger, "fan") == {"make": {"share": 0.1}}


def test_a_replay_prefills_nothing(settings: Settings) -> None:
    """What it gives its stages is not what somebody has filled in."""
    ledger = Ledger(settings.ledger_url)
    earlier(ledger, "replayed", [{"parameters": {"make": {"leaves": 63}}}], "replay")

    assert prefill(settings, ledger, "replayed") == {}


def test_the_command_prints_the_same(settings: Settings) -> None:
    """A table for people, the schema for programs."""
    import json

    shown = invoke("parameters", "shop")
    told = json.loads(invoke("parameters", "shop", "--json"))

    assert "leaves of a tree" in shown and "2..4096" in shown
    assert told == form(settings, "shop")["schema"]
