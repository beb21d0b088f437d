"""Reading stage notebooks."""

import json
from pathlib import Path

import pytest
from conftest import COMMON, write_notebook

from aifactory_nb.errors import ParameterError, TemplateError
from aifactory_nb.parameter import parse_parameters
from aifactory_nb.pipeline import BUILD_LINE, OPERATE_LINE
from aifactory_nb.template import find_template, read_template, shipped_templates

PARAMETERS = """rounds: int = 200  # number of trees
rate: float = 0.1
split: "Literal['time', 'random']" = "time"
until: "Optional[date]" = None
names: list[str] = []
leaves: int = 31  # leaves of a tree [2..4096]
share: float = 0.5  # [0..]
bound: "float | None" = None  # [..1.5]
sizes: list[int] = []  # of layers [1..]
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
        ({"leaves": 1}, "train.leaves must be from 2 to 4096, found 1"),
        ({"share": -0.1}, "train.share must be 0 or more, found -0.1"),
        ({"share": float("nan")}, "train.share must be 0 or more, found nan"),
        ({"bound": 2}, "train.bound must be 1.5 or less, found 2"),
        ({"sizes": [1, 0]}, "train.sizes must be 1 or more, found 0"),
    ],
)
def test_wrong_parameters_are_refused(tmp_path: Path, values: dict, message: str) -> None:
    """Names, types and ranges are checked before anything runs."""
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
        ("rounds: int = 0  # trees [1..]", "default of 'rounds' must be 1 or more, found 0"),
        ("rounds: int = 1  # trees [9..1]", r"range of 'rounds' is empty, found \[9..1\]"),
        ("name: str = ''  # word [1..9]", r"'name' is str: only numbers have a range"),
    ],
)
def test_a_bad_parameters_cell_is_explained(cell: str, message: str) -> None:
    """What cannot be read as typed parameters is an error."""
    with pytest.raises(TemplateError, match=message):
        parse_parameters(cell)


def changed(folder: Path, **values: object) -> Path:
    """A template with other values at the top of its JSON; those of `metadata` are laid over the old ones."""
    path = write_notebook(folder, "train", ["1"])
    notebook = json.loads(path.read_text())
    values["metadata"] = {**notebook["metadata"], **values.get("metadata", {})}
    path.write_text(json.dumps({**notebook, **values}))
    return path


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"metadata": {"aifactory": None}}, "needs aifactory = {stage"),
        ({"metadata": {"kernelspec": {}}}, "names no kernel"),
        ({"metadata": {"kernelspec": {"name": "ir", "language": "R"}}}, r"in R \(kernel 'ir'\)"),
        ({"metadata": {"aifactory": {"stage": "train", "reads": "raw"}}}, "reads must be a list"),
        ({"cells": []}, "no cell is tagged 'parameters'"),
        ({"cells": [{"source": "1"}]}, "cell 1 has no type, source or metadata"),
        ({"cells": None}, "has no cells or no metadata"),
        ({"nbformat": 3}, "not a notebook of format 4, found 3. Convert it: jupyter nbconvert"),
    ],
)
def test_a_notebook_that_is_no_template_is_refused(
    tmp_path: Path, values: dict, message: str
) -> None:
    """What is missing or wrong is named, with the way to mend it."""
    with pytest.raises(TemplateError, match=message):
        read_template(changed(tmp_path, **values))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "its JSON cannot be read: it is empty"),
        (b'{\n"cells": [', "its JSON cannot be read: line 2: Expecting value"),
        (b"<<<<<<< HEAD\n{}", "It holds the marks of a merge"),
        (b"[1]", "it holds a list"),
        (b"\xff{}", "byte 0 is no UTF-8"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """Half a file, a merge and another kind of file."""
    path = write_notebook(tmp_path, "train", ["1"])
    path.write_bytes(content)

    with pytest.raises(TemplateError, match=message):
        read_template(path)


def test_two_parameters_cells_are_refused(tmp_path: Path) -> None:
    """Which of them would count?"""
    path = write_notebook(tmp_path, "train", ["1"])
    notebook = json.loads(path.read_text())
    path.write_text(json.dumps({**notebook, "cells": notebook["cells"][:1] * 2}))

    with pytest.raises(TemplateError, match="cells 1 and 2 are tagged 'parameters'"):
        read_template(path)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("a = 1\nb = a +", "cell 3 is not valid Python, line 2: invalid syntax: b = a +"),
        ("return 1", "cell 3 is not valid Python, line 1: 'return' outside function"),
        ("%%time\n1 +", ""),
        ("%matplotlib inline\n!ls\nprint?", ""),
        ("await work()", ""),
    ],
)
def test_the_syntax_of_every_cell_is_checked(tmp_path: Path, cell: str, message: str) -> None:
    """Python that cannot run is found before anything runs; what IPython allows is allowed."""
    path = write_notebook(tmp_path, "train", ["1", cell])

    if message:
        with pytest.raises(TemplateError, match=message):
            read_template(path)
    else:
        assert read_template(path).code[2] == cell


def test_a_stage_that_never_completes_is_known(tmp_path: Path) -> None:
    """Without a call of `complete` there will be no result."""
    assert not read_template(write_notebook(tmp_path, "train", ["1"])).completes
    assert read_template(write_notebook(tmp_path, "train", ["stage.complete()"])).completes


def test_the_workspaces_own_template_wins(tmp_path: Path) -> None:
    """A stage can be replaced by the team's own notebook."""
    write_notebook(tmp_path, "ingest", ["1"])

    assert find_template(tmp_path, "ingest").path.is_relative_to(tmp_path)
    assert find_template(tmp_path, "features").path.is_relative_to(shipped_templates())


def test_an_unknown_stage_gets_a_suggestion(tmp_path: Path) -> None:
    """A misspelt stage is met with the closest one."""
    with pytest.raises(TemplateError, match="No stage 'trian'.*Did you mean 'train'"):
        find_template(tmp_path, "trian")


def test_a_range_is_no_part_of_the_help(tmp_path: Path) -> None:
    """Forms show it in their own way; brackets that name no range are text."""
    own = template(tmp_path, "leaves: int = 31  # of a tree [2..4096]\nn: int = 1  # see [..]")
    leaves, n = own.own_parameters["leaves"], own.own_parameters["n"]

    assert (leaves.help, leaves.minimum, leaves.maximum) == ("of a tree", 2, 4096)
    assert (n.help, n.minimum, n.maximum) == ("see [..]", None, None)


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


@pytest.mark.parametrize("stage", sorted({*BUILD_LINE, *OPERATE_LINE, "report"}))
def test_papermill_reads_the_same_parameters(stage: str, tmp_path: Path) -> None:
    """Its parser knows lines with one sign of equality only; `papermill --help-notebook` lists them all."""
    from papermill import inspect_notebook

    found = find_template(tmp_path, stage)
    read = inspect_notebook(str(found.path))
    known = {  # papermill has no such type as Literal
        name: item for name, item in found.parameters.items() if item.type.base != "literal"
    }

    assert read.keys() == known.keys()
    assert all(read[name]["help"].strip().startswith(item.help) for name, item in known.items())
