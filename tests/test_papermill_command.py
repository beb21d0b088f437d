"""Each template by hand, with the plain papermill command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_line import make_workspace

from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import BUILD_LINE, OPERATE_LINE
from aifactory_nb.settings import load_settings
from aifactory_nb.template import shipped_templates

NORMAL = (
    "train",
)  # in the kernel that it names; the others in the warm one, which takes less long


@pytest.mark.long
def test_each_template_runs_by_the_plain_papermill_command(tmp_path: Path) -> None:
    """papermill alone carries out each stage in turn: no hidden environment, a run of its own in the ledger."""
    folder = make_workspace(tmp_path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIFACTORY_")}
    for stage in dict.fromkeys([*BUILD_LINE, *OPERATE_LINE, "report"]):
        template = shipped_templates() / "stages" / f"{stage}.ipynb"
        output = f"{stage}.ipynb"
        kernel = "python3" if stage in NORMAL else "aifactory"
        command = [
            sys.executable,
            "-m",
            "papermill",
            str(template),
            output,
            "-k",
            kernel,
            "-p",
            "pipeline",
            "shop",
        ]
        done = subprocess.run(
            command, cwd=folder, env=kept, capture_output=True, text=True, check=False
        )
        last = Ledger(load_settings(folder).ledger_url).runs("shop")[0]

        assert done.returncode == 0, f"{stage}: {done.stderr[-3000:]}"
        assert (last["kind"], last["status"]) == ("manual", "succeeded")
