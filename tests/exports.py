"""Models with all that an export can get wrong, and rows that find it out."""

from functools import cache

import numpy as np
import polars as pl

from aifactory_nb.encode import encode
from aifactory_nb.model import Model, ModelSpec
from aifactory_nb.trees import Forest

TASKS = ("binary", "multiclass", "regression")
LEVELS = [f"level {number}" for number in range(70)]  # more than two words of bits


@cache
def some_model(task: str, missing: bool = True, rounds: int = 8) -> Model:
    """A model of numbers with and without missing values, a Boolean, and texts with many levels."""
    random = np.random.default_rng(7)
    rows = 900
    x, y = random.normal(size=(2, rows))
    text = random.integers(0, len(LEVELS), rows)
    holes = random.random(rows) < (0.2 if missing else 0)
    frame = pl.DataFrame(
        {
            "x": x,
            "y": pl.Series(y).set(pl.Series(holes), None),
            "text": [
                None if hole else LEVELS[place] for hole, place in zip(holes, text, strict=True)
            ],
            "flag": random.random(rows) < 0.5,
            'odd "name"': random.integers(0, 5, rows),
        }
    )
    value = x + np.where(text % 3 == 0, 2, -1) * y
    label = {"binary": value > 0, "multiclass": np.digitize(value, [-1, 1]), "regression": value}
    classes = ["low", "middle", "high"] if task == "multiclass" else []
    return Model.fit(
        frame, pl.Series(label[task]), ModelSpec(task, rounds, 0.3, 15, 5), classes=classes
    )


def hard_rows(model: Model) -> pl.DataFrame:
    """Rows at the thresholds and right beside them, missing, infinite and unknown values, all levels."""
    splits = {
        threshold
        for tree in Forest.of(model).trees
        for node, threshold in enumerate(tree.threshold)
        if tree.levels(node) is None
    }
    around = [
        each for t in sorted(splits)[:300] for each in (t, np.nextafter(t, -9), np.nextafter(t, 9))
    ]
    values = [0.0, -0.0, 1e-40, -1e-40, 1e300, np.inf, np.nan, None, *around]
    count = max(len(values), len(LEVELS) + 2)
    texts = [*LEVELS, None, "never seen"]
    random = np.random.default_rng(3)
    return pl.DataFrame(
        {
            "x": random.permutation(
                np.array([values[n % len(values)] for n in range(count)], float)
            ).tolist(),
            "y": [values[n % len(values)] for n in range(count)],
            "text": [texts[n % len(texts)] for n in range(count)],
            "flag": [(True, False, None)[n % 3] for n in range(count)],
            'odd "name"': [(n % 5) if n % 7 else None for n in range(count)],
        },
        schema_overrides={"x": pl.Float64, "y": pl.Float64},
    )


def matrix_of(model: Model, rows: pl.DataFrame) -> np.ndarray:
    """The numbers that a model reads."""
    return encode(rows, model.columns, model.categories)
