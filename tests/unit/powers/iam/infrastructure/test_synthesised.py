"""What a program writes is named and not edited; the source beside it is edited as if it were not there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from setsquare.powers.iam.infrastructure.synthesised import written_by
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::logs/*"},
        {"Sid": "B", "Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:PurgeQueue"], "Resource": "*"},
    ],
}
ROLE: dict[str, Any] = {
    "Type": "AWS::IAM::Role",
    "Properties": {"RoleName": "ecs-api", "Policies": [{"PolicyName": "base", "PolicyDocument": DOCUMENT}]},
}
TEMPLATE = json.dumps({"Resources": {"R": ROLE}}, indent=1)
MARKED = json.dumps({"Resources": {"R": {**ROLE, "Metadata": {"aws:cdk:path": "S/R/Resource"}}}}, indent=1)
CDK = json.dumps({"Resources": {"R": ROLE, "M": {"Type": "AWS::CDK::Metadata", "Properties": {}}}}, indent=1)


@pytest.fixture
def less(shares: tuple[Policy, Policy]) -> tuple[Policy, ...]:
    return (Policy(version=shares[0].version, statements=(*shares[0].statements, *shares[1].statements)),)


@pytest.mark.parametrize(
    ("path", "text", "by"),
    [
        ("app/cdk.out/S.template.json", TEMPLATE, "cdk synth"),
        ("S.template.json", MARKED, "cdk synth"),
        ("S.template.json", CDK, "cdk synth"),
        (".serverless/cloudformation-template-update-stack.json", TEMPLATE, "serverless package"),
        (".aws-sam/build/template.json", TEMPLATE, "sam build"),
    ],
)
def test_it_is_named_and_not_edited_and_its_source_is(propose: Any, less: tuple[Policy, ...], path: str, text: str, by: str) -> None:
    change = propose({path: text}, "inline", less)
    assert change.contents == {}
    assert path in change.left[0]
    assert by in change.left[0]
    assert "change the source" in change.left[0]
    beside = propose({path: text, "template.json": TEMPLATE}, "inline", less)
    assert list(beside.contents) == ["template.json"]
    assert beside.left == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("S.json", TEMPLATE),
        ("cdk.out.json", TEMPLATE),
        ("s.yaml", "# not like aws:cdk:path or AWS::CDK::Metadata\nResources:\n  R:\n    Type: AWS::IAM::Role\n"),
        ("S.json", TEMPLATE.replace('"ecs-api"', '"ecs-api", "Description": "aws:cdk:path"')),
    ],
)
def test_a_source_is_one_whatever_it_speaks_of(path: str, text: str) -> None:
    assert written_by(RelPath(path), text.encode()) == ""
