"""Run the code cells of one notebook as a script, and ask for the display of the last value of each cell.

python tests/run_notebook.py nbs/33_figure.ipynb
"""

import ast
import json
import linecache
import os
import sys
from pathlib import Path

DISPLAYS = ("_repr_html_", "_repr_svg_", "__repr__")


def display(value: object) -> None:
    """What a notebook would do to show a value, without showing it."""
    for name in DISPLAYS:
        if hasattr(value, name):
            getattr(value, name)()


def run_cell(source: str, name: str, scope: dict) -> None:
    """Execute a cell; the traceback of an error shows its lines."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), scope)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), name, "eval"), scope)
        if not source.rstrip().endswith(";"):
            display(value)


def main(path: Path) -> None:
    """Run all cells in the notebook's folder."""
    notebook = json.loads(path.read_text("utf-8"))
    os.chdir(path.parent)
    scope = {"__name__": "__main__"}
    for number, cell in enumerate(notebook["cells"], 1):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "#| eval: false" not in source:
            run_cell(source, f"{path.name}, cell {number}", scope)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
