"""A test that may be looked at after every answer keeps its promise, and finds what is worse."""

import numpy as np
import pytest

from aifactory_nb.deployment_policy import DeploymentPolicy
from aifactory_nb.sequential import Rounds, evidence, find

ALPHA = 0.05


def answers(random: np.random.Generator, rows: int, share: float, rise: float = 0.0):
    """Who answers, and a loss that is higher by a rise where the newcomer does."""
    newcomer = random.random(rows) < share
    loss = np.clip(random.beta(1.0, 4.0, rows) + rise * newcomer, 0.0, 1.0)
    return newcomer, loss


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5])
def test_equal_versions_are_seldom_told_apart_however_often_one_looks(share):
    """A/A: at the hardest bound, a look after each of 3,000 answers gives false alarms in alpha of the cases at most."""
    random = np.random.default_rng(7)
    alarms = 0
    for _ in range(400):
        newcomer, loss = answers(random, 3000, share)
        # the most evidence at any time, so each look is among them
        alarms += evidence(Rounds.of(newcomer).differences(loss), 0.0) >= 1 / ALPHA

    assert alarms / 400 <= ALPHA


def test_looking_often_at_an_ordinary_test_gives_false_alarms():
    """The same answers and looks by a z-test: far more than alpha, which is why it is not used."""
    random = np.random.default_rng(7)
    alarms = 0
    for _ in range(200):
        newcomer, loss = answers(random, 3000, 0.25)
        found = Rounds.of(newcomer).differences(loss)
        number = np.arange(1, len(found) + 1)
        deviation = np.sqrt(np.cumsum(found**2) / number)
        z = np.cumsum(found) / (np.sqrt(number) * np.maximum(deviation, 1e-9))
        alarms += bool((z[20:] > 1.645).any())

    assert alarms / 200 > 4 * ALPHA


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5])
def test_a_worse_version_is_found(share):
    """Power: a loss that is higher by 0.1, with 0.02 allowed, is found in nearly every case."""
    random = np.random.default_rng(8)
    found = 0
    for _ in range(50):
        newcomer, loss = answers(random, 20_000, share, rise=0.1)
        found += find("quality", Rounds.of(newcomer).differences(loss), 0.02).breaks(ALPHA / 5)

    assert found >= 48


def test_ranks_need_no_scale():
    """Equal versions keep to alpha by rank as well, with ties and heavy tails."""
    random = np.random.default_rng(9)
    alarms = 0
    for _ in range(200):
        newcomer = random.random(2000) < 0.25
        values = np.round(random.standard_cauchy(2000), 1)
        finding = find("predictions", Rounds.of(newcomer).ranks(values), 0.001, both=True)
        alarms += finding.breaks(ALPHA)

    assert alarms / 200 <= ALPHA


def test_no_answer_counts_twice():
    """Rounds follow each other without overlap, and each has both versions."""
    newcomer = np.random.default_rng(1).random(500) < 0.3
    rounds = Rounds.of(newcomer)

    assert (rounds.begins[1:] == rounds.ends[:-1] + 1).all()
    for begin, end, sign in zip(rounds.begins, rounds.ends, rounds.sign, strict=True):
        assert newcomer[end] == (sign > 0)
        assert (newcomer[begin:end] != newcomer[end]).all()


@pytest.mark.parametrize("newcomer", [[], [True], [False] * 9, [True] * 9])
def test_one_version_alone_is_no_evidence(newcomer):
    """Without both there are no rounds, and nothing is known."""
    finding = find("quality", Rounds.of(np.array(newcomer, dtype=bool)).ranks(np.zeros(9)), 0.1)

    assert (finding.rounds, finding.worse, finding.fine) == (0, 1.0, 1.0)
    assert not finding.breaks(ALPHA) and not finding.holds(ALPHA)


def test_failures_beyond_the_allowed_rate_are_found():
    """One request in five that fails is found within a few dozen, one in a thousand never."""
    policy = DeploymentPolicy()
    often, seldom = np.arange(60) % 5 == 0, np.arange(20_000) % 1000 == 999

    assert evidence(often.astype(float), policy.guards.errors, low=0.0) > 100
    assert evidence(seldom.astype(float), policy.guards.errors, low=0.0) < 20
