"""The same key gets the same version, and shares come out as wanted."""

import pytest

from aifactory_nb.traffic import Split

ROWS = [{"customer": number, "region": "north"} for number in range(20_000)]


def split(*arms, salt="shop 1", sticky=("customer",)) -> Split:
    return Split.of(1, sticky, salt, arms)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.25, 0.5, 1.0])
def test_shares_come_out(share):
    """The share of keys that a version answers is its share of traffic."""
    chosen = sum(split((share, "new")).choose(row) == "new" for row in ROWS) / len(ROWS)

    assert abs(chosen - share) <= 0.25 * share


def test_a_key_keeps_its_version():
    """Asked again, with other columns beside it, the answer comes from the same version."""
    half = split((0.5, "new"))

    assert all(half.choose(row) == half.choose(row | {"region": "south"}) for row in ROWS[:500])


def test_who_is_in_stays_in_while_a_canary_grows():
    """Each step takes in more keys and lets none go."""
    inside: set[int] = set()
    for share in (0.01, 0.05, 0.25, 0.5, 1.0):
        step = {row["customer"] for row in ROWS if split((share, "new")).choose(row)}
        assert inside <= step
        inside = step


def test_several_versions_share_the_traffic():
    """Each of a bandit's versions has its own keys, the champion the rest."""
    three = split((0.2, "a"), (0.3, "b"))
    found = [three.choose(row) for row in ROWS]

    assert abs(found.count("a") / len(ROWS) - 0.2) < 0.02
    assert abs(found.count("b") / len(ROWS) - 0.3) < 0.02


def test_a_row_without_a_key_goes_anywhere():
    """Rows that tell no key are drawn one by one."""
    found = {split((0.5, "new")).choose({"region": "north"}) for _ in range(100)}

    assert found == {"new", None}
