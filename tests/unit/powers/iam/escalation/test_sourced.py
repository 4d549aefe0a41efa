"""Managed policies that code attaches by name join the other policies of their principal, and roles of the code are followed by the code's own references."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import pytest

from setsquare.adapters.iam_managed import aws_policies
from setsquare.adapters.iam_paths import escalation_paths
from setsquare.adapters.iam_tables import universe
from setsquare.powers.iam.escalation.code_reading import code_in
from setsquare.powers.iam.escalation.graph import code_escalations
from setsquare.powers.iam.escalation.model import Escalation
from setsquare.powers.iam.escalation.sourced import Sourced, sourced
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.text.paths import RelPath

TRUST = """jsonencode({Version = "2012-10-17", Statement = [{Effect = "Allow", Action = "sts:AssumeRole", Principal = {Service = "ec2.amazonaws.com"}}]})"""
PASS = '{ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*" }] }'
MOST_SECONDS = 10.0
LAMBDA = "AWSLambda_FullAccess"
ARN = f"arn:aws:iam::aws:policy/{LAMBDA}"


def read(files: Mapping[str, str]) -> Sourced:
    raw = {RelPath(path): text.encode() for path, text in files.items()}
    return sourced(tuple(each.source for each in found_in(raw).located), raw, code_in(raw), aws_policies())


def paths(files: Mapping[str, str]) -> dict[str, dict[str, Escalation]]:
    """The escalations by principal and path."""
    found = read(files)
    judged = code_escalations(found.principals, found.meeting, escalation_paths(), universe())
    return {name: {each.path: each for each in listed} for name, listed in judged.items()}


def role(label: str, *more: str, name: str = "", trust: str = TRUST) -> str:
    named = f'name = "{name}"' if name else ""
    return f'resource "aws_iam_role" "{label}" {{\n  {named}\n  assume_role_policy = {trust}\n  ' + "\n  ".join(more) + "\n}\n"


def inline(on: str, actions: str = '"iam:PassRole"', resource: str = '"*"') -> str:
    policy = f'jsonencode({{Version = "2012-10-17", Statement = [{{Effect = "Allow", Action = [{actions}], Resource = {resource}}}]}})'
    return f'resource "aws_iam_role_policy" "own" {{\n  name = "own"\n  role = {on}\n  policy = {policy}\n}}\n'


def attachment(on: str, arn: str, *more: str) -> str:
    return f'resource "aws_iam_role_policy_attachment" "x" {{\n  role = {on}\n  policy_arn = {arn}\n  ' + "\n  ".join(more) + "\n}\n"


ATTACHED = {
    "an ARN": attachment("aws_iam_role.ci.name", f'"{ARN}"'),
    "the partition is a reference": attachment(
        "aws_iam_role.ci.name", f'"arn:${{data.aws_partition.current.partition}}:iam::aws:policy/{LAMBDA}"'
    ),
    "a data source by name": f'data "aws_iam_policy" "l" {{\n  name = "{LAMBDA}"\n}}\n'
    + attachment("aws_iam_role.ci.name", "data.aws_iam_policy.l.arn"),
    "a data source by ARN": f'data "aws_iam_policy" "l" {{\n  arn = "{ARN}"\n}}\n'
    + attachment("aws_iam_role.ci.id", "data.aws_iam_policy.l.arn"),
    "a local": f'locals {{\n  arn = "{ARN}"\n}}\n' + attachment("aws_iam_role.ci.name", "local.arn"),
    "the default of a variable": f'variable "arns" {{\n  default = ["{ARN}"]\n}}\n'
    + attachment("aws_iam_role.ci.name", "var.arns[count.index]", "count = 1"),
    "a loop": attachment("aws_iam_role.ci.name", "each.value", f'for_each = toset(["{ARN}"])'),
    "a loop over names": attachment(
        "aws_iam_role.ci.name", '"arn:aws:iam::aws:policy/${each.key}"', f'for_each = toset(["ReadOnlyAccess", "{LAMBDA}"])'
    ),
    "a loop over a local": f'locals {{\n  names = ["{LAMBDA}"]\n}}\n'
    + attachment("aws_iam_role.ci.name", '"arn:aws:iam::aws:policy/${each.value}"', "for_each = toset(local.names)"),
    "a loop over roles": attachment("each.value", f'"{ARN}"', "for_each = toset([aws_iam_role.ci.name])"),
    "a loop over names of roles": attachment("each.key", f'"{ARN}"', 'for_each = toset(["ci"])'),
    "a choice": attachment("aws_iam_role.ci.name", f'var.strong ? "{ARN}" : "arn:aws:iam::aws:policy/ReadOnlyAccess"'),
    "roles of one attachment": f'resource "aws_iam_policy_attachment" "x" {{\n  name = "x"\n  roles = [aws_iam_role.ci.name]\n  policy_arn = "{ARN}"\n}}\n',
    "the exclusive list": f'resource "aws_iam_role_policy_attachments_exclusive" "x" {{\n  role_name = aws_iam_role.ci.name\n  policy_arns = ["{ARN}"]\n}}\n',
}


# req: iam-autopilot/5.1
@pytest.mark.parametrize("written", ATTACHED.values(), ids=ATTACHED.keys())
def test_terraform_joins_what_is_attached_by_name_with_the_rest(written: str) -> None:
    base = role("ci", name="ci") + inline("aws_iam_role.ci.id")
    assert "lambda-001" not in paths({"iam/main.tf": base}).get("ci", {})
    found = paths({"iam/main.tf": base, "iam/attached.tf": written})
    assert found["ci"]["lambda-001"].grants == (
        f"iam:PassRole: own#0, {LAMBDA}#1",
        f"lambda:CreateFunction: {LAMBDA}#0",
        f"lambda:InvokeFunction: {LAMBDA}#0",
    )
    assert list(found) == ["ci"], "nothing is reported twice"


def test_a_role_without_a_name_has_its_policies_together() -> None:
    listed = role("ci", f'managed_policy_arns = [\n    # "arn:aws:iam::aws:policy/AdministratorAccess",\n    "{ARN}",\n  ]')
    found = paths({"main.tf": listed + inline("aws_iam_role.ci.name")})
    assert "lambda-001" in found["aws_iam_role.ci"]
    assert "administrator" not in found["aws_iam_role.ci"], "what is commented out is not attached"


def test_roles_of_two_modules_with_the_same_open_name_are_two() -> None:
    found = paths(
        {
            "a/main.tf": role("x", name="${var.name}") + attachment("aws_iam_role.x.name", f'"{ARN}"'),
            "b/main.tf": role("x", name="${var.name}") + inline("aws_iam_role.x.id"),
        }
    )
    assert not any("iam:PassRole: own#0" in " ".join(each.grants) for listed in found.values() for each in listed.values())


def test_a_policy_of_aws_as_boundary_limits() -> None:
    bounded = role("ci", 'permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"', name="ci")
    free = role("ci", name="ci")
    admin = attachment("aws_iam_role.ci.name", '"arn:aws:iam::aws:policy/AdministratorAccess"')
    assert "administrator" in paths({"a.tf": free + admin})["ci"]
    assert paths({"a.tf": bounded + admin}) == {"ci": {}}


def test_a_policy_of_the_code_is_found_through_a_loop_and_by_its_arn() -> None:
    policy = f'resource "aws_iam_policy" "own" {{\n  name = "own"\n  policy = <<EOT\n{PASS}\nEOT\n}}\n'
    base = role("ci", name="ci") + policy + attachment("aws_iam_role.ci.name", f'"{ARN}"')
    for written in (
        attachment("aws_iam_role.ci.name", "each.value", "for_each = { a = aws_iam_policy.own.arn }"),
        attachment("aws_iam_role.ci.name", '"arn:aws:iam::123456789012:policy/own"'),
    ):
        found = paths({"a.tf": base, "b.tf": written.replace('"x"', '"y"')})
        assert "own#0" in found["ci"]["lambda-001"].grants[0]
        assert "AWSLambda_FullAccess#1" in found["ci"]["lambda-001"].grants[0]
        assert "own" not in found, "it is not judged by itself besides"


def test_a_user_has_what_its_groups_have() -> None:
    files = (
        'resource "aws_iam_user" "ada" {\n  name = "ada"\n}\nresource "aws_iam_group" "ops" {\n  name = "ops"\n}\n'
        'resource "aws_iam_user_group_membership" "x" {\n  user = aws_iam_user.ada.name\n  groups = [aws_iam_group.ops.name]\n}\n'
        f'resource "aws_iam_group_policy_attachment" "x" {{\n  group = aws_iam_group.ops.name\n  policy_arn = "{ARN}"\n}}\n'
        f'resource "aws_iam_user_policy" "p" {{\n  name = "p"\n  user = aws_iam_user.ada.name\n  policy = <<EOT\n{PASS}\nEOT\n}}\n'
    )
    grants = paths({"a.tf": files})["ada"]["lambda-001"].grants
    assert "lambda:CreateFunction: group ops: AWSLambda_FullAccess#0" in grants


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ('"arn:aws:iam::aws:policy/BrandNewFullAccess"', "what AWS's policy BrandNewFullAccess grants is not known: the table of 2"),
        ("var.arn", "what is attached is not known: var.arn is known to the engine alone"),
        ("module.policies.arn", "what is attached is not known: module.policies.arn is known to the engine alone"),
        ('"arn:aws:iam::123456789012:policy/gone"', "the document of arn:aws:iam::123456789012:policy/gone is not in the code"),
        ('"arn:aws:iam::aws:policy/${var.level}Access"', "arn:aws:iam::aws:policy/${var.level}Access is known to the engine alone"),
        ("data.aws_iam_policy.gone.arn", "data.aws_iam_policy.gone is known to the engine alone"),
        ("aws_iam_policy.elsewhere.arn", "aws_iam_policy.elsewhere is known to the engine alone"),
        ("each.value", "each.value is known to the engine alone"),
    ],
)
def test_what_nobody_knows_is_named_and_never_silent(arn: str, reason: str) -> None:
    (unknown,) = read({"a/main.tf": role("ci", name="ci") + attachment("aws_iam_role.ci.name", arn)}).unknown
    assert unknown.startswith("a/main.tf (aws_iam_role_policy_attachment.x): ")
    assert reason in unknown


def test_what_a_call_hands_to_a_module_is_told_where_it_is_called() -> None:
    module = 'variable "arns" {\n  type = list(string)\n}\n' + attachment('"ci"', "each.value", "for_each = toset(var.arns)")
    call = f'module "runner" {{\n  source = "./modules/role"\n  arns = ["{ARN}", "arn:aws:iam::aws:policy/IAMFullAccess"]\n}}\n'
    files = {"main.tf": call, "modules/role/main.tf": module}
    assert read(files).unknown == ()
    (unknown,) = read({**files, "main.tf": call.replace(f'["{ARN}", "arn:aws:iam::aws:policy/IAMFullAccess"]', "var.others")}).unknown
    assert "modules/role/main.tf" in unknown
    found = paths(files)
    assert {"lambda-001", "iam-005"} <= set(found["module.runner"]), "all that one call hands over counts together"


def test_names_in_policies_and_records_attach_nothing() -> None:
    conditional = inline('"ci"').replace("Resource =", f'Condition = {{ArnEquals = {{"iam:PolicyARN" = "{ARN}"}}}}, Resource =')
    record = json.dumps({"eventSource": "iam.amazonaws.com", "requestParameters": {"policyArn": ARN}})
    assert set(paths({"a.tf": role("ci", name="ci") + conditional, "log.json": record})) == {"ci"}


# ---- CloudFormation


def template(**resources: object) -> str:
    parameters = {"Extra": {"Type": "String", "Default": ARN}} if '"Extra"' in json.dumps(resources) else {}
    return json.dumps({"Resources": resources, "Parameters": parameters})


def stack_role(*arns: object, trust: object = None, **more: object) -> dict[str, object]:
    principal = trust if trust is not None else {"Service": "ec2.amazonaws.com"}
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, "ManagedPolicyArns": list(arns), **more}}


def stack_policy(on: str, action: str, resource: object = "*") -> dict[str, object]:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
    return {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "own", "Roles": [{"Ref": on}], "PolicyDocument": document}}


ARNS: dict[str, object] = {
    "an ARN": ARN,
    "as the CDK writes it": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::aws:policy/{LAMBDA}"]]},
    "Sub": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{LAMBDA}"},
    "If": {"Fn::If": ["Prod", ARN, {"Ref": "AWS::NoValue"}]},
    "a parameter": {"Ref": "Extra"},
}


# req: iam-autopilot/5.1
@pytest.mark.parametrize("arn", ARNS.values(), ids=ARNS.keys())
def test_cloudformation_joins_what_is_attached_by_name_with_the_rest(arn: object) -> None:
    found = paths({"cdk.template.json": template(Ci=stack_role(arn, RoleName="ci"), Own=stack_policy("Ci", "iam:PassRole"))})
    assert "lambda-001" in found["ci"]
    assert list(found) == ["ci"]


def test_yaml_with_short_functions_and_sam() -> None:
    text = f"""
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - {LAMBDA}
        - Version: "2012-10-17"
          Statement: [{{Effect: Allow, Action: "iam:PassRole", Resource: "*"}}]
        - MadeUpPolicy
  Ci:
    Type: AWS::IAM::Role
    Properties:
      RoleName: ci
      ManagedPolicyArns:
        - !Sub "arn:${{AWS::Partition}}:iam::aws:policy/AdministratorAccess"
        # - arn:aws:iam::aws:policy/NoSuchPolicy
        - !ImportValue Somewhere
"""
    found = paths({"app.yaml": text})
    assert "lambda-001" in found["${AWS::StackName}-FnRole-${…}"]
    assert "administrator" in found["ci"]
    unknown = read({"app.yaml": text}).unknown
    assert [each.partition(": ")[0] for each in unknown] == ["app.yaml (Resources.Fn)", "app.yaml (Resources.Ci)"]
    assert "MadeUpPolicy" in unknown[0]


# ---- roles that assume one another


def test_terraform_follows_references_from_role_to_role() -> None:
    trusted = TRUST.replace('Service = "ec2.amazonaws.com"', "AWS = aws_iam_role.ci.arn")
    admin = role("admin", 'managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]', name="${var.env}-admin", trust=trusted)
    may = inline("aws_iam_role.ci.name", '"sts:AssumeRole"', "aws_iam_role.admin.arn")
    found = paths({"main.tf": role("ci", name="ci") + may + admin})["ci"]
    assert found["administrator"].via == ("${var.env}-admin",)
    assert (found["sts-001"].certainty, found["sts-001"].targets) == ("certain", ("${var.env}-admin",))
    by_name = may.replace("aws_iam_role.admin.arn", '"arn:aws:iam::${data.aws_caller_identity.me.account_id}:role/${var.env}-admin"')
    root = admin.replace("aws_iam_role.ci.arn", '"arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"')
    assert found["administrator"].certainty == "certain"
    by_local = "locals {\n  target = aws_iam_role.admin.arn\n}\n" + may.replace("aws_iam_role.admin.arn", "local.target")
    assert "administrator" in paths({"main.tf": role("ci", name="ci") + by_local + admin})["ci"]
    assert "administrator" in paths({"main.tf": role("ci", name="ci") + by_name + root})["ci"]


def test_no_chain_without_trust_or_right() -> None:
    trusted = TRUST.replace('Service = "ec2.amazonaws.com"', "AWS = aws_iam_role.other.arn")
    strong = 'managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]'
    may = inline("aws_iam_role.ci.name", '"sts:AssumeRole"', "aws_iam_role.admin.arn")
    both = role("ci", name="ci") + role("other", name="other")
    untrusted = paths({"main.tf": both + may + role("admin", strong, name="admin", trust=trusted)})
    assert "administrator" not in untrusted["ci"]
    root = TRUST.replace('Service = "ec2.amazonaws.com"', 'AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"')
    elsewhere = may.replace("aws_iam_role.admin.arn", "aws_iam_role.other.arn")
    assert "administrator" not in paths({"main.tf": both + elsewhere + role("admin", strong, name="admin", trust=root)})["ci"]


def test_with_several_accounts_a_chain_over_numbers_is_possible() -> None:
    def trust(account: str) -> str:
        return TRUST.replace('Service = "ec2.amazonaws.com"', f'AWS = "arn:aws:iam::{account}:root"')

    strong = 'managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]'
    may = inline("aws_iam_role.ci.name", '"sts:AssumeRole"', '"arn:aws:iam::*:role/admin"')
    one = role("ci", name="ci") + may + role("admin", strong, name="admin", trust=trust("111122223333"))
    assert paths({"main.tf": one})["ci"]["administrator"].certainty == "certain"
    found = paths({"main.tf": one + role("other", name="other", trust=trust("444455556666"))})["ci"]["administrator"]
    assert found.certainty == "possible"
    assert "several accounts" in found.notes[-1]


@pytest.mark.parametrize(
    ("may", "trusts"),
    [
        ({"Fn::GetAtt": ["Admin", "Arn"]}, {"AWS": {"Fn::GetAtt": ["Ci", "Arn"]}}),
        ({"Fn::Sub": "${Admin.Arn}"}, {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}),
        ({"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":role/", {"Ref": "Admin"}]]}, {"AWS": {"Ref": "AWS::AccountId"}}),
    ],
)
def test_cloudformation_follows_references_from_role_to_role(may: object, trusts: object) -> None:
    strong = stack_role("arn:aws:iam::aws:policy/AdministratorAccess", trust=trusts)
    found = paths({"t.json": template(Ci=stack_role(RoleName="ci"), Own=stack_policy("Ci", "sts:AssumeRole", may), Admin=strong)})["ci"]
    assert found["administrator"].via == ("${AWS::StackName}-Admin-${…}",)
    unlinked = stack_role("arn:aws:iam::aws:policy/AdministratorAccess")
    apart = paths({"t.json": template(Ci=stack_role(RoleName="ci"), Own=stack_policy("Ci", "sts:AssumeRole", may), Admin=unlinked)})["ci"]
    assert "administrator" not in apart


def test_a_pass_role_on_a_reference_reaches_that_role_alone() -> None:
    weak = role("weak", name="weak")
    may = inline("aws_iam_role.ci.name", '"iam:PutRolePolicy"', "aws_iam_role.weak.arn")
    found = paths({"main.tf": role("ci", name="ci") + weak + may})["ci"]["iam-005"]
    assert found.resources == ("iam:PutRolePolicy on arn:aws:iam::*:role/weak",)
    assert found.certainty == "possible", "it reaches another role, not itself"


def test_a_role_whose_name_is_open_is_taken_over_only_by_what_reaches_every_name() -> None:
    strong = role("x", 'managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]', name="${var.name}")
    wide = inline("aws_iam_role.ci.name", '"iam:UpdateAssumeRolePolicy"')
    narrow = inline("aws_iam_role.ci.name", '"iam:UpdateAssumeRolePolicy"', '"arn:aws:iam::111122223333:role/other"')
    exact = inline("aws_iam_role.ci.name", '"iam:UpdateAssumeRolePolicy"', "aws_iam_role.x.arn")
    targets = [paths({"main.tf": role("ci", name="ci") + strong + may})["ci"]["iam-012"].targets for may in (wide, narrow, exact)]
    assert targets == [("${var.name}",), (), ("${var.name}",)]


def test_a_loop_over_pairs_does_not_mix_them() -> None:
    pairs = f'for_each = {{ ci = "{ARN}", other = "arn:aws:iam::aws:policy/IAMFullAccess" }}'
    found = paths({"main.tf": role("ci", name="ci") + inline("aws_iam_role.ci.name") + attachment("each.key", "each.value", pairs)})
    assert "iam-005" not in found["ci"]
    assert "iam-005" in found["attachment of IAMFullAccess in main.tf"], "it is told all the same"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.tf", attachment('"ci"', '"' + ":iam::" * 50_000 + '"')),
        ("a.tf", attachment('"ci"', '["' + "arn:$${" * 50_000 + '"]')),
        ("a.tf", attachment('"ci"', "[" + f'"{ARN}",' * 5_000 + "]")),
        ("a.yaml", 'x: ":iam::aws:policy/' + "a/" * 100_000 + '$"'),
        ("a.json", template(Ci=stack_role(*[ARN] * 5_000))),
    ],
    ids=["accounts", "holes", "many", "segments", "json"],
)
def test_hostile_texts_take_little_time(path: str, text: str) -> None:
    begun = time.process_time()
    assert len(read({path: text}).principals) <= 1
    assert time.process_time() - begun < MOST_SECONDS


def test_an_attachment_to_nobody_known_has_its_line() -> None:
    (found,) = read({"a/ci.yaml": f"one: 1\n\ntwo:\n  - {ARN}\n"}).principals
    assert (found.name, found.place) == (f"attachment of {LAMBDA} in a/ci.yaml", "a/ci.yaml:4")
