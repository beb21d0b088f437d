"""The stress of warm kernels in small: the program of the benchmark, with six kernels instead of five hundred."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from warm import LINUX

pytestmark = [LINUX, pytest.mark.long]
DRIVER = Path(__file__).parents[1] / "benchmarks" / "warm_kernels.py"
LIBRARIES = "numpy, polars, deltalake, lightgbm, matplotlib.pyplot, mlflow"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    """What the program has found."""
    path = tmp_path_factory.mktemp("stress") / "found.json"
    small = ["--kernels", "6", "--together", "2", "--rows", "100000", "--json", str(path)]
    environment = {**os.environ, "AIFACTORY_KERNEL_PRELOAD": LIBRARIES}
    done = subprocess.run(
        [sys.executable, str(DRIVER), *small],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert path.is_file(), done.stderr
    return json.loads(path.read_text())


def test_kernels_do_all_kinds_of_work_at_once(found: dict[str, list[dict[str, object]]]) -> None:
    """None hangs, crashes or is wrong, none is left behind, and the warm process does not grow."""
    assert found["problems"] == []


def test_a_kill_of_the_warm_process_is_recovered_from(
    found: dict[str, list[dict[str, object]]],
) -> None:
    """All have done their work in the end: with another warm process, and those that were killed with it again."""
    right = [kernel["number"] for kernel in found["kernels"] if kernel["outcome"] == "right"]

    assert sorted(right) == [1, 2, 3, 4, 5, 6]
    assert len({look["process"] for look in found["looks"]}) == 2
