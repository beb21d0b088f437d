"""Who may ask the service, and how often."""

import pytest

from aifactory_nb.access import Rates, admit
from aifactory_nb.asgi import HttpError
from aifactory_nb.tokens import Token, token_digest


def token(name: str) -> Token:
    return Token(name, ["predict"], token_digest(name.encode()), "")


def passed(rates: Rates, name: str, times: int, rate: int) -> int:
    count = 0
    for _ in range(times):
        try:
            rates.take(token(name), rate)
            count += 1
        except HttpError:
            continue
    return count


@pytest.mark.parametrize(
    ("header", "status"), [(b"", 401), (b"Bearer x", 401), (b"Bearer shop", 403)]
)
def test_a_stranger_and_a_token_for_something_else_are_refused(header, status):
    """Without a known token, and with one of another scope."""
    tokens = {token("shop").digest: token("shop")}

    with pytest.raises(HttpError) as caught:
        admit(tokens, {b"authorization": header}, "feedback")

    assert caught.value.status == status


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"", "A token is needed: send 'Authorization: Bearer TOKEN'"),
        (b"Basic eDp5", "A token is needed"),
        (b"bearer secret", "The token is not known: it was removed, mistyped"),
    ],
)
def test_an_unknown_token_is_told_from_a_missing_one(header, told):
    """And neither is repeated."""
    with pytest.raises(HttpError, match=told) as caught:
        admit({}, {b"authorization": header}, "predict")

    assert caught.value.status == 401 and "secret" not in str(caught.value)


def test_all_workers_count_together(tmp_path):
    """Two processes that share a file let as many requests pass as one."""
    clock = lambda: 10.0  # noqa: E731
    one, other = (Rates(tmp_path / "rates", clock) for _ in range(2))

    assert passed(one, "shop", 3, 5) + passed(other, "shop", 5, 5) == 5
    assert passed(other, "another", 1, 5) == 1


def test_a_clock_that_jumps_refuses_nobody_for_long():
    """After a step back a token waits as if it had just asked; after a step forward it may ask."""
    moment = [1000.0]
    rates = Rates(clock=lambda: moment[0])
    assert passed(rates, "shop", 9, 5) == 5
    moment[0] = 10.0
    assert passed(rates, "shop", 9, 5) <= 5
    moment[0] = 11.5

    assert passed(rates, "shop", 9, 5) == 5
