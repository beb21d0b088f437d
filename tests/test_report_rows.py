"""Rows of the ledger as the report shows them."""

from aifactory_nb.report_rows import decision_rows, gate_rows, model_row, notebook_rows


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
