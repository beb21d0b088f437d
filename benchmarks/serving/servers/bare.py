"""An ASGI application and nothing else: one row as JSON in, one prediction out, no checks and no log."""

from orjson import dumps, loads


def application(predict):
    """The application that answers with what `predict` says of a row, a dictionary."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                told = (await receive())["type"]
                await send({"type": f"{told}.complete"})
                if told.endswith("shutdown"):
                    return
        body = dumps({"prediction": predict(loads((await receive())["body"])["rows"][0])})
        length = str(len(body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app
