"""The report: its numbers, its table and its page."""

import re
from html.parser import HTMLParser
from io import StringIO

import polars as pl
import pytest
from rich.console import Console

from aifactory_nb.ledger import Ledger
from aifactory_nb.model_facts import BuiltModel
from aifactory_nb.pipeline import Data, Pipeline, Source, Target, Window
from aifactory_nb.report import (
    Records,
    gains,
    read_records,
    replay_table,
    terminal_table,
    window_table,
)
from aifactory_nb.report_page import headline, render_report, timeline_events
from aifactory_nb.store import Store
from aifactory_nb.verdict import gate_verdict

NASTY = "<script>alert('x')</script>"


def make_pipeline(task="binary", name="flights@replay", time="at"):
    """A pipeline of one key column."""
    window = Window(start="2013-01-01", end="2013-04-01") if time else None
    return Pipeline(
        name=name,
        source=Source(),
        data=Data(key=["row"], time=time),
        target=Target(column="y", task=task),
        window=window,
        features={},
    )


def scored(alias, version, prediction, window="2013-04", first=0):
    """Predictions of rows that count from `first`."""
    rows = range(first, first + len(prediction))
    frame = pl.DataFrame({"row": rows, "prediction": prediction})
    return frame.with_columns(
        window=pl.lit(window),
        alias=pl.lit(alias),
        version=pl.lit(version),
        decision=pl.col("prediction") > 0.5,
    )


LABELS = pl.DataFrame({"row": [0, 1, 2, 3, 10, 11], "label": [0.0, 0.0, 1.0, 1.0, 0.0, 1.0]})
PREDICTIONS = pl.concat(
    [
        scored("champion", 2, [0.1, 0.3, 0.7, 0.9]),
        scored("shadow", 1, [0.1, 0.7, 0.3, 0.9]),
        scored("champion", 3, [0.2, 0.8, 0.5], "2013-05", first=10),
        scored("shadow", 1, [0.8, 0.2, 0.5], "2013-05", first=10),
    ]
)


def table_of(predictions=PREDICTIONS, labels=LABELS, task="binary", **given):
    """The table by window."""
    return window_table(predictions.lazy(), labels.lazy(), make_pipeline(task), **given)


def gate(window="2013-04", passed=True, checks=(), kind="data", name="suite"):
    """A verdict as the ledger keeps it."""
    return {
        "window": window,
        "stage": "validate",
        "name": name,
        "kind": kind,
        "passed": passed,
        "details": list(checks),
    }


def full_records(text="because"):
    """Records with one row of everything, with `text` wherever data may stand."""
    check = {
        "expectation": text,
        "column": text,
        "limit": text,
        "found": text,
        "passed": False,
        "severity": "warning",
    }
    promotion = {
        "window": "2013-04",
        "from_version": 2,
        "to_version": 3,
        "actor": text,
        "at": "2013-05-01T00:00:00.000000Z",
        "reason": text,
        "evidence": {"why": text},
        "evidence_hash": "abc",
    }
    incident = {
        "kind": text,
        "subject": text,
        "opened_window": "2013-04",
        "closed_window": None,
        "closed_at": None,
        "opened_details": {"reason": text},
    }
    stage = {
        "window": "2013-04",
        "stage": "train",
        "status": "succeeded",
        "notebook": f"runs/p/r1/2013-04/{text}.ipynb",
    }
    reason = {"name": text, "text": text, "score": 0.4}
    decision = {"window": "2013-04", "retrain": True, "score": 0.4, "reasons": [reason]}
    return Records(
        stages=[stage],
        gates=[gate(checks=[check])],
        decisions=[decision],
        promotions=[promotion],
        models=[{"version": 3, "path": text}],
        incidents=[incident],
    )


class Outline(HTMLParser):
    """Collects what the tests look at: tags, ids, links, and tags that are not closed."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})

    def __init__(self, page):
        super().__init__()
        self.tags, self.ids, self.links, self.open, self.texts = [], [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if tag == "a" else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_table_has_one_row_for_each_window():
    """Windows are in order, with the version that scored and the share of rows that have a label."""
    table = table_of()

    assert table["window"].to_list() == ["2013-04", "2013-05"]
    assert table["version"].to_list() == [2, 3]
    assert table["rows"].to_list() == [4, 3]
    assert table["coverage"].to_list() == pytest.approx([1.0, 2 / 3])


def test_metrics_are_those_of_rows_with_a_label():
    """AUC and Brier of champion and shadow are computed on known labels only."""
    table = table_of()

    assert table["auc_champion"].to_list() == [1.0, 1.0]
    assert table["auc_shadow"].to_list() == [0.75, 0.0]
    assert table["brier_champion"].to_list() == pytest.approx([0.05, 0.04])


def test_a_window_without_labels_has_no_metrics():
    """What nobody knows yet is null, and the row is there."""
    table = table_of(labels=LABELS.filter(pl.col("row") < 10))

    assert table["auc_champion"].to_list() == [1.0, None]
    assert table["coverage"].to_list() == [1.0, 0.0]


def test_a_champion_without_shadow_has_a_table():
    """In production nothing needs to run beside the champion."""
    table = table_of(PREDICTIONS.filter(pl.col("alias") == "champion"))

    assert table["auc_shadow"].null_count() == 2
    assert [gain.difference for gain in gains(table)] == [None, None]


def test_without_predictions_the_table_is_empty_and_whole():
    """A pipeline that was only built has a table with the same columns and no rows."""
    table = window_table(None, LABELS.lazy(), make_pipeline())

    assert table.is_empty()
    assert set(table.columns) == set(table_of().columns)


def test_regression_has_its_own_metrics():
    """For a number the errors are measured, not the ranking."""
    predictions = PREDICTIONS.drop("decision")

    table = table_of(predictions, task="regression")

    assert table["mae_champion"][0] == pytest.approx(0.2)
    assert [gain.measure.title for gain in gains(table)] == ["MAE", "WAPE"]


def test_a_window_scored_twice_counts_for_the_newer_version():
    """Rows of two champion versions in one window make one row of the table."""
    twice = pl.concat([PREDICTIONS, scored("champion", 3, [0.4], first=4)])

    table = table_of(twice)

    assert table.filter(pl.col("window") == "2013-04")["version"].to_list() == [3]


def test_drift_of_predictions_and_of_all_features_is_in_the_table():
    """The prediction's PSI and the weighted JS of all features; without a monitor they are null."""
    drift = pl.DataFrame(
        {
            "window": ["2013-04"] * 3,
            "version": [2] * 3,
            "kind": ["prediction", "total", "feature"],
            "psi": [0.12, None, 7.9],
            "js": [0.01, 0.05, 0.4],
        }
    )

    table = table_of(drift=drift)

    assert table["prediction_psi"].to_list() == [0.12, None]
    assert table["feature_js"].to_list() == [0.05, None]


def test_events_stand_in_their_window():
    """Gate, decision and promotion of a window are in its row; what did not happen is null."""
    table = table_of(records=full_records())

    assert table["gate"].to_list() == ["warned", ""]
    assert table["retrain"].to_list() == [True, None]
    assert table["promoted"].to_list() == [3, None]


@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        ([], ""),
        ([gate()], "passed"),
        ([gate(checks=[{"passed": False}])], "warned"),
        ([gate(), gate(passed=False)], "stopped"),
    ],
)
def test_gates_of_a_window_have_one_verdict(gates, expected):
    """One gate that stops is enough; a failed check that does not stop is a warning."""
    assert gate_verdict(gates) == expected


def test_gain_knows_which_direction_is_better():
    """A higher AUC and a lower Brier score are both gains."""
    earned = {gain.measure.name: gain for gain in gains(table_of())}

    assert earned["auc"].difference == pytest.approx(0.625)
    assert earned["brier"].difference < 0
    assert {gain.verdict for gain in earned.values()} == {"better"}


def test_gain_compares_the_same_windows():
    """A window that only the champion scored is not in the comparison."""
    missing = PREDICTIONS.filter((pl.col("alias") == "champion") | (pl.col("window") == "2013-04"))

    assert gains(table_of(missing))[0].windows == 1


def test_equal_models_earn_nothing():
    """Where champion and shadow are the same model the verdict is equal, not better."""
    table = table_of(
        pl.concat(
            [scored("champion", 1, [0.1, 0.3, 0.7, 0.9]), scored("shadow", 1, [0.1, 0.3, 0.7, 0.9])]
        )
    )

    assert [gain.verdict for gain in gains(table)] == ["equal", "equal"]


def test_terminal_table_fits_eighty_columns():
    """With all columns nothing is cut off in a terminal of the usual width."""
    drift = pl.DataFrame(
        {
            "window": ["2013-04"] * 2,
            "version": [2] * 2,
            "kind": ["prediction", "total"],
            "psi": [0.12, None],
            "js": [0.01, 0.05],
        }
    )
    console = Console(width=80, record=True, file=StringIO())

    console.print(terminal_table(table_of(drift=drift, records=full_records())))

    text = console.export_text()
    assert "…" not in text
    assert "champion" in text
    assert "→ v3" in text


def test_terminal_table_without_rows_is_no_error():
    """Nothing scored yet: an empty table."""
    console = Console(width=80, record=True, file=StringIO())

    console.print(terminal_table(table_of().clear()))

    assert "window" in console.export_text()


def test_records_take_the_latest_of_each_window(tmp_path):
    """A stage or gate that ran again counts once, with what came last."""
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    for run, passed in (("r1", False), ("r2", True)):
        ledger.start_run(run, "flights", "run", {}, 1)
        ledger.plan_stage(run, 0, "validate", "2013-04")
        ledger.start_stage(run, 0, "", 1, f"runs/flights/{run}/2013-04/01_validate.ipynb")
        ledger.record_gate(run, "flights", "validate", "2013-04", "suite", "data", passed, [])
        ledger.end_stage(run, 0, "succeeded", None)
        ledger.end_run(run, "succeeded")

    records = read_records(ledger, "flights")

    assert [item["passed"] for item in records.gates] == [True]
    assert [item["notebook"].split("/")[2] for item in records.stages] == ["r2"]


def test_records_tell_of_no_branch(tmp_path):
    """The stages and gates of segments do not take the place of those of the pipeline."""
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.start_run("r1", "flights", "run", {}, 2)
    for position, branch in enumerate(("", "carrier=UA")):
        product = f"flights/{branch}" if branch else "flights"
        ledger.plan_stage("r1", position, "train", "2013-04", branch=branch)
        ledger.start_stage("r1", position, "", 1, f"runs/flights/r1/2013-04/{branch}/train.ipynb")
        ledger.record_gate("r1", product, "train", "2013-04", "limits", "model", not branch, [])

    records = read_records(ledger, "flights")

    assert [item["position"] for item in records.stages] == [0]
    assert [item["passed"] for item in records.gates] == [True]
    assert len(ledger.gates("r1")) == 2


def test_records_of_one_run_leave_others_out(tmp_path):
    """Asked for one run, decisions of another are not told."""
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    for run, window in (("r1", "2013-04"), ("r2", "2013-05")):
        ledger.start_run(run, "flights", "run", {}, 1)
        ledger.record_decision("flights", run, window, True, 1.0, [])
        ledger.end_run(run, "succeeded")

    assert [item["window"] for item in read_records(ledger, "flights", "r2").decisions] == [
        "2013-05"
    ]


def test_replay_table_reads_the_store(tmp_path):
    """The table of a replay is made of its tables in the store."""
    store = Store(tmp_path, "flights@replay")
    store.write("predictions", PREDICTIONS)
    store.write("labels", LABELS)
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")

    table = replay_table(make_pipeline(), store, ledger, "r1")

    assert table["auc_champion"].to_list() == [1.0, 1.0]


def test_headline_says_what_was_earned():
    """One sentence with both means and the difference."""
    assert headline(table_of()) == (
        "Over the 2 windows from 2013-04 to 2013-05, mean AUC is 1.000 with the loop and 0.375 without it "
        "(better by 0.625), mean Brier is 0.045 with the loop and 0.445 without it (better by 0.400)."
    )


def test_page_is_the_same_each_time():
    """The page depends on its input only."""
    first, second = (
        render_report(make_pipeline(), table_of(records=full_records()), full_records())
        for _ in range(2)
    )

    assert first == second


def test_page_needs_nothing_from_outside():
    """No script, and no address but the names of XML."""
    page = render_report(make_pipeline(), table_of(records=full_records()), full_records())

    addresses = set(re.findall(r"https?://[^\s\"'<]+", page))
    assert all(address.startswith("http://www.w3.org/") for address in addresses)
    assert "<script" not in page
    assert "@import" not in page


def test_page_escapes_everything_that_comes_from_data():
    """Markup in names, reasons, evidence, paths and verdicts is shown as text."""
    records = full_records(NASTY)
    drift = pl.DataFrame(
        {
            "window": ["2013-04"],
            "version": [2],
            "kind": ["feature"],
            "name": [NASTY],
            "psi": [0.1],
            "js": [0.1],
            "importance": [0.5],
            "breached": [False],
        }
    )

    page = render_report(make_pipeline(), table_of(records=records), records, drift)

    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_page_is_well_formed():
    """Tags are closed in order, ids are unique, and links within the page lead somewhere."""
    outline = Outline(
        render_report(make_pipeline(), table_of(records=full_records()), full_records())
    )

    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    inner = {link[1:] for link in outline.links if link.startswith("#")}
    assert inner
    assert inner <= set(outline.ids)


def test_page_can_be_read_aloud():
    """Every table has a caption, every header cell a scope, every picture a label."""
    outline = Outline(
        render_report(make_pipeline(), table_of(records=full_records()), full_records())
    )
    tags = [tag for tag, _ in outline.tags]

    assert tags.count("table") == tags.count("caption") > 5
    assert all("scope" in found for tag, found in outline.tags if tag == "th")
    pictures = [found for tag, found in outline.tags if tag == "svg"]
    assert pictures
    assert all(found.get("aria-label") for found in pictures)


def test_links_to_notebooks_start_at_the_report():
    """A link leads from the folder of the report to the executed notebook, also of another run."""
    page = render_report(make_pipeline(), table_of(), full_records("05 train"), folder="runs/p/r2")

    assert "../r1/2013-04/05%20train.ipynb" in Outline(page).links


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_pipeline_that_was_only_built_has_a_report(task):
    """Without predictions the page has the models and says that nothing is in production yet."""
    pipeline = make_pipeline(task, time=None)
    table = window_table(None, LABELS.lazy(), pipeline)
    card = {
        "training": {"rows": 100, "split": "random"},
        "holdout": {"model": {"auc": 0.71, "mae": 0.71}},
    }

    page = render_report(
        pipeline, table, Records(models=[{"version": 1, "path": "m"}]), cards={1: card}
    )

    assert "There are no predictions yet" in page
    assert "0.710" in page
    assert 'id="windows"' not in page


def test_a_random_split_of_timed_data_is_named():
    """A model that was evaluated on a random split although there is a time column is called out."""
    card = {"training": {"split": "random"}}

    page = render_report(make_pipeline(), table_of(), Records(), cards={1: card})

    assert "random split, which flatters" in page


def test_where_the_gain_comes_from_is_said():
    """With a frozen model beside the champion, the page says that more data is part of the gain."""
    assert "more data rather than newer data" in render_report(
        make_pipeline(), table_of(), Records()
    )


def test_timeline_tells_kept_from_promoted():
    """A retrained window without promotion is a kept champion; incidents are crosses."""
    records = full_records()
    kept = Records(decisions=records.decisions, incidents=records.incidents)

    events = timeline_events(table_of(records=kept), kept)

    assert [event["kind"] for event in events] == ["retrain", "keep", "incident"]


def test_classes_have_log_loss_and_accuracy_by_window():
    """A ranking of probabilities is not the headline of classes."""
    shares = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]]
    predictions = scored("champion", 1, [0.7, 0.8, 0.6]).with_columns(
        probabilities=pl.Series(shares), decision=pl.Series(["a", "b", "c"])
    )
    labels = pl.DataFrame({"row": [0, 1, 2], "label": [0.0, 1.0, 1.0]})
    pipeline = make_pipeline("binary").model_copy(
        update={"target": Target(column="y", task="multiclass", classes=["a", "b", "c"])}
    )

    table = window_table(predictions.lazy(), labels.lazy(), pipeline)

    assert [gain.measure.title for gain in gains(table)] == ["log loss", "accuracy"]
    assert table["accuracy_champion"].item() == pytest.approx(2 / 3)


def test_skill_is_on_the_page_and_not_in_the_terminal(tmp_path):
    """The page has room for it; the table of a replay is as wide as it was."""
    store = Store(tmp_path, "flights@replay")
    store.write("predictions", PREDICTIONS)
    store.write("labels", LABELS)

    page = render_report(make_pipeline(), table_of(), Records())
    table = replay_table(make_pipeline(), store, Ledger(f"sqlite:///{tmp_path}/ledger.db"), "r1")

    assert "skill champion" in page
    assert "skill_champion" not in table.columns


def caution():
    """A gate that warns, as the ledger keeps it."""
    check = {
        "expectation": "rare",
        "found": "Few are late.",
        "passed": False,
        "severity": "warning",
    }
    return {**gate(passed=False, checks=[check], name="imbalance"), "stage": "train"}


@pytest.mark.parametrize("table", [table_of(), table_of().clear()])
def test_cautions_stand_high_on_the_page(table):
    """Before the windows and before the model; without any the section is not there."""
    page = render_report(make_pipeline(), table, Records(gates=[caution()]))
    calm = render_report(make_pipeline(), table, Records())

    assert page.index('id="result"') < page.index('id="cautions"') < page.index('id="gates"')
    assert page.index("Few are late.") < page.index('id="gates"')
    assert 'id="cautions"' not in calm


def built_model(mae):
    """A version that stands beside a constant."""
    card = {"holdout": {"model": {"mae": mae}, "constant": {"mae": 2.0}}, "training": {"rows": 80}}
    return BuiltModel(1, ["champion"], card, "First.", newest=1)


@pytest.mark.parametrize(
    ("mae", "said"), [(1.0, "The model wins"), (3.0, "A simple baseline wins")]
)
def test_the_winner_is_told_plainly(mae, said):
    """Also when it is not the model."""
    pipeline, table = make_pipeline("regression"), table_of(task="regression").clear()

    page = render_report(pipeline, table, Records(), built=built_model(mae))

    assert said in page


def test_the_page_of_a_build_is_well_formed_and_hides_what_is_empty():
    """No windows, decisions or incidents; tags are closed and links lead somewhere."""
    table = table_of(task="regression").clear()

    outline = Outline(
        render_report(
            make_pipeline("regression"), table, Records(gates=[caution()]), built=built_model(1.0)
        )
    )

    assert outline.open == []
    assert {"cautions", "built", "promotions"} <= set(outline.ids)
    assert not {"windows", "decisions", "incidents"} & set(outline.ids)
    assert {link[1:] for link in outline.links if link.startswith("#")} <= set(outline.ids)


def test_a_page_of_production_has_the_model_too():
    """Below the windows."""
    page = render_report(
        make_pipeline("regression"), table_of(task="regression"), Records(), built=built_model(1.0)
    )

    assert page.index('id="windows"') < page.index('id="built"')
