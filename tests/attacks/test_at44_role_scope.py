"""AT44: a role outside of the chosen ones is analysed, and so proposed for change, by a trick of its name, its path or the patterns.

Defence: powers/iam/settings_judging.py: patterns that may mean every role are refused; powers/iam/settings_roles.py: the whole name must match, exclusion wins
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from setsquare.errors import Usage
from setsquare.journeys.iam_analyzing import analysed
from setsquare.journeys.iam_readiness import NotReady, Ready, readiness, role_of
from setsquare.journeys.iam_wanted import Wanted
from setsquare.powers.iam.settings import PowerSettings
from setsquare.powers.iam.settings_judging import judge
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath
from setsquare.wire.iam import iam_world

PATH = RelPath(".kiro/settings.json")
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}

TRICKS: dict[str, tuple[str, list[str], list[str]]] = {
    "the pattern inside of the name": ("my-ecs-x", ["ecs-*"], []),
    "another letter case": ("ECS-api", ["ecs-*"], []),
    "the pattern in the path": ("arn:aws:iam::123456789012:role/ecs-x/admin", ["ecs-*"], []),
    "the pattern in the account": ("arn:aws:iam::123456789012:role/admin", ["*123456789012*"], []),
    "exclusion in another letter case": ("ecs-admin", ["ecs-*"], ["ECS-Admin"]),
    "exclusion beside a longer match": ("ecs-admin-1", ["ecs-admin-*", "ecs-*"], ["ecs-admin*"]),
    "a pattern for all": ("admin", ["?*"], []),
    "patterns that together mean all": ("admin", ["[!a]*", "a*"], []),
    "a choice with nothing in it": ("admin", ["{ecs-,}*"], []),
    "nearly all": ("admin", ["???*"], []),
}


def analyses(project: Path, role: str, targets: list[str], excluded: list[str], *, is_permissive: bool) -> bool:
    """Tell whether the role was analysed."""
    power = {"enabled": True, "mode": "pr-only", "targetRoles": targets, "excludeRoles": excluded}
    raw = json.dumps({"powers": {"awsIamAutopilot": power}}).encode()
    ready: Any = readiness(judge(scan(PATH, raw)), [role_of(role)])
    if is_permissive:
        ready = Ready(PowerSettings(path=PATH, target_roles=("*",), target_lines=(1,)))
    if isinstance(ready, NotReady):
        return False
    wanted = Wanted(role=role, trail=str(project / "trail.json"), policies=str(project / "policy.json"))
    try:
        return not isinstance(analysed(iam_world(), ready, wanted), NotReady)
    except Usage:
        return False


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".kiro").mkdir()
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    (tmp_path / "trail.json").write_text('{"Records": []}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
    return tmp_path


@pytest.mark.attack("AT44")
@pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
@pytest.mark.parametrize("trick", TRICKS)
def test_at44_a_role_out_of_scope_is_never_analysed(project: Path, trick: str, is_permissive: bool) -> None:
    role, targets, excluded = TRICKS[trick]
    assert analyses(project, role, targets, excluded, is_permissive=is_permissive) is is_permissive
