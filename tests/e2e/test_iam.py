"""The IAM commands on a trail and policies in local files: no trust, no credentials, no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.iam_local import ACCOUNT, GRANTED, LAST, ROLE, allow, details, made_project, make_trail, on_local_files


@pytest.fixture(scope="module")
def made_trail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_trail(tmp_path_factory.mktemp("made") / "trail")


@pytest.fixture
def project(folder: Path, made_trail: Path) -> Path:
    return made_project(folder, made_trail)


@pytest.fixture
def iam(run: Any, project: Path) -> Callable[..., Any]:
    return on_local_files(run)


def test_the_counts_are_said_in_the_form_of_the_tutorial(iam):
    ran = iam("analyze", ROLE)
    lines = ran.out.splitlines()
    assert ran.code == 0, ran.err
    assert lines[0] == "ecs-auth-role: 90 days, 2026-08-23 to 2026-11-20, trail"
    assert lines[1] == "3 permissions used, 3 granted but never used"
    assert lines[2].startswith("2 permissions kept")
    never = lines.index("Never used, what weighs most first")
    assert [line.split()[0] for line in lines[never + 1 : never + 4]] == [
        "iam:AttachRolePolicy",
        "ec2:StartInstances",
        "ec2:TerminateInstances",
    ]


def test_every_permission_has_its_evidence(iam):
    value = iam("analyze", ROLE, "--format", "json").json
    (role,) = value["roles"]
    assert (role["used"], role["unused"], role["unjudged"], role["begin"], role["end"]) == (3, 3, 2, "2026-08-23", "2026-11-20")
    found = {each["action"]: each for each in role["permissions"]}
    assert {name: each["verdict"] for name, each in found.items()} == {
        "ec2:DescribeInstances": "used",
        "ec2:StopInstances": "used",
        "ecr:DescribeRepositories": "used",
        "ec2:StartInstances": "unused",
        "ec2:TerminateInstances": "unused",
        "iam:AttachRolePolicy": "unused",
        "iam:PassRole": "unjudged",
        "s3:GetObject": "unjudged",
    }
    assert (found["ec2:DescribeInstances"]["count"], found["ec2:DescribeInstances"]["last_used"]) == (90, "2026-11-20")
    assert (found["ec2:TerminateInstances"]["count"], found["ec2:TerminateInstances"]["denied"]) == (0, 1)
    assert found["ec2:StartInstances"]["grants"] == ["app#0", "net#0"]
    assert found["iam:AttachRolePolicy"]["level"] == "Permissions management"
    assert all(each["reason"] for each in found.values())


def test_the_same_input_gives_the_same_bytes(iam):
    assert iam("analyze", ROLE, "--format", "json").out == iam("analyze", ROLE, "--format", "json").out


def test_a_second_run_reads_only_what_is_new(run, iam, project):
    iam("analyze", ROLE)
    assert run("iam", "coverage", "--trail", "trail", "--format", "json").json["fresh"] == 0
    make_trail(project / "trail" / "later", days=1, last=LAST + timedelta(1))
    again = run("iam", "coverage", "--trail", "trail", "--format", "json").json
    assert (again["fresh"], again["end"], again["pieces"]) == (1, "2026-11-21", 90)


def test_the_window_is_what_was_asked_for(iam):
    def window(*argv: str) -> tuple[str, str]:
        (role,) = iam("analyze", ROLE, *argv, "--format", "json").json["roles"]
        return role["begin"], role["end"]

    assert window("--days", "10") == ("2026-11-11", "2026-11-20")
    assert window("--days", "10", "--until", "2026-10-01") == ("2026-09-22", "2026-10-01")
    assert iam("analyze", ROLE, "--until", "2026-13-01").code == 2
    assert iam("analyze", ROLE, "--days", "0").code == 2


def test_a_trail_with_gaps_claims_nothing(iam):
    """A window that begins before the trail does: nothing is called unused."""
    (role,) = iam("analyze", ROLE, "--days", "120", "--format", "json").json["roles"]
    assert (role["unused"], [gap["code"] for gap in role["gaps"]]) == (0, ["younger-than-window", "one-region"])
    assert all("insufficient evidence" in each["reason"] for each in role["permissions"] if each["action"] == "ec2:StartInstances")


def test_all_takes_the_roles_in_scope_and_says_what_it_left_out(iam):
    value = iam("analyze", "--all", "--format", "json").json
    assert [role["role"] for role in value["roles"]] == [ROLE]
    assert {each["role"]: each["reason"]["code"] for each in value["skipped"]} == {
        "ecs-admin-1": "excluded",
        "lambda-x": "not-targeted",
        "ecs-linked": "reserved",
    }


# req: iam-autopilot/6.8
def test_a_new_role_is_announced_once_and_before_it_is_analysed(iam, project):
    first = iam("analyze", "--all", "--format", "json")
    assert first.err == f"  new in scope: arn:aws:iam::{ACCOUNT}:role/{ROLE}\n"
    again = iam("analyze", "--all", "--format", "json")
    assert (again.out, again.err, iam("analyze", ROLE).err) == (first.out, "", "")
    account = json.loads((project / "account.json").read_text())
    account["RoleDetailList"].append(details("ecs-later", {"x": allow("s3:*")}))
    (project / "account.json").write_text(json.dumps(account))
    assert iam("analyze", "--all").err == f"  new in scope: arn:aws:iam::{ACCOUNT}:role/ecs-later\n"


def test_one_role_that_the_file_shows_to_belong_to_aws_is_refused(iam):
    ran = iam("analyze", "ecs-linked", "--format", "json")
    assert (ran.code, [reason["code"] for reason in ran.json["reasons"]]) == (3, ["reserved"])


def test_a_bare_policy_is_the_roles_own(run, project):
    (project / "one.json").write_text(json.dumps(GRANTED))
    ran = run("iam", "analyze", ROLE, "--trail", "trail", "--policies", "one.json", "--format", "json")
    assert ran.json["roles"][0]["unused"] == 3


def test_a_role_that_the_trail_does_not_know_is_doubted(run, project):
    (project / "one.json").write_text(json.dumps(GRANTED))
    ran = run("iam", "analyze", "ecs-misspelt", "--trail", "trail", "--policies", "one.json")
    assert "the trail holds no call of ecs-misspelt" in ran.out
    known = run("iam", "analyze", ROLE, "--trail", "trail", "--policies", "one.json", "--days", "30")
    assert "holds no call" not in known.out
    assert "a window of 30 days misses" in known.out


def test_failing_on_unused_permissions_is_asked_for(iam):
    assert iam("analyze", ROLE, "--fail-on-unused").code == 1
    assert iam("analyze", ROLE).code == 0


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("analyze", "ecs-unknown"), "says nothing about the role ecs-unknown"),
        (("analyze",), "Name one role"),
        (("analyze", ROLE, "--all"), "Name one role"),
        (("explain", ROLE, "ec2:NoSuchThing"), "AWS documents no such action"),
    ],
)
def test_wrong_questions_end_with_2(iam, argv, told):
    ran = iam(*argv)
    assert ran.code == 2
    assert told in ran.err


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"Statement": 1}', '{"RoleDetailList": [1]}', '{"Version": "2012-10-17", "Version": "x", "Statement": []}']
)
def test_policies_that_cannot_be_followed_claim_nothing(run, project, text):
    (project / "bad.json").write_text(text)
    ran = run("iam", "analyze", ROLE, "--trail", "trail", "--policies", "bad.json")
    assert (ran.code, ran.out) == (2, "")
    assert "bad.json" in ran.err


def test_a_broken_policy_of_one_role_silences_that_role_only(run, project):
    whole = json.loads((project / "account.json").read_bytes())
    broken = details("ecs-broken", {"inline": [{"Effect": "Maybe", "Action": "s3:*", "Resource": "*"}]})
    (project / "two.json").write_text(
        json.dumps({"RoleDetailList": [*whole["RoleDetailList"], broken], "Policies": whole.get("Policies", [])})
    )
    for argv, code in ((["ecs-broken"], 2), (["ecs-auth-role"], 0), (["--all"], 0)):
        done = run("iam", "analyze", *argv, "--trail", "trail", "--policies", "two.json")
        assert done.code == code, done.err
    assert "nothing is claimed of ecs-broken" in done.out


def test_explain_shows_the_statements_and_the_evidence(iam):
    ran = iam("explain", ROLE, "EC2:startinstances", "--format", "json")
    assert (ran.json["action"], ran.json["verdict"]) == ("ec2:StartInstances", "unused")
    assert [grant.partition(":")[0] for grant in ran.json["grants"]] == ["app#0", "net#0"]
    text = iam("explain", ROLE, "iam:PassRole").out
    assert "kept, because nothing can show that it is unused" in text
    assert iam("explain", ROLE, "s3:DeleteBucket", "--format", "json").json["verdict"] == "ungranted"


def test_recommend_narrows_and_writes_only_where_it_is_told(iam, project):
    before = sorted(project.rglob("*"))
    ran = iam("recommend", ROLE, "--format", "json")
    assert sorted(project.rglob("*")) == before
    diff = ran.json["diff"]
    assert {line.strip(' -",') for line in diff.splitlines() if line.startswith("-  ")} == {
        "iam:AttachRolePolicy",
        "ec2:StartInstances",
        "ec2:TerminateInstances",
    } or "ec2:StartInstances" in diff
    written = iam("recommend", ROLE, "--output", "new", "--format", "json").json["written"]
    assert sorted(written) == ["new/app.json", "new/net.json"]
    kept = json.loads((project / "new" / "app.json").read_text())["Statement"][0]["Action"]
    assert kept == ["ec2:DescribeInstances", "ec2:StopInstances", "ecr:DescribeRepositories", "iam:PassRole", "s3:GetObject"]
    assert iam("recommend", ROLE, "--output", "new").code == 3


def test_simulate_shows_the_trace(run, project):
    (project / "one.json").write_text(json.dumps(allow("s3:Get*", Condition={"Bool": {"aws:SecureTransport": "true"}})))
    base = ("iam", "simulate", "s3:GetObject", "--resource", "arn:aws:s3:::b/k", "--policies", "one.json")
    answers = [
        (base, "deny"),
        ((*base, "--context", "aws:SecureTransport=true"), "allow"),
        ((*base, "--unknown-context"), "unknown"),
        ((*base, "--unknown-context", "--absent", "aws:SecureTransport"), "deny"),
    ]
    for argv, answer in answers:
        value = run(*argv, "--format", "json").json
        assert (value["answer"], bool(value["steps"])) == (answer, True), argv
    assert run(*base, "--expect", "allow").code == 1
    assert run(*base, "--expect", "deny").code == 0
    (project / "scp.json").write_text(json.dumps(allow("ec2:*")))
    bounded = run(*base, "--context", "aws:SecureTransport=true", "--scp", "scp.json", "--format", "json").json
    assert bounded["answer"] == "deny"
    (project / ".kiro" / "settings.json").write_text("{}")
    assert run(*base, "--expect", "deny").code == 0, "a policy in a file needs no settings"
    assert run(*base, "--role", ROLE).code == 3
    for unsafe in (
        '{"powers": {"awsIamAutopilot": {"enabled": true, "mode": "direct"}}}',
        '{"Powers": {"awsIamAutopilot": {}}}',
        '{"powers": {',
        '{"powers": {"awsIAMAutopilot": {}}}',
    ):
        (project / ".kiro" / "settings.json").write_text(unsafe)
        assert run(*base).code == 3, unsafe
    (project / ".kiro" / "settings.json").unlink()
    assert run("iam", "simulate", "s3:*", "--policies", "one.json").code == 2
    assert run("iam", "simulate", "s3:GetObject", "--policies", "one.json", "--context", "x").code == 2


@pytest.mark.parametrize("argv", [("recommend", "ecs-idle"), ("explain", "ecs-idle", "ec2:StopInstances"), ("analyze", "ecs-idle")])
def test_a_short_window_and_a_role_without_calls_are_told_everywhere(iam, project, argv):
    (project / "account.json").write_text(json.dumps({"RoleDetailList": [details("ecs-idle", {"app": allow("ec2:*")})], "Policies": []}))
    text = iam(*argv, "--days", "30").out
    assert "a window of 30 days misses what is done once a quarter" in text
    assert "the trail holds no call of ecs-idle" in text
    value = iam(*argv, "--days", "30", "--format", "json").json
    assert len(value["oddities"]) == 2
    assert value["warnings"] == []


@pytest.mark.parametrize(
    ("action", "resource", "principal", "own", "answer"),
    [
        ("kms:Decrypt", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k", f"arn:aws:iam::{ACCOUNT}:role/other", "kms:*", "deny"),
        ("kms:Decrypt", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k", f"arn:aws:iam::{ACCOUNT}:root", "kms:*", "allow"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/t", f"arn:aws:iam::{ACCOUNT}:role/other", "sts:*", "deny"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/t", f"arn:aws:iam::{ACCOUNT}:root", "sts:*", "allow"),
        ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", f"arn:aws:iam::{ACCOUNT}:role/other", "sqs:*", "allow"),
    ],
)
def test_keys_and_roles_must_allow_themselves(run, project, action, resource, principal, own, answer):
    (project / "own.json").write_text(json.dumps(allow(own)))
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": own}
    if action != "sts:AssumeRole":
        statement["Resource"] = "*"
    (project / "resource.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    asked = ("--resource", resource, "--principal", f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "--resource-policy", "resource.json")
    value = run("iam", "simulate", action, "--policies", "own.json", *asked, "--format", "json").json
    assert value["answer"] == answer


def test_the_principal_gives_its_own_condition_keys(run, project):
    keys = {"aws:PrincipalAccount": ACCOUNT, "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "aws:PrincipalType": "AssumedRole"}
    (project / "own.json").write_text(json.dumps(allow("s3:Get*", Condition={"StringEquals": keys})))
    base = ("iam", "simulate", "s3:GetObject", "--policies", "own.json")
    own = ("--principal", f"arn:aws:iam::{ACCOUNT}:role/{ROLE}")
    assert run(*base, *own, "--format", "json").json["answer"] == "allow"
    assert run(*base, "--principal", f"arn:aws:iam::{ACCOUNT}:role/other", "--format", "json").json["answer"] == "deny"
    assert run(*base, *own, "--context", "aws:PrincipalAccount=999999999999", "--format", "json").json["answer"] == "deny"
    assert run(*base, *own, "--absent", "aws:PrincipalAccount", "--unknown-context", "--format", "json").json["answer"] == "deny"


def test_coverage_names_days_gaps_and_roles(run, project):
    value = run("iam", "coverage", "--trail", "trail", "--days", "100", "--format", "json").json
    assert (len(value["seen_days"]), value["regions"], value["begin"]) == (90, ["us-east-1"], "2026-08-13")
    assert [gap["code"] for gap in value["gaps"]] == ["younger-than-window", "one-region"]
    assert {role["arn"].rpartition("/")[2]: role["scope"] for role in value["roles"]} == {ROLE: True, "other": False}


def test_a_service_leads_to_its_role(run, iam, project):
    (project / "infra").mkdir()
    (project / "infra" / "main.tf").write_text(
        'resource "aws_iam_role" "a" {\n  name = "ecs-auth-role"\n}\n'
        'resource "aws_ecs_task_definition" "auth" {\n  family = "auth"\n  task_role_arn = aws_iam_role.a.arn\n}\n'
    )
    value = run("iam", "role", "the auth service", "--format", "json").json
    assert (value["role"], value["places"][0]["file"], value["places"][0]["line"], value["reasons"]) == (ROLE, "infra/main.tf", 4, [])
    assert iam("analyze", "--service", "auth").out.startswith(f"{ROLE}: 90 days")
    assert run("iam", "role", "billing").code == 2
    (project / "sa.yaml").write_text(
        "kind: ServiceAccount\nmetadata:\n  name: auth\n  annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::1:role/ecs-two'}\n"
    )
    several = run("iam", "role", "auth", "--format", "json")
    assert (several.code, several.json["answer"], several.json["role"], several.json["candidates"]) == (
        1,
        "ambiguous",
        "",
        [ROLE, "ecs-two"],
    )
    assert {place["role"] for place in several.json["places"]} == {ROLE, "ecs-two"}
    (project / "more.tf").write_text('resource "aws_sfn_state_machine" "flow" {\n  role_arn = var.arn\n}\n')
    unknown = run("iam", "role", "flow", "--format", "json")
    assert (unknown.code, unknown.json["answer"], unknown.json["places"][0]["unresolved"]) == (1, "unresolved", "var.arn")


def test_nothing_but_local_files_is_needed(project, tmp_path):
    """One process without home, without state that can be written, with no socket and no other process than readers of its own."""
    program = (
        "import sys\n"
        "def hook(event, arguments):\n"
        "    if event.startswith('socket.') and event not in ('socket.__new__',): raise SystemExit('network: ' + event)\n"
        "    if event in ('subprocess.Popen', 'os.exec', 'os.system'): raise SystemExit('process: ' + event)\n"
        "sys.addaudithook(hook)\n"
        "from setsquare.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    readonly = tmp_path / "readonly"
    readonly.write_text("a file where a folder would be made")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "nobody"), "SETSQUARE_STATE": str(readonly / "state")}
    argv = ["iam", "analyze", ROLE, "--trail", "trail", "--policies", "account.json", "--format", "json"]
    done = subprocess.run([sys.executable, "-c", program, *argv], cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["roles"][0]["unused"] == 3


def test_asking_aws_needs_trust_first_and_variables_then(run, project, monkeypatch):
    power = {
        "enabled": True,
        "mode": "pr-only",
        "targetRoles": ["ecs-*"],
        "awsRegion": "us-east-1",
        "awsAccountId": "${NO_SUCH_ACCOUNT}",
        "cloudtrailLogGroup": "/aws/cloudtrail",
    }
    (project / ".kiro" / "settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}}))
    untrusted = run("iam", "analyze", ROLE)
    assert (untrusted.code, "trust" in untrusted.err) == (3, True)
    assert run("trust").code == 0
    ran = run("iam", "analyze", ROLE, "--format", "json")
    assert (ran.code, [(reason["code"], reason["value"]) for reason in ran.json["reasons"]]) == (3, [("variable", '"${NO_SUCH_ACCOUNT}"')])
