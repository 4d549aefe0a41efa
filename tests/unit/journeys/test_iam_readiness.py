"""The order of the questions: settings, role, trust, variables, and only then anything outside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

from setsquare.errors import NotTrusted, StorageFailed, Usage
from setsquare.journeys.iam_analyzing import analysed, window_to
from setsquare.journeys.iam_readiness import NotReady, Ready, Role, judged_at, readiness, role_of
from setsquare.journeys.iam_wanted import Wanted
from setsquare.journeys.iam_world import IamWorld
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.settings import Need, PowerSettings
from setsquare.text.paths import RelPath


class Files:
    """A workspace of one file, or of one that cannot be read."""

    def __init__(self, raw: bytes | None, problem: str = "") -> None:
        self.raw, self.problem = raw, problem
        self.asked: list[str] = []

    def read(self, path: RelPath) -> bytes | None:
        self.asked.append(path)
        if self.problem:
            raise StorageFailed(self.problem)
        return self.raw


SAFE = {"enabled": True, "mode": "pr-only", "targetRoles": ["ecs-*"]}
REACHING = {**SAFE, "awsRegion": "eu-west-1", "awsAccountId": "${ACCOUNT}", "cloudtrailLogGroup": "/x"}


def judged(power: dict[str, Any]) -> Any:
    return judged_at(Files(json.dumps({"powers": {"awsIamAutopilot": power}}).encode()))  # type: ignore[arg-type]


def never(*_: object) -> NoReturn:
    raise AssertionError("asked too early")


class World:
    """Writes down what is asked for, in its order."""

    def __init__(self, *, trusted: bool = True, variables: dict[str, str] | None = None) -> None:
        self.asked: list[str] = []
        self.trusted, self.variables = trusted, variables or {}

    def world(self) -> IamWorld:
        return IamWorld(
            files=Files(None),  # type: ignore[arg-type]
            today=lambda: "2026-11-26",
            named=never,
            store=lambda: self.note("store", None),
            trail=never,
            universe=never,
            tables=never,
            is_trusted=lambda: self.note("trust", self.trusted),
            variable=lambda name: self.note(f"variable {name}", self.variables.get(name, "")),
            cloud=self.cloud,
            account_trail=lambda settings, _source, _store: self.note(f"trail {settings.log_group}", Trail()),
            known=never,
            announce=never,
            progress=lambda _line: None,
        )

    def note(self, what: str, value: Any) -> Any:
        self.asked.append(what)
        return value

    def cloud(self, settings: PowerSettings) -> Cloud:
        self.asked.append(f"cloud {settings.account_id}")
        return Cloud(self)


class Cloud:
    """An account without the role."""

    def __init__(self, world: World) -> None:
        self.world = world

    def identity(self) -> str:
        self.world.asked.append("identity")
        return "arn:aws:sts::123456789012:assumed-role/reader/me"

    def roles(self) -> tuple[()]:
        return ()

    def grant(self, role: str) -> None:
        return None


class Trail:
    """A trail without events."""

    name = "trail"

    def parts(self, *_: object) -> Iterator[TrailPart]:
        return iter(())


def ready(power: dict[str, Any]) -> Ready:
    found = readiness(judged(power), [Role("ecs-api")], (Need.FETCHING,))
    assert isinstance(found, Ready)
    return found


def test_nothing_outside_is_asked_without_trust() -> None:
    world = World(trusted=False, variables={"ACCOUNT": "123456789012"})
    with pytest.raises(NotTrusted):
        analysed(world.world(), ready(REACHING), Wanted(role="ecs-api"))
    assert world.asked == ["trust"]


def test_variables_are_read_after_trust_and_before_the_network() -> None:
    world = World()
    found = analysed(world.world(), ready(REACHING), Wanted(role="ecs-api"))
    assert isinstance(found, NotReady)
    assert world.asked == ["trust", "variable ACCOUNT"]


def test_the_account_is_asked_last() -> None:
    world = World(variables={"ACCOUNT": "123456789012"})
    with pytest.raises(Usage, match="no role ecs-api"):
        analysed(world.world(), ready(REACHING), Wanted(role="ecs-api"))
    assert world.asked == ["trust", "variable ACCOUNT", "cloud 123456789012", "identity", "store", "trail /x"]


def test_credentials_of_another_account_are_refused_before_anything_is_read() -> None:
    world = World(variables={"ACCOUNT": "210987654321"})
    found = analysed(world.world(), ready(REACHING), Wanted(role="ecs-api"))
    assert isinstance(found, NotReady)
    assert [(reason.code, reason.key) for reason in found.reasons] == [("account", "powers.awsIamAutopilot.awsAccountId")]
    assert "123456789012" in found.reasons[0].problem
    assert world.asked[-1] == "identity"


def test_a_bucket_needs_no_log_group() -> None:
    world = World(variables={"ACCOUNT": "123456789012"})
    power = {key: value for key, value in REACHING.items() if key != "cloudtrailLogGroup"}
    with pytest.raises(Usage, match="no role ecs-api"):
        analysed(world.world(), ready(power), Wanted(role="ecs-api", trail="s3://trails"))


def test_a_source_that_names_nothing_is_a_usage_error() -> None:
    with pytest.raises(Usage, match="names no bucket"):
        analysed(World().world(), ready(REACHING), Wanted(role="ecs-api", trail="s3:///x"))


def test_unsafe_settings_and_a_role_out_of_scope_are_said_together() -> None:
    found = readiness(judged({**SAFE, "mode": "x"}), [Role("my-ecs-x")])
    assert isinstance(found, NotReady)
    assert [reason.code for reason in found.reasons] == ["mode", "not-targeted"]


def test_where_no_roles_can_be_read_none_is_called_out_of_scope() -> None:
    found = readiness(judged({"enabled": True, "mode": "pr-only"}), [Role("my-ecs-x")])
    assert isinstance(found, NotReady)
    assert [reason.code for reason in found.reasons] == ["target-roles"]


def test_a_file_that_cannot_be_read_is_a_reason() -> None:
    found = readiness(judged_at(Files(None, "permission denied")))  # type: ignore[arg-type]
    assert isinstance(found, NotReady)
    assert found.reasons[0].code == "broken-file"


# req: iam-autopilot/1.3
def test_a_role_of_another_account_than_the_settings_name_is_refused() -> None:
    power = {**SAFE, "awsAccountId": "123456789012"}
    found = readiness(judged(power), [role_of("arn:aws:iam::999999999999:role/ecs-api")])
    assert isinstance(found, NotReady)
    assert [(reason.code, reason.key.rpartition(".")[2]) for reason in found.reasons] == [("account", "awsAccountId")]
    assert isinstance(readiness(judged(power), [role_of("arn:aws:iam::123456789012:role/ecs-api")]), Ready)
    # What a variable holds is not looked at before trust.
    assert isinstance(readiness(judged({**SAFE, "awsAccountId": "${A}"}), [role_of("arn:aws:iam::999999999999:role/ecs-api")]), Ready)


def test_secrets_are_not_shown() -> None:
    secret = "ghp_" + "a1B2c3D4" * 5
    found = readiness(judged({**SAFE, "mode": secret, "roles": secret}))
    assert isinstance(found, NotReady)
    assert secret not in repr(found)


@pytest.mark.parametrize(
    ("named", "role"),
    [
        ("ecs-api", Role("ecs-api")),
        ("arn:aws:iam::1:role/ecs-api", Role("ecs-api", "/", "1")),
        ("arn:aws-us-gov:iam::1:role/a/b/ecs-api", Role("ecs-api", "/a/b/", "1")),
        ("arn:aws:iam::1:user/ecs-api", Role("arn:aws:iam::1:user/ecs-api")),
        ("a/ecs-api", Role("a/ecs-api")),
    ],
)
def test_roles_are_named_by_name_or_arn(named: str, role: Role) -> None:
    assert role_of(named) == role


def test_the_longest_window_does_not_leave_the_calendar() -> None:
    from datetime import date

    assert window_to(date(9, 1, 1), 3650).begin == "0001-01-01"
