"""Cases that look like ways to more rights and are none: what a Deny takes away, one's own keys, trust that keeps the principal out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from setsquare.adapters.iam_paths import escalation_paths
from setsquare.adapters.iam_tables import universe
from setsquare.powers.iam.escalation.account import principals_of
from setsquare.powers.iam.escalation.graph import account_escalations
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

ACCOUNT = "arn:aws:iam::123456789012"


def statement(actions: Sequence[str], resource: str = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def trusting(**principal: str) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]}


def inline(*statements: Mapping[str, object]) -> list[dict[str, object]]:
    return [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}]


def role(name: str, trust: Mapping[str, object], *statements: Mapping[str, object]) -> dict[str, object]:
    return {
        "RoleName": name,
        "Arn": f"{ACCOUNT}:role/{name}",
        "AssumeRolePolicyDocument": trust,
        "RolePolicyList": inline(*statements),
        "AttachedManagedPolicies": [],
    }


def user(name: str, *statements: Mapping[str, object]) -> dict[str, object]:
    return {
        "UserName": name,
        "Arn": f"{ACCOUNT}:user/{name}",
        "UserPolicyList": inline(*statements),
        "AttachedManagedPolicies": [],
        "GroupList": [],
    }


def paths(name: str, roles: Sequence[object] = (), users: Sequence[object] = ()) -> set[str]:
    text = json.dumps({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": []})
    read = principals_of(scan(RelPath("a.json"), text.encode()), "a")
    return {each.path for each in account_escalations(read.principals, escalation_paths(), universe())[name]}


ECS = trusting(Service="ecs-tasks.amazonaws.com")
VERSIONS = statement(["iam:CreatePolicyVersion"])


@pytest.mark.parametrize("left_out", ["user/bob", "user/*", "user/${aws:username}", "role/*"])
def test_a_deny_of_all_but_another_kind_takes_every_policy(left_out: str) -> None:
    denying = {"Effect": "Deny", "Action": "iam:*", "NotResource": f"arn:aws:iam::*:{left_out}"}
    assert not paths("x", [role("x", ECS, VERSIONS, denying)])


@pytest.mark.parametrize("left_out", ["policy/*", "*", "policy/${aws:username}"])
def test_a_deny_that_leaves_policies_out_takes_not_all(left_out: str) -> None:
    denying = {"Effect": "Deny", "Action": "iam:*", "NotResource": f"arn:aws:iam::*:{left_out}"}
    assert "iam-001" in paths("x", [role("x", ECS, VERSIONS, denying)])


OWN_KEYS = ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"]


@pytest.mark.parametrize("resource", ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"])
def test_ones_own_keys_are_no_more_rights(resource: str) -> None:
    assert not paths("ada", users=[user("ada", statement(OWN_KEYS, resource))])
    assert not paths("x", [role("x", ECS, statement(OWN_KEYS, resource))])


def test_keys_of_others_are_and_so_is_a_policy_of_ones_own() -> None:
    assert "iam-002" in paths("ada", users=[user("ada", statement(OWN_KEYS, "arn:aws:iam::*:user/${aws:username}*"))])
    assert "iam-007" in paths("ada", users=[user("ada", statement(["iam:PutUserPolicy"], "arn:aws:iam::*:user/${aws:username}"))])


ADMIN = role("adm", ECS, statement(["*"]))


def test_a_role_that_keeps_the_principal_out_is_no_way() -> None:
    may = statement(["sts:AssumeRole"], f"{ACCOUNT}:role/adm")
    assert not paths("x", [role("x", ECS, may), ADMIN])
    open_ = role("adm", trusting(AWS=f"{ACCOUNT}:role/x"), statement(["*"]))
    assert "sts-001" in paths("x", [role("x", ECS, may), open_])
    assert "sts-001" in paths("x", [role("x", ECS, statement(["sts:AssumeRole"], f"{ACCOUNT}:role/*")), ADMIN])
    assert "sts-001" in paths("x", [role("x", ECS, statement(["sts:AssumeRole"], f"{ACCOUNT}:role/elsewhere")), ADMIN])


def test_a_role_that_keeps_the_service_out_is_no_way() -> None:
    def passing(resource: str) -> dict[str, object]:
        return role("x", ECS, statement(["iam:PassRole"], resource), statement(["ec2:RunInstances"]))

    assert "ec2-001" not in paths("x", [passing(f"{ACCOUNT}:role/adm"), ADMIN])
    assert "ec2-001" in paths("x", [passing(f"{ACCOUNT}:role/*"), ADMIN])
    assert "ec2-001" in paths("x", [passing(f"{ACCOUNT}:role/adm"), role("adm", trusting(Service="ec2.amazonaws.com"), statement(["*"]))])
    others = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": "*"}}]}
    assert "ec2-001" in paths("x", [passing(f"{ACCOUNT}:role/adm"), role("adm", others, statement(["*"]))])
