"""Carry out stage notebooks in one process and print which functions of the package each has called, as JSON.

python trace_line.py STAGE ... in a workspace with the pipeline `shop`
"""

import ast
import contextlib
import inspect
import io
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from aifactory_nb.code_files import PACKAGE
from aifactory_nb.template import find_template


def unit_of(frame: FrameType) -> str:
    """`module.function` or `module.Class.method` of a frame of the package; nothing for any other."""
    path = Path(frame.f_code.co_filename)
    if not path.is_relative_to(PACKAGE):
        return ""
    module = ".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts))
    name = frame.f_code.co_qualname.partition(".<locals>")[0]
    return f"{module.removesuffix('.__init__')}.{name}"


def listener(called: set[str]) -> Callable[..., None]:
    """A trace function that notes what is called, and follows none of it."""
    seen: dict[int, CodeType] = {}  # by identity: hashing and comparing them takes long

    def listen(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if id(code) not in seen:
            seen[id(code)] = code
            if code.co_flags & inspect.CO_OPTIMIZED:  # no body of a class or a module
                called.add(unit_of(frame))

    return listen


def show(value: Any) -> None:
    """Show a value as Jupyter would."""
    for name in ("_repr_html_", "_repr_svg_", "__repr__"):
        if hasattr(type(value), name):
            getattr(value, name)()


def carry_out(cells: tuple[str, ...]) -> None:
    """Run the cells of a notebook and show what the last line of each is."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        tree = ast.parse(cell)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            show(eval(compile(ast.Expression(last.value), "cell", "eval"), names))
        names["pipeline"] = "shop"


def main() -> None:
    """Carry out the stages that are named."""
    found = {}
    for stage in sys.argv[1:]:
        called: set[str] = set()
        code = find_template(Path.cwd(), stage).code
        listen = listener(called)
        with contextlib.redirect_stdout(io.StringIO()):
            threading.settrace(listen)
            sys.settrace(listen)
            try:
                carry_out(code)
            finally:
                sys.settrace(None)
                threading.settrace(None)  # type: ignore[arg-type]
        found[stage] = sorted(called - {""})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
