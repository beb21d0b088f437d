"""Stages, gates and what flows between them."""

from types import SimpleNamespace
from typing import Any

import pytest

from aifactory_nb.line_nodes import _card as card_of
from aifactory_nb.line_nodes import _counts as counts
from aifactory_nb.line_nodes import gate_node, gate_status

CHECK = {"expectation": "expect_column_values_to_be_in_set", "column": "dest", "limit": "JFK, LGA"}
RESULTS: list[tuple[dict[str, Any], str, dict[str, Any] | None]] = [
    ({"outputs": [{"name": "features", "pin": 3}]}, "", None),
    (
        {"outputs": [{"name": "candidate", "pin": "branches/region=a/artifacts/candidate/r/w"}]},
        "region=a",
        {
            "product": "shop/region=a",
            "version": None,
            "candidate": "branches/region=a/artifacts/candidate/r/w",
        },
    ),
    (
        {"inputs": {"candidate": "c"}, "outputs": [{"name": "version", "pin": 2}]},
        "",
        {"product": "shop", "version": 2, "candidate": "c"},
    ),
    ({"inputs": {"version": 2}}, "", {"product": "shop", "version": 2, "candidate": ""}),
]


@pytest.mark.parametrize(("result", "branch", "card"), RESULTS)
def test_a_stage_names_the_model_that_it_is_about(
    result: dict[str, Any], branch: str, card: dict[str, Any] | None
) -> None:
    """One that it made or was given, of the segment whose folders it works in."""
    shown = SimpleNamespace(pipeline=SimpleNamespace(name="shop"))

    assert card_of(shown, {"result": result, "branch": branch}) == card  # type: ignore[arg-type]


def gate(passed: bool, blocks: bool = True, *checks: dict[str, Any]) -> dict[str, Any]:
    """A verdict of the gate orders."""
    return {"name": "orders", "passed": passed, "blocks": blocks, "details": list(checks)}


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (gate(True), "passed"),
        (gate(True, True, {"passed": False, "severity": "warning"}), "warned"),
        (gate(False), "stopped"),
        (gate(False, False, {"passed": False}), "warned"),
    ],
)
def test_a_gate_that_blocks_stops_the_line(verdict: dict[str, Any], status: str) -> None:
    """A contest that was lost stops nothing, however critical its check is."""
    assert gate_status(verdict) == status


def test_each_check_tells_its_value_beside_its_limit() -> None:
    """In the words of the report."""
    failed = {**CHECK, "found": "3 of 9 rows unexpected", "passed": False}
    node = gate_node(gate(False, True, failed), "validate", "runs/gate.html")

    assert set(node) == set("id kind stage name status checks text docs".split())  # noqa: SIM905
    assert node["checks"] == [
        {
            "name": "dest values to be in set",
            "value": "3 of 9 rows unexpected",
            "limit": "JFK, LGA",
            "passed": False,
        }
    ]
    assert (node["id"], node["docs"]) == ("validate/orders", "runs/gate.html")
    assert node["text"] == (
        "dest column values to be in set: expected JFK, LGA, found 3 of 9 rows unexpected"
    )


def test_of_many_failures_the_first_are_told() -> None:
    """All of them stand in the checks."""
    failed = [{**CHECK, "found": f"Wrong {number}.", "passed": False} for number in range(5)]
    node = gate_node(gate(False, True, *failed), "validate", "")

    assert node["text"].splitlines() == ["Wrong 0.", "Wrong 1.", "Wrong 2.", "2 more."]
    assert len(node["checks"]) == 5


def test_a_verdict_of_few_words_is_no_error() -> None:
    """A stage of one's own may record what it likes."""
    node = gate_node(gate(True, False, {"passed": True}), "own", "")

    assert node["checks"] == [{"name": "", "value": "", "limit": "", "passed": True}]
    assert node["text"] == "Passed: 1 check."


def test_rows_of_several_tables_are_not_added_up() -> None:
    """Rows and their labels would look like twice the data; a stage that counts no rows shows none."""
    tables = [{"kind": "table", "rows": 80}, {"kind": "table", "rows": 70}]

    assert counts({"rows_in": 80, "rows_out": 150, "outputs": tables}) == {
        "rows_in": 80,
        "rows_out": 80,
    }
    assert counts({"rows_in": 80, "rows_out": 70, "outputs": tables[1:]})["rows_out"] == 70
    assert counts({}) == {"rows_in": None, "rows_out": None}
