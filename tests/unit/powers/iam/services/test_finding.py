"""Services and their roles in task definitions, CloudFormation and Terraform."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.powers.iam.services.finding import named, roles_of
from setsquare.text.paths import RelPath

TASK = {
    "family": "auth-prod",
    "taskRoleArn": "arn:aws:iam::123456789012:role/apps/ecs-auth-role",
    "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole",
    "containerDefinitions": [{"name": "auth", "image": "x"}],
}
TEMPLATE = """
Resources:
  TaskRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ecs-billing
  Made:
    Type: AWS::IAM::Role
  BillingTask:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: billing
      TaskRoleArn: !GetAtt TaskRole.Arn
      ContainerDefinitions:
        - Name: billing-web
  BillingService:
    Type: AWS::ECS::Service
    Properties:
      ServiceName: invoices
      TaskDefinition: !Ref BillingTask
  Sub:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: thumbnails
      Role: !Sub 'arn:aws:iam::${AWS::AccountId}:role/lambda-thumbnails'
  Nameless:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt [Made, Arn]}
"""
MODULE = """
# resource "aws_iam_role" "fake" { name = "no" }
resource "aws_iam_role" "auth" {
  name               = "ecs-auth-role" // ours
  assume_role_policy = jsonencode({
    name = "inner"
    Statement = [{ Action = "sts:AssumeRole" }]
  })
}
resource "aws_ecs_task_definition" "login" {
  family                = "login"
  container_definitions = <<-EOT
    [{"name": "}", "x": "{"}]
    EOT
  task_role_arn         = aws_iam_role.auth.arn
  execution_role_arn    = "arn:aws:iam::1:role/other"
}
resource "aws_ecs_service" "web" {
  name            = "login-service"
  task_definition = "${aws_ecs_task_definition.login.arn}"
}
resource "aws_lambda_function" "resize" {
  function_name = "resize"
  role          = var.role_arn
}
"""


def files(**content: str) -> dict[RelPath, bytes]:
    return {RelPath(name.replace("__", "/").replace("_DOT_", ".")): text.encode() for name, text in content.items()}


def test_a_task_definition_names_the_task_role_and_not_that_of_execution():
    for value in (TASK, {"taskDefinition": TASK}):
        (found,) = roles_of({RelPath("ecs/task.json"): json.dumps(value, indent=2).encode()})
        assert (found.role, found.names, found.kind) == ("ecs-auth-role", ("auth-prod", "auth"), "ecs-task")
        assert found.line == json.dumps(value, indent=2).split("taskRoleArn")[0].count("\n") + 1


def test_a_template_is_followed_through_its_references():
    found = {each.address: each for each in roles_of({RelPath("t.yaml"): TEMPLATE.encode()})}
    assert found["Resources.BillingTask"].role == "ecs-billing"
    assert set(found["Resources.BillingTask"].names) == {"billing", "BillingTask", "invoices", "BillingService", "billing-web"}
    assert found["Resources.Sub"].role == "lambda-thumbnails"
    assert (found["Resources.Nameless"].role, "Made" in found["Resources.Nameless"].unresolved) == ("", True)


def test_a_template_in_json_says_the_same():
    value = {
        "Resources": {
            "R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "ecs-a"}},
            "T": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"TaskRoleArn": {"Fn::GetAtt": ["R", "Arn"]}, "Family": "a"}},
        }
    }
    (found,) = roles_of({RelPath("t.template"): json.dumps(value).encode()})
    assert found.role == "ecs-a"


def test_terraform_is_followed_over_the_files_of_a_folder():
    whole = roles_of({RelPath("infra/main.tf"): MODULE.encode()})
    first, second = MODULE.split('resource "aws_ecs_task_definition"')
    parted = roles_of(
        {RelPath("infra/a.tf"): first.encode(), RelPath("infra/b.tf"): f'resource "aws_ecs_task_definition"{second}'.encode()}
    )
    for found in (whole, parted):
        by_name = {each.address: each for each in found}
        login = by_name["aws_ecs_task_definition.login"]
        assert (login.role, set(login.names)) == ("ecs-auth-role", {"login", "login-service"})
        resize = by_name["aws_lambda_function.resize"]
        assert (resize.role, resize.unresolved) == ("", "var.role_arn")
    apart = roles_of({RelPath("a/a.tf"): first.encode(), RelPath("b/b.tf"): f'resource "aws_ecs_task_definition"{second}'.encode()})
    assert {each.address: each.role for each in apart}["aws_ecs_task_definition.login"] == ""


@pytest.mark.parametrize("asked", ["auth", "Auth", "auth-prod", "the auth service", "auth service"])
def test_a_service_is_found_by_what_people_call_it(asked):
    found = roles_of({RelPath("task.json"): json.dumps(TASK).encode()})
    assert [each.role for each in named(asked, found)] == ["ecs-auth-role"]


def test_the_same_name_wins_over_a_part_of_one():
    one = {**TASK, "family": "auth", "containerDefinitions": []}
    other = {**TASK, "family": "auth-admin", "taskRoleArn": "arn:aws:iam::1:role/ecs-auth-admin", "containerDefinitions": []}
    found = roles_of({RelPath("a.json"): json.dumps(one).encode(), RelPath("b.json"): json.dumps(other).encode()})
    assert [each.role for each in named("auth", found)] == ["ecs-auth-role"]
    assert len(named("the auth service", found)) == 2
    assert named("authority", found) == ()


@given(
    st.sampled_from([json.dumps(TASK), TEMPLATE, MODULE]),
    st.integers(0, 2000),
    st.sampled_from(["{", "}", '"', "\n", "<<EOT", "!Ref", "\x00", "${"]),
)
def test_damaged_files_raise_nothing(text, place, insert):
    damaged = (text[:place] + insert + text[place:]).encode()
    for name in ("a.json", "a.yaml", "a.tf"):
        roles_of({RelPath(name): damaged, RelPath(f"x/{name}"): damaged[:place]})


def test_files_made_to_be_slow_are_not():
    begun = time.process_time()
    bomb = "TaskRoleArn: x\na: &a [x]\n" + "".join(
        f"b{n}: &b{n} [*{'a' if n == 0 else f'b{n - 1}'}, *{'a' if n == 0 else f'b{n - 1}'}]\n" for n in range(40)
    )
    roles_of({RelPath("a.yaml"): bomb.encode()})
    roles_of({RelPath("a.tf"): b'resource "aws_lambda_function" "x" {\n' + b"/* " * 100_000})
    roles_of({RelPath("b.tf"): b'resource "aws_lambda_function" "x" {\n' * 3_000})
    roles_of({RelPath("c.json"): b'{"taskRoleArn":' + b"[" * 100_000})
    assert time.process_time() - begun < 10
