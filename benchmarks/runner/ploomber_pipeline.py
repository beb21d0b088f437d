"""The same tasks for Ploomber."""

from pathlib import Path

from notebooks import KINDS, write_notebook

HEAD = """executor:
  dotted_path: ploomber.executors.{executor}
{options}
tasks:
"""
TASK = """  - source: {name}.ipynb
    name: {name}
    product:
      nb: out/{name}.ipynb
"""


def write_pipeline(folder: Path, kind: str, count: int, processes: int) -> None:
    """A pipeline of so many independent notebooks, in one process or in several."""
    executor = "Parallel" if processes > 1 else "Serial"
    options = f"  processes: {processes}" if processes > 1 else "  build_in_subprocess: false"
    tasks = []
    for number in range(count):
        cells = ["upstream = None\nproduct = None", *KINDS[kind]]
        write_notebook(folder / f"task{number:03d}.ipynb", cells)
        tasks.append(TASK.format(name=f"task{number:03d}"))
    text = HEAD.format(executor=executor, options=options) + "".join(tasks)
    (folder / "pipeline.yaml").write_text(text, encoding="utf-8")
