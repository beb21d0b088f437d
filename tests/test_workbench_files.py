"""Notebooks that a workbench makes, and which files may be named from outside."""

import json
from pathlib import Path

import pytest
from conftest import stage_cells, write_notebook

from aifactory_nb.errors import NotFoundError, ParameterError
from aifactory_nb.notebook_file import inject, parameter_source, read_notebook
from aifactory_nb.settings import Settings
from aifactory_nb.template import read_template, shipped_templates
from aifactory_nb.workbench_files import (
    blueprint_rows,
    confined,
    contents_path,
    copy_template,
    live_notebook,
    template_rows,
)


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "..",
        "../x",
        "a/../b",
        "a//b",
        "/etc/passwd",
        "//host/share",
        "C:/x",
        "C:x",
        "RTC:a",
        "a\\b",
        "..\\x",
        ".ssh/id",
        "a/.git/config",
        "a\0b",
        "a\nb",
        "out",
        "out/b",
        "in/up/b",
    ],
)
def test_what_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    """By its letters, or by a link on the way."""
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "in").mkdir()
    (tmp_path / "b").touch()
    (root / "out").symlink_to(tmp_path)
    (root / "in" / "up").symlink_to("../..")

    with pytest.raises(ParameterError):
        confined(root, path)


def test_what_lies_within_is_found(tmp_path: Path) -> None:
    """Also through a link that stays inside, and below a root that is a link itself."""
    (tmp_path / "real" / "data").mkdir(parents=True)
    (tmp_path / "real" / "data" / "a b.csv").touch()
    (tmp_path / "real" / "same").symlink_to("data")
    root = tmp_path / "root"
    root.symlink_to("real")
    found = confined(root, "same/a b.csv")

    assert found.is_file()
    assert contents_path(root, found) == "data/a b.csv"
    assert contents_path(root, tmp_path / "other") == ""
    with pytest.raises(NotFoundError, match="There is no file 'data/c.csv'"):
        confined(root, "data/c.csv")


def test_templates_of_the_workspace_take_the_place_of_the_shipped_ones(settings: Settings) -> None:
    """One that cannot be read says why, and the others are there."""
    write_notebook(settings.workspace, "mine", ["1"], writes=["x"])
    (settings.workspace / "templates" / "stages" / "bad.ipynb").write_text("{")
    rows = {row["stage"]: row for row in template_rows(settings, settings.workspace)}

    assert rows["mine"]["own"] and rows["mine"]["path"] == "templates/stages/mine.ipynb"
    assert "is not a notebook" in rows["bad"]["summary"]
    assert not rows["train"]["own"] and rows["train"]["path"] == ""
    assert rows["train"]["summary"]


def test_blueprints_say_what_they_are_about() -> None:
    """In the words of their file."""
    rows = {row["name"]: row for row in blueprint_rows()}

    assert rows["flight_delay"]["title"] == "Flight delay"
    assert "flights" in rows["flight_delay"]["summary"]


def test_a_template_is_copied_once(settings: Settings) -> None:
    """What was changed stays as it is; a name is no path."""
    path = copy_template(settings, "train")
    shipped = (shipped_templates() / "stages" / "train.ipynb").read_text()
    copied = path.read_text()
    path.write_text("mine")

    assert copied == shipped
    assert copy_template(settings, "train").read_text() == "mine"
    with pytest.raises(NotFoundError, match="Did you mean 'train'"):
        copy_template(settings, "trian")
    with pytest.raises(NotFoundError):
        copy_template(settings, "../stages/train")


def test_nothing_is_copied_through_a_link(settings: Settings, tmp_path: Path) -> None:
    """Out of the workspace."""
    (settings.workspace / "templates").symlink_to(tmp_path)

    with pytest.raises(ParameterError, match="leads out of the workspace"):
        copy_template(settings, "train")


@pytest.fixture
def executed(settings: Settings) -> Path:
    """A notebook that a run has executed."""
    template = write_notebook(settings.workspace, "make", stage_cells("make"), "size: int = 1")
    notebook = read_notebook(template)
    source = parameter_source({"pipeline": "shop", "run": "run1", "size": 7, "inputs": {"a": [1]}})
    notebook["cells"] = inject(notebook["cells"], source)
    notebook["metadata"]["papermill"] = {"exception": True}
    for cell in notebook["cells"]:
        cell["metadata"]["papermill"] = {"status": "completed"}
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "secret"}]
        cell["execution_count"] = 3
    path = settings.workspace / "runs" / "shop" / "run1" / "2024-03" / "01-make.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook))
    return path


def test_a_live_notebook_has_the_parameters_and_no_outputs(
    settings: Settings, executed: Path
) -> None:
    """It is a stage still, and one of no run."""
    path = live_notebook(settings, executed)
    notebook = json.loads(path.read_text())
    injected = "".join(notebook["cells"][1]["source"])

    assert path == settings.workspace / "notebooks" / "01-make-2024-03.ipynb"
    assert read_template(path).stage == "make"
    assert "size = 7" in injected and "run = ''" in injected and "inputs = {'a': [1]}" in injected
    assert "secret" not in path.read_text() and "papermill" not in path.read_text()
    assert all(cell["execution_count"] is None for cell in notebook["cells"])


def test_live_notebooks_are_never_overwritten(settings: Settings, executed: Path) -> None:
    """Somebody may have worked in them."""
    names = [live_notebook(settings, executed).name for _ in range(3)]

    assert names == [f"01-make-2024-03{end}.ipynb" for end in ("", "-2", "-3")]


def test_a_notebook_elsewhere_is_not_copied(settings: Settings, tmp_path: Path) -> None:
    """Whatever the ledger says."""
    (tmp_path / "other.ipynb").write_text("{}")

    with pytest.raises(ParameterError, match="leads out of the workspace"):
        live_notebook(settings, tmp_path / "other.ipynb")
