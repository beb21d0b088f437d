"""The trees of a model as arrays, and what cannot be told by them."""

import lightgbm
import numpy as np
import pytest
from exports import TASKS, some_model

from aifactory_nb.errors import DataError
from aifactory_nb.model import Model
from aifactory_nb.trees import CATEGORICAL, Forest


@pytest.mark.parametrize("task", TASKS)
def test_all_trees_are_told(task):
    """Of each round one for each output, with as many leaves as LightGBM says."""
    model = some_model(task)

    forest = Forest.of(model)

    told = model.booster.dump_model()["tree_info"]
    assert [len(tree.leaf) for tree in forest.trees] == [tree["num_leaves"] for tree in told]
    assert len(forest.trees) == 8 * forest.outputs and forest.features == 5


def test_sets_of_levels_are_told():
    """As LightGBM lists them."""
    model = some_model("binary")
    first = model.booster.dump_model()["tree_info"]

    def sets(node: dict) -> list:
        if "leaf_value" in node:
            return []
        own = [node["threshold"]] if node["decision_type"] == "==" else []
        return own + sets(node["left_child"]) + sets(node["right_child"])

    told = [found for tree in first for found in sets(tree["tree_structure"])]
    found = [
        "||".join(map(str, tree.levels(node)))
        for tree in Forest.of(model).trees
        for node, kind in enumerate(tree.decision)
        if kind & CATEGORICAL
    ]
    assert sorted(found) == sorted(told) and found


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"linear_tree": True}, "linear trees"),
        ({"zero_as_missing": True}, "takes 0 for missing"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "objective"),
        ({"objective": "poisson"}, "objective is 'poisson'"),
    ],
)
def test_what_another_program_would_compute_otherwise_is_refused(parameters, message):
    """With the reason."""
    random = np.random.default_rng(1)
    matrix = random.normal(size=(300, 2)) * (random.random((300, 2)) < 0.7)
    given = {"objective": "regression", "verbosity": -1, "num_threads": 1, **parameters}
    booster = lightgbm.train(given, lightgbm.Dataset(matrix, abs(matrix[:, 0]), params=given), 2)

    with pytest.raises(DataError, match=message):
        Forest.of(Model("regression", {"a": "Float64", "b": "Float64"}, {}, booster))
