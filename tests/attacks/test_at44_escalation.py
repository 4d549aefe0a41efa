"""AT44: a change gives rights that lead to more rights, hidden over policies, behind patterns, in versions, boundaries and trusts, so that nobody is told.

Defence: powers/iam/escalation/finding.py: all policies of a principal are judged together; powers/iam/escalation/applying.py: recorded changes are followed; powers/iam/escalation/baseline.py: only what people accepted before the change is silent
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from setsquare.journeys.iam_changing import changed
from setsquare.journeys.iam_escalating import escalating
from setsquare.powers.iam.escalation.account import principals_of
from setsquare.powers.iam.escalation.baseline import Baseline
from setsquare.powers.iam.escalation.model import Escalation
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath
from setsquare.wire.iam_escalations import escalation_world, known_actions, known_paths

ACCOUNT = "arn:aws:iam::123456789012"
TWINS = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])


class EverythingAccepted(Baseline, frozen=True):
    """A baseline that lets everything pass."""

    def accepts(self, each: Escalation) -> bool:
        return bool(each)


def statement(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


CHAINS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a function with a passed role": ([statement("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")], "lambda-001"),
    "split over two policies": ([statement("iam:PassRole"), statement("ec2:RunInstances")], "ec2-001"),
    "behind a wildcard": ([statement("i?m:*teRolePolicy", "iam:PutR*")], "iam-005"),
    "in odd letter cases": ([statement("IAM:createPOLICYversion")], "iam-001"),
    "as all but something else": ([{"Effect": "Allow", "NotAction": ["s3:*", "ec2:*"], "Resource": "*"}], "iam-008"),
    "on all but some resources": ([{"Effect": "Allow", "Action": "iam:*", "NotResource": "arn:aws:iam::*:role/audit"}], "iam-009"),
    "by a switch of versions": ([statement("iam:SetDefaultPolicyVersion")], "setsquare-iam-001"),
    "by everything": ([statement("*")], "administrator"),
    "denied for another service": (
        [statement("iam:PassRole", "glue:CreateJob", "glue:StartJobRun"), {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*",
         "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}], "glue-003"),
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".kiro").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
    return tmp_path


def role_template(*policies: dict[str, Any]) -> str:
    listed = [{"PolicyName": f"p{index}", "PolicyDocument": document(each)} for index, each in enumerate(policies)]
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}})
    properties = {"RoleName": "ci", "AssumeRolePolicyDocument": trust, "Policies": listed}
    return json.dumps({"Resources": {"Ci": {"Type": "AWS::IAM::Role", "Properties": properties}}}, indent=1)


@TWINS
@pytest.mark.attack("AT44")
@pytest.mark.parametrize("chain", CHAINS)
def test_at44_a_chain_in_a_change_of_code_is_told(project: Path, chain: str, is_permissive: bool) -> None:
    policies, path = CHAINS[chain]
    (project / "before.json").write_text(role_template(statement("s3:GetObject")))
    (project / "after.json").write_text(role_template(*policies))
    world = escalation_world()
    if is_permissive:
        world = replace(world, paths=lambda: ())
    found = escalating(world, "after.json", "before.json")
    assert (path in {each.path for each in found.new}) is not is_permissive


@TWINS
@pytest.mark.attack("AT44")
def test_at44_a_change_cannot_accept_itself(project: Path, is_permissive: bool) -> None:
    def git(*args: str) -> None:
        subprocess.run(("git", "-c", "user.name=a", "-c", "user.email=a@example.org", *args), cwd=project, check=True, capture_output=True)

    git("init", "-q")
    (project / "role.json").write_text(role_template(statement("s3:GetObject")))
    git("add", "role.json")
    git("commit", "-qm", "before")
    (project / "role.json").write_text(role_template(statement("iam:CreatePolicyVersion")))
    accepted = project / ".setsquare/iam/accepted.toml"
    accepted.parent.mkdir(parents=True)
    resource = '["iam:CreatePolicyVersion on *"]'
    accepted.write_text(f'[[accepted]]\nprincipal="ci"\npath="iam-001"\ncertainty="certain"\nreason="r"\nby="x"\nresources={resource}\n')
    git("add", "role.json", ".setsquare")
    git("commit", "-qm", "after")
    # The twin compares the files without asking what was accepted before the change.
    found = escalating(escalation_world(), "role.json" if is_permissive else "HEAD~1..HEAD")
    assert bool(found.new) is not is_permissive
    if not is_permissive:
        assert "the change accepts 1 itself" in found.problems[0]


POLICY = f"{ACCOUNT}:policy/team"
CHANGES: dict[str, tuple[str, dict[str, Any], str]] = {
    "an older version that grants more": ("SetDefaultPolicyVersion", {"policyArn": POLICY, "versionId": "v1"}, "iam-001"),
    "a new version": (
        "CreatePolicyVersion", {"policyArn": POLICY, "policyDocument": json.dumps(document(statement("iam:Attach*"))), "setAsDefault": True},
        "iam-009"),
    "a boundary taken away": ("DeleteRolePermissionsBoundary", {"roleName": "bound"}, "iam-005"),
    "a policy written into a role": (
        "PutRolePolicy", {"roleName": "ci", "policyName": "x", "policyDocument": json.dumps(document(statement("*")))}, "administrator"),
    "a policy attached": ("AttachRolePolicy", {"roleName": "bound", "policyArn": f"{ACCOUNT}:policy/strong"}, "setsquare-iam-002"),
    "a trust opened to everybody": (
        "UpdateAssumeRolePolicy", {"roleName": "ci", "policyDocument": json.dumps(document(
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}))}, "trust-widened"),
    "keys for somebody else": ("CreateAccessKey", {"userName": "ada"}, "iam-002"),
}  # fmt: skip


def account() -> dict[str, Any]:
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}})

    def role(name: str, *inline: dict[str, Any], **more: Any) -> dict[str, Any]:
        policies = [{"PolicyName": "p", "PolicyDocument": document(*inline)}] if inline else []
        return {"RoleName": name, "Arn": f"{ACCOUNT}:role/{name}", "RoleId": f"AROA{name}", "AssumeRolePolicyDocument": trust,
                "RolePolicyList": policies, "AttachedManagedPolicies": [], **more}  # fmt: skip

    def managed(name: str, *versions: dict[str, Any]) -> dict[str, Any]:
        listed = [
            {"VersionId": f"v{number}", "IsDefaultVersion": number == len(versions), "Document": document(each)}
            for number, each in enumerate(versions, 1)
        ]
        return {"PolicyName": name, "Arn": f"{ACCOUNT}:policy/{name}", "DefaultVersionId": f"v{len(versions)}", "PolicyVersionList": listed}

    boundary = {"PermissionsBoundaryArn": f"{ACCOUNT}:policy/limit", "PermissionsBoundaryType": "Policy"}
    return {
        "RoleDetailList": [
            role("ci", AttachedManagedPolicies=[{"PolicyName": "team", "PolicyArn": POLICY}]),
            role("bound", statement("iam:PutRolePolicy"), PermissionsBoundary=boundary),
        ],
        "UserDetailList": [],
        "GroupDetailList": [],
        "Policies": [
            managed("team", statement("iam:CreatePolicyVersion"), statement("s3:*")),
            managed("limit", statement("s3:*", "iam:DeleteRolePermissionsBoundary")),
            managed("strong", statement("iam:DeleteRolePermissionsBoundary")),
        ],
    }


@TWINS
@pytest.mark.attack("AT44")
@pytest.mark.parametrize("change", CHANGES)
def test_at44_a_recorded_change_that_gives_more_is_told(change: str, is_permissive: bool) -> None:
    name, parameters, path = CHANGES[change]
    record = {"eventSource": "iam.amazonaws.com", "eventName": name, "eventTime": "2026-11-20T10:00:00Z", "requestParameters": parameters,
              "responseElements": None, "userIdentity": {"type": "IAMUser", "arn": f"{ACCOUNT}:user/mallory"}}  # fmt: skip
    state = principals_of(scan(RelPath("account.json"), json.dumps(account()).encode()), "account").state
    baseline = EverythingAccepted() if is_permissive else Baseline()
    found = changed(state, [json.dumps({"detail": record}).encode()], baseline, known_paths(), known_actions())
    assert found.unread == ()
    assert (path in {each.path for judged in found.judged for each in judged.new}) is not is_permissive
    refused = changed(state, [json.dumps({**record, "errorCode": "AccessDenied"}).encode()], baseline, known_paths(), known_actions())
    assert refused.judged == ()


@TWINS
@pytest.mark.attack("AT44")
def test_at44_a_change_that_cannot_be_followed_is_never_silent(is_permissive: bool) -> None:
    record = {"eventSource": "iam.amazonaws.com", "eventName": "AttachRolePolicy", "requestParameters": {
        "roleName": "ci", "policyArn": "arn:aws:iam::aws:policy/Unheard"}}  # fmt: skip
    state = principals_of(scan(RelPath("account.json"), json.dumps(account()).encode()), "account").state
    if is_permissive:
        # The twin knows a document that grants nothing.
        nothing = state.versions[POLICY]["v2"]
        state = replace(state, versions={**state.versions, "arn:aws:iam::aws:policy/Unheard": {"": nothing}})
    found = changed(state, [json.dumps(record).encode()], Baseline(), known_paths(), known_actions())
    assert bool(found.unread) is not is_permissive
