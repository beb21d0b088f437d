"""One tool in a process of its own: `worker.py TOOL SUITE PARQUET RESULT` writes what it says and what it used as JSON."""

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from outcomes import Stopwatch, peak_gigabytes
from suites import SUITES


def measure(tool: str, suite: str, path: Path) -> dict[str, Any]:
    """Import, context and check, each measured by itself."""
    watch = Stopwatch()
    module = importlib.import_module(f"tools.{tool}")
    imported, watch = watch.read(), Stopwatch()
    context = module.context()
    made, watch = watch.read(), Stopwatch()
    outcomes = module.check(context, path, SUITES[suite]())
    wall, cpu = watch.read()
    return {
        "import": imported[0],
        "context": made[0],
        "wall": wall,
        "cpu": cpu,
        "peak": peak_gigabytes(),
        "outcomes": {name: asdict(outcome) for name, outcome in outcomes.items()},
    }


if __name__ == "__main__":
    tool, suite, path, result = sys.argv[1:]
    Path(result).write_text(json.dumps(measure(tool, suite, Path(path))), encoding="utf-8")
