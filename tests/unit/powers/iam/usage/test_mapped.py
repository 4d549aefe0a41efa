"""From uses to actions: every layer, and what has no action."""

from __future__ import annotations

import pytest

from setsquare.adapters.iam_tables import action_tables, universe
from setsquare.powers.iam.usage.mapped import actions_of, prefix_of, unmapped
from setsquare.powers.iam.usage.mapping import MappedAction
from setsquare.powers.iam.usage.model import Outcome, Principal, Use

ROLE = Principal("role", "arn:aws:iam::123456789012:role/app", "AROAEXAMPLE")

SOURCE_NAMES = {
    "agreement-marketplace": "aws-marketplace",
    "amazonmq": "mq",
    "application-insights": "applicationinsights",
    "billingconsole": "billing",
    "chime-sdk-media-pipelines": "chime",
    "chime-sdk-voice": "chime",
    "cloudcontrolapi": "cloudformation",
    "contact-lens": "connect",
    "discovery-marketplace": "aws-marketplace",
    "management-marketplace": "aws-marketplace-management",
    "marketplacecatalog": "aws-marketplace",
    "migrationhub": "mgh",
    "monitoring": "cloudwatch",
    "opensearchservice": "es",
    "participant-connect": "connect",
    "pinpoint": "mobiletargeting",
    "pricelist": "pricing",
    "qconnect": "wisdom",
    "rdsdata": "rds-data",
    "reporting-marketplace": "aws-marketplace",
    "servicecatalog-appregistry": "servicecatalog",
    "tagging": "tag",
    "taxconsole": "tax",
    "transcribestreaming": "transcribe",
}


def use(source: str, event: str, detail: str = "", via: str = "") -> Use:
    return Use(
        principal=ROLE,
        source=f"{source}.amazonaws.com",
        event=event,
        resource="*",
        outcome=Outcome.USED,
        day="2026-01-02",
        count=1,
        first="2026-01-02T00:00:00Z",
        last="2026-01-02T00:00:00Z",
        detail=detail,
        via=via,
    )


def mapped(source: str, event: str, detail: str = "", via: str = "") -> tuple[MappedAction, ...]:
    return actions_of(use(source, event, detail, via), action_tables(), universe())


def required(source: str, event: str, detail: str = "") -> set[str]:
    return {action.action for action in mapped(source, event, detail) if action.is_required}


def possible(source: str, event: str, detail: str = "") -> set[str]:
    return {action.action for action in mapped(source, event, detail) if not action.is_required}


@pytest.mark.parametrize(("label", "prefix"), SOURCE_NAMES.items())
def test_source_names_lead_to_the_service(label, prefix):
    assert prefix_of(f"{label}.amazonaws.com", action_tables(), universe()) == prefix


@pytest.mark.parametrize("host", ["ec2.amazonaws.com", "ec2.amazonaws.com.cn", "EC2.amazonaws.com"])
def test_partitions_and_case_of_the_source_make_no_difference(host):
    assert prefix_of(host, action_tables(), universe()) == "ec2"


# req: iam-autopilot/3.6
@pytest.mark.parametrize(
    ("source", "event", "action"),
    [
        ("lambda", "CreateFunction20150331v2", "lambda:CreateFunction"),
        ("lambda", "UpdateFunctionCode20150331v2", "lambda:UpdateFunctionCode"),
        ("lambda", "ListFunctions20150331", "lambda:ListFunctions"),
        ("lambda", "GetFunction20150331v2", "lambda:GetFunction"),
        ("lambda", "Invoke", "lambda:InvokeFunction"),
        ("cloudfront", "GetDistribution2020_05_31", "cloudfront:GetDistribution"),
        ("cloudfront", "CreateDistribution2020_05_31", "cloudfront:CreateDistribution"),
        ("s3", "HeadObject", "s3:GetObject"),
        ("s3", "ListObjectsV2", "s3:ListBucket"),
        ("s3", "ListObjects", "s3:ListBucket"),
        ("s3", "HeadBucket", "s3:ListBucket"),
        ("s3", "ListBuckets", "s3:ListAllMyBuckets"),
        ("s3", "ListObjectVersions", "s3:ListBucketVersions"),
        ("s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration"),
        ("s3", "PutBucketEncryption", "s3:PutEncryptionConfiguration"),
        ("s3", "DeleteBucketEncryption", "s3:PutEncryptionConfiguration"),
        ("s3", "GetBucketLifecycle", "s3:GetLifecycleConfiguration"),
        ("s3", "PutBucketLifecycle", "s3:PutLifecycleConfiguration"),
        ("s3", "PutBucketReplication", "s3:PutReplicationConfiguration"),
        ("s3", "DeleteBucketReplication", "s3:PutReplicationConfiguration"),
        ("s3", "GetBucketCors", "s3:GetBucketCORS"),
        ("s3", "DeleteBucketCors", "s3:PutBucketCORS"),
        ("s3", "UploadPart", "s3:PutObject"),
        ("s3", "DeleteObjects", "s3:DeleteObject"),
        ("monitoring", "PutMetricAlarm", "cloudwatch:PutMetricAlarm"),
        ("apigateway", "GetRestApis", "apigateway:GET"),
        ("apigateway", "UpdateStage", "apigateway:PATCH"),
        ("apigateway", "CreateDeployment", "apigateway:POST"),
        ("apigateway", "DeleteRestApi", "apigateway:DELETE"),
        ("iot", "ListThingPrincipalsV2", "iot:ListThingPrincipalsV2"),
        ("ec2", "DescribeInstances", "ec2:DescribeInstances"),
        ("iam", "GetRole", "iam:GetRole"),
        ("budgets", "DescribeBudgets", "budgets:ViewBudget"),
        ("cassandra", "CreateTable", "cassandra:Create"),
        ("cassandra", "DeleteKeyspace", "cassandra:Drop"),
        ("partnercentral-selling", "GetOpportunity", "partnercentral:GetOpportunity"),
        ("mturk-requester", "CreateHIT", "mechanicalturk:CreateHIT"),
    ],
)
def test_one_action_is_needed(source, event, action):
    assert required(source, event) == {action}


def test_a_name_that_ends_in_a_number_keeps_it():
    assert required("rds", "DescribeDBClusters") == {"rds:DescribeDBClusters"}
    assert required("mobiletargeting", "CreateApp") == {"mobiletargeting:CreateApp"}


@pytest.mark.parametrize(
    ("source", "event", "detail", "needed"),
    [
        ("s3", "CopyObject", "", {"s3:GetObject", "s3:PutObject"}),
        ("s3", "UploadPartCopy", "", {"s3:GetObject", "s3:PutObject"}),
        ("s3", "PutObject", "flags=acl,tagging", {"s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"}),
        ("s3", "GetObject", "flags=version", {"s3:GetObject", "s3:GetObjectVersion"}),
        ("s3", "DeleteObject", "flags=version", {"s3:DeleteObject", "s3:DeleteObjectVersion"}),
        ("kms", "ReEncrypt", "", {"kms:ReEncryptFrom", "kms:ReEncryptTo"}),
        ("dynamodb", "ExecuteStatement", "verbs=SELECT", {"dynamodb:PartiQLSelect"}),
        ("dynamodb", "BatchExecuteStatement", "verbs=DELETE,INSERT", {"dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert"}),
        ("dynamodb", "TransactWriteItems", "verbs=CONDITIONCHECK,PUT", {"dynamodb:ConditionCheckItem", "dynamodb:PutItem"}),
        ("dynamodb", "TransactGetItems", "", {"dynamodb:GetItem"}),
        ("ec2", "RunInstances", "flags=profile,tags", {"ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"}),
        ("lambda", "CreateFunction20150331", "roles=arn:aws:iam::123456789012:role/x", {"lambda:CreateFunction", "iam:PassRole"}),
        ("iam", "AddRoleToInstanceProfile", "", {"iam:AddRoleToInstanceProfile", "iam:PassRole"}),
    ],
)
def test_several_actions_are_needed(source, event, detail, needed):
    assert required(source, event, detail) == needed


def test_without_its_request_a_statement_may_need_each_verb():
    assert required("dynamodb", "ExecuteStatement") == set()
    assert possible("dynamodb", "ExecuteStatement") == {f"dynamodb:PartiQL{verb}" for verb in ("Select", "Insert", "Update", "Delete")}


@pytest.mark.parametrize(
    ("source", "event"),
    [
        ("ec2", "RunInstances"),
        ("lambda", "CreateFunction20150331"),
        ("ecs", "RegisterTaskDefinition"),
        ("glue", "CreateJob"),
        ("states", "CreateStateMachine"),
    ],
)
def test_a_call_that_can_pass_a_role_may_need_pass_role(source, event):
    assert MappedAction("iam:PassRole", "pass-role", is_required=False) in mapped(source, event)


@pytest.mark.parametrize(
    ("source", "event"), [("sts", "AssumeRole"), ("iam", "GetRole"), ("ec2", "DescribeInstances"), ("s3", "GetObject")]
)
def test_a_call_that_passes_no_role_needs_no_pass_role(source, event):
    assert "iam:PassRole" not in {
        action.action for action in mapped(source, event, "roles=arn:aws:iam::1:role/x" if source == "sts" else "")
    }


def test_encryption_on_behalf_is_possible_and_not_said_twice():
    assert MappedAction("kms:Decrypt", "forward-access", is_required=False) in mapped("s3", "GetObject")
    assert "kms:Decrypt" not in {action.action for action in mapped("s3", "GetObject", via="athena.amazonaws.com")}
    assert MappedAction("kms:Decrypt", "same-name") in mapped("kms", "Decrypt", via="s3.amazonaws.com")


def test_signing_in_needs_no_action():
    assert mapped("signin", "ConsoleLogin") == ()


@pytest.mark.parametrize("event", ["", "Get Object", "x\x1b[31m", "](javascript:", "A" * 300, "*", "Get*"])
def test_a_name_that_can_be_no_call_leads_to_nothing(event):
    assert mapped("s3", event) == ()


@pytest.mark.parametrize("source", ["", "*", "s3:*", "a b", "x\n"])
def test_a_source_that_can_be_no_service_leads_to_nothing(source):
    assert actions_of(use(source, "GetObject"), action_tables(), universe()) == ()


def test_an_unknown_call_is_given_as_it_stands_and_listed():
    odd = use("s3", "GetStorageLensDashboardDataInternal")
    assert actions_of(odd, action_tables(), universe()) == (
        MappedAction("s3:GetStorageLensDashboardDataInternal", "unknown", is_required=False),
    )
    known = use("ec2", "DescribeInstances")
    assert unmapped((odd, known, odd, use("signin", "ConsoleLogin")), action_tables(), universe()) == (
        ("s3.amazonaws.com", "GetStorageLensDashboardDataInternal"),
    )


def test_every_action_of_the_tables_is_an_action_of_the_universe():
    tables, actions = action_tables(), universe().actions
    named = {name for rows in (tables.operations, tables.possible, tables.forward) for names in rows.values() for name in names}
    missing = {name for name in named if name.lower() not in actions}
    assert missing == set()
    assert {name for name in (*tables.data_events, *tables.never_logged, *tables.unjudged) if name not in actions} == set()


# req: iam-autopilot/3.6
@pytest.mark.parametrize(
    ("source", "event", "action"),
    [
        ("s3express", "CreateBucket", "s3express:CreateBucket"),
        ("s3express", "PutBucketEncryption", "s3express:PutEncryptionConfiguration"),
        ("s3express", "ListDirectoryBuckets", "s3express:ListAllMyDirectoryBuckets"),
        ("cloudcontrolapi", "CreateResource", "cloudformation:CreateResource"),
        ("a4b", "ListSkills", "a4b:ListSkills"),
        ("sms", "CreateApp", "sms:CreateApp"),
    ],
)
def test_calls_that_only_documents_or_older_models_know(source, event, action):
    assert required(source, event) == {action}


@pytest.mark.parametrize(
    ("source", "event", "action"),
    [
        ("fsx", "CreateFileSystem", "fsx:TagResource"),
        ("gamelift", "CreateScript", "gamelift:TagResource"),
        ("ec2", "CreateCapacityManagerDataExport", "ec2:CreateTags"),
        ("elasticache", "CreateCacheCluster", "elasticache:AddTagsToResource"),
        ("s3express", "GetObject", "s3express:CreateSession"),
    ],
)
def test_what_the_reference_says_that_the_caller_needs_besides_may_have_been_needed(source, event, action):
    assert action in possible(source, event)


def test_an_action_never_depends_on_itself():
    tables = action_tables()
    assert not [
        key for key, actions in tables.possible.items() if key in {action.lower() for action in actions} and key not in tables.operations
    ]


# req: iam-autopilot/3.6
@pytest.mark.parametrize(
    ("source", "event", "needed"),
    [
        ("bedrock", "Converse", {"bedrock:InvokeModel"}),
        ("bedrock", "ConverseStream", {"bedrock:InvokeModelWithResponseStream"}),
        ("bedrock", "StartAsyncInvoke", {"bedrock:InvokeModel"}),
        ("bedrock", "InvokeModelWithBidirectionalStream", {"bedrock:InvokeModel"}),
        ("bedrock", "RetrieveAndGenerateStream", {"bedrock:RetrieveAndGenerate"}),
        ("sqs", "DeleteMessageBatch", {"sqs:DeleteMessage"}),
        ("sqs", "ChangeMessageVisibilityBatch", {"sqs:ChangeMessageVisibility"}),
        ("sqs", "SendMessageBatch", {"sqs:SendMessage"}),
        ("sns", "PublishBatch", {"sns:Publish"}),
        ("secretsmanager", "BatchGetSecretValue", {"secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"}),
        ("access-analyzer", "ListFindingsV2", {"access-analyzer:ListFindings"}),
        ("securityhub", "BatchUpdateFindingsV2", {"securityhub:BatchUpdateFindings"}),
        ("securityhub", "GetFindingStatisticsV2", {"securityhub:GetAdhocInsightResults"}),
        ("verifiedpermissions", "BatchIsAuthorized", {"verifiedpermissions:IsAuthorized"}),
        ("dms", "DescribeDataProviders", {"dms:ListDataProviders"}),
        ("dms", "ModifyMigrationProject", {"dms:UpdateMigrationProject"}),
        ("glue", "GetUnfilteredTableMetadata", {"glue:GetTable"}),
        ("vpc-lattice", "BatchUpdateRule", {"vpc-lattice:UpdateRule"}),
        ("cloudfront", "CreateDistributionWithTags2020_05_31", {"cloudfront:CreateDistribution", "cloudfront:TagResource"}),
        ("s3", "CreateBucketMetadataConfiguration", {"s3:CreateBucketMetadataTableConfiguration"}),
        ("apigateway", "PutRoutingRule", {"apigateway:UpdateRoutingRule"}),
        ("iotsecuredtunneling", "OpenTunnel", {"iot:OpenTunnel"}),
    ],
)
def test_batches_streams_and_newer_names_need_the_action_that_aws_asks_for(source, event, needed):
    assert required(source, event) == needed


# req: iam-autopilot/3.6
@pytest.mark.parametrize(
    ("source", "event", "action"),
    [
        ("lambda", "CreateFunction20150331", "lambda:TagResource"),
        ("iam", "CreateRole", "iam:TagRole"),
        ("sqs", "CreateQueue", "sqs:TagQueue"),
        ("dynamodb", "CreateTable", "dynamodb:TagResource"),
        ("kinesis", "CreateStream", "kinesis:AddTagsToStream"),
        ("logs", "CreateLogGroup", "logs:TagResource"),
        ("rds", "CreateDBInstance", "rds:AddTagsToResource"),
        ("ecs", "RunTask", "ecs:TagResource"),
        ("secretsmanager", "CreateSecret", "secretsmanager:TagResource"),
    ],
)
def test_a_call_that_can_carry_tags_may_need_the_action_for_them(source, event, action):
    assert action in possible(source, event)


@pytest.mark.parametrize(
    ("source", "event"), [("lambda", "GetFunction20150331v2"), ("sqs", "SendMessage"), ("iam", "TagRole"), ("dynamodb", "DeleteTable")]
)
def test_a_call_that_carries_no_tags_needs_no_action_for_them(source, event):
    assert not [action for action in possible(source, event) if ":Tag" in action]


# req: iam-autopilot/3.6
@pytest.mark.parametrize(
    ("source", "event", "action"),
    [
        ("secretsmanager", "BatchGetSecretValue", "secretsmanager:ListSecrets"),
        ("codeartifact", "GetAuthorizationToken", "sts:GetServiceBearerToken"),
        ("secretsmanager", "RotateSecret", "lambda:InvokeFunction"),
        ("logs", "PutAccountPolicy", "logs:PutSubscriptionFilter"),
        ("s3", "CreateBucket", "s3:PutBucketOwnershipControls"),
        ("organizations", "CreateAccount", "organizations:TagResource"),
    ],
)
def test_what_the_models_say_that_the_caller_needs_besides_may_have_been_needed(source, event, action):
    assert action in possible(source, event)


def test_what_the_models_say_that_a_call_does_not_need_is_not_needed():
    assert "ssm:GetParameter" not in possible("ssm", "GetParameters")
    assert "ssm:GetParameter" not in possible("ssm", "GetParametersByPath")


@pytest.mark.parametrize("action", ["bedrock:InvokeModel", "glue:GetTable", "sqs:DeleteMessage", "sns:Publish"])
def test_what_a_call_that_is_a_data_event_needs_is_a_data_event(action):
    assert action.lower() in action_tables().data_events
