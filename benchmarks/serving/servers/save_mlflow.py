"""Write a LightGBM model as `mlflow models serve` wants it: python save_mlflow.py MODEL FOLDER."""

import sys

import mlflow.lightgbm
from lightgbm import Booster

mlflow.lightgbm.save_model(
    Booster(model_file=sys.argv[1]), sys.argv[2], pip_requirements=["mlflow", "lightgbm"]
)
