"""History sent through the real service: in order, by the clock of the replay, and once more after a kill."""

from datetime import datetime

import polars as pl
import pytest
from serving import add_version, ask, fill_tables

from aifactory_nb.endpoint import Endpoint
from aifactory_nb.errors import ParameterError
from aifactory_nb.ledger import Ledger
from aifactory_nb.live_traffic import forget_window, moments, service_beside
from aifactory_nb.model import Model
from aifactory_nb.outcomes import outcomes_of
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.serve import token_file
from aifactory_nb.service import Service
from aifactory_nb.settings import ServingSettings
from aifactory_nb.store import Store
from aifactory_nb.tokens import add_token, read_tokens

COPY = "shop@live"
START, END = datetime(2024, 3, 1), datetime(2024, 4, 1)


def window_of(settings):
    """The rows of a month, and the labels that became known in it."""
    pipeline, store = fill_tables(settings, COPY)
    raw = store.scan("raw").filter(pl.col("ordered_at").is_between(START, END, closed="left"))
    known = pl.col("known_at").is_between(START, END, closed="left")
    return pipeline, store, raw.collect(), store.scan("labels").filter(known).collect()


def test_a_month_through_the_service_is_what_the_stage_would_have_scored(settings):
    """Every row is answered once, at its time, to the last bit; every label finds its prediction by its time."""
    pipeline, store, rows, labels = window_of(settings)
    add_version(settings, COPY, rounds=5)

    with service_beside(settings, pipeline) as caller:
        caller.send(moments(pipeline, rows, labels), "2024-03")

    served = store.scan("served").collect()
    assert caller.sent.rows == served.height == rows.height
    assert served["at"].to_list() == served["row"].struct.field("ordered_at").to_list()
    made = served.select(pl.col("row").struct.unnest(), pl.col("features").struct.unnest())
    model = Model.load(store.model_folder(1))
    assert served["prediction"].to_list() == model.predict(made).tolist()
    assert (caller.sent.by_id > 0, caller.sent.by_key > 0) == (True, True)
    found = outcomes_of(pipeline, store.scan, END).labels().collect()
    assert found.height == caller.sent.by_id
    assert found["known_at"].max() < END
    assert not read_tokens(token_file(settings))

    forget_window(store, "2024-03", START, END)

    assert store.scan("served").collect().is_empty() and store.scan("feedback").collect().is_empty()


def test_what_callers_were_answered_is_not_forgotten(settings):
    """Only the copy of a replay can be replayed again."""
    with pytest.raises(ParameterError, match="what its callers were answered"):
        forget_window(Store(settings.store_folder, "shop"), "2024-03", START, END)


@pytest.mark.parametrize(
    ("name", "scopes", "status"),
    [
        ("shop", ["predict", "replay"], 403),
        (COPY, ["predict"], 403),
        (COPY, ["predict", "replay"], 200),
    ],
)
def test_only_a_replay_says_what_time_it_is(settings, name, scopes, status):
    """A copy, and a token for it; nobody else can lie about the time."""
    pipeline, store = fill_tables(settings, name)
    add_version(settings, name, rounds=3)
    endpoint = Endpoint(settings, pipeline, Ledger(settings.ledger_url))
    endpoint.look()
    service = Service([endpoint], ServingSettings())
    token = add_token(token_file(settings), "caller", scopes)
    service.tokens = read_tokens(token_file(settings))
    rows = [{"region": None, "price": 1.0, "channel": None, "customer": 3}]

    found, answer = ask(
        service,
        "POST",
        f"/predict/{name}",
        {"rows": rows},
        authorization=f"Bearer {token}",
        x_aifactory_time="2024-03-05T10:00:00",
    )
    endpoint.close()

    assert found == status
    if status == 200:
        assert store.scan("served").collect()["at"].to_list() == [datetime(2024, 3, 5, 10)]
    else:
        assert "Only a replay of 'shop'" in answer["error"]
        assert not store.table_exists("served")


def test_what_tells_the_target_is_not_sent(settings):
    """A caller does not know it."""
    pipeline = load_pipeline(settings.workspace, COPY)
    _, _, rows, labels = window_of(settings)

    sent = next(moment for moment in moments(pipeline, rows, labels) if moment.rows)

    assert "days_to_return" not in sent.rows[0] and "order" in sent.rows[0]
