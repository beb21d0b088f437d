"""What runs have done, told by the command line."""

import json
from pathlib import Path

from conftest import aifactory


def test_a_run_is_told_listed_shown_and_logged(line: Path) -> None:
    """run, runs, show and logs agree; a second run says that there is nothing to do."""
    first = aifactory("run", "shop", folder=line)
    second = aifactory("run", "shop", folder=line)
    runs = json.loads(aifactory("runs", "--json", folder=line).stdout)
    show = aifactory("show", runs[-1]["run_id"], folder=line)
    logs = aifactory("logs", runs[-1]["run_id"], "make", folder=line)

    assert first.returncode == 0, first.stderr
    assert "Nothing to do" in second.stdout
    assert [run["status"] for run in runs] == ["succeeded", "succeeded"]
    assert "make" in show.stdout
    assert "✓ succeeded" in show.stdout
    assert "made" in logs.stdout
