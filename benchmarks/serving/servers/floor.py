"""The smallest application that answers: one row as JSON, LightGBM's single-row call, no checks and no log."""

import os
from pathlib import Path

from orjson import dumps, loads

from aifactory_nb.model import Model
from aifactory_nb.single_row import SingleRow

model = Model.load(Path(os.environ["BENCHMARK_MODEL"]).parent)
single = SingleRow(model)
names = list(model.columns)


async def app(scope, receive, send):
    """Answer a request of an ASGI server."""
    if scope["type"] == "lifespan":
        while True:
            told = (await receive())["type"]
            await send({"type": f"{told}.complete"})
            if told.endswith("shutdown"):
                return
    row = loads((await receive())["body"])["rows"][0]
    body = dumps({"prediction": single([row[name] for name in names])[0]})
    length = str(len(body)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
