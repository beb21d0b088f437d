"""A module taken apart."""

import ast

import pytest

from aifactory_nb.code_units import read_units, registries


def test_a_change_of_a_method_is_one_of_that_method() -> None:
    """The class, its other methods and the statements of the module stay what they were."""
    text = "import a\n\nclass A(B):\n    x = 1\n    def f(self): return 1\n    def g(self): return 2\n\na.b()\n"
    before, after = (
        read_units(text, "shop"),
        read_units(text.replace("return 2", "return 3"), "shop"),
    )

    assert {name for name in before if before[name] != after[name]} == {"A.g"}


def test_a_new_import_changes_no_statement() -> None:
    """What is imported is told by what is used of it."""
    one, two = read_units("import a\na.f()", "shop"), read_units("import a, b\na.f()", "shop")

    assert one[""].digest == two[""].digest and two[""].loads == ["a", "b"]


def test_values_and_statements_are_told_apart() -> None:
    """A value that is computed by an unknown call, or changed by statements, belongs to the import."""
    units = read_units("A = {1: re.compile('x')}\nB = make()\nA[2] = 3\nC, D = 1, 2\n", "shop")

    assert {name: unit.eager for name, unit in units.items()} == {
        "": False,
        "A": False,
        "B": True,
        "C": False,
        "D": False,
    }


def test_what_runs_as_a_program_is_no_part_of_the_import() -> None:
    """`if __name__ == "__main__"` is a unit of its own."""
    units = read_units("if __name__ == '__main__':\n    main()\n", "shop")

    assert units["__main__"].names == ["__name__", "main"] and units[""].names == []


def test_a_name_that_is_bound_twice_is_both() -> None:
    """Either may be meant."""
    units = read_units("def f(): return a()\n\ndef f(): return b()\n", "shop")

    assert units["f"].names == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def d(f):\n    return wraps(f)(lambda *a: f(*a))", []),
        ("def d(f):\n    KNOWN[f.__name__] = f\n    return f", ["KNOWN"]),
        (
            "def d(k):\n    def r(f):\n        KNOWN[k] = Kind(f)\n        return f\n    return r",
            ["KNOWN"],
        ),
        ("def d(f):\n    KNOWN.append(f)\n    return f", None),
        ("def d(f):\n    f.mark = 1\n    return f", None),
        ("def d(f):\n    global LAST\n    LAST = f\n    return f", None),
        ("def d(f):\n    KNOWN[1] = f\n    tell(f)\n    return f", None),
    ],
)
def test_where_a_decorator_keeps_what_it_decorates(text: str, expected: list[str] | None) -> None:
    """It is known for those that keep nothing, and those that write an item of a value; None for others."""
    assert registries(ast.parse(text).body[0]) == expected
