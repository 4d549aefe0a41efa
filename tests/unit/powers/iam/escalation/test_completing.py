"""An account's details that attach policies of AWS without their documents are completed from what is known, and nothing else changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from setsquare.adapters.iam_managed import aws_policies
from setsquare.powers.iam.escalation.account import PrincipalsRead, principals_of
from setsquare.powers.iam.escalation.completing import completed
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
}


def arn(name: str) -> str:
    return f"arn:aws:iam::aws:policy/{name}"


def role(name: str, *policies: str, boundary: str = "") -> dict[str, Any]:
    attached = [{"PolicyName": each, "PolicyArn": arn(each)} for each in policies]
    bound = {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn(boundary)}} if boundary else {}
    return {
        "RoleName": name, "Path": "/", "Arn": f"arn:aws:iam::111122223333:role/{name}", "AssumeRolePolicyDocument": TRUST,
        "RolePolicyList": [], "AttachedManagedPolicies": attached, **bound,
    }  # fmt: skip


def user(name: str, *policies: str) -> dict[str, Any]:
    attached = [{"PolicyName": each, "PolicyArn": arn(each)} for each in policies]
    return {"UserName": name, "Arn": f"arn:aws:iam::111122223333:user/{name}", "UserPolicyList": [], "GroupList": [], "AttachedManagedPolicies": attached}  # fmt: skip


def entry(name: str, document: dict[str, Any]) -> dict[str, Any]:
    version = {"VersionId": "v9", "IsDefaultVersion": True, "Document": document}
    return {"PolicyName": name, "Arn": arn(name), "DefaultVersionId": "v9", "PolicyVersionList": [version]}


def read(account: Any, *, is_known: bool = True) -> PrincipalsRead:
    document = scan(RelPath("account.json"), json.dumps(account, indent=1).encode())
    return principals_of(document, "account", aws_policies() if is_known else None)


@pytest.mark.parametrize("pages", [False, True])
@pytest.mark.parametrize("policies", [None, [], [entry("ReadOnlyAccess", {"Version": "2012-10-17", "Statement": []})]])
def test_roles_and_users_have_what_is_attached(pages: bool, policies: list[Any] | None) -> None:
    account: dict[str, Any] = {
        "RoleDetailList": [role("ci", "AWSLambda_FullAccess", "AmazonS3ReadOnlyAccess")],
        "UserDetailList": [user("ada", "IAMFullAccess")],
    }
    if policies is not None:
        account["Policies"] = policies
    found = {each.name: [policy.name for policy in each.layers.identity] for each in read([account] if pages else account).principals}
    assert found == {"ci": ["AWSLambda_FullAccess", "AmazonS3ReadOnlyAccess"], "ada": ["IAMFullAccess"]}
    assert read(account, is_known=False).principals == ()


def test_the_document_of_the_file_counts_before_what_is_known() -> None:
    own = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
    account = {"RoleDetailList": [role("ci", "IAMFullAccess", "AWSLambda_FullAccess")], "Policies": [entry("IAMFullAccess", own)]}
    (found,) = read(account).principals
    assert found.layers.identity[0].policy.statements[0].actions == ("s3:Get*",)


def test_a_boundary_of_aws_is_known() -> None:
    (found,) = read({"RoleDetailList": [role("ci", boundary="PowerUserAccess")], "Policies": []}).principals
    assert found.layers.boundary is not None


def test_of_a_role_with_a_policy_that_nobody_knows_nothing_is_claimed_and_the_line_is_right() -> None:
    account = {"RoleDetailList": [role("new", "BrandNewFullAccess"), role("ci", "IAMFullAccess")], "Policies": []}
    found = read(account)
    assert [each.name for each in found.principals] == ["ci"]
    (problem,) = [each for each in found.problems if each.is_fatal]
    assert "BrandNewFullAccess" in problem.reason
    lines = json.dumps(account, indent=1).splitlines()
    assert "BrandNewFullAccess" in "".join(lines[problem.line - 1 : problem.line + 2])


@pytest.mark.parametrize("text", ["{", "[]", '{"Statement": []}', json.dumps({"RoleDetailList": [role("ci")], "Policies": []})])
def test_what_lacks_nothing_stays_as_it_is(text: str) -> None:
    document = scan(RelPath("a.json"), text.encode())
    assert completed(document, aws_policies()) is document


def test_escaped_slashes_hide_nothing() -> None:
    text = json.dumps({"RoleDetailList": [role("ci", "IAMFullAccess")], "Policies": []}).replace("/", "\\/")
    document = scan(RelPath("a.json"), text.encode())
    assert [each.name for each in principals_of(document, "account", aws_policies()).principals] == ["ci"]
