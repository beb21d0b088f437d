"""The notebooks that all tools carry out, and the pipelines made of them."""

import json
from pathlib import Path

IMPORTS = "import polars\nimport lightgbm\nimport great_expectations\nimport mlflow"
COMMON = """pipeline: str = "bench"  # pipeline to work on
run: str = ""  # run that this stage belongs to
start: "date | None" = None  # first day of the window
end: "date | None" = None  # day after the last day of the window
inputs: dict = {}  # pinned versions of what the stage reads
"""
SEGMENT = 'segment: str = ""  # part of the data'
PIPELINE = """
name = "bench"

[source]
path = "data/rows.parquet"

[data]
key = ["row"]
segment = "part"

[target]
column = "label"
task = "binary"

[features]
steps = [{ kind = "columns", columns = ["part", "value"] }]

[lines]
build = [STAGES]
"""


def prints(count: int) -> list[str]:
    """Cells that hardly cost anything."""
    return [f"value_{number} = {number}\nprint(value_{number})" for number in range(count)]


KINDS = {
    "trivial": ["number = 1", *prints(9)],
    "heavy": [IMPORTS, "number = 1", *prints(8)],
    "cells": ["number = 1", *prints(199)],
}


def write_notebook(
    path: Path, cells: list[str], parameters: int = 0, about: dict | None = None
) -> Path:
    """Write a notebook; the cell of that number is tagged `parameters`."""
    written = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": ["parameters"]} if number == parameters else {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(cells)
    ]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernelspec} | ({"aifactory": about} if about else {})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"cells": written, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}),
        encoding="utf-8",
    )
    return path


def write_kind(folder: Path, kind: str) -> Path:
    """One of the notebooks that are measured alone."""
    cells = KINDS[kind]
    return write_notebook(folder / f"{kind}.ipynb", cells, cells.index("number = 1"))


def write_stage(workspace: Path, name: str, cells: list[str], segment: bool = False) -> Path:
    """A stage of ours with these cells."""
    about = {"stage": name, "summary": name, "reads": [], "writes": []}
    given = "segment=segment, " if segment else ""
    begin = (
        "from aifactory_nb.stage import Stage\n"
        f'stage = Stage("{name}", pipeline=pipeline, run=run, {given}start=start, end=end, inputs=inputs)'
    )
    body = [COMMON + (SEGMENT if segment else ""), begin, *cells, "stage.complete()"]
    path = workspace / "templates" / "stages" / f"{name}.ipynb"
    return write_notebook(path, body, about=about)


def write_workspace(folder: Path, stages: list[str], parts: int = 1) -> Path:
    """A workspace with one pipeline of these stages; the templates are still to be written."""
    import polars as pl

    home = folder / "pipelines" / "bench"
    (home / "data").mkdir(parents=True)
    (folder / "settings.ini").write_text("[tracking]\nenabled = false\n", encoding="utf-8")
    named = ", ".join(f'"{name}"' for name in stages)
    (home / "pipeline.toml").write_text(PIPELINE.replace("STAGES", named), encoding="utf-8")
    numbers = [number % parts for number in range(10 * parts)]
    rows = {"row": range(len(numbers)), "part": [f"part{number:04d}" for number in numbers]}
    frame = pl.DataFrame(rows).with_columns(value=pl.col("row") * 0.5, label=pl.col("row") % 2)
    frame.write_parquet(home / "data" / "rows.parquet")
    return folder
