"""Whatever a template hands to somebody is found or named: each place where a policy may stand, by each function that it may be written with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest

from setsquare.adapters.iam_managed import aws_policies
from setsquare.adapters.iam_paths import escalation_paths
from setsquare.adapters.iam_tables import universe
from setsquare.powers.iam.escalation.graph import code_escalations
from setsquare.powers.iam.escalation.source_reading import sources_in
from setsquare.powers.iam.escalation.sourced import sourced
from setsquare.text.paths import RelPath

Json: TypeAlias = object
ACTIONS = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]
TRUST = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}
NOTHING = {"Ref": "AWS::NoValue"}
INCLUDED = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/x"}}}
TOP = {
    "Parameters": {
        "All": {"Type": "CommaDelimitedList", "Default": ",".join(ACTIONS)},
        "Service": {"Type": "String", "Default": "iam"},
        "None": {"Type": "String"},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/acts"},
    },
    "Mappings": {"M": {"a": {"x": ACTIONS}, "b": {"x": ["s3:GetObject"]}}},
}


def judged(files: Mapping[str, str]) -> tuple[dict[str, set[str]], tuple[str, ...]]:
    raw = {RelPath(path): text.encode() for path, text in files.items()}
    read = sources_in(raw)
    made = sourced(read.policies, raw, read.code, aws_policies())
    found = code_escalations(made.principals, made.meeting, escalation_paths(), universe())
    return {name: {each.path for each in listed} for name, listed in found.items()}, (*read.unread, *made.unknown)


def template(resources: Mapping[str, Json], **top: Json) -> dict[str, str]:
    return {"t.json": json.dumps({**TOP, **top, "Resources": resources})}


def is_found(files: Mapping[str, str]) -> bool:
    return any(paths & {"lambda-001", "administrator"} for paths in judged(files)[0].values())


def either(one: Json, other: Json) -> Json:
    return {"Fn::If": ["C", one, other]}


KINDS: Mapping[str, tuple[Json, bool]] = {
    "a list": (ACTIONS, True),
    "a parameter": ({"Ref": "All"}, True),
    "a parameter without a default": ({"Ref": "None"}, False),
    "a parameter that is stored elsewhere": ({"Ref": "Stored"}, False),
    "a list with a reference": (["s3:GetObject", {"Ref": "None"}], False),
    "Sub": ([{"Fn::Sub": "${Service}:PassRole"}, {"Fn::Sub": ["${S}:*", {"S": "lambda"}]}], True),
    "Sub of nobody knows what": ([{"Fn::Sub": "${None}:PassRole"}], False),
    "Join": ([{"Fn::Join": [":", [{"Ref": "Service"}, "PassRole"]]}, "lambda:*"], True),
    "If": (either("s3:GetObject", ACTIONS), True),
    "If in a list": ([either("iam:PassRole", NOTHING), "lambda:*"], True),
    "FindInMap": ({"Fn::FindInMap": ["M", "a", "x"]}, True),
    "FindInMap by region": ({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "x"]}, True),
    "Split": ({"Fn::Split": [",", ",".join(ACTIONS)]}, True),
    "Select": ([{"Fn::Select": ["1", {"Fn::Split": ["|", "a|iam:PassRole"]}]}, "lambda:*"], True),
    "ImportValue": ({"Fn::ImportValue": "x"}, False),
    "an attribute": ([{"Fn::GetAtt": ["Custom", "Act"]}], False),
    "a macro": (INCLUDED, False),
}


def document(actions: Json) -> dict[str, Json]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}


def resource(kind: str, **properties: Json) -> dict[str, Json]:
    return {"R": {"Type": kind, "Properties": properties}}


def role(policies: Json) -> dict[str, Json]:
    return resource("AWS::IAM::Role", RoleName="ci", AssumeRolePolicyDocument=TRUST, Policies=policies)


PLACES: Mapping[str, Callable[[Json], dict[str, str]]] = {
    "a role": lambda a: template(role([{"PolicyName": "p", "PolicyDocument": document(a)}])),
    "a role by a condition": lambda a: template(role([either({"PolicyName": "p", "PolicyDocument": document(a)}, NOTHING)])),
    "policies by a condition": lambda a: template(role(either([{"PolicyName": "p", "PolicyDocument": document(a)}], NOTHING))),
    "a document by a condition": lambda a: template(role([{"PolicyName": "p", "PolicyDocument": either(document("s3:GetObject"), document(a))}])),
    "a statement by a condition": lambda a: template(
        role([{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [either(document(a)["Statement"][0], NOTHING)]}}])  # type: ignore[index]
    ),
    "all properties by a condition": lambda a: template(
        {"R": {"Type": "AWS::IAM::RolePolicy", "Properties": either({"RoleName": "ci", "PolicyName": "p", "PolicyDocument": document(a)}, {})}}
    ),
    "RolePolicy": lambda a: template(resource("AWS::IAM::RolePolicy", RoleName="ci", PolicyName="p", PolicyDocument=document(a))),
    "UserPolicy": lambda a: template(resource("AWS::IAM::UserPolicy", UserName="ci", PolicyName="p", PolicyDocument=document(a))),
    "GroupPolicy": lambda a: template(resource("AWS::IAM::GroupPolicy", GroupName="ci", PolicyName="p", PolicyDocument=document(a))),
    "Policy": lambda a: template(resource("AWS::IAM::Policy", Roles=["ci"], PolicyName="p", PolicyDocument=document(a))),
    "ManagedPolicy": lambda a: template(resource("AWS::IAM::ManagedPolicy", PolicyDocument=document(a))),
    "a permission set": lambda a: template(resource("AWS::SSO::PermissionSet", Name="x", InlinePolicy=document(a))),
    "a function of SAM": lambda a: template(resource("AWS::Serverless::Function", Policies=[document(a)])),
    "one policy of SAM": lambda a: template(resource("AWS::Serverless::Function", Policies=document(a))),
    "a state machine of SAM": lambda a: template(resource("AWS::Serverless::StateMachine", Policies=[document(a)])),
    "a resource of one's own": lambda a: template(resource("Custom::Grant", Policy=document(a))),
    "a loop": lambda a: template(
        {"Fn::ForEach::L": ["N", ["ci"], {"P${N}": {"Type": "AWS::IAM::RolePolicy", "Properties": {"RoleName": {"Ref": "N"}, "PolicyName": "p", "PolicyDocument": document(a)}}}]},
        Transform="AWS::LanguageExtensions",
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_templates_are_found_or_named(place: str) -> None:
    for kind, (written, is_known) in KINDS.items():
        files = PLACES[place](written)
        assert is_found(files) is is_known, (place, kind, judged(files))
        if not is_known:
            assert judged(files)[1], (place, kind)


@pytest.mark.parametrize("place", PLACES)
def test_what_grants_nothing_of_that_kind_is_neither(place: str) -> None:
    found, named = judged(PLACES[place]("s3:GetObject"))
    assert not any(found.values())
    assert not named


NAMED: Mapping[str, dict[str, str]] = {
    "policies that are a parameter": template(role({"Ref": "None"})),
    "a macro among the policies": template(role([INCLUDED])),
    "a macro among the properties": template({"R": {"Type": "AWS::IAM::Role", "Properties": INCLUDED}}),
    "a macro among the resources": template({**role([]), **INCLUDED}),
    "a macro of one's own": template(role([]), Transform="Mine"),
    "an included file": template(role([]), Transform=[{"Name": "AWS::Include", "Parameters": {"Location": "s3://b/x"}}]),
    "a nested stack": template(resource("AWS::CloudFormation::Stack", TemplateURL="https://example.org/t.json")),
    "a stack set": template(resource("AWS::CloudFormation::StackSet", TemplateBody={"Ref": "None"})),
    "a module": template(resource("Acme::Team::Thing::MODULE")),
    "a template of SAM that is not known": template(resource("AWS::Serverless::Function", Policies=[{"NewPolicy": {}}])),
    "an application": template(resource("AWS::Serverless::Application", Location={"ApplicationId": "arn:x"})),
    "an attachment": template(resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, ManagedPolicyArns=[{"Fn::ImportValue": "x"}])),
    "a permission set's policy": template(resource("AWS::SSO::PermissionSet", Name="x", InlinePolicy={"Ref": "None"})),
    "a loop over a parameter": template({"Fn::ForEach::L": ["N", {"Ref": "None"}, {"P${N}": {"Type": "AWS::IAM::Role"}}]}),
}


@pytest.mark.parametrize("files", NAMED.values(), ids=NAMED.keys())
def test_what_nobody_can_know_is_named(files: dict[str, str]) -> None:
    assert judged(files)[1]


YAML = """Resources:
  P:
    Type: AWS::IAM::RolePolicy
    Properties: {RoleName: ci, PolicyName: p, PolicyDocument: {Statement: [%s]}}
"""
WRITTEN = {
    "an anchor": "X: &a ['iam:PassRole', 'lambda:*']\n" + YAML % "{Effect: Allow, Action: *a, Resource: '*'}",
    "a merged key": "X: &a {Effect: Allow, Action: ['iam:PassRole', 'lambda:*']}\n" + YAML % "{<<: *a, Resource: '*'}",
    "short tags": YAML % "!If [C, {Effect: Allow, Action: ['iam:PassRole', !Sub 'lambda:*'], Resource: '*'}, !Ref AWS::NoValue]",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_yaml_is_read_however_it_is_written(text: str) -> None:
    assert is_found({"t.yaml": text})


def test_a_nested_stack_hands_values_to_its_template() -> None:
    child = "Parameters: {Act: {Type: String, Default: 's3:GetObject'}}\n" + YAML % "{Effect: Allow, Action: !Ref Act, Resource: '*'}"
    parent = template(resource("AWS::CloudFormation::Stack", TemplateURL="./child.yaml", Parameters={"Act": "*"}))
    assert is_found({**parent, "child.yaml": child})
    assert not is_found({"child.yaml": child})


def test_the_policy_templates_of_sam_join_the_other_policies() -> None:
    own = document(["iam:PassRole", "lambda:CreateFunction"])
    assert is_found(template(resource("AWS::Serverless::Function", Policies=[own, {"LambdaInvokePolicy": {"FunctionName": "x"}}])))
    assert not is_found(template(resource("AWS::Serverless::Function", Policies=[own, {"S3ReadPolicy": {"BucketName": "x"}}])))


DENY = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
DENIES: Mapping[str, tuple[Json, bool]] = {
    "in every case": (DENY, False),
    "in one case": (either(DENY, NOTHING), True),
    "in a case with other words": ({**DENY, "Action": either("iam:*", "s3:*")}, True),
    "by an effect of either kind": ({**DENY, "Effect": either("Deny", "Allow")}, True),
    "of a resource that nobody knows": ({**DENY, "Resource": {"Ref": "None"}}, True),
}


@pytest.mark.parametrize(("denying", "expected"), DENIES.values(), ids=DENIES.keys())
def test_a_deny_counts_where_it_stands_in_every_case(denying: Json, expected: bool) -> None:
    allowing = document(ACTIONS)["Statement"][0]  # type: ignore[index]
    policy = {"Version": "2012-10-17", "Statement": [allowing, denying]}
    assert is_found(template(role([{"PolicyName": "p", "PolicyDocument": policy}]))) is expected
