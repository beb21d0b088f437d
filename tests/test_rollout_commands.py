"""`aifactory rollout` begins, tells and ends what a service then follows."""

import json

import pytest
from serving import add_version, fill_tables
from typer.testing import CliRunner

from aifactory_nb.cli import app
from aifactory_nb.ledger import Ledger
from aifactory_nb.registry import promote
from aifactory_nb.settings import Settings


@pytest.fixture
def shop(settings: Settings, monkeypatch) -> Settings:
    _, store = fill_tables(settings)
    for rounds in (3, 4):
        add_version(settings, rounds=rounds)
    promote(store, Ledger(settings.ledger_url), "shop", 1, "tester", "To begin with.")
    monkeypatch.chdir(settings.workspace)
    return settings


def run(*words: str) -> str:
    done = CliRunner().invoke(app, [*words])
    assert done.exit_code == 0, f"{done.output}{done.exception}"
    return done.output


def test_a_rollout_from_beginning_to_end(shop):
    """Each command says what the ledger says, and the history has it all."""
    begun = run(
        "rollout",
        "start",
        "shop",
        "2",
        "--reason",
        "Better.",
        "--policy",
        "canary",
        "--steps",
        "2,30",
    )
    stepped = run("rollout", "step", "shop", "--reason", "It looks good.")
    told = json.loads(run("rollout", "status", "shop", "--json"))
    run("rollout", "promote", "shop", "--reason", "It is good.")
    history = run("rollout", "history", "shop").splitlines()

    assert "1: 98 %, 2: 2 %" in begun and "1: 70 %, 2: 30 %" in stepped
    assert (told["candidate"], told["verdict"]) == (2, "keep")
    assert [line.split()[3] for line in history] == ["start", "step", "finish"]
    assert Ledger(shop.ledger_url).alias("shop", "champion") == 2
    assert "No rollout of 'shop'" in run("rollout", "status", "shop")


def test_a_promotion_follows_the_policy_of_the_pipeline(shop):
    """What the file says counts for 'aifactory promote', unless another policy is named."""
    file = shop.workspace / "pipelines/shop/pipeline.toml"
    file.write_text(file.read_text() + '\n[deployment]\npolicy = "canary"\n')
    ledger = Ledger(shop.ledger_url)

    run("promote", "shop", "2", "--reason", "Better.")
    assert ledger.alias("shop", "champion") == 1 and ledger.rollout("shop")["shares"] == {"2": 0.01}

    run("rollout", "abort", "shop", "--reason", "At once, please.")
    run("promote", "shop", "2", "--reason", "At once.", "--policy", "direct")
    assert ledger.alias("shop", "champion") == 2 and ledger.rollout("shop") is None


def test_blue_green_is_decided_at_once(shop):
    """The command checks the version and says what came of it."""
    told = run("promote", "shop", "2", "--reason", "Better.", "--policy", "blue-green")

    assert "finish" in told and "2: 100 %" in told
    assert Ledger(shop.ledger_url).alias("shop", "champion") == 2


def test_a_promotion_in_mid_rollout_is_its_end_or_refused(shop):
    """What is told afterwards is true: of the candidate it is the end, of another version an error with the way out."""
    add_version(shop, rounds=5, champion=False)
    begin = ["rollout", "start", "shop", "2", "--reason", "Better.", "--policy", "canary"]
    run(*begin, "--steps", "20,100")

    refused = CliRunner().invoke(app, ["promote", "shop", "3", "--reason", "At once."])
    again = CliRunner().invoke(app, begin)
    assert "under way (1: 80 %, 2: 20 %)" in str(refused.exception)
    assert [refused.exception.exit_code, again.exception.exit_code] == [9, 9]

    assert "finish  2: 100 %" in run("promote", "shop", "2", "--reason", "At once.")
    assert "No rollout" in run("rollout", "status", "shop")
    assert Ledger(shop.ledger_url).aliases("shop") == {"champion": 2}


@pytest.mark.parametrize("policy", ["shadow", "bandit"])
def test_a_rollout_without_steps_asks_for_a_share(shop, policy):
    """The steps of a canary say nothing about a shadow: it answers nobody until a person names a share."""
    run("rollout", "start", "shop", "2", "--reason", "To try.", "--policy", policy)

    refused = CliRunner().invoke(app, ["rollout", "step", "shop", "--reason", "Go."])
    told = run("rollout", "step", "shop", "--reason", "Go.", "--percent", "30")

    assert f"has no steps, as its policy is {policy}" in str(refused.exception)
    assert "step    1: 70 %, 2: 30 %" in told


def test_a_rollback_in_mid_rollout_ends_it(shop):
    """In an emergency one command gives all requests back to the champion, and says what it has done."""
    run("rollout", "start", "shop", "2", "--reason", "Better.", "--policy", "canary")

    told = run("rollback", "shop", "--reason", "Complaints.")

    assert "abort   1: 100 %" in told and "version 1, the champion, answers all requests" in told
    assert Ledger(shop.ledger_url).aliases("shop")["champion"] == 1
    assert "No rollout" in run("rollout", "status", "shop")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--policy", "canry"], "--policy canry: no such policy. Did you mean 'canary'?"),
        (["--policy", "canary", "--steps", "50,10"], "--steps 50,10: expected percentages that"),
        (["--policy", "canary", "--steps", "10,nan"], "--steps 10,nan: expected percentages that"),
    ],
)
def test_a_wrong_option_is_named(shop, words, told):
    """Not the pipeline's file, in which all is well."""
    done = CliRunner().invoke(app, ["rollout", "start", "shop", "2", "--reason", "Go.", *words])

    assert told in str(done.exception) and "pipeline.toml" not in str(done.exception)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rollout", "step", "shop", "--reason", "Go."], "No rollout of 'shop' is under way"),
        (["rollout", "start", "shop", "2", "--reason", "Go."], "The policy of 'shop' is direct"),
        (
            [
                "rollout",
                "start",
                "shop",
                "2",
                "--reason",
                "Go.",
                "--policy",
                "canary",
                "--steps",
                "a",
            ],
            "expected percentages",
        ),
    ],
)
def test_what_cannot_be_done_is_told_with_what_can(shop, words, told):
    """Each refusal is an error of ours with the way out."""
    done = CliRunner().invoke(app, words)

    assert done.exit_code != 0 and told in f"{done.output}{done.exception}"
