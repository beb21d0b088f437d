"""An export appears with its proof, or not at all."""

import json

import pytest
from exports import TASKS, hard_rows, some_model
from serving import add_version, fill_tables

from aifactory_nb import export as module
from aifactory_nb.errors import DataError, ParameterError
from aifactory_nb.export import Exported, Form, encoding, export, real_rows
from aifactory_nb.model import Model

ABOUT = {"pipeline": "shop", "version": 3}


@pytest.mark.parametrize("task", TASKS)
def test_it_comes_with_all_that_leads_to_its_numbers(tmp_path, task):
    """The columns and their levels, the threshold or the classes, how often it was compared, and how it is called."""
    model = some_model(task)
    rows = hard_rows(model)

    done = export(model, "lightgbm", tmp_path / "edge", rows, ABOUT)

    told = json.loads((tmp_path / "edge" / "encoding.json").read_text())
    assert done == Exported(rows.height, 0.0)
    assert [feature["kind"] for feature in told["features"]] == [
        "number",
        "number",
        "text",
        "boolean",
        "number",
    ]
    assert told["features"][2]["levels"] == model.categories["text"]
    assert told["parity"] == {"rows": rows.height, "largest_difference": 0.0}
    assert (told.get("threshold"), told.get("classes")) == (
        0.5 if task == "binary" else None,
        model.classes or None,
    )
    assert (
        f"{rows.height:,} rows: the largest difference is 0."
        in (tmp_path / "edge/README.md").read_text()
    )


def test_another_prediction_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    """With the row that shows it."""
    model = some_model("binary")
    rows = hard_rows(model)
    good = module.FORMS["lightgbm"]
    wrong = Form(good.write, lambda *given: good.run(*given) + 1e-6, "", "")
    monkeypatch.setitem(module.FORMS, "lightgbm", wrong)

    with pytest.raises(DataError, match=f"for row .* of {rows.height:,}, the model"):
        export(model, "lightgbm", tmp_path / "edge", rows, ABOUT)

    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_run_here_is_said(tmp_path, monkeypatch):
    """Nothing is claimed about it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    model = some_model("binary")

    done = export(model, "c", tmp_path / "edge", hard_rows(model), ABOUT)

    assert done.difference is None
    assert (
        "Not compared with the model: a C compiler is missing"
        in (tmp_path / "edge/README.md").read_text()
    )


def test_a_folder_with_other_things_is_not_replaced(tmp_path):
    """Only an export takes the place of an export."""
    model = some_model("binary")
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(ParameterError, match="is no exported model"):
        export(model, "lightgbm", tmp_path, hard_rows(model), ABOUT)


def test_a_format_that_is_not_known_is_told(tmp_path):
    """With the one that was probably meant."""
    with pytest.raises(ParameterError, match="Did you mean 'onnx'"):
        export(some_model("binary"), "onxx", tmp_path / "edge", None, ABOUT)


def test_the_recipe_is_told(settings):
    """How the features were made, and on which rows predictions are compared."""
    _, store = fill_tables(settings)
    version = add_version(settings)
    model = Model.load(store.model_folder(version))

    assert encoding(model)["recipe"]["steps"][0]["columns"] == ["region", "price", "channel"]
    assert real_rows(store, store.model_folder(version), model).columns == list(model.columns)
