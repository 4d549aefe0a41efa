"""Through other principals of an account: roles that may be assumed one after another, passed, or taken over."""

from __future__ import annotations

import json
from typing import Any

from setsquare.adapters.iam_paths import escalation_paths
from setsquare.adapters.iam_tables import universe
from setsquare.powers.iam.escalation.account import PrincipalsRead, principals_of
from setsquare.powers.iam.escalation.graph import account_escalations
from setsquare.powers.iam.escalation.model import Escalation
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

ACCOUNT = "arn:aws:iam::123456789012"


def document(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}]}


def role(name: str, policy: dict[str, Any] | None, **trusted: str) -> dict[str, Any]:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trusted}]}
    return {
        "RoleName": name,
        "Arn": f"{ACCOUNT}:role/{name}",
        "RoleId": f"AROA{name.upper()}",
        "AssumeRolePolicyDocument": trust,
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": policy}] if policy else [],
        "AttachedManagedPolicies": [],
    }


def user(name: str, policy: dict[str, Any], *groups: str, **more: Any) -> dict[str, Any]:
    inline = [{"PolicyName": "p", "PolicyDocument": policy}]
    return {"UserName": name, "Arn": f"{ACCOUNT}:user/{name}", "UserPolicyList": inline, "GroupList": list(groups), **more}


def read(**lists: Any) -> PrincipalsRead:
    return principals_of(scan(RelPath("account.json"), json.dumps(lists).encode()), "account")


def judged(**lists: Any) -> dict[str, dict[str, Escalation]]:
    found = read(**lists)
    assert found.problems == ()
    escalations = account_escalations(found.principals, escalation_paths(), universe())
    return {name: {each.path: each for each in listed} for name, listed in escalations.items()}


ADMIN = role("admin", document("*"), AWS=f"{ACCOUNT}:role/mid")
MID = role("mid", document("s3:GetObject"), AWS=f"{ACCOUNT}:root")


def test_a_chain_of_roles_is_followed_by_identity_and_trust() -> None:
    assuming = document("sts:AssumeRole", resource=f"{ACCOUNT}:role/mid")
    found = judged(RoleDetailList=[ADMIN, MID], UserDetailList=[user("ada", assuming), user("bob", document("s3:*"))])
    assert found["mid"]["administrator"].via == ("admin",)
    assert found["ada"]["administrator"].via == ("mid", "admin")
    assert found["ada"]["administrator"].certainty == "certain"
    assert "administrator" not in found["bob"]
    other = document("sts:AssumeRole", resource=f"{ACCOUNT}:role/else")
    assert "administrator" not in judged(RoleDetailList=[ADMIN, MID], UserDetailList=[user("ada", other)])["ada"]


def test_a_trust_under_a_condition_makes_the_chain_conditional() -> None:
    guarded = role("admin", document("*"), AWS=f"{ACCOUNT}:user/ada")
    guarded["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    found = judged(RoleDetailList=[guarded], UserDetailList=[user("ada", document("s3:*"))])
    assert found["ada"]["administrator"].certainty == "conditional"


def test_passing_a_role_needs_one_that_trusts_the_service() -> None:
    passing = document("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
    runner = role("runner", document("s3:*"), Service="lambda.amazonaws.com")
    dev = role("dev", passing, Service="ec2.amazonaws.com")
    assert judged(RoleDetailList=[dev, runner])["dev"]["lambda-001"].targets == ("runner",)
    alone = judged(RoleDetailList=[dev])["dev"]["lambda-001"]
    assert (alone.certainty, alone.notes) == ("possible", ("no known role that it may pass trusts lambda.amazonaws.com",))
    narrow = json.loads(json.dumps(dev))
    narrow["RolePolicyList"].append({"PolicyName": "d", "PolicyDocument": {"Statement": [
        {"Effect": "Deny", "Action": "iam:PassRole", "NotResource": f"{ACCOUNT}:role/dev"}]}})  # fmt: skip
    assert judged(RoleDetailList=[narrow, runner])["dev"]["lambda-001"].certainty == "possible"


def test_keys_of_a_user_who_may_do_more_are_certain() -> None:
    users = [user("ada", document("*")), user("bob", document("iam:CreateAccessKey"))]
    assert judged(RoleDetailList=[], UserDetailList=users)["bob"]["iam-002"].targets == ("ada",)
    users = [user("ada", document("s3:*")), user("bob", document("iam:CreateAccessKey"))]
    assert judged(RoleDetailList=[], UserDetailList=users)["bob"]["iam-002"].certainty == "possible"


def test_a_trust_that_may_be_rewritten_gives_its_role() -> None:
    changer = role("changer", document("iam:UpdateAssumeRolePolicy"), Service="ec2.amazonaws.com")
    assert judged(RoleDetailList=[ADMIN, changer])["changer"]["iam-012"].targets == ("admin",)


def test_the_policies_of_groups_are_the_users() -> None:
    groups = [{"GroupName": "ops", "GroupPolicyList": [{"PolicyName": "g", "PolicyDocument": document("iam:AttachGroupPolicy")}]}]
    found = judged(RoleDetailList=[], UserDetailList=[user("ada", document("s3:*"), "ops")], GroupDetailList=groups)
    assert found["ada"]["iam-010"].certainty == "certain"
    assert found["ada"]["iam-010"].grants == ("iam:AttachGroupPolicy: group ops: g#0",)


def test_of_a_user_with_a_missing_policy_nothing_is_claimed() -> None:
    lost = user("ada", document("s3:*"), AttachedManagedPolicies=[{"PolicyName": "x", "PolicyArn": f"{ACCOUNT}:policy/x"}])
    found = read(RoleDetailList=[], UserDetailList=[lost])
    assert found.principals == ()
    assert [problem.code for problem in found.problems] == ["incomplete-grants"]
