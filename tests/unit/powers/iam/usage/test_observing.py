"""When "never used" may be claimed."""

from __future__ import annotations

import pytest

from setsquare.adapters.iam_tables import action_tables, universe
from setsquare.powers.iam.usage.model import Coverage, Gap
from setsquare.powers.iam.usage.observability import Observability
from setsquare.powers.iam.usage.observing import observed

WHOLE = Coverage(days=("2026-01-01", "2026-01-02"), regions=("us-east-1",), data_sources=("s3", "dynamodb:write"))


def judged(action, coverage=WHOLE):
    return observed(action, action_tables(), universe(), coverage)


# req: iam-autopilot/3.7
@pytest.mark.parametrize(
    ("action", "observability", "is_claimable"),
    [
        ("ec2:DescribeInstances", Observability.MANAGEMENT, True),
        ("iam:CreateRole", Observability.MANAGEMENT, True),
        ("s3:GetObject", Observability.DATA, True),
        ("S3:getobject", Observability.DATA, True),
        ("dynamodb:PutItem", Observability.DATA, True),
        ("dynamodb:GetItem", Observability.DATA, False),
        ("lambda:InvokeFunction", Observability.DATA, False),
        ("cloudwatch:PutMetricData", Observability.DATA, False),
        ("xray:PutTraceSegments", Observability.DATA, False),
        ("ssmmessages:OpenDataChannel", Observability.DATA, False),
        ("iam:PassRole", Observability.NEVER, False),
        ("iam:CreateServiceLinkedRole", Observability.NEVER, False),
        ("ec2messages:GetMessages", Observability.NEVER, False),
        ("logs:PutLogEvents", Observability.NEVER, False),
        ("execute-api:Invoke", Observability.NEVER, False),
        ("sts:TagSession", Observability.NEVER, False),
        ("ecs:Poll", Observability.DATA, False),
        ("a4b:ListSkills", Observability.MANAGEMENT, True),
        ("partnercentral:GetOpportunity", Observability.MANAGEMENT, True),
        ("s3express:CreateBucket", Observability.MANAGEMENT, True),
        ("bedrock:InvokeModelWithResponseStream", Observability.MANAGEMENT, True),
        ("bedrock:CreateAgent", Observability.MANAGEMENT, True),
        ("deadline:CreateFarm", Observability.MANAGEMENT, True),
        ("chime:SendChannelMessage", Observability.MANAGEMENT, True),
        ("bedrock:InvokeAgent", Observability.DATA, False),
        ("bedrock-agentcore:InvokeAgentRuntime", Observability.DATA, False),
        ("deadline:CreateJob", Observability.DATA, False),
        ("events:PutEvents", Observability.DATA, False),
        ("firehose:PutRecord", Observability.DATA, False),
        ("lex:RecognizeText", Observability.DATA, False),
        ("machinelearning:Predict", Observability.DATA, False),
        ("payment-cryptography:EncryptData", Observability.DATA, False),
        ("sdb:Select", Observability.DATA, False),
        ("states:SendTaskSuccess", Observability.DATA, False),
        ("swf:StartWorkflowExecution", Observability.DATA, False),
        ("importexport:CreateJob", Observability.NEVER, False),
        ("appmesh-preview:CreateMesh", Observability.UNKNOWN, False),
        ("codeconnections:PassConnection", Observability.UNKNOWN, False),
        ("elasticloadbalancing:SetWebACL", Observability.UNKNOWN, False),
        ("mechanicalturk:CreateHIT", Observability.UNKNOWN, False),
        ("network-firewall:CreateProxy", Observability.UNKNOWN, False),
        ("personalize:GetRecommendations", Observability.UNKNOWN, False),
        ("sqlworkbench:CreateChart", Observability.UNKNOWN, False),
        ("eks:AccessKubernetesApi", Observability.UNKNOWN, False),
        ("nosuch:Thing", Observability.UNKNOWN, False),
    ],
)
def test_classes(action, observability, is_claimable):
    found = judged(action)
    assert (found.observability, found.is_claimable) == (observability, is_claimable)
    assert found.reason


def gapped(code, scope=""):
    return Coverage(days=WHOLE.days, data_sources=WHOLE.data_sources, gaps=(Gap(code=code, reason="the trail lacks it", scope=scope),))


@pytest.mark.parametrize(
    "code", ["days-missing", "younger-than-window", "unreadable-file", "capped", "no-management-events", "region-absent"]
)
@pytest.mark.parametrize("action", ["ec2:DescribeInstances", "ec2:RunInstances", "s3:GetObject"])
def test_a_gap_takes_the_claim_and_names_itself(code, action):
    found = judged(action, gapped(code))
    assert not found.is_claimable
    assert "the trail lacks it" in found.reason


def test_a_gap_of_one_kind_concerns_that_kind():
    assert not judged("ec2:DescribeInstances", gapped("read-only-excluded")).is_claimable
    assert judged("ec2:RunInstances", gapped("read-only-excluded")).is_claimable
    assert not judged("kms:Decrypt", gapped("source-excluded", "kms")).is_claimable
    assert judged("ec2:RunInstances", gapped("source-excluded", "kms")).is_claimable


def test_an_empty_trail_allows_no_claim():
    assert not judged("ec2:DescribeInstances", Coverage()).is_claimable


SEEN = Coverage(
    days=WHOLE.days,
    data_scopes=(
        *("s3:read", "s3:read arn:aws:s3:::app", "s3:read arn:aws:s3:::logs"),
        *("dynamodb:write", "dynamodb:write arn:aws:dynamodb:eu-west-1:1:table/t", "lambda:write"),
    ),
)


@pytest.mark.parametrize(
    ("action", "granted", "is_claimable"),
    [
        ("s3:GetObject", ("arn:aws:s3:::app/*",), True),
        ("s3:GetObject", ("arn:aws:s3:::app/in/*", "arn:aws:s3:::logs/*"), True),
        ("s3:GetObject", ("arn:aws:s3:::app/*", "arn:aws:s3:::other/*"), False),
        ("s3:GetObject", ("arn:aws:s3:::app*",), False),
        ("s3:GetObject", ("arn:aws:s3:::${aws:username}/*",), False),
        ("s3:GetObject", ("*",), False),
        ("s3:GetObject", (), False),
        ("s3:PutObject", ("arn:aws:s3:::app/*",), False),
        ("dynamodb:PutItem", ("arn:aws:dynamodb:eu-west-1:1:table/t",), True),
        ("dynamodb:PutItem", ("arn:aws:dynamodb:eu-west-1:1:table/t2",), False),
        ("dynamodb:PutItem", ("arn:aws:dynamodb:*:1:table/t",), False),
        ("lambda:InvokeFunction", ("arn:aws:lambda:eu-west-1:1:function:f",), False),
    ],
)
def test_events_of_one_bucket_prove_nothing_about_another(action, granted, is_claimable):
    found = observed(action, action_tables(), universe(), SEEN, granted)
    assert (found.observability, found.is_claimable, found.is_held) == (Observability.DATA, is_claimable, is_claimable)


def test_what_a_trail_holds_is_told_from_what_it_shows():
    assert judged("ec2:RunInstances", gapped("days-missing")).is_held
    assert judged("s3:GetObject", gapped("days-missing")).is_held
    assert not judged("lambda:InvokeFunction", gapped("days-missing")).is_held
    assert not judged("iam:PassRole", gapped("days-missing")).is_held


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("sqlworkbench:CreateChart", "no SDK has calls of this service"),
        ("appmesh-preview:CreateMesh", "AWS documents a call of this name that no SDK has"),
        ("network-firewall:CreateProxy", "the newest SDK no longer has"),
        ("mechanicalturk:CreateHIT", "does not have this one"),
        ("elasticloadbalancing:SetWebACL", "with a call of another name"),
        ("glue:GetCompletion", "AWS documents no call that needs it"),
        ("personalize:GetRecommendations", "CloudTrail's documentation says nothing"),
    ],
)
def test_what_cannot_be_judged_has_the_reason_of_its_own_class(action, told):
    assert told in judged(action).reason


# req: iam-autopilot/3.7
def test_a_data_event_of_which_no_name_is_known_is_never_claimed():
    granted = "arn:aws:s3tables:eu-west-1:123456789012:bucket/b"
    shown = Coverage(days=WHOLE.days, data_scopes=("s3tables:read", f"s3tables:read {granted}"))
    found = observed("s3tables:GetTableData", action_tables(), universe(), shown, (granted,))
    assert (found.observability, found.is_claimable) == (Observability.DATA, False)
    named = observed("sqs:ReceiveMessage", action_tables(), universe(), Coverage(days=WHOLE.days, data_sources=("sqs",)))
    assert named.is_claimable
