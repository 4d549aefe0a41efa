"""Whatever hands rights to somebody is found or named: each place where a policy may stand, by each kind of expression that it may be written with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from setsquare.adapters.iam_managed import aws_policies
from setsquare.adapters.iam_paths import escalation_paths
from setsquare.adapters.iam_tables import universe
from setsquare.journeys.iam_escalating import policies_wanted
from setsquare.powers.iam.escalation.graph import code_escalations
from setsquare.powers.iam.escalation.source_reading import sources_in
from setsquare.powers.iam.escalation.sourced import sourced
from setsquare.text.paths import RelPath

ACTIONS = ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
LISTED = "[" + ", ".join(f'"{each}"' for each in ACTIONS) + "]"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
TRUST = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}
ROLE = f'resource "aws_iam_role" "r" {{\n  name = "ci"\n  assume_role_policy = jsonencode({json.dumps(TRUST)})\n}}\n'


def judged(files: Mapping[str, str]) -> tuple[dict[str, set[str]], tuple[str, ...]]:
    """The paths of each principal, and what is named."""
    raw = {RelPath(path): text.encode() for path, text in files.items() if policies_wanted(path)}
    read = sources_in(raw)
    made = sourced(read.policies, raw, read.code, aws_policies())
    found = code_escalations(made.principals, made.meeting, escalation_paths(), universe())
    return {name: {each.path for each in listed} for name, listed in found.items()}, (*read.unread, *made.unknown)


def is_found(files: Mapping[str, str]) -> bool:
    return any(paths & {"lambda-001", "administrator"} for paths in judged(files)[0].values())


# Kinds of expressions: what stands in the place of the list, what else the code holds, and whether it can be known.
KINDS: Mapping[str, tuple[str, str, bool]] = {
    "a list": (LISTED, "", True),
    "a local": ("local.a", f"locals {{ a = {LISTED} }}", True),
    "a local of a local": ("local.b", f"locals {{\n b = local.a\n a = {LISTED}\n}}", True),
    "a variable's default": ("var.a", f'variable "a" {{ default = {LISTED} }}', True),
    "a variable without a default": ("var.a", 'variable "a" {}', False),
    "concat": ('concat(["s3:GetObject"], local.a)', f"locals {{ a = {LISTED} }}", True),
    "flatten": ("flatten([[local.a]])", f"locals {{ a = {LISTED} }}", True),
    "distinct of toset": ("distinct(tolist(toset(local.a)))", f"locals {{ a = {LISTED} }}", True),
    "a condition": ("var.on ? local.a : []", f"locals {{ a = {LISTED} }}", True),
    "the other branch": ("var.on ? [] : local.a", f"locals {{ a = {LISTED} }}", True),
    "a loop": ('[for each_one in local.m : "${each_one.s}:${each_one.n}"]', 'locals { m = [{ s = "iam", n = "PassRole" }, { s = "lambda", n = "*" }] }', True),
    "a loop with a test": ("[for x in local.a : x if var.on]", f"locals {{ a = {LISTED} }}", True),
    "format": ('[format("%s:%s", "iam", "PassRole"), "lambda:*"]', "", True),
    "join": ('[join(":", ["iam", "PassRole"]), "lambda:*"]', "", True),
    "split": (f'split(",", "{",".join(ACTIONS)}")', "", True),
    "a text with a name in it": ('["${local.s}:PassRole", "lambda:*"]', 'locals { s = "iam" }', True),
    "a text with an unknown name in it": ('["${var.s}:PassRole"]', "", False),
    "an item of a map": ('local.m["x"].a', f"locals {{ m = {{ x = {{ a = {LISTED} }} }} }}", True),
    "an item that nobody knows": ("local.m[terraform.workspace]", f"locals {{ m = {{ dev = [], prod = {LISTED} }} }}", True),
    "merge": ("merge({ a = [] }, { a = local.a }).a", f"locals {{ a = {LISTED} }}", True),
    "a splat": ("flatten(local.o[*].a)", f"locals {{ o = [{{ a = {LISTED} }}] }}", True),
    "try": ("try(var.x.y, local.a)", f"locals {{ a = {LISTED} }}", True),
    "a parsed text": (f"jsondecode({json.dumps(json.dumps(ACTIONS))})", "", True),
    "a function nobody knows": ("provider::acts::all()", "", False),
    "a data source": ('split(",", data.aws_ssm_parameter.x.value)', "", False),
}  # fmt: skip


def statement(actions: str) -> str:
    return f'{{ Effect = "Allow", Action = {actions}, Resource = "*" }}'


def encoded(actions: str) -> str:
    return f'jsonencode({{ Version = "2012-10-17", Statement = [{statement(actions)}] }})'


def document(actions: str) -> str:
    return f'data "aws_iam_policy_document" "d" {{\n  statement {{\n    actions = {actions}\n    resources = ["*"]\n  }}\n}}\n'


def inline(policy: str, kind: str = "role") -> str:
    return f'resource "aws_iam_{kind}_policy" "p" {{\n  {kind} = "ci"\n  policy = {policy}\n}}\n'


PLACES: Mapping[str, Callable[[str], str]] = {
    "a role's policy": lambda a: ROLE + inline(encoded(a)),
    "a user's policy": lambda a: inline(encoded(a), "user"),
    "a group's policy": lambda a: inline(encoded(a), "group"),
    "a document": lambda a: document(a) + inline("data.aws_iam_policy_document.d.json"),
    "a managed policy": lambda a: f'resource "aws_iam_policy" "m" {{\n  policy = {encoded(a)}\n}}\n',
    "an attached policy": lambda a: (
        ROLE
        + f'resource "aws_iam_policy" "m" {{\n  policy = {encoded(a)}\n}}\nresource "aws_iam_policy_attachment" "x" {{\n  name = "x"\n  roles = [aws_iam_role.r.name]\n  policy_arn = aws_iam_policy.m.arn\n}}\n'
    ),
    "a block in a role": lambda a: ROLE.rstrip("}\n") + f'\n  inline_policy {{\n    name = "x"\n    policy = {encoded(a)}\n  }}\n}}\n',
    "a block in a role, in a loop": lambda a: (
        ROLE.rstrip("}\n") + f'\n  dynamic "inline_policy" {{\n    for_each = var.loop\n    content {{\n      name = "x"\n      policy = {encoded(a)}\n    }}\n  }}\n}}\n'
    ),
    "a text between marks": lambda a: inline(f'<<EOF\n{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":${{jsonencode({a})}},"Resource":"*"}}]}}\nEOF\n'),
    "a loop of policies": lambda a: (
        f'resource "aws_iam_role_policy" "p" {{\n  for_each = {{ x = {a} }}\n  role = "ci"\n  policy = {encoded("each.value")}\n}}\n'
    ),
    "a loop of statements": lambda a: (
        f'data "aws_iam_policy_document" "d" {{\n  dynamic "statement" {{\n    for_each = {{ x = {a} }}\n    content {{\n      actions = statement.value\n      resources = ["*"]\n    }}\n  }}\n}}\n'
        + inline("data.aws_iam_policy_document.d.json")
    ),
    "a document that takes in another": lambda a: (
        document(a) + 'data "aws_iam_policy_document" "e" {\n  source_policy_documents = [data.aws_iam_policy_document.d.json]\n}\n' + inline("data.aws_iam_policy_document.e.json")
    ),
    "a statement that is merged": lambda a: inline(
        f'jsonencode({{ Version = "2012-10-17", Statement = [merge({{ Effect = "Allow", Resource = "*" }}, {{ Action = {a} }})] }})'
    ),
    "statements of a loop": lambda a: inline(f'jsonencode({{ Version = "2012-10-17", Statement = [for x in [{a}] : {statement("x")}] }})'),
    "a policy by a condition": lambda a: inline(f"var.on ? jsonencode({{ Statement = [] }}) : {encoded(a)}"),
    "a policy that is a local": lambda a: f"locals {{ policy = {encoded(a)} }}\n" + inline("local.policy"),
    "an element whose name is computed": lambda a: (
        'locals { key = "Action" }\n' + inline(f'jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", (local.key) = {a}, Resource = "*" }}] }})')
    ),
    "a permission set": lambda a: f'resource "aws_ssoadmin_permission_set_inline_policy" "p" {{\n  inline_policy = {encoded(a)}\n}}\n',
    "a role of another provider": lambda a: f'resource "awscc_iam_role" "r" {{\n  policies = [{{ policy_name = "p", policy_document = {encoded(a)} }}]\n}}\n',
    "a stack": lambda a: (
        f'resource "aws_cloudformation_stack" "s" {{\n  template_body = jsonencode({{ Resources = {{ P = {{ Type = "AWS::IAM::RolePolicy", Properties = {{ RoleName = "ci", PolicyName = "p", PolicyDocument = {{ Statement = [{statement(a)}] }} }} }} }} }})\n}}\n'
    ),
    "what a module is handed": lambda a: (
        f'module "m" {{\n  source = "terraform-aws-modules/lambda/aws"\n  policy_statements = {{ x = {{ effect = "Allow", actions = {a}, resources = ["*"] }} }}\n}}\n'
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_terraform_is_found_or_named(place: str) -> None:
    for kind, (written, around, is_known) in KINDS.items():
        files = {"main.tf": f"{around}\n{PLACES[place](written)}"}
        _, named = judged(files)
        assert is_found(files) or named, (place, kind)
        if is_known and place != "a stack":
            assert is_found(files), (place, kind, named)
        if not is_known:
            assert named, (place, kind)


@pytest.mark.parametrize("place", PLACES)
def test_what_grants_nothing_of_that_kind_is_neither(place: str) -> None:
    found, named = judged({"main.tf": PLACES[place]('["s3:GetObject"]')})
    assert not any(found.values())
    assert all("makes is not in the code" in each for each in named)


MODULE = (
    'variable "acts" {}\n'
    + ROLE
    + 'resource "aws_iam_role_policy" "p" {\n  role = aws_iam_role.r.id\n  policy = '
    + encoded("var.acts")
    + "\n}\n"
)
ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "a module's caller": {"main.tf": f'module "m" {{\n  source = "./m"\n  acts = local.a\n}}\nlocals {{ a = {LISTED} }}\n', "m/m.tf": MODULE},
    "a module's output": {
        "main.tf": 'module "m" { source = "./m" }\n' + inline(encoded("module.m.acts")),
        "m/m.tf": f'output "acts" {{ value = {LISTED} }}\n',
    },
    "recorded values": {"main.tf": 'variable "acts" {}\n' + inline(encoded("var.acts")), "env/prod.tfvars": f"x = 1\nacts = {LISTED}\n"},
    "recorded values that go beyond a default": {
        "main.tf": 'variable "acts" { default = [] }\n' + inline(encoded("var.acts")),
        "prod.auto.tfvars.json": json.dumps({"acts": ACTIONS}),
    },
    "inputs of Terragrunt": {"main.tf": 'variable "acts" { default = [] }\n' + inline(encoded("var.acts")), "terragrunt.hcl": f"inputs = {{\n  acts = {LISTED}\n}}\n"},
    "a file of JSON": {"main.tf": inline(encoded('jsondecode(file("${path.module}/a.json"))')), "a.json": json.dumps(ACTIONS)},
    "a file of YAML": {"main.tf": inline(encoded('yamldecode(file("a.yaml")).acts')), "a.yaml": f"acts: {json.dumps(ACTIONS)}\n"},
    "a file that is filled in": {
        "main.tf": inline(f'templatefile("p.tpl", {{ acts = jsonencode({LISTED}) }})'),
        "p.tpl": '{"Statement":[{"Effect":"Allow","Action":${acts},"Resource":"*"}]}',
    },
    "Terraform in JSON": {
        "main.tf.json": json.dumps(
            {
                "locals": {"a": ACTIONS},
                "data": {"aws_iam_policy_document": {"d": {"statement": [{"actions": "${local.a}", "resources": ["*"]}]}}},
                "resource": {"aws_iam_role_policy": {"p": {"role": "ci", "policy": "${data.aws_iam_policy_document.d.json}"}}},
            }
        )
    },
    "OpenTofu": {"main.tofu": inline(encoded("local.a")) + f"locals {{ a = {LISTED} }}"},
    "Kubernetes": {"k.yaml": f"apiVersion: v1\n---\nspec:\n  policy: |\n    {json.dumps({'Statement': [{'Effect': 'Allow', 'Action': ACTIONS, 'Resource': '*'}]})}\n"},
    "the Serverless Framework": {
        "serverless.yml": f'provider:\n  iam:\n    role:\n      statements:\n        - Effect: Allow\n          Action: {json.dumps(ACTIONS)}\n          Resource: "*"\n'
    },
}  # fmt: skip


@pytest.mark.parametrize("files", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_what_stands_elsewhere_is_followed(files: Mapping[str, str]) -> None:
    assert is_found(files), judged(files)


NAMED: Mapping[str, tuple[Mapping[str, str], str]] = {
    "a module from elsewhere": ({"m.tf": 'module "x" {\n  source = "git::https://example.org/x.git"\n}\n'}, "makes is not in the code"),
    "a switch of such a module": ({"m.tf": 'module "x" {\n  source = "a/b/c"\n  attach_admin_policy = true\n}\n'}, "attach_admin_policy"),
    "a stack from elsewhere": ({"m.tf": 'resource "aws_cloudformation_stack" "s" {\n  template_url = "https://x"\n}\n'}, "its template is not in the code"),
    "a command": (
        {"m.tf": 'resource "null_resource" "s" {\n  provisioner "local-exec" {\n    command = "aws iam attach-role-policy --role-name x"\n  }\n}\n'},
        "aws iam attach-role-policy",
    ),
    "blocks that override others": ({"m.tf": ROLE, "m_override.tf": inline(encoded(LISTED))}, "overrides blocks"),
    "an app of the CDK": ({"cdk.json": "{}"}, "cdk synth"),
    "an effect": ({"m.tf": inline(f'jsonencode({{ Statement = [{{ Effect = var.e, Action = {LISTED}, Resource = "*" }}] }})')}, "${var.e}"),
    "an ARN": ({"m.tf": 'resource "aws_iam_role_policy_attachment" "x" {\n  role = "ci"\n  policy_arn = var.arn\n}\n'}, "var.arn"),
    "code that cannot be read": ({"m.tf": 'resource "aws_iam_role" "r" {'}, "m.tf: "),
}  # fmt: skip


@pytest.mark.parametrize(("files", "words"), NAMED.values(), ids=NAMED.keys())
def test_what_nobody_can_know_is_named(files: Mapping[str, str], words: str) -> None:
    assert any(words in each for each in judged(files)[1])


ATTACHED = {
    "join": 'join("/", ["arn:aws:iam::aws:policy", "AdministratorAccess"])',
    "format": 'format("arn:aws:iam::aws:policy/%s", local.n)',
    "a condition": f'var.on ? "{ADMIN}" : "arn:aws:iam::aws:policy/ReadOnlyAccess"',
    "a variable that is recorded": "var.arn",
}


@pytest.mark.parametrize("arn", ATTACHED.values(), ids=ATTACHED.keys())
def test_computed_attachments_join_the_other_policies_of_their_role(arn: str) -> None:
    text = (
        ROLE
        + f'locals {{ n = "AdministratorAccess" }}\nresource "aws_iam_role_policy_attachment" "x" {{\n  role = aws_iam_role.r.name\n  policy_arn = {arn}\n}}\n'
    )
    found, named = judged({"main.tf": text, "x.tfvars": f'arn = "{ADMIN}"'})
    assert "administrator" in found["ci"]
    assert not named


def test_pairs_of_roles_and_policies_reach_each_their_own() -> None:
    pairs = '{ one = { r = "ci", p = "AWSLambda_FullAccess" }, two = { r = "cd", p = "ReadOnlyAccess" } }'
    text = (
        f'resource "aws_iam_role_policy_attachment" "x" {{\n  for_each = {pairs}\n  role = each.value.r\n  policy_arn = "arn:aws:iam::aws:policy/${{each.value.p}}"\n}}\n'
        + "".join(inline(encoded('["iam:PassRole"]')).replace('"p"', f'"{name}"').replace('"ci"', f'"{name}"') for name in ("ci", "cd"))
    )
    found, named = judged({"main.tf": text})
    assert "lambda-001" in found["ci"]
    assert "lambda-001" not in found["cd"]
    assert not named


DENIES = {
    "in every case": ('[{ Effect = "Deny", Action = "iam:*", Resource = "*" }]', False),
    "in one case": ('var.on ? [{ Effect = "Deny", Action = "iam:*", Resource = "*" }] : []', True),
    "in a case with other words": ('[{ Effect = "Deny", Action = var.on ? "iam:*" : "s3:*", Resource = "*" }]', True),
    "by an effect that nobody knows": ('[{ Effect = var.e, Action = "iam:*", Resource = "*" }]', True),
    "of a resource that nobody knows": ('[{ Effect = "Deny", Action = "iam:*", Resource = var.r }]', True),
}


@pytest.mark.parametrize(("denying", "expected"), DENIES.values(), ids=DENIES.keys())
def test_a_deny_counts_where_it_stands_in_every_case(denying: str, expected: bool) -> None:
    policy = f'jsonencode({{ Version = "2012-10-17", Statement = concat([{statement(LISTED)}], {denying}) }})'
    assert is_found({"main.tf": inline(policy)}) is expected


def test_words_of_the_engine_are_no_literal_text_in_a_policy_without_a_version() -> None:
    assert is_found({"main.tf": inline(f'jsonencode({{ Statement = [{{ Effect = "Allow", Action = {LISTED}, Resource = var.r }}] }})')})


def test_two_policies_of_one_name_do_not_hide_each_other() -> None:
    granting = f'resource "aws_iam_policy" "a" {{\n  name = "x"\n  policy = {encoded(LISTED)}\n}}\n'
    harmless = granting.replace('"a"', '"b"').replace(LISTED, '["s3:GetObject"]')
    assert is_found({"main.tf": granting + harmless})
    assert is_found({"main.tf": harmless + granting})
    assert is_found({"main.tf": harmless.replace('"x"', '"ci"') + inline(encoded(LISTED))})
    assert is_found({"main.tf": granting.replace('"x"', '"ci"') + inline(encoded('["s3:GetObject"]'))})
