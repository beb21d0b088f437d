"""What most teams write: FastAPI with a typed body, and Booster.predict."""

import os

import numpy as np
from fastapi import FastAPI
from lightgbm import Booster
from pydantic import create_model

booster = Booster(model_file=os.environ["BENCHMARK_MODEL"])
names = booster.feature_name()
Row = create_model("Row", **dict.fromkeys(names, (float, ...)))
Rows = create_model("Rows", rows=(list[Row], ...))
app = FastAPI()


@app.post("/predict")
def predict(body: Rows) -> dict:
    """The prediction of each row."""
    matrix = np.array([[getattr(row, name) for name in names] for row in body.rows])
    found = booster.predict(matrix, num_threads=1)
    return {"predictions": [{"prediction": float(value)} for value in found]}
