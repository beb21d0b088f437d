"""What most teams write: FastAPI with a typed body, and Booster.predict."""

import os
from pathlib import Path

import numpy as np
from fastapi import FastAPI
from pydantic import create_model

from aifactory_nb.model import Model

model = Model.load(Path(os.environ["BENCHMARK_MODEL"]))
names = list(model.columns)
Row = create_model("Row", **dict.fromkeys(names, (float, ...)))
Rows = create_model("Rows", rows=(list[Row], ...))
app = FastAPI()


@app.post("/predict")
def predict(body: Rows) -> dict:
    """The prediction of each row."""
    matrix = np.array([[getattr(row, name) for name in names] for row in body.rows])
    found = model.booster.predict(matrix, num_threads=1)
    return {"predictions": [{"prediction": float(value)} for value in found]}
