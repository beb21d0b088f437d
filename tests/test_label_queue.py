"""Labels by hand: which predictions are worth one, and where the label goes."""

import json
from collections.abc import Iterator
from datetime import datetime

import polars as pl
import pytest
from conftest import PIPELINE
from serving import add_version, ask, fill_tables, score_unlabelled

from aifactory_nb.endpoint import Endpoint
from aifactory_nb.errors import NotFoundError
from aifactory_nb.label_queue import LabelQueue, label_choices
from aifactory_nb.label_rows import (
    HIDDEN,
    doubt,
    prediction_text,
    shown_values,
    waiting_rows,
)
from aifactory_nb.ledger import Ledger
from aifactory_nb.outcomes import outcomes_of
from aifactory_nb.pipeline import Pipeline, Target, load_pipeline
from aifactory_nb.service import Service
from aifactory_nb.settings import ServingSettings, Settings
from aifactory_nb.store import Store

ROWS = 6


def serve_by(settings: Settings) -> Pipeline:
    """Let the service make the predictions of the shop."""
    text = PIPELINE.replace('summary = "Will', 'predictions = "served"\nsummary = "Will')
    (settings.workspace / "pipelines" / "shop" / "pipeline.toml").write_text(text)
    return load_pipeline(settings.workspace, "shop")


@pytest.fixture
def served(settings: Settings) -> Store:
    """The store of a shop whose service has answered a few rows."""
    fill_tables(settings)
    pipeline = serve_by(settings)
    add_version(settings)
    endpoint = Endpoint(settings, pipeline, Ledger(settings.ledger_url))
    assert endpoint.look(), endpoint.problem
    rows = endpoint.store.scan("raw").sort("ordered_at", "order").head(ROWS).collect()
    told = json.loads(json.dumps(rows.rows(named=True), default=lambda value: value.isoformat()))
    service = Service([endpoint], ServingSettings(tokens=False))
    for row in told:
        row.pop("days_to_return")
    status, answer = ask(service, "POST", "/predict/shop", {"rows": told})
    assert status == 200, answer
    endpoint.close()
    return Store(settings.store_folder, "shop")


@pytest.fixture
def queue(served: Store, settings: Settings) -> Iterator[LabelQueue]:
    """The queue of the shop."""
    made = LabelQueue(settings=settings)
    yield made
    made.close()


@pytest.fixture
def scored(settings: Settings) -> Iterator[LabelQueue]:
    """The queue of a shop whose stage score has predicted a few rows."""
    fill_tables(settings)
    add_version(settings)
    score_unlabelled(settings, ROWS)
    made = LabelQueue(settings=settings)
    yield made
    made.close()


def labels(queue: LabelQueue) -> dict[str, float]:
    """What monitoring and retraining know."""
    outcomes = outcomes_of(queue.pipeline, queue.source.store.scan)
    known = outcomes.labels().collect()
    return dict(known.select(*outcomes.key, "label").iter_rows())


def test_the_least_sure_come_first(queue: LabelQueue) -> None:
    """Those nearest to the threshold of their version."""
    distances = [row["doubt"] for row in queue.rows]

    assert len(distances) == ROWS and distances == sorted(distances)


def test_a_label_is_known_to_the_loop_at_once(queue: LabelQueue, settings: Settings) -> None:
    """And another queue does not ask for it again."""
    first = queue.rows[0]["prediction_id"]
    queue.label(True)
    queue.label(False)

    assert labels(queue)[first] == 1.0 and sorted(labels(queue).values()) == [0.0, 1.0]
    assert len(waiting_rows(queue.source, 100)) == ROWS - 2
    assert "2 labelled" in repr(queue)


def test_a_label_can_be_taken_back_for_another(queue: LabelQueue) -> None:
    """The later one counts."""
    first = queue.rows[0]["prediction_id"]
    queue.label(True)
    queue.back()
    assert queue.card()["before"] == "yes" and not queue.card()["can_go_back"]
    queue.label(False)

    assert labels(queue) == {first: 0.0}


def test_a_wrong_label_is_refused_and_told(queue: LabelQueue) -> None:
    """The row stays."""
    queue.label("perhaps")

    assert "true or false" in queue.card()["problem"] and queue.place == 0
    assert queue.given == {} and not queue.source.store.table_exists("feedback")


def test_a_queue_ends_and_looks_for_more(queue: LabelQueue) -> None:
    """What was skipped does not come again in the same queue."""
    for _ in range(ROWS):
        queue.skip()
    queue.more()

    assert not queue.card()["waits"] and "nothing more" in queue.card()["problem"]
    queue.label(True)
    assert queue.given == {}


def test_a_saved_notebook_tells_counts_and_no_values(queue: LabelQueue) -> None:
    """Rows are for the person who labels."""
    queue.label(True)
    told = queue.as_html()

    assert "labelled" in told and "yes" in told
    assert str(queue.rows[0]["row"]["price"]) not in told


def test_the_page_asks_by_messages(queue: LabelQueue) -> None:
    """Its card follows; what it does not know is passed over."""
    queue.widget  # noqa: B018
    for message in ({"kind": "label", "label": True}, {"kind": "skip"}, {"kind": "?"}, {}):
        queue._hear(message)

    assert queue.widget.card["told"] == f"3 of {ROWS}, 1 labelled, 1 skipped"


def test_what_the_pipeline_hides_is_hidden(queue: LabelQueue) -> None:
    """Also in rows that were written before."""
    hides = queue.pipeline.privacy.model_copy(update={"hash": ["customer"], "drop": ["age"]})
    pipeline = queue.pipeline.model_copy(update={"privacy": hides})
    values = dict(shown_values(queue.rows[0], pipeline))

    assert values["customer"] == values["age"] == HIDDEN
    assert values["channel"] == queue.rows[0]["row"]["channel"]


def test_predictions_of_the_stage_are_labelled_by_the_key_of_their_row(scored: LabelQueue) -> None:
    """The rows are as the source has them, without what tells the target; the loop knows the label, and nobody is asked again."""
    before = len(labels(scored))
    first = scored.rows[0]["order"]
    shown = dict(shown_values(scored.rows[0], scored.pipeline))
    scored.label(True)
    scored.back()
    scored.label(False)

    assert "channel" in shown and "age" in shown and "days_to_return" not in shown
    assert scored.given and len(labels(scored)) == before + 1 and labels(scored)[first] == 0.0
    assert len(waiting_rows(scored.source, 100)) == ROWS - 1


def test_the_source_corrects_a_label_by_hand(scored: LabelQueue) -> None:
    """Once it knows better; of a label that it has told before, the one by hand is the later."""
    store, first = scored.source.store, scored.rows[0]["order"]
    scored.label(True)
    told = pl.DataFrame({"order": [first], "label": [0.0], "known_at": [None]})
    known = store.scan("labels").collect()
    for year, label in ((2000, 1.0), (2999, 0.0)):
        moment = pl.lit(datetime(year, 1, 1), known.schema["known_at"]).alias("known_at")
        row = told.with_columns(moment).cast(dict(known.schema))
        store.write("labels", pl.concat([known, row]))

        assert labels(scored)[first] == label


def test_a_pipeline_that_has_scored_nothing_is_told(settings: Settings) -> None:
    """With the command that scores."""
    with pytest.raises(NotFoundError, match="aifactory run shop --line operate"):
        LabelQueue(settings=settings)


def test_a_service_that_has_answered_nothing_is_told(settings: Settings) -> None:
    """There is nothing to label."""
    serve_by(settings)
    with pytest.raises(NotFoundError, match="aifactory serve shop"):
        LabelQueue(settings=settings)


def test_of_classes_the_two_first_are_compared_and_of_numbers_the_newest_comes_first() -> None:
    """Where the model can be unsure, that decides."""
    shares = pl.DataFrame({"probabilities": [[0.8, 0.1, 0.1], [0.4, 0.2, 0.4], [0.1, 0.6, 0.3]]})
    unsure = shares.sort(doubt("multiclass", {}))["probabilities"].to_list()
    days = pl.DataFrame({"at": pl.Series(["2024-01-01", "2024-01-03"]).str.to_datetime()})

    assert [max(share) for share in unsure] == [0.4, 0.6, 0.8]
    assert days.sort(doubt("regression", {}))["at"].dt.day().to_list() == [3, 1]


def test_each_task_has_its_labels(queue: LabelQueue) -> None:
    """Keys for yes and no and for classes; a number is typed."""
    kinds = Target(column="kind", task="multiclass", classes=[f"k{number}" for number in range(12)])
    pipeline = queue.pipeline.model_copy(update={"target": kinds})
    row = {"probabilities": [0.5, 0.3, 0.2] + [0.0] * 9}

    assert [choice["key"] for choice in label_choices(kinds)][8:10] == ["9", ""]
    assert label_choices(Target(column="days", task="regression")) == []
    assert prediction_text(row, pipeline) == "k0 50.0 %, k1 30.0 %, k2 20.0 %"
