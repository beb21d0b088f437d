"""The commands of the service, as a person types them."""

import json

import pytest
from conftest import invoke
from typer.testing import CliRunner

from aifactory_nb.cli import app
from aifactory_nb.errors import ParameterError


def test_a_token_is_made_listed_and_removed(workspace):
    """It is printed once; the list has its name, its scopes and its age."""
    secret = invoke("token", "add", "shop", "--scope", "predict", "--scope", "feedback").strip()
    (told,) = json.loads(invoke("token", "list", "--json"))

    assert len(secret) > 40 and secret not in invoke("token", "list")
    assert (told["name"], told["scopes"]) == ("shop", ["feedback", "predict"])
    invoke("token", "remove", "shop")
    assert invoke("token", "list") == ""


def test_a_port_that_cannot_be_is_refused(workspace):
    """As any number beyond the range of its option."""
    done = CliRunner().invoke(app, ["serve", "--port", "99999999"])

    assert done.exit_code == 2 and "65535" in done.output


def test_a_scope_that_does_not_exist_is_told(workspace):
    """With the one that was probably meant."""
    with pytest.raises(ParameterError, match="Did you mean 'predict'"):
        invoke("token", "add", "shop", "--scope", "predikt")
