"""Reading stage notebooks."""

import json
from pathlib import Path

import pytest
from conftest import COMMON, write_notebook

from aifactory_nb.errors import ParameterError, TemplateError
from aifactory_nb.pipeline import BUILD_LINE, OPERATE_LINE
from aifactory_nb.template import find_template, parse_parameters, read_template, shipped_templates

PARAMETERS = """rounds: int = 200  # number of trees
rate: float = 0.1
split: "Literal['time', 'random']" = "time"
until: "Optional[date]" = None
names: list[str] = []
"""


def template(folder: Path, parameters: str = PARAMETERS):
    """A template with these parameters."""
    return read_template(write_notebook(folder, "train", ["1"], parameters, reads=["features"]))


def test_types_and_help_are_read(tmp_path: Path) -> None:
    """Annotations keep Optional and Literal, also when quoted; help is the comment."""
    own = template(tmp_path).own_parameters

    assert own["rounds"].help == "number of trees"
    assert own["split"].type.choices == ("time", "random")
    assert str(own["until"].type) == "date or null"
    assert own["names"].type.item == "str"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"round": 1}, "no parameter 'round'. Did you mean 'rounds'"),
        ({"rounds": 1.5}, "train.rounds must be int, found 1.5"),
        ({"rounds": True}, "train.rounds must be int, found True"),
        ({"rounds": "7"}, "train.rounds must be int, found '7'"),
        ({"split": "tim"}, "must be one of 'time', 'random', found 'tim'"),
        ({"until": "soon"}, "train.until must be date or null, found 'soon'"),
        ({"names": [1]}, r"train.names must be list\[str\], found \[1\]"),
        ({"inputs": {}}, "no parameter 'inputs'"),
    ],
)
def test_wrong_parameters_are_refused(tmp_path: Path, values: dict, message: str) -> None:
    """Names and types are checked before anything runs."""
    with pytest.raises(ParameterError, match=message):
        template(tmp_path).resolve(values, "here")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("rounds = 200", "parameter 'rounds' needs a type"),
        ("rounds: int", "parameter 'rounds' has no default"),
        ("rounds: int = 1.5", "default of 'rounds' must be int, found 1.5"),
        ("rounds: int = len([])", "must be a plain value"),
        ("rounds: complex = 1", "type 'complex' is not one of"),
        ("rounds: int = (", "not valid Python"),
    ],
)
def test_a_bad_parameters_cell_is_explained(cell: str, message: str) -> None:
    """What cannot be read as typed parameters is an error."""
    with pytest.raises(TemplateError, match=message):
        parse_parameters(cell)


def test_a_notebook_that_is_no_template_is_refused(tmp_path: Path) -> None:
    """Missing metadata, a missing parameters cell and broken JSON each have their message."""
    path = write_notebook(tmp_path, "train", ["1"])
    notebook = json.loads(path.read_text())
    path.write_text(json.dumps({**notebook, "metadata": {}}))
    with pytest.raises(TemplateError, match="needs aifactory = {stage"):
        read_template(path)
    path.write_text(json.dumps({**notebook, "cells": []}))
    with pytest.raises(TemplateError, match="one cell must be tagged 'parameters', found 0"):
        read_template(path)
    path.write_text("{")
    with pytest.raises(TemplateError, match="is not a notebook"):
        read_template(path)


def test_the_workspaces_own_template_wins(tmp_path: Path) -> None:
    """A stage can be replaced by the team's own notebook."""
    write_notebook(tmp_path, "ingest", ["1"])

    assert find_template(tmp_path, "ingest").path.is_relative_to(tmp_path)
    assert find_template(tmp_path, "features").path.is_relative_to(shipped_templates())


def test_an_unknown_stage_gets_a_suggestion(tmp_path: Path) -> None:
    """A misspelt stage is met with the closest one."""
    with pytest.raises(TemplateError, match="No stage 'trian'.*Did you mean 'train'"):
        find_template(tmp_path, "trian")


@pytest.mark.parametrize("stage", sorted({*BUILD_LINE, *OPERATE_LINE, "report"}))
def test_shipped_templates_are_whole(stage: str, tmp_path: Path) -> None:
    """Each shipped stage has its metadata, the common parameters with their help, no outputs, and completes itself."""
    found = find_template(tmp_path, stage)
    notebook = json.loads(found.path.read_text())
    common = parse_parameters(COMMON)

    assert found.summary
    assert found.writes
    assert {name: found.parameters[name].help for name in common} == {
        name: item.help for name, item in common.items()
    }
    assert all(item.help for item in found.own_parameters.values())
    assert found.code[-1].strip() == "stage.complete()"
    assert not any(cell.get("outputs") for cell in notebook["cells"])
