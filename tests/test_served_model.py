"""A model version made ready to answer: checked first, and the same answers one by one and all at once."""

import pytest
from serving import add_version, batch_features, fill_tables

from aifactory_nb.errors import DataError, TableNotFoundError
from aifactory_nb.ledger import Ledger
from aifactory_nb.model import MODEL_FILE, Model
from aifactory_nb.served_model import ServedModel, load_served
from aifactory_nb.store import Store


def ready(settings, task: str = "", version: int = 1) -> ServedModel:
    if task:
        file = settings.workspace / "pipelines/shop/pipeline.toml"
        file.write_text(file.read_text().replace('task = "binary"', task))
    pipeline, store = fill_tables(settings)
    add_version(settings, rounds=8)
    return load_served(store, Ledger(settings.ledger_url), pipeline, version)


@pytest.mark.parametrize("task", ["", 'task = "regression"'])
def test_few_and_many_rows_have_the_same_answers(settings, task):
    """A table, its rows and each row alone: to the last bit those of the batch."""
    served = ready(settings, task)
    store = Store(settings.store_folder, "shop")
    raw = served.schema.read_frame(store.scan("raw").sort("ordered_at", "order").collect())
    rows = raw.rows(named=True)

    expected = served.model.predict(batch_features(store, load(settings))).tolist()

    assert len(rows) > served.features.few
    assert [served.answer(row).prediction for row in rows] == expected
    assert [answer.prediction for answer in served.answer_rows(rows)] == expected
    assert [answer.prediction for answer in served.answer_rows(rows[:9])] == expected[:9]
    assert served.answer_frame(raw)["prediction"].to_list() == expected
    assert served.answer_frame(raw[:9])["prediction"].to_list() == expected[:9]
    decisions = served.answer_frame(raw[:9])["decision"].to_list()
    assert decisions == [served.answer(row).decision for row in rows[:9]]


def load(settings):
    from aifactory_nb.pipeline import load_pipeline

    return load_pipeline(settings.workspace, "shop")


def test_several_classes_have_probabilities(settings):
    """The decided class, its probability, and those of all."""
    file = settings.workspace / "pipelines/shop/pipeline.toml"
    classes = 'task = "multiclass"\nclasses = ["slow", "late", "quick"]'
    days = "CASE WHEN days_to_return > 30 THEN 'late' WHEN price > 40 THEN 'slow' ELSE 'quick' END"
    text = file.read_text().replace('task = "binary"', classes)
    file.write_text(
        text.replace('"days_to_return <= 30"', f'"{days}"')
        .replace('outcomes = ["days_to_return"]', 'outcomes = ["days_to_return", "price"]')
        .replace('"region", "price", "channel"', '"region", "channel"')
    )
    served = ready(settings)
    raw = served.schema.read_frame(Store(settings.store_folder, "shop").scan("raw").collect())

    alone = [served.answer(row) for row in raw.rows(named=True)]
    table = served.answer_frame(raw)

    assert [list(answer.probabilities) for answer in alone] == table["probabilities"].to_list()
    assert [answer.decision for answer in alone] == table["decision"].to_list()
    assert [answer.prediction for answer in alone] == table["prediction"].to_list()
    assert served.answer_rows(raw.rows(named=True))[5] == alone[5]


def test_a_version_that_was_changed_is_not_made_ready(settings):
    """The digest of the ledger decides, before anything is answered."""
    pipeline, store = fill_tables(settings)
    add_version(settings, rounds=8)
    with (store.model_folder(1) / MODEL_FILE).open("a") as file:
        file.write("\n")

    with pytest.raises(DataError, match="is not what was registered"):
        load_served(store, Ledger(settings.ledger_url), pipeline, 1)


def test_without_tables_nothing_is_made_ready(settings):
    """What a row is, the table raw tells; without it there is a message, and what to run."""
    pipeline, store = fill_tables(settings)
    add_version(settings, rounds=8)
    other = Store(settings.store_folder, "other")
    ledger = Ledger(settings.ledger_url)

    with pytest.raises(TableNotFoundError, match="'shop' has no tables raw and labels"):
        load_served(_without_tables(store, other), ledger, pipeline, 1)


def _without_tables(store: Store, other: Store) -> Store:
    """A store with the models of one pipeline and the tables of another, which has none."""
    other.model_folder, other.local_folder = store.model_folder, store.local_folder
    other.has_folder = store.has_folder
    return other


def test_a_recipe_that_does_not_make_what_the_model_reads_is_refused(settings):
    """A folder whose card and trees are of two models is not served."""
    served = ready(settings)
    model = Model(
        served.model.task, {**served.model.columns, "unknown": "Float64"}, {}, served.model.booster
    )

    with pytest.raises(DataError, match="reads unknown, which its recipe does not make"):
        ServedModel.of("shop", 1, "", model, served.features)
