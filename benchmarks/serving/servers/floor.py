"""The smallest application that answers: LightGBM's single-row call on features that the caller has made."""

import os
from pathlib import Path

from bare import application

from aifactory_nb.model import Model
from aifactory_nb.single_row import SingleRow

model = Model.load(Path(os.environ["BENCHMARK_MODEL"]).parent)
single = SingleRow(model)
names = list(model.columns)
app = application(lambda row: single([row[name] for name in names])[0])
