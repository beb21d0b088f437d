"""What a piece of code says and uses."""

import ast

import pytest

from aifactory_nb.code_reader import Reader, Unit


def read(text: str) -> Unit:
    """What a text says and uses."""
    reader = Reader("shop.till")
    for statement in ast.parse(text).body:
        reader.read(statement)
    return reader.unit("statements")


PLAIN = "def f(x, y=1):\n    return x + y"


@pytest.mark.parametrize(
    "other",
    [
        "def f(x: int, y: int = 1) -> int:\n    return x + y",
        "def f(x, y=1):\n    # adds\n    'Adds.'\n    return (x\n        + y)",
        "if TYPE_CHECKING:\n    from a import b\n" + PLAIN,
    ],
)
def test_what_makes_no_difference_is_not_said(other: str) -> None:
    """Annotations, comments, docstrings, line breaks and imports for type checkers leave no trace."""
    assert read(other).digest == read(PLAIN).digest


@pytest.mark.parametrize(
    "other", ["x - y", "y + x", "x + y + 0", "f'{x + y}'", "x + y if x else y"]
)
def test_every_change_of_code_is_said(other: str) -> None:
    """Operators, order, values and names count."""
    assert read(PLAIN.replace("x + y", other)).digest != read(PLAIN).digest


def test_values_of_different_types_differ() -> None:
    """1, 1.0, True and the text of it are not the same."""
    assert len({read(f"f({value})").digest for value in ("1", "1.0", "True", "'1'", "b'1'")}) == 5


def test_annotations_of_a_class_are_said() -> None:
    """They make the fields of dataclasses and pydantic models."""
    assert read("class A:\n    x: int = 1").digest != read("class A:\n    x: str = 1").digest


def test_names_of_the_function_itself_refer_to_nothing_outside() -> None:
    """Parameters, targets of loops and comprehensions, handlers and local functions are its own."""
    text = """
def f(a, *b, c=d, **e):
    for g in a:
        h = [i.j for i in g if k(i)]
    try:
        def m(): return h
    except l as n:
        print(n)
    with o() as p, q:
        global r
        r = p
    return lambda s: s + t, m
"""
    assert read(text).names == ["d", "k", "l", "o", "print", "q", "t"]


def test_relative_imports_are_resolved() -> None:
    """They are relative to the package of the module."""
    found = read(
        "from . import a\nfrom .b import c as d\nfrom .. import e\nfrom ..f import *\nimport g.h, i.j as k"
    )

    assert found.imports == {
        "a": ["shop.till:a"],
        "d": ["shop.till.b:c"],
        "e": ["shop:e"],
        "*": ["shop.f:*"],
        "g": ["g"],
        "k": ["i.j"],
    }
    assert found.loads == ["shop.till", "shop.till.b", "shop", "shop.f", "g.h", "i.j"]


def test_texts_that_may_name_something_are_kept() -> None:
    """Words may be attributes, dotted words and file names modules and files; sentences are nothing."""
    found = read("f('apply', 'shop.till', 'report.html', 'Not found.', 'two words')")

    assert (found.attributes, found.texts) == (["apply"], ["report.html", "shop.till"])
