"""A candidate against limits and champion, only on rows that neither has learned from."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aifactory_nb.caution import find_winner
from aifactory_nb.challenge import (
    Contest,
    check_gates,
    compare,
    contest_gate,
    contest_metrics,
    holdout_metrics,
    judge,
    meet_champion,
    read_evaluation,
    write_evaluation,
)
from aifactory_nb.errors import PipelineError
from aifactory_nb.gate import check_limits
from aifactory_nb.model import EVALUATION_FILE, Model, ModelSpec
from aifactory_nb.pipeline import ChampionGate, Data, Pipeline
from aifactory_nb.split import split_rows
from aifactory_nb.train import describe_candidate, fit_candidate, write_candidate

TIMED = Data(key=["flight"], time="at")
TIMELESS = Data(key=["flight"])
PASSED = check_limits({"auc": 0.7}, {"auc": {"min": 0.6}})
MISSED = check_limits({"auc": 0.5}, {"auc": {"min": 0.6}})


def make_rows(days: int) -> pl.DataFrame:
    """Twenty rows each day; from the second month on it is the morning that is late."""
    generator = np.random.default_rng(0)
    rows = days * 20
    at = [datetime(2013, 1, 1) + timedelta(hours=1.2 * row) for row in range(rows)]
    frame = pl.DataFrame({"flight": range(rows), "at": at, "hour": generator.integers(5, 23, rows)})
    late = (pl.col("hour") > 14) ^ (pl.col("at") >= datetime(2013, 2, 1))
    return frame.with_columns(label=late.cast(pl.Float64), known_at=pl.col("at"))


def train(
    folder: Path, days: int, data: Data, holdout: str = "", seed: int = 1, **target: object
) -> Path:
    """A candidate that was trained after some days."""
    values = {
        "name": "flights",
        "source": {},
        "data": data.model_dump(),
        "target": {"column": "late", "task": "binary", **target},
        "features": {},
    }
    if data.time:
        values["window"] = {"start": "2013-01-01", "end": "2013-02-01"}
    pipeline = Pipeline.model_validate(values)
    rows = make_rows(days)
    if data.group:
        rows = rows.with_columns(plane=pl.col("flight") % 25)
    split = split_rows(rows, data, holdout, seed=seed)
    candidate = fit_candidate(
        split, ["hour"], pipeline, ModelSpec(pipeline.target.task, rounds=10, seed=seed)
    )
    end = datetime(2013, 1, 1) + timedelta(days=days) if data.time else None
    write_candidate(candidate, folder, describe_candidate(candidate, pipeline, end))
    return folder


@pytest.fixture
def january(tmp_path):
    return train(tmp_path / "january", 31, TIMED)


def test_champion_predicts_the_same_rows(tmp_path, january):
    """On rows later than what it knows, the champion is asked with its own features."""
    february = train(tmp_path / "february", 59, TIMED)

    contest = meet_champion(february, january, make_rows(59).lazy(), TIMED)

    rows = make_rows(59).join(contest.rows.select("flight"), on="flight", maintain_order="right")
    assert contest.rows.height == 14 * 20
    assert contest.note == ""
    np.testing.assert_array_equal(contest.rows["champion"], Model.load(january).predict(rows))


def test_rows_that_the_champion_knows_are_left_out(tmp_path, january):
    """Only the part of the holdout after the champion's training counts, and a note says so."""
    later = train(tmp_path / "later", 38, TIMED)

    contest = meet_champion(later, january, make_rows(38).lazy(), TIMED)

    assert contest.rows["at"].min() >= datetime(2013, 2, 1)
    assert contest.rows.height == 7 * 20
    assert contest.note.startswith("The champion knows 140 of the 280 held-out rows")


def test_without_a_fair_row_the_champion_stays(tmp_path, january):
    """Trained on the same window, the two cannot be compared, and nothing is promoted."""
    again = train(tmp_path / "again", 31, TIMED)

    contest = meet_champion(again, january, make_rows(31).lazy(), TIMED)

    comparison = compare(contest, ChampionGate(), TIMED)
    assert comparison is None
    assert not contest_gate(contest, comparison, ChampionGate()).passed
    assert not judge(PASSED, contest, comparison).promote
    assert "learned from every held-out row" in judge(PASSED, contest, comparison).reason


def test_feature_that_is_gone_keeps_the_champion(tmp_path, january):
    """A champion whose features are no longer built cannot be asked; that is said, not guessed."""
    february = train(tmp_path / "february", 59, TIMED)

    contest = meet_champion(february, january, make_rows(59).drop("hour").lazy(), TIMED)

    assert contest.rows.is_empty()
    assert "no longer have hour" in contest.note


def test_without_time_the_evaluation_models_are_compared(tmp_path):
    """When both held out the same rows by the same hash, the models fitted without them are compared."""
    old, new = train(tmp_path / "old", 31, TIMELESS), train(tmp_path / "new", 59, TIMELESS)
    rows = make_rows(59)

    contest = meet_champion(new, old, rows.lazy(), TIMELESS)

    held_out = rows.join(contest.rows.select("flight"), on="flight", maintain_order="right")
    fair = Model.load(old, file=EVALUATION_FILE).predict(held_out)
    assert contest.rows.height > 0
    np.testing.assert_array_equal(contest.rows["champion"], fair)


def test_without_time_another_seed_cannot_be_compared(tmp_path):
    """Other held-out rows have been learned from by the champion."""
    old, new = train(tmp_path / "old", 31, TIMELESS), train(tmp_path / "new", 31, TIMELESS, seed=2)

    contest = meet_champion(new, old, make_rows(31).lazy(), TIMELESS)

    assert contest.rows.is_empty()


def test_better_challenger_is_promoted(tmp_path, january):
    """Where the world has changed, the model that has seen the change wins."""
    february = train(tmp_path / "february", 90, TIMED)

    contest = meet_champion(february, january, make_rows(90).lazy(), TIMED)

    comparison = compare(contest, ChampionGate(), TIMED)
    both = contest_metrics(contest, "binary", 0.5)
    verdict = judge(PASSED, contest, comparison)
    assert both["model"]["auc"] > both["champion"]["auc"]
    assert verdict.promote
    assert verdict.reason.startswith("Better than the champion")


def test_equal_challenger_is_not_promoted():
    """The same predictions are not better; the champion stays."""
    rows = pl.DataFrame({"at": [datetime(2013, 1, day) for day in range(1, 31)]}).with_columns(
        label=pl.lit(1.0), prediction=pl.lit(0.4), champion=pl.lit(0.4)
    )

    comparison = compare(Contest(rows), ChampionGate(), TIMED)

    assert not judge(PASSED, Contest(rows), comparison).promote


def test_days_are_drawn_as_a_whole():
    """Rows of one day are one piece of evidence; with few days each row is."""
    moments = [
        datetime(2013, 1, day) + timedelta(hours=hour) for day in range(1, 21) for hour in range(5)
    ]
    rows = pl.DataFrame({"at": moments}).with_columns(
        label=pl.lit(1.0), prediction=pl.lit(0.5), champion=pl.lit(0.4)
    )

    units = [compare(Contest(part), ChampionGate(), TIMED).units for part in (rows, rows.head(20))]

    assert units == [20, 20]


def test_missed_limit_is_not_promoted():
    """A candidate below the limits is not promoted, whoever the champion is."""
    verdict = judge(MISSED)

    assert not verdict.promote
    assert "auc" in verdict.reason


def test_first_model_has_nobody_to_beat():
    """Without a champion, the limits decide."""
    assert judge(PASSED).promote


def test_metric_that_cannot_be_compared_is_an_error():
    """A misspelt metric of the champion gate is an error with a suggestion."""
    rows = pl.DataFrame({"label": [1.0], "prediction": [0.5], "champion": [0.4]})

    with pytest.raises(PipelineError, match="Did you mean 'log_loss'"):
        compare(Contest(rows), ChampionGate(metric="logloss"), TIMELESS)


def test_metrics_of_the_folder_are_those_of_training(january):
    """What evaluation measures on the stored holdout is what training measured."""
    card_metrics = Model.load(january).card["holdout"]

    assert holdout_metrics(january) == card_metrics


def test_evaluation_is_written_whole(tmp_path, january):
    """The evaluation can be read back as it was written."""
    found = holdout_metrics(january)
    rows = pl.DataFrame({"label": [0.0, 1.0] * 10, "prediction": [0.2, 0.8] * 10, "champion": 0.5})
    contest = Contest(rows, "a note")
    comparison = compare(contest, ChampionGate(), TIMELESS)

    written = write_evaluation(
        tmp_path,
        found,
        PASSED,
        judge(PASSED, contest, comparison),
        None,
        3,
        contest,
        {},
        comparison,
    )

    assert read_evaluation(tmp_path) == written
    assert written["compared_with"] == 3
    assert written["contest"]["comparison"]["passed"] is True


CLASSES = {"task": "multiclass", "classes": ["on time", "late", "cancelled"]}


def test_classes_are_compared_on_the_same_rows(tmp_path):
    """Two models of several classes meet row by row, with a probability for each class."""
    old = train(tmp_path / "old", 31, TIMED, **CLASSES)
    new = train(tmp_path / "new", 59, TIMED, **CLASSES)

    contest = meet_champion(new, old, make_rows(59).lazy(), TIMED)
    comparison = compare(contest, ChampionGate(), TIMED, "multiclass")

    assert contest.rows.schema["champion"] == pl.Array(pl.Float64, 3)
    assert comparison.passed
    found = contest_metrics(contest, "multiclass", 0.5)
    assert found["model"]["log_loss"] < found["champion"]["log_loss"]


def test_champion_of_other_classes_is_not_compared(tmp_path, january):
    """A target that changed leaves nothing to compare, and the note says so."""
    new = train(tmp_path / "new", 59, TIMED, **CLASSES)

    contest = meet_champion(new, january, make_rows(59).lazy(), TIMED)

    assert contest.rows.is_empty()
    assert "task or classes differ" in judge(PASSED, contest).reason


def test_in_an_order_the_unseen_rows_are_compared(tmp_path):
    """Without dates, the rows behind the beginning of the champion's holdout are new to both evaluation models."""
    data = Data(key=["flight"], order="flight")
    old, new = train(tmp_path / "old", 31, data), train(tmp_path / "new", 35, data)

    contest = meet_champion(new, old, make_rows(35).lazy(), data)

    assert contest.rows["flight"].min() == 560  # four fifths of 700; the champion's began at 496
    assert contest.rows.height == 140


def test_groups_that_neither_has_seen_are_compared(tmp_path):
    """With groups, the champion's evaluation model is asked about groups that it has not learned from."""
    data = Data(key=["flight"], time="at", group="plane")
    old, new = train(tmp_path / "old", 31, data), train(tmp_path / "new", 35, data)
    rows = make_rows(35).with_columns(plane=pl.col("flight") % 25)

    contest = meet_champion(new, old, rows.lazy(), data)
    other_seed = train(tmp_path / "other", 35, data, seed=2)

    assert contest.rows.height > 0
    assert meet_champion(other_seed, old, rows.lazy(), data).rows.is_empty()


def test_groups_are_drawn_as_a_whole():
    """Without enough days, the rows of one group are one unit of evidence."""
    rows = pl.DataFrame({"plane": [place % 12 for place in range(60)]}).with_columns(
        label=pl.lit(1.0), prediction=pl.lit(0.5), champion=pl.lit(0.4)
    )

    assert compare(Contest(rows), ChampionGate(), Data(key=["flight"], group="plane")).units == 12


def test_one_class_cannot_be_ranked():
    """By AUC, rows with one class only are no contest, and the gate says why."""
    rows = pl.DataFrame({"label": [1.0] * 20, "prediction": 0.5, "champion": 0.4})
    contest, gate = Contest(rows), ChampionGate(metric="auc")

    assert compare(contest, gate, TIMELESS) is None
    assert (
        "labels of all these rows are equal" in contest_gate(contest, None, gate).checks[0]["found"]
    )


def gated(task: str, metric: str = "", **limits: dict) -> Pipeline:
    """A pipeline with some gates."""
    gates = {"limits": limits, **({"champion": {"metric": metric}} if metric else {})}
    return Pipeline.model_validate(
        {
            "name": "flights",
            "source": {},
            "data": {"key": ["flight"]},
            "target": {"column": "late", "task": task},
            "features": {},
            "gates": gates,
        }
    )


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        (gated("binary", aucc={"min": 0.6}), "gates.limits.aucc: a binary target .* mean 'auc'"),
        (gated("regression", auc={"min": 0.6}), "a regression target has no such metric"),
        (gated("regression", "log_loss"), "cannot be compared for a regression target"),
    ],
)
def test_gates_of_another_task_are_found_before_anything_runs(pipeline, message):
    """A limit on a metric that the task does not have is an error with a suggestion."""
    with pytest.raises(PipelineError, match=message):
        check_gates(pipeline)


def test_gates_of_the_task_pass():
    """What the task has may be limited and compared."""
    check_gates(gated("binary", "auc", recall_at_budget={"min": 0.2}))


def test_the_winner_is_written(tmp_path):
    """Who won among model and baselines is in the evaluation."""
    found = {"model": {"log_loss": 0.5}, "last_value": {"log_loss": 0.4}}

    written = write_evaluation(
        tmp_path, found, PASSED, judge(PASSED), winner=find_winner(found, "log_loss")
    )

    assert written["metric"] == "log_loss"
    assert (written["winner"]["name"], written["winner"]["beaten"]) == ("last_value", False)
