"""What a small gate costs in a warm process: `fixed.py TOOL PARQUET RESULT` runs one checkpoint many times."""

import importlib
import json
import statistics
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from suites import mixed

RUNS = 60
WARM_UP = 10


def milliseconds(since: float) -> float:
    """Since a moment."""
    return (time.perf_counter() - since) * 1000


def measure(tool: str, path: Path) -> dict[str, Any]:
    """The time to set up a checkpoint, and of each of its runs, in milliseconds."""
    module = importlib.import_module(f"tools.{tool}")
    from tools.gx import checkpoint, run

    frame, context = module.read(path), module.context()
    begin = time.perf_counter()
    made = checkpoint(context, module.frame_batches(context), mixed(), module.TYPES)
    set_up, runs = milliseconds(begin), []
    for _ in range(RUNS + WARM_UP):
        begin = time.perf_counter()
        outcomes = run(made, batch_parameters={"dataframe": frame})
        runs.append(milliseconds(begin))
    runs = runs[WARM_UP:]
    return {
        "set up": set_up,
        "median": statistics.median(runs),
        "best": min(runs),
        "outcomes": {name: asdict(outcome) for name, outcome in outcomes.items()},
    }


if __name__ == "__main__":
    tool, path, result = sys.argv[1:]
    Path(result).write_text(json.dumps(measure(tool, Path(path))), encoding="utf-8")
