"""A service of BentoML with Booster.predict."""

import os

import bentoml
import numpy as np
from lightgbm import Booster


@bentoml.service(workers=1, metrics={"enabled": False}, logging={"access": {"enabled": False}})
class Predictor:
    """One model."""

    def __init__(self) -> None:
        self.booster = Booster(model_file=os.environ["BENCHMARK_MODEL"])

    @bentoml.api
    def predict(self, rows: np.ndarray) -> list[float]:
        """The prediction of each row."""
        return self.booster.predict(rows, num_threads=1).tolist()
