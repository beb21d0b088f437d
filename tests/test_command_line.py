"""What all commands share."""

import json
from pathlib import Path

from conftest import aifactory


def test_workspace_can_be_named(line: Path, tmp_path: Path) -> None:
    """`--workspace` works from anywhere."""
    done = aifactory("--workspace", str(line), "runs", "--json", folder=tmp_path)

    assert done.returncode == 0
    assert json.loads(done.stdout) == []


def test_outside_a_workspace_it_says_how_to_make_one(tmp_path: Path) -> None:
    """The first error a newcomer meets tells what to do."""
    done = aifactory("runs", folder=tmp_path)

    assert done.returncode == 3
    assert "aifactory init DIR" in done.stderr
