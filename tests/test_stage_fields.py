"""The parameters of a stage as inputs."""

from typing import Any

import pytest

from aifactory_nb.form import parameter_schema
from aifactory_nb.parameter import parse_parameters
from aifactory_nb.stage_fields import Field, range_text, same_value

CELL = """trees: int = 10  # how many <trees> [1..500]
rate: float = 0.1  # of learning
seed: "int | None" = None  # of the draw
loss: Literal["l1", "l2"] = "l1"  # what is made small
quick: bool = False  # leave out the slow part
sure: "bool | None" = None  # only if known
names: list[str] = []  # of columns
"""
KNOWN = parse_parameters(CELL)


def field(name: str) -> tuple[Field, list[str]]:
    """A field, and what it tells of changes."""
    told: list[str] = []
    parameter = KNOWN[name]
    made = Field(
        parameter, parameter_schema(parameter), parameter.default, lambda: told.append(name)
    )
    return made, told


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("trees", "25", 25),
        ("rate", "1e-3", 0.001),
        ("seed", "7", 7),
        ("loss", "l2", "l2"),
        ("quick", True, True),
        ("sure", False, False),
        ("names", '["a", "b"]', ["a", "b"]),
    ],
)
def test_what_is_typed_is_read_as_by_the_command(name: str, typed: Any, value: Any) -> None:
    """And is marked as changed, until it is taken back."""
    made, told = field(name)
    made.input.value = typed

    assert made.value == value and made.changed and not made.problem and told
    assert "aifactory-changed" in made.input._dom_classes
    made.back.click()
    assert not made.changed and made.value == KNOWN[name].default
    assert "aifactory-changed" not in made.input._dom_classes


@pytest.mark.parametrize(
    ("name", "typed", "problem"),
    [
        ("trees", "many", "must be int, found 'many'"),
        ("trees", "0", "must be from 1 to 500, found 0"),
        ("names", "[1]", "must be list[str], found [1]"),
    ],
)
def test_a_wrong_value_is_told_beside_its_input(name: str, typed: str, problem: str) -> None:
    """As text, not as HTML."""
    made, _ = field(name)
    made.input.value = typed

    assert made.problem == problem
    assert made.wrong.layout.display is None and problem.partition(", ")[0] in made.wrong.value
    made.back.click()
    assert made.wrong.value == "" and made.wrong.layout.display == "none"


def test_an_empty_input_is_nothing_where_that_may_be() -> None:
    """And wrong where it may not."""
    seed, trees = field("seed")[0], field("trees")[0]
    seed.input.value = "7"
    seed.input.value = trees.input.value = ""

    assert seed.value is None and not seed.changed
    assert trees.problem == "must be int, found ''"


def test_help_is_text() -> None:
    """A comment of a notebook is not taken for HTML."""
    made, _ = field("trees")

    assert "how many &lt;trees&gt;" in made.help.value and "1 to 500" in made.help.value
    assert range_text(KNOWN["loss"]) == "one of 'l1', 'l2'"


def test_one_is_not_true() -> None:
    """But a whole number is the same as a fraction of its size."""
    assert same_value(1, 1.0) and not same_value(1, True) and not same_value(None, 0)
