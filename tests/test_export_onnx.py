"""Models as ONNX: the same numbers, whatever the row."""

import sys

import pytest
from exports import TASKS, hard_rows, matrix_of, some_model

from aifactory_nb.errors import DataError
from aifactory_nb.export_onnx import run_onnx, write_onnx


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("task", TASKS)
def test_onnxruntime_predicts_the_same(tmp_path, task, missing):
    """At thresholds and beside them, with missing, infinite and unknown values, for sets of levels."""
    pytest.importorskip("onnx")  # the extra export
    pytest.importorskip("onnxruntime")
    model = some_model(task, missing)
    rows = hard_rows(model)
    write_onnx(model, "shop", tmp_path)

    found = run_onnx(tmp_path, "shop", matrix_of(model, rows), len(model.classes) or 1)

    expected = model.predict(rows).reshape(rows.height, -1)
    assert abs(found - expected).max() < 1e-13


def test_without_the_package_it_tells_what_to_install(tmp_path, monkeypatch):
    """The extra of this package."""
    monkeypatch.setitem(sys.modules, "onnx", None)

    with pytest.raises(DataError, match=r"pip install 'aifactory-nb\[export\]'"):
        write_onnx(some_model("binary"), "shop", tmp_path)
