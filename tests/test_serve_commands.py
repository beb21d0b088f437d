"""The commands of the service, as a person types them."""

import json

import pytest
from typer.testing import CliRunner

from aifactory_nb.cli import app
from aifactory_nb.errors import ParameterError

RUNNER = CliRunner()


def run(*arguments: str) -> str:
    done = RUNNER.invoke(app, list(arguments), catch_exceptions=True)
    if done.exception:
        raise done.exception
    return done.output


def test_a_token_is_made_listed_and_removed(workspace):
    """It is printed once; the list has its name, its scopes and its age."""
    secret = run("token", "add", "shop", "--scope", "predict", "--scope", "feedback").strip()
    (told,) = json.loads(run("token", "list", "--json"))

    assert len(secret) > 40 and secret not in run("token", "list")
    assert (told["name"], told["scopes"]) == ("shop", ["feedback", "predict"])
    run("token", "remove", "shop")
    assert run("token", "list") == ""


def test_a_scope_that_does_not_exist_is_told(workspace):
    """With the one that was probably meant."""
    with pytest.raises(ParameterError, match="Did you mean 'predict'"):
        run("token", "add", "shop", "--scope", "predikt")
