"""The smallest application that answers what callers ask: it makes the features of a raw row first; no checks and no log."""

import os
from pathlib import Path

from orjson import dumps, loads

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


async def app(scope, receive, send):
    """Answer a request of an ASGI server."""
    if scope["type"] == "lifespan":
        while True:
            told = (await receive())["type"]
            await send({"type": f"{told}.complete"})
            if told.endswith("shutdown"):
                return
    row = loads((await receive())["body"])["rows"][0]
    values = served.features.of_row({name: read(row[name]) for name, read in readers.items()})
    body = dumps({"prediction": served.single(served.encode_row(values))[0]})
    length = str(len(body)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
