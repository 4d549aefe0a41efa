"""The role of what runs outside of ECS and Lambda: instances, batch jobs, state machines, App Runner, service accounts of Kubernetes, serverless.yml."""

from __future__ import annotations

import json

import pytest

from setsquare.powers.iam.services.finding import named, roles_of
from setsquare.text.paths import RelPath

ARN = "arn:aws:iam::123456789012:role/apps/eks-auth"
ROLE = 'resource "aws_iam_role" "r" {\n  name = "eks-auth"\n}\n'
PROFILE = 'resource "aws_iam_instance_profile" "p" {\n  name = "prof"\n  role = aws_iam_role.r.name\n}\n'
OTHER = 'resource "aws_iam_role" "s" {\n  name = "eks-two"\n}\n'
RESOURCES = {
    "P": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"InstanceProfileName": "prof", "Roles": [{"Ref": "R"}]}},
    "R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "eks-auth"}},
}
ATTRIBUTE = {"Fn::GetAtt": ["R", "Arn"]}


def template(type_: str, properties: object, **more: object) -> str:
    return json.dumps({"Resources": {**RESOURCES, **more, "X": {"Type": type_, "Properties": properties}}})


def answers(service: str, files: dict[str, str]) -> list[str]:
    found = named(service, roles_of({RelPath(path): text.encode() for path, text in files.items()}))
    return sorted({each.role or f"?{each.unresolved}" for each in found})


TERRAFORM = {
    "state machine": 'resource "aws_sfn_state_machine" "x" {\n name = "auth"\n role_arn = aws_iam_role.r.arn\n}',
    "batch, encoded": 'resource "aws_batch_job_definition" "x" {\n name = "auth"\n container_properties = jsonencode({ jobRoleArn = aws_iam_role.r.arn })\n}',
    "batch, between marks": 'resource "aws_batch_job_definition" "x" {\n name = "auth"\n container_properties = <<EOF\n{"environment": [{"name": "other"}], "jobRoleArn": "${aws_iam_role.r.arn}"}\nEOF\n}',
    "batch, broken JSON": 'resource "aws_batch_job_definition" "x" {\n name = "auth"\n container_properties = <<EOF\n{"a": ${jsonencode(1)}, "jobRoleArn": "${aws_iam_role.r.arn}"}\nEOF\n}',
    "App Runner": 'resource "aws_apprunner_service" "x" {\n service_name = "auth"\n instance_configuration {\n  instance_role_arn = aws_iam_role.r.arn\n }\n source_configuration {\n  authentication_configuration {\n   access_role_arn = "arn:aws:iam::1:role/no"\n  }\n }\n}',
    "instance": 'resource "aws_instance" "x" {\n iam_instance_profile = aws_iam_instance_profile.p.name\n tags = { Name = "auth" }\n}',
    "instance by the profile's name": 'resource "aws_instance" "auth" {\n iam_instance_profile = "prof"\n}',
    "instance by a launch template": 'resource "aws_launch_template" "l" {\n iam_instance_profile {\n  arn = aws_iam_instance_profile.p.arn\n }\n}\nresource "aws_instance" "auth" {\n launch_template {\n  id = aws_launch_template.l.id\n }\n}',
    "group by a launch template": 'resource "aws_launch_template" "l" {\n iam_instance_profile {\n  name = aws_iam_instance_profile.p.name\n }\n}\nresource "aws_autoscaling_group" "x" {\n name = "auth"\n mixed_instances_policy {\n  launch_template {\n   launch_template_specification {\n    launch_template_id = aws_launch_template.l.id\n   }\n  }\n }\n}',
    "service account": 'resource "kubernetes_service_account_v1" "x" {\n metadata {\n  name = "auth"\n  annotations = {\n   "eks.amazonaws.com/role-arn" = aws_iam_role.r.arn\n  }\n }\n}',
    "Pod Identity": 'resource "aws_eks_pod_identity_association" "x" {\n service_account = "auth"\n role_arn = aws_iam_role.r.arn\n}',
    "ARN with an account that is looked up": 'locals {\n arn = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/eks-auth"\n}\nresource "aws_glue_job" "x" {\n name = "auth"\n role_arn = local.arn\n}',
    "role that is looked up": 'data "aws_iam_role" "d" {\n name = "eks-auth"\n}\nresource "aws_codebuild_project" "x" {\n name = "auth"\n service_role = data.aws_iam_role.d.arn\n}',
}


@pytest.mark.parametrize("text", TERRAFORM.values(), ids=TERRAFORM)
def test_terraform_says_as_what_it_runs(text):
    assert answers("auth", {"main.tf": ROLE + PROFILE + text}) == ["eks-auth"]


def test_a_role_is_followed_into_a_module_and_out_of_one():
    handed = {"main.tf": ROLE + 'module "m" {\n source = "./m"\n role = aws_iam_role.r.arn\n name = "auth"\n}\n'}
    handed["m/main.tf"] = 'resource "aws_lambda_function" "f" {\n function_name = var.name\n role = var.role\n}\n'
    assert answers("auth", handed) == ["eks-auth"]
    given = {"main.tf": 'module "m" {\n source = "./m"\n}\nresource "aws_sfn_state_machine" "auth" {\n role_arn = module.m.arn\n}\n'}
    given["m/main.tf"] = ROLE + 'output "arn" {\n value = aws_iam_role.r.arn\n}\n'
    assert answers("auth", given) == ["eks-auth"]


def test_each_turn_of_a_loop_has_its_role():
    text = 'resource "aws_iam_role" "r" {\n for_each = toset(["auth", "b"])\n name = "eks-${each.key}"\n}\n'
    text += 'resource "aws_lambda_function" "f" {\n for_each = toset(["auth", "b"])\n function_name = each.key\n role = aws_iam_role.r[each.key].arn\n}\n'
    assert answers("auth", {"main.tf": text}) == ["eks-auth"]
    assert answers("b", {"main.tf": text}) == ["eks-b"]


TEMPLATES = {
    "state machine": template("AWS::StepFunctions::StateMachine", {"StateMachineName": "auth", "RoleArn": ATTRIBUTE}),
    "state machine of SAM": template("AWS::Serverless::StateMachine", {"Name": "auth", "Role": ARN}),
    "batch": template("AWS::Batch::JobDefinition", {"JobDefinitionName": "auth", "ContainerProperties": {"JobRoleArn": ATTRIBUTE}}),
    "batch of several nodes": template(
        "AWS::Batch::JobDefinition",
        {"JobDefinitionName": "auth", "NodeProperties": {"NodeRangeProperties": [{"Container": {"JobRoleArn": ATTRIBUTE}}]}},
    ),
    "instance": template("AWS::EC2::Instance", {"IamInstanceProfile": {"Ref": "P"}, "Tags": [{"Key": "Name", "Value": "auth"}]}),
    "instance by the profile's name": template(
        "AWS::EC2::Instance", {"IamInstanceProfile": "prof", "Tags": [{"Key": "Name", "Value": "auth"}]}
    ),
    "group by a launch template": template(
        "AWS::AutoScaling::AutoScalingGroup",
        {"AutoScalingGroupName": "auth", "LaunchTemplate": {"LaunchTemplateId": {"Ref": "L"}}},
        L={
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": {"IamInstanceProfile": {"Arn": {"Fn::GetAtt": ["P", "Arn"]}}}},
        },
    ),
    "App Runner": template("AWS::AppRunner::Service", {"ServiceName": "auth", "InstanceConfiguration": {"InstanceRoleArn": ATTRIBUTE}}),
    "Pod Identity": template("AWS::EKS::PodIdentityAssociation", {"ServiceAccount": "auth", "RoleArn": ATTRIBUTE}),
    "CDK's join": template(
        "AWS::Lambda::Function",
        {
            "FunctionName": "auth",
            "Role": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":role/eks-auth"]]},
        },
    ),
}


@pytest.mark.parametrize("text", TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_says_as_what_it_runs(text):
    assert answers("auth", {"t.template.json": text}) == ["eks-auth"]


def test_cdk_names_a_resource_by_its_path():
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Role": ATTRIBUTE},
        "Metadata": {"aws:cdk:path": "Stack/auth/Resource"},
    }
    assert answers("auth", {"cdk.out/S.template.json": json.dumps({"Resources": {**RESOURCES, "Fn1A2B3C4D": function}})}) == ["eks-auth"]


ACCOUNT = f"kind: ServiceAccount\nmetadata:\n  name: sa\n  annotations:\n    eks.amazonaws.com/role-arn: {ARN}\n"
DEPLOYMENT = "kind: Deployment\nmetadata:\n  name: auth\nspec:\n  template:\n    spec:\n      serviceAccountName: sa\n"
CRON = "kind: CronJob\nmetadata:\n  name: auth\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          serviceAccountName: sa\n"
MANIFESTS = {
    "annotation": {"k/sa.yaml": ACCOUNT.replace("name: sa", "name: auth")},
    "what runs under it, in one file": {"k/all.yaml": f"---\n{ACCOUNT}---\n{DEPLOYMENT}"},
    "what runs under it, in another": {"k/sa.yaml": ACCOUNT, "k/cron.yaml": CRON},
    "values of a chart": {"charts/auth/values.yaml": f"serviceAccount:\n  annotations:\n    eks.amazonaws.com/role-arn: {ARN}\n"},
    "eksctl": {"c.yaml": f"kind: ClusterConfig\niam:\n  serviceAccounts:\n  - metadata: {{name: auth}}\n    attachRoleARN: {ARN}\n"},
    "eksctl, Pod Identity": {
        "c.yaml": f"kind: ClusterConfig\niam:\n  podIdentityAssociations:\n  - serviceAccountName: auth\n    roleARN: {ARN}\n"
    },
    "Pod Identity of Terraform under a deployment": {
        "m.tf": f'resource "aws_eks_pod_identity_association" "x" {{\n service_account = "sa"\n role_arn = "{ARN}"\n}}\n',
        "k/d.yaml": DEPLOYMENT,
    },
    "association as JSON": {"a.json": json.dumps({"association": {"serviceAccount": "auth", "roleArn": ARN}})},
    "serverless, of all functions": {
        "serverless.yml": f"service: shop\nprovider:\n  name: aws\n  iam:\n    role: {ARN}\nfunctions:\n  auth: {{handler: x}}\n"
    },
    "serverless, of one function": {
        "serverless.yml": "service: shop\nprovider: {name: aws, role: 'arn:aws:iam::1:role/no'}\nfunctions:\n  auth: {handler: x, role: R}\nresources:\n"
        "  Resources:\n    R: {Type: 'AWS::IAM::Role', Properties: {RoleName: eks-auth}}\n"
    },
}


@pytest.mark.parametrize("files", MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_says_as_what_it_runs(files):
    assert answers("auth", files) == ["eks-auth"]


UNSURE = {
    "a choice in Terraform": (
        {"m.tf": ROLE + OTHER + 'resource "aws_lambda_function" "auth" {\n role = var.p ? aws_iam_role.r.arn : aws_iam_role.s.arn\n}\n'},
        ["eks-auth", "eks-two"],
    ),
    "a condition in a template": (
        {
            "t.json": template(
                "AWS::Lambda::Function", {"FunctionName": "auth", "Role": {"Fn::If": ["C", ATTRIBUTE, "arn:aws:iam::1:role/eks-two"]}}
            )
        },
        ["eks-auth", "eks-two"],
    ),
    "two files that differ": (
        {
            "dev/sa.yaml": ACCOUNT.replace("name: sa", "name: auth"),
            "prod/sa.yaml": ACCOUNT.replace("name: sa", "name: auth").replace("eks-auth", "eks-two"),
        },
        ["eks-auth", "eks-two"],
    ),
    "a variable without a caller": ({"m.tf": 'resource "aws_sfn_state_machine" "auth" {\n role_arn = var.arn\n}\n'}, ["?var.arn"]),
    "a name that Terraform makes up": (
        {
            "m.tf": 'resource "aws_iam_role" "r" {\n name_prefix = "eks-"\n}\nresource "aws_lambda_function" "auth" {\n role = aws_iam_role.r.arn\n}\n'
        },
        ["?aws_iam_role.r.arn"],
    ),
    "a profile that stands elsewhere": (
        {"m.tf": 'resource "aws_instance" "auth" {\n iam_instance_profile = "p"\n}\n'},
        ["?instance profile p"],
    ),
    "a role that SAM makes": (
        {"t.json": template("AWS::Serverless::Function", {"FunctionName": "auth"})},
        ["?a role that SAM makes"],
    ),
    "a role that the Serverless Framework makes": (
        {"serverless.yml": "service: auth\nprovider: {name: aws}\nfunctions:\n  login: {handler: x}\n"},
        ["?a role that the Serverless Framework makes"],
    ),
}


@pytest.mark.parametrize(("files", "expected"), UNSURE.values(), ids=UNSURE)
def test_what_files_do_not_decide_is_said(files, expected):
    assert answers("auth", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        {"x/sa.yaml": "{{- if .Values.x }}\nannotations:\n  eks.amazonaws.com/role-arn: {{ .Values.arn }}\n{{ end }}"},
        {"a.json": '{"roleArn": "arn:aws:iam::1:role/x"}'},
        {"serverless.yml": "service: auth\nprovider: {name: google}\nfunctions: {a: {handler: x}}\n"},
        {"m.tf": 'resource "aws_ecs_task_definition" "x" {\n family = "auth"\n execution_role_arn = "arn:aws:iam::1:role/x"\n}\n'},
        {"m.tf": 'resource "aws_lambda_function" "auth" {\n role = "arn:aws:iam::1:role/x"\n'},
    ],
)
def test_what_names_no_role_of_a_service_is_none(files):
    assert answers("auth", files) == []
