"""`setsquare iam pr`: from a trail to one open request of a role, against a real git repository and a forge on the loopback address."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.pull_requests import ROLE, TERRAFORM, World, forge_server, git, settings, worlds

pytestmark = pytest.mark.network


@pytest.fixture
def make(folder: Path, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    yield from worlds(folder, tmp_path, run, monkeypatch)


# req: iam-autopilot/6.1, iam-autopilot/6.2, iam-autopilot/6.3
@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea", "patch"])
def test_one_branch_and_one_request_of_a_role_whose_diff_applies(make: Any, kind: str) -> None:
    world = make(kind)
    before = git(world.clone, "status", "--porcelain", "--branch"), git(world.clone, "for-each-ref")
    first = world.json()
    assert first["status"] == "opened", first
    assert first["title"] == "iam: reduce ecs-api to least privilege"
    assert first["request"]["branch"] == "setsquare/iam/ecs-api"
    assert world.branches() == ["main", "setsquare/iam/ecs-api"]
    expected = TERRAFORM.replace('          "ec2:StopInstances", # at night\n', "")
    assert git(world.bare, "show", "setsquare/iam/ecs-api:main.tf") == expected.strip()
    (world.clone / "x.diff").write_text(first["diff"])
    git(world.clone, "apply", "--check", "x.diff")
    (world.clone / "x.diff").unlink()
    for word in ("| ec2:StopInstances | 0 | 0 | never |", "iam:PassRole: ", "Previous policy base", "git revert"):
        assert word in first["body"]
    assert (git(world.clone, "status", "--porcelain", "--branch"), git(world.clone, "for-each-ref")) == before
    # The same again pushes nothing and opens nothing.
    tip, changes = world.tip(), world.server.changes() if world.server else []
    again = world.json()
    assert (again["status"], again["pushed"], world.tip()) == ("unchanged", False, tip)
    assert (world.server.changes() if world.server else []) == changes
    # The code moves on: the request is brought up to date, and there is still one.
    (world.clone / "main.tf").write_text("# moved\n" + TERRAFORM)
    world.save("two")
    moved = world.json()
    assert (moved["status"], moved["pushed"], moved["request"]["number"]) == ("updated", True, first["request"]["number"])
    assert git(world.bare, "rev-list", "--count", "main..setsquare/iam/ecs-api") == "1"
    if world.server:
        assert len(world.server.pulls) == 1
    else:
        git(world.clone, "am", "-q", "--keep-cr", moved["request"]["url"].removeprefix("file://"))
        assert (world.clone / "main.tf").read_text() == "# moved\n" + expected


SHAPES = """resource "aws_iam_role_policy" "quoted" {
  name   = "base"
  role   = "ecs-api"
  policy = "{\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[{\\"Effect\\":\\"Allow\\",\\"Action\\":[\\"ec2:DescribeInstances\\",\\"ec2:StopInstances\\",\\"iam:PassRole\\"],\\"Resource\\":\\"${var.all}\\"}]}"
}

data "aws_iam_policy_document" "shared" {
  statement {
    sid       = "Shared"
    actions   = ["ec2:DescribeInstances", "ec2:RebootInstances"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "joined" {
  source_policy_documents = [data.aws_iam_policy_document.shared.json]

  dynamic "statement" {
    for_each = var.more
    content {
      sid       = statement.key
      actions   = statement.value
      resources = ["*"]
    }
  }
}

resource "aws_iam_role_policy" "joined" {
  name   = "joined"
  role   = "ecs-api"
  policy = data.aws_iam_policy_document.joined.json
}

resource "aws_iam_policy" "dead" {
  name   = "dead"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["ec2:TerminateInstances"], Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "all" {
  for_each = {
    dead = aws_iam_policy.dead.arn
    aws  = "arn:aws:iam::aws:policy/AmazonEC2Thing"
    keep = var.kept
  }

  role       = "ecs-api"
  policy_arn = each.value
}
"""
GONE = (
    ',\\"ec2:StopInstances\\"',
    ', "ec2:RebootInstances"',
    SHAPES[SHAPES.index('resource "aws_iam_policy" "dead"') : SHAPES.index('resource "aws_iam_role_policy_attachment"')],
    "    dead = aws_iam_policy.dead.arn\n",
    '    aws  = "arn:aws:iam::aws:policy/AmazonEC2Thing"\n',
)


def granted(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in statements]}


# req: iam-autopilot/6.1
@pytest.mark.parametrize("kind", ["github", "patch"])
def test_the_shapes_of_real_code_are_edited_in_one_request(make: Any, kind: str) -> None:
    world = make(kind)
    (world.clone / "main.tf").write_text(SHAPES)
    world.save("shapes")
    account = json.loads((world.folder / "account.json").read_text())
    role = account["RoleDetailList"][0]
    joined = granted(
        {"Sid": "Shared", "Action": ["ec2:DescribeInstances", "ec2:RebootInstances"]}, {"Sid": "more", "Action": ["ec2:StartInstances"]}
    )
    role["RolePolicyList"].append({"PolicyName": "joined", "PolicyDocument": joined})
    arns = {"dead": "arn:aws:iam::123456789012:policy/dead", "AmazonEC2Thing": "arn:aws:iam::aws:policy/AmazonEC2Thing"}
    role["AttachedManagedPolicies"] = [{"PolicyName": name, "PolicyArn": arn} for name, arn in arns.items()]
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": granted({"Action": ["ec2:TerminateInstances"]})}
    account["Policies"] = [
        {"PolicyName": name, "Arn": arn, "AttachmentCount": 1, "DefaultVersionId": "v1", "PolicyVersionList": [version]}
        for name, arn in arns.items()
    ]
    (world.folder / "account.json").write_text(json.dumps(account))

    done = world.json()

    expected = SHAPES
    for words in GONE:
        assert words in expected
        expected = expected.replace(words, "")
    assert git(world.bare, "show", "setsquare/iam/ecs-api:main.tf") == expected.strip()
    assert done["left"] == ["joined: what stands at main.tf:18 stays as it is: statements are made in a loop"]
    for words in (
        "taken away",
        "detached",
        "stays as it is: statements are made in a loop",
        "Previous policy dead",
        "Previous policy joined",
    ):
        assert words in done["body"], words
    (world.clone / "x.diff").write_text(done["diff"])
    git(world.clone, "apply", "--check", "x.diff")
    assert world.json()["status"] == "unchanged"


def test_a_policy_of_which_nothing_can_be_taken_away_says_what_a_person_must_do(make: Any) -> None:
    world = make()
    (world.clone / "main.tf").write_text(TERRAFORM + 'output "x" {\n  value = aws_iam_role_policy.api.id\n}\n')
    world.save("output")
    account = (
        (world.folder / "account.json")
        .read_text()
        .replace("ec2:DescribeInstances", "ec2:RunInstances")
        .replace("iam:PassRole", "ec2:RebootInstances")
    )
    (world.folder / "account.json").write_text(account)
    text = (
        (world.clone / "main.tf")
        .read_text()
        .replace("ec2:DescribeInstances", "ec2:RunInstances")
        .replace("iam:PassRole", "ec2:RebootInstances")
    )
    (world.clone / "main.tf").write_text(text)
    world.save("dead")
    ran = world.pr()
    assert ran.code == 3
    assert "main.tf:20 (output.x) names it too" in ran.err
    assert "detach it and delete it" in ran.err
    assert world.branches() == ["main"]


def test_a_dry_run_sends_nothing(make: Any) -> None:
    world = make()
    ran = world.pr("--dry-run")
    assert ran.code == 0, ran.err
    assert '-          "ec2:StopInstances", # at night' in ran.out
    assert world.branches() == ["main"]
    assert world.server.seen == []


def test_without_trust_nothing_is_fetched(make: Any) -> None:
    world = make(is_trusted=False)
    ran = world.pr()
    assert ran.code == 3
    assert "trust" in ran.err
    assert world.server.seen == []
    assert world.branches() == ["main"]


# req: iam-autopilot/6.5
@pytest.mark.parametrize(("status", "words"), [(422, "opens no pull request"), (403, "GITHUB_TOKEN"), (500, "500")])
def test_killed_or_refused_between_push_and_open_the_next_run_completes_it(make: Any, status: int, words: str) -> None:
    world = make()
    world.server.faults.append(forge_server.Fault(method="POST", path="/pulls", status=status))
    ran = world.pr()
    assert ran.code == 4
    assert words in ran.err
    assert "t0ken" not in ran.err + ran.out
    tip = world.tip()
    done = world.json()
    assert (done["status"], done["pushed"], world.tip(), len(world.server.pulls)) == ("opened", False, tip, 1)


def test_a_forge_that_refuses_at_once_leaves_nothing(make: Any) -> None:
    world = make()
    world.server.faults.append(forge_server.Fault(status=401))
    assert world.pr().code == 4
    assert world.branches() == ["main"]


def test_a_branch_that_a_person_changed_is_left_alone(make: Any) -> None:
    world = make()
    world.json()
    git(world.clone, "fetch", "-q")
    git(world.clone, "checkout", "-q", "setsquare/iam/ecs-api")
    (world.clone / "main.tf").write_text("# mine\n" + (world.clone / "main.tf").read_text())
    git(world.clone, "commit", "-qam", "mine", "--amend", "--no-edit")
    git(world.clone, "push", "-qf", "origin", "HEAD")
    tip, changes = world.tip(), world.server.changes()
    ran = world.pr()
    assert ran.code == 3
    assert "did not make" in ran.err
    assert (world.tip(), world.server.changes()) == (tip, changes)


def test_code_that_is_not_what_the_role_has_is_refused_in_words(make: Any) -> None:
    world = make()
    (world.clone / "main.tf").write_text(TERRAFORM.replace("iam:PassRole", "iam:GetRole"))
    world.save("other")
    ran = world.pr()
    assert ran.code == 3
    assert "not what the role has" in ran.err
    assert "main.tf" in ran.err
    assert world.branches() == ["main"]


def test_a_clone_of_another_repository_is_refused(make: Any) -> None:
    world = make()
    git(world.clone, "remote", "set-url", "origin", "https://github.com/mallory/other.git")
    ran = world.pr()
    assert ran.code == 3
    assert "org/infrastructure" in ran.err


@pytest.mark.parametrize("address", ["ext::sh -c 'touch x'", "-oProxyCommand=x", "https://h/\x01"])
def test_an_address_that_starts_programs_is_none(make: Any, address: str) -> None:
    world = make()
    (world.clone / ".git" / "config").write_text(f'[core]\n\tbare = false\n[remote "origin"]\n\turl = "{address}"\n')
    assert world.pr().code in {2, 3}


def test_without_a_token_its_variable_is_named(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make()
    monkeypatch.delenv("GITHUB_TOKEN")
    ran = world.pr()
    assert ran.code == 4
    assert "GITHUB_TOKEN" in ran.err
    assert world.branches() == ["main"]


def test_a_hostile_role_name_is_one_plain_branch(make: Any) -> None:
    world = make()
    role = "ecs-@all,..=.lock"
    settings(world.folder, "ecs-*")
    world.grant(role)
    records = json.loads((world.folder / "trail.json").read_text().replace("ecs-api", role))
    (world.folder / "trail.json").write_text(json.dumps(records))
    (world.clone / "main.tf").write_text(TERRAFORM.replace("ecs-api", role))
    world.save("hostile")
    done = world.json(role=role)
    assert done["branch"] == "setsquare/iam/ecs-=40all=2C=2E=2E=3D=2Elock"
    assert world.branches() == ["main", done["branch"]]
    assert "@all" not in done["body"]
    assert done["title"] == f"iam: reduce {role} to least privilege"


def test_what_weakens_the_evidence_is_told_in_the_output_and_in_the_request(make: Any) -> None:
    world = make()
    told = "a window of 30 days misses what is done once a quarter"
    ran = world.pr("--dry-run", "--days", "30")
    assert ran.code == 0, ran.err
    assert f"! {told}" in ran.out
    done = world.json("--days", "30")
    assert any(told in each for each in done["warnings"])
    first, _, rest = done["body"].partition("## Goes: never used")
    assert told in first
    assert rest


def test_a_role_without_calls_is_told_in_the_output_and_in_the_request(make: Any) -> None:
    world = make()
    trail = (
        (world.folder / "trail.json")
        .read_text()
        .replace(f"role/{ROLE}", "role/quiet")
        .replace(f'"userName": "{ROLE}"', '"userName": "quiet"')
    )
    (world.folder / "trail.json").write_text(trail.replace("AROAEXAMPLE", "AROAOTHER").replace('"us-east-1"', '"eu-west-1"', 1))
    done = world.json("--dry-run")
    assert any("no call of" in each for each in done["warnings"]), done
    assert "no call of" in done["body"]


# req: iam-autopilot/6.5
@pytest.mark.parametrize("kind", ["github", "patch"])
def test_after_the_merge_and_before_the_apply_nothing_is_proposed_again(make: Any, kind: str) -> None:
    world = make(kind)
    assert world.json()["status"] == "opened"
    git(world.clone, "fetch", "-q", "origin")
    git(world.clone, "merge", "-q", "origin/setsquare/iam/ecs-api")
    world_main = git(world.clone, "rev-parse", "HEAD")
    git(world.clone, "push", "-q", "origin", "HEAD:main")
    done = world.json()
    assert (done["status"], git(world.bare, "rev-parse", "main")) == ("nothing", world_main)
    assert done["left"] == ["base: the code has the narrower policy already (main.tf:4 (aws_iam_role_policy.api)); apply it"]
    assert "Nothing would change in the code for ecs-api." in world.pr().out


@pytest.mark.parametrize("kind", ["gitlab", "patch"])
def test_a_file_that_nothing_names_goes_with_its_policy_and_one_that_a_script_names_stays(make: Any, kind: str) -> None:
    world = make(kind)
    policy = granted({"Action": ["ec2:StopInstances", "ec2:RebootInstances"]})
    block = 'resource "aws_iam_role_policy" "dead" {\n  name   = "dead"\n  role   = "ecs-api"\n  policy = file("${path.module}/policies/dead.json")\n}\n'
    (world.clone / "policies").mkdir()
    (world.clone / "policies" / "dead.json").write_text(json.dumps(policy, indent=2))
    (world.clone / "main.tf").write_text(TERRAFORM + block)
    world.save("dead")
    account = json.loads((world.folder / "account.json").read_text())
    account["RoleDetailList"][0]["RolePolicyList"].append({"PolicyName": "dead", "PolicyDocument": policy})
    (world.folder / "account.json").write_text(json.dumps(account))

    done = world.json()

    changes = git(world.bare, "diff", "--name-status", "main", "setsquare/iam/ecs-api").splitlines()
    assert changes == ["M\tmain.tf", "D\tpolicies/dead.json"]
    assert "policies/dead.json goes, since nothing names it any more" in done["body"]
    (world.clone / "x.diff").write_text(done["diff"])
    git(world.clone, "apply", "--check", "x.diff")
    (world.clone / "x.diff").unlink()
    (world.clone / "deploy.sh").write_text("aws iam put-role-policy --policy-document file://policies/dead.json\n")
    world.save("script")
    again = world.json()
    assert git(world.bare, "diff", "--name-status", "main", "setsquare/iam/ecs-api").splitlines() == ["M\tmain.tf"]
    assert "policies/dead.json stays, since other files name it" in again["body"]


def test_a_policy_of_aws_gives_way_to_one_with_what_is_needed(make: Any) -> None:
    world = make()
    arn = "arn:aws:iam::aws:policy/AmazonEC2Thing"
    block = f'resource "aws_iam_role_policy_attachment" "thing" {{\n  role       = "ecs-api"\n  policy_arn = "{arn}"\n}}\n'
    (world.clone / "main.tf").write_text(block)
    world.save("thing")
    account = json.loads((world.folder / "account.json").read_text())
    role = account["RoleDetailList"][0]
    role["RolePolicyList"] = []
    role["AttachedManagedPolicies"] = [{"PolicyName": "AmazonEC2Thing", "PolicyArn": arn}]
    document = granted({"Action": ["ec2:DescribeInstances", "ec2:TerminateInstances"]})
    versions = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document}]
    account["Policies"] = [
        {"PolicyName": "AmazonEC2Thing", "Arn": arn, "AttachmentCount": 9, "DefaultVersionId": "v1", "PolicyVersionList": versions}
    ]
    (world.folder / "account.json").write_text(json.dumps(account))

    done = world.json()

    text = git(world.bare, "show", "setsquare/iam/ecs-api:main.tf")
    assert arn not in text
    assert "policy_arn = aws_iam_policy.ecs_api_amazonec2thing.arn" in text
    assert 'Action   = ["ec2:DescribeInstances"]' in text
    for words in ("in place of AmazonEC2Thing", "| ec2:TerminateInstances | 0 |", "Previous policy AmazonEC2Thing", "takes its place"):
        assert words in done["body"], words
