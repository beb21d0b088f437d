"""Tokens of the service: shown once, kept as a hash."""

import stat

import pytest

from aifactory_nb.errors import DataError, NotFoundError, ParameterError
from aifactory_nb.tokens import add_token, find_token, read_tokens, remove_token


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store" / "tokens.json"


def test_a_token_is_known_by_its_hash_only(path):
    """The file does not hold what opens the door, and only its owner may read it."""
    secret = add_token(path, "shop", ["predict", "feedback"])

    assert secret not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    token = find_token(read_tokens(path), f"Bearer {secret}".encode())
    assert token is not None and token.scopes == ["feedback", "predict"]


@pytest.mark.parametrize("header", [b"", b"Bearer", b"Bearer x", b"Basic eDp5", b"\xff\xfe"])
def test_another_header_opens_nothing(path, header):
    """Only a bearer token that was added is known."""
    add_token(path, "shop", ["predict"])

    assert find_token(read_tokens(path), header) is None


def test_a_removed_token_is_gone(path):
    """Taking one away leaves the others."""
    add_token(path, "shop", ["predict"])
    add_token(path, "other", ["predict"])

    remove_token(path, "shop")

    assert [token.name for token in read_tokens(path).values()] == ["other"]
    with pytest.raises(NotFoundError, match="There is no token 'othr'. Did you mean 'other'"):
        remove_token(path, "othr")


def test_slips_are_told(path):
    """No name, a scope that does not exist, no scope, and a name that is taken are errors."""
    add_token(path, "shop", ["predict"])

    for name in ("", "  ", "a\nb"):
        with pytest.raises(ParameterError, match="A token needs a name"):
            add_token(path, name, ["predict"])
    with pytest.raises(ParameterError, match="There is no scope 'predit'. Did you mean 'predict'"):
        add_token(path, "x", ["predit"])
    with pytest.raises(ParameterError, match="A token needs a scope"):
        add_token(path, "x", [])
    with pytest.raises(ParameterError, match="There is a token 'shop' already"):
        add_token(path, "shop", ["predict"])


def test_a_damaged_file_is_an_error_and_no_open_door(path):
    """A file that cannot be read lets nobody in."""
    path.parent.mkdir()
    path.write_text('{"tokens": [{"name": "x"}]}')

    with pytest.raises(DataError, match="is damaged"):
        read_tokens(path)
