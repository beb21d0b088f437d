"""The smallest application that answers what callers ask: it makes the features of a raw row first."""

import os
from pathlib import Path

from bare import application

from aifactory_nb.ledger import Ledger
from aifactory_nb.pipeline import load_pipeline
from aifactory_nb.served_model import load_served
from aifactory_nb.settings import load_settings
from aifactory_nb.store import Store

settings = load_settings(Path.cwd())
name = Path(os.environ["BENCHMARK_MODEL"]).relative_to(settings.store_folder).parts[0]
store, ledger = Store(settings.store_folder, name), Ledger(settings.ledger_url)
served = load_served(store, ledger, load_pipeline(settings.workspace, name), 1)
readers = {column.name: column.read for column in served.schema.columns if column.needed}


def predict(row):
    """What the model says of a raw row."""
    values = served.features.of_row({name: read(row[name]) for name, read in readers.items()})
    return served.single(served.encode_row(values))[0]


app = application(predict)
