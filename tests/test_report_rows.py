"""Rows of the ledger as the report shows them."""

from aifactory_nb.data_gate import QUARANTINE_CHECK
from aifactory_nb.report_rows import (
    decision_rows,
    gate_rows,
    model_row,
    notebook_rows,
)


def test_reasons_that_count_stand_apart() -> None:
    """What gave points is told first; the rest is there to be opened."""
    reasons = [
        {"name": "new data", "text": "Many.", "score": 0.6},
        {"name": "age", "text": "Young.", "score": 0.0},
    ]

    row = decision_rows([{"window": "w", "retrain": True, "score": 0.6, "reasons": reasons}])[0]

    assert row["reasons"] == ["new data (+0.60): Many."]
    assert row["others"] == ["age: Young."]


def test_a_caution_looks_like_neither_passed_nor_stopped() -> None:
    """Three verdicts, three looks."""
    check = {"expectation": "holds", "found": "Odd.", "passed": False}
    base = {"window": "w", "stage": "train", "name": "split"}
    gates = [
        {**base, "passed": True, "details": []},
        {**base, "passed": False, "details": [{**check, "severity": "warning"}]},
        {**base, "passed": False, "details": [{**check, "severity": "critical"}]},
    ]

    assert [(row["look"], row["verdict"]) for row in gate_rows(gates)] == [
        ("good", "passed"),
        ("warn", "caution"),
        ("bad", "not passed"),
    ]


def test_the_action_of_a_check_says_how_a_verdict_looks() -> None:
    """A warning that blocks is no caution, and rows in quarantine are told with their number."""
    base = {"window": "w", "stage": "validate", "name": "orders"}
    check = {"expectation": "set", "column": "dest", "limit": "JFK", "passed": False}
    check |= {"found": "3 of 9 rows unexpected", "severity": "warning"}
    kept = {"expectation": QUARANTINE_CHECK, "found": "3 of 9 rows", "passed": True}
    gates = [
        {**base, "passed": False, "details": [{**check, "action": "block"}]},
        {**base, "passed": True, "details": [{**check, "action": "quarantine"}, kept]},
    ]

    stops, aside = gate_rows(gates)

    assert (stops["look"], stops["verdict"]) == ("bad", "not passed")
    assert (aside["look"], aside["verdict"]) == ("warn", "passed, with warnings")
    assert aside["problems"] == [
        "In quarantine: 3 of 9 rows",
        "dest set: expected JFK, found 3 of 9 rows unexpected",
    ]


def test_a_gate_without_a_page_has_no_link() -> None:
    """Only the gate that the output names, in its window and stage."""
    gate = {"window": "w", "stage": "validate", "passed": True, "details": []}
    outputs = [{"name": "data_docs orders", "pin": "gate/index.html"}, {"name": "x", "pin": 1}]
    stage = {**gate, "notebook": "runs/shop/r/w/2.ipynb", "result": {"outputs": outputs}}
    rows = gate_rows(
        [
            {**gate, "name": "orders"},
            {**gate, "name": "values"},
            {**gate, "name": "orders", "window": "v"},
        ],
        [stage, {**stage, "window": "u", "result": None}],
        "runs/shop/r",
    )

    assert {row["name"] + row["window"]: row["link"] for row in rows} == {
        "ordersw": "w/gate/index.html",
        "valuesw": "",
        "ordersv": "",
    }


def test_a_version_without_a_card_has_dashes() -> None:
    """What is not known is not made up."""
    row = model_row({"version": 3, "path": "models/v3"}, {}, "multiclass")

    assert (row["version"], row["metrics"], row["trained"]) == ("v3", ["–", "–"], "all rows")


def test_notebooks_stand_in_the_order_of_the_line() -> None:
    """Columns follow the line, and a stage that is in no line comes last."""
    stages = [
        {
            "window": "w",
            "stage": name,
            "status": "succeeded",
            "notebook": f"runs/p/r1/w/{name}.ipynb",
        }
        for name in ("own", "train", "ingest")
    ]

    assert notebook_rows(stages, ["ingest", "train"], "runs/p/r1")["stages"] == [
        "ingest",
        "train",
        "own",
    ]
