"""Roles and policies of an account that moto plays."""

import json

import pytest

pytest.importorskip("moto", reason="moto plays AWS")
boto3 = pytest.importorskip("boto3")

from moto import mock_aws  # noqa: E402  (after the skips)

from setsquare.adapters.aws_cloud import AwsCloud  # noqa: E402
from setsquare.errors import CloudFailed  # noqa: E402
from setsquare.powers.iam.recommendation.model import PolicyKind  # noqa: E402

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def document(*actions):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        iam = boto3.client("iam", region_name="us-east-1")
        iam.create_role(RoleName="ecs-auth", Path="/team/", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName="ecs-auth", PolicyName="inline", PolicyDocument=json.dumps(document("s3:GetObject")))
        arns = [
            iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document(action)))["Policy"]["Arn"]
            for name, action in (("b-queue", "sqs:SendMessage"), ("a-table", "dynamodb:GetItem"), ("edge", "s3:*"))
        ]
        for arn in arns[:2]:
            iam.attach_role_policy(RoleName="ecs-auth", PolicyArn=arn)
        iam.put_role_permissions_boundary(RoleName="ecs-auth", PermissionsBoundary=arns[2])
        yield iam


def test_a_grant_holds_all_that_a_role_has(account):
    grant = AwsCloud("us-east-1").grant("ecs-auth")
    assert grant is not None
    assert (grant.role, grant.path, grant.arn) == ("ecs-auth", "/team/", "arn:aws:iam::123456789012:role/team/ecs-auth")
    assert grant.unique_id.startswith("AROA")
    assert [(each.name, each.kind, each.policy.statements[0].actions) for each in grant.policies] == [
        ("inline", PolicyKind.INLINE, ("s3:GetObject",)),
        ("a-table", PolicyKind.MANAGED, ("dynamodb:GetItem",)),
        ("b-queue", PolicyKind.MANAGED, ("sqs:SendMessage",)),
    ]
    assert (grant.policies[1].attachments, grant.policies[1].bounds) == (1, 0)
    assert grant.boundary is not None
    assert grant.boundary.name.endswith(":policy/edge")
    assert grant.trust is not None
    assert grant.trust.statements[0].actions == ("sts:AssumeRole",)


def test_the_default_version_of_a_policy_counts(account):
    arn = "arn:aws:iam::123456789012:policy/a-table"
    account.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document("dynamodb:*")), SetAsDefault=False)
    grant = AwsCloud("us-east-1").grant("ecs-auth")
    assert grant is not None
    assert grant.policies[1].policy.statements[0].actions == ("dynamodb:GetItem",)


def test_a_role_that_does_not_exist_is_nothing(account):
    assert AwsCloud("us-east-1").grant("gone") is None


def test_roles_are_listed_over_all_pages(account):
    for number in range(130):
        account.create_role(RoleName=f"r{number:03}", AssumeRolePolicyDocument=json.dumps(TRUST))
    roles = AwsCloud("us-east-1").roles()
    assert [role.name for role in roles] == sorted(["ecs-auth", *(f"r{number:03}" for number in range(130))])
    assert roles[0].path == "/team/"


def test_the_identity_is_named(account):
    assert ":123456789012:" in AwsCloud("us-east-1").identity()


def test_a_policy_that_cannot_be_judged_is_an_error(account, monkeypatch):
    from setsquare.adapters import aws_cloud

    def broken(*_):
        return None, ()

    monkeypatch.setattr(aws_cloud, "read_policy", broken)
    with pytest.raises(CloudFailed, match="cannot be judged"):
        AwsCloud("us-east-1").grant("ecs-auth")


def test_a_policy_that_bounds_others_says_so(account, monkeypatch):
    from setsquare.adapters import aws_cloud
    from setsquare.adapters.aws_clients import called

    def bounding(ask, **asked):
        told = called(ask, **asked)
        return {"Policy": {**told["Policy"], "PermissionsBoundaryUsageCount": 2}} if "Policy" in told else told

    monkeypatch.setattr(aws_cloud, "called", bounding)
    grant = AwsCloud("us-east-1").grant("ecs-auth")
    assert grant is not None
    assert grant.policies[1].shared == "is the permissions boundary of 2"
