"""What the scope admin may do with a running service."""

import pytest
from serving import add_version, ask, fill_tables

from aifactory_nb.endpoint import Endpoint
from aifactory_nb.ledger import Ledger
from aifactory_nb.service import Service
from aifactory_nb.settings import ServingSettings, Settings
from aifactory_nb.tokens import Token, token_digest


@pytest.fixture
def service(settings: Settings):
    pipeline, _ = fill_tables(settings)
    for rounds in (3, 5):
        add_version(settings, rounds=rounds)
    endpoint = Endpoint(settings, pipeline, Ledger(settings.ledger_url))
    assert endpoint.look(), endpoint.problem
    service = Service([endpoint], ServingSettings())
    for scope in ("predict", "admin"):
        digest = token_digest(scope.encode())
        service.tokens = {**service.tokens, digest: Token(scope, [scope], digest, "")}
    yield service
    endpoint.close()


def admin(service: Service, method: str, path: str, body=None, token: str = "admin"):
    return ask(service, method, path, body, authorization=f"Bearer {token}")


def test_versions_are_promoted_and_rolled_back(service):
    """The ledger tells the name of the token; the service follows as it follows any promotion."""
    endpoint = service.endpoints["shop"]
    told = {"version": 1, "reason": "The newer one is too slow."}

    assert admin(service, "POST", "/admin/promote/shop", told) == (
        200,
        {"pipeline": "shop", "champion": 1},
    )
    endpoint.look()
    (state,) = admin(service, "GET", "/admin/pipelines")[1]
    assert (state["version"], state["problem"]) == (1, "")
    assert admin(service, "POST", "/admin/rollback/shop", {"reason": "No."})[1]["champion"] == 2
    assert endpoint.ledger.alias_events("shop", "champion")[-1]["actor"] == "token admin"


def test_a_promotion_follows_the_policy_of_the_pipeline(service):
    """With a canary the champion stays, and the rollout of the version begins."""
    endpoint = service.endpoints["shop"]
    endpoint.pipeline.deployment.update(policy="canary")

    done = admin(service, "POST", "/admin/promote/shop", {"version": 1, "reason": "Try it."})

    assert done == (200, {"pipeline": "shop", "champion": 2})
    rollout = endpoint.ledger.rollout("shop")
    assert (rollout["candidate"], rollout["champion"], rollout["actor"]) == (1, 2, "token admin")


def test_a_rollout_is_ended_by_what_moves_its_champion(service):
    """A promotion of another version is refused, a rollback takes the newcomer off, its own promotion is its end."""
    endpoint = service.endpoints["shop"]
    canary = {**endpoint.pipeline.deployment, "policy": "canary"}

    def begin() -> None:
        endpoint.pipeline.deployment.update(canary)
        assert admin(service, "POST", "/admin/promote/shop", told)[0] == 200
        assert endpoint.ledger.rollout("shop")["candidate"] == 1
        endpoint.pipeline.deployment.update(policy="direct")

    told = {"version": 1, "reason": "Try it."}
    begin()
    assert admin(service, "POST", "/admin/rollback/shop", {"reason": "No."})[1]["champion"] == 2
    assert endpoint.ledger.rollout("shop") is None
    begin()
    status, answer = admin(service, "POST", "/admin/promote/shop", {**told, "version": 2})
    assert (status, answer["champion"]) == (200, 2)  # it is the champion: nothing changes
    assert admin(service, "POST", "/admin/promote/shop", told)[1]["champion"] == 1
    assert endpoint.ledger.rollout("shop") is None


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("promote/shop", {"version": 9, "reason": "x"}, 409),
        ("promote/shop", {"version": "1", "reason": "x"}, 422),
        ("promote/shop", {"version": 1}, 422),
        ("promote/shop", {"version": 1, "reason": " "}, 422),
        ("promote/shop", [], 422),
        ("promote/other", {"version": 1, "reason": "x"}, 404),
        ("destroy/shop", {}, 404),
    ],
)
def test_what_cannot_be_done_is_told(service, path, body, status):
    """And changes nothing."""
    assert admin(service, "POST", f"/admin/{path}", body)[0] == status
    assert service.endpoints["shop"].ledger.alias("shop", "champion") == 2


def test_only_the_scope_admin_opens_it(service):
    """Neither another scope, nor a service without tokens."""
    body = {"reason": "x"}
    assert admin(service, "POST", "/admin/rollback/shop", body, "predict")[0] == 403
    service.serving = ServingSettings(tokens=False)
    assert ask(service, "POST", "/admin/rollback/shop", body)[0] == 401
