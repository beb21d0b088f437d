"""Versions earn their share by decisions that came true."""

import numpy as np
import polars as pl

from aifactory_nb.bandit import Tally, has_moved, share_out, tallies
from aifactory_nb.deployment_policy import DeploymentPolicy

POLICY = DeploymentPolicy(policy="bandit", settle_labels=100)


def test_the_better_version_gets_the_traffic():
    """A live run against rates of 0.60 and 0.75: the better one has most of the traffic, and wins."""
    random, rates = np.random.default_rng(4), {1: 0.60, 2: 0.75}
    counts = {1: [0, 0], 2: [0, 0]}
    share, asked, verdict = 0.05, {1: 0, 2: 0}, None
    for _ in range(400):
        for _ in range(20):
            version = 2 if random.random() < share else 1
            asked[version] += 1
            counts[version][int(random.random() >= rates[version])] += 1
        verdict = share_out({v: Tally(*pair) for v, pair in counts.items()}, 1, POLICY)
        share = verdict.shares[2]
        if verdict.winner:
            break

    assert verdict.winner == 2 and asked[2] > asked[1]


def test_shares_are_the_same_after_a_restart():
    """They follow from the tables alone: the same rewards give the same shares."""
    found = {1: Tally(60, 40), 2: Tally(66, 34)}

    assert share_out(found, 1, POLICY).shares == share_out(dict(found), 1, POLICY).shares


def test_each_version_keeps_a_share_to_learn_from():
    """Also one that has been wrong so far, and the champion."""
    verdict = share_out({1: Tally(90, 10), 2: Tally(1, 30), 3: Tally(2, 20)}, 1, POLICY)

    assert min(verdict.shares.values()) == POLICY.explore
    assert sum(verdict.shares.values()) <= 1 - POLICY.explore


def test_nothing_is_settled_by_a_few_labels():
    """Ten of ten against none of ten is luck until there are enough."""
    assert share_out({1: Tally(0, 10), 2: Tally(10, 0)}, 1, POLICY).winner is None


def test_rewards_are_decisions_that_came_true():
    """Of two classes by true and false, of several by name."""
    two = pl.DataFrame(
        {"version": [1, 1, 2], "decision": ["true", "false", "true"], "label": [1.0, 1.0, 0.0]}
    )
    many = pl.DataFrame({"version": [1, 2], "decision": ["a", "c"], "label": [0.0, 1.0]})

    assert tallies(two, [1, 2, 3], []) == {1: Tally(1, 1), 2: Tally(0, 1), 3: Tally(0, 0)}
    assert tallies(many, [1, 2], ["a", "b", "c"]) == {1: Tally(1, 0), 2: Tally(0, 1)}


def test_small_moves_are_not_written_down():
    """The ledger is not filled with shares that hardly differ."""
    assert not has_moved({2: 0.30}, {2: 0.33})
    assert has_moved({2: 0.30}, {2: 0.36})
