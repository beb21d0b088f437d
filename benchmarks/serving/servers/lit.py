"""A server of LitServe with Booster.predict: python lit.py PORT."""

import os
import sys

import litserve
import numpy as np
from lightgbm import Booster


class Predictor(litserve.LitAPI):
    """One model."""

    def setup(self, device: str) -> None:
        """Load the model."""
        self.booster = Booster(model_file=os.environ["BENCHMARK_MODEL"])

    def decode_request(self, request: dict) -> np.ndarray:
        """The rows of a request."""
        return np.array(request["rows"])

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """The prediction of each row."""
        return self.booster.predict(rows, num_threads=1)

    def encode_response(self, found: np.ndarray) -> dict:
        """What is sent back."""
        return {"predictions": found.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Predictor(), accelerator="cpu", workers_per_device=1)
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )
