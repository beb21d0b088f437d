"""Models as C: the same numbers to the last bit, whatever the row."""

import ctypes
import subprocess

import pytest
from exports import LEVELS, TASKS, hard_rows, matrix_of, some_model

from aifactory_nb.export_c import COMPILE, c_name, run_c, write_c


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("task", TASKS)
def test_the_compiled_file_predicts_the_same(tmp_path, task, missing):
    """At thresholds and beside them, with missing, infinite and unknown values, for sets of levels."""
    model = some_model(task, missing)
    rows = hard_rows(model)
    write_c(model, "shop", tmp_path)

    found = run_c(tmp_path, "shop", matrix_of(model, rows), len(model.classes) or 1)

    expected = model.predict(rows).reshape(rows.height, -1)
    assert abs(found - expected).max() <= (0 if task == "regression" else 1e-15)


def test_texts_find_their_numbers(tmp_path):
    """By the function that stands beside the trees; a text that is not known is missing."""
    model = some_model("binary")
    write_c(model, "shop", tmp_path)
    library = tmp_path / "shop.so"
    subprocess.run(["cc", *COMPILE, tmp_path / "shop.c", "-o", library, "-lm"], check=True)
    level = ctypes.CDLL(str(library)).shop_level
    level.argtypes, level.restype = [ctypes.c_int, ctypes.c_char_p], ctypes.c_double

    found = [level(2, text.encode()) for text in sorted(LEVELS)]

    assert found == [float(place) for place in range(len(LEVELS))]
    assert level(2, b"never seen") != level(2, b"never seen")  # not a number
    assert level(1, LEVELS[0].encode()) != level(1, LEVELS[0].encode())


def test_without_a_compiler_nothing_is_claimed(tmp_path, monkeypatch):
    """None, and no error."""
    monkeypatch.setenv("PATH", str(tmp_path))
    model = some_model("binary")

    assert run_c(tmp_path, "shop", matrix_of(model, hard_rows(model)), 1) is None


@pytest.mark.parametrize(
    ("name", "expected"), [("a-b", "a_b"), ("3d", "model_3d"), ("ä", "model__")]
)
def test_names_are_names_of_c(name, expected):
    """Whatever a pipeline is called."""
    assert c_name(name) == expected
