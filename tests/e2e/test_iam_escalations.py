"""Escalation paths from the command line: policies, accounts, folders, diffs, revisions, acceptance, alerts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

ROLE = """resource "aws_iam_role" "ci" {
  name = "ci"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy" "pass" {
  name = "pass"
  role = aws_iam_role.ci.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["iam:PassRole"], Resource = "*" }]
  })
}
"""
MORE = """resource "aws_iam_role_policy" "functions" {
  name = "functions"
  role = aws_iam_role.ci.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["lambda:CreateFunction", "lambda:InvokeFunction"], Resource = "*" }]
  })
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    place = tmp_path / "project"
    (place / ".kiro").mkdir(parents=True)
    return place


@pytest.fixture
def run(project: Path, tmp_path: Path) -> Run:
    environment = {**os.environ, "SETSQUARE_STATE": str(tmp_path / "state"), "GIT_CONFIG_GLOBAL": "/dev/null", "NO_COLOR": "1"}

    def call(*args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-m", "setsquare", *args)
        return subprocess.run(command, cwd=project, env=environment, input=stdin, capture_output=True, text=True, timeout=60, check=False)

    return call


def git(project: Path, *args: str) -> str:
    command = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *args)
    return subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(project: Path) -> Path:
    git(project, "init", "-q")
    (project / "role.tf").write_text(ROLE)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "before")
    (project / "more.tf").write_text(MORE)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "after")
    return project


def ids(done: subprocess.CompletedProcess[str], *, new: bool = True) -> list[str]:
    result = json.loads(done.stdout)
    return [each["path"] for principal in result["principals"] for each in principal["escalations"] if each["new"] or not new]


# req: iam-autopilot/5.5
def test_a_range_of_revisions_shows_what_it_adds_over_files(repository: Path, run: Run) -> None:
    done = run("iam", "escalations", "HEAD~1..HEAD", "--fail-on", "new")
    assert done.returncode == 1
    assert "lambda-001" in done.stdout
    assert "iam:PassRole on * by pass#0" in done.stdout
    assert "lambda:CreateFunction on * by functions#0" in done.stdout
    assert ids(run("iam", "escalations", "HEAD~1..HEAD", "--format", "json")) == ["lambda-001"]
    assert run("iam", "escalations", "HEAD..HEAD", "--fail-on", "new").returncode == 0


# req: iam-autopilot/5.5
def test_a_diff_is_judged_whether_it_was_applied_or_not(repository: Path, run: Run) -> None:
    diff = git(repository, "diff", "HEAD~1", "HEAD")
    assert ids(run("iam", "escalations", "-", "--format", "json", stdin=diff)) == ["lambda-001"]
    git(repository, "reset", "-q", "--hard", "HEAD~1")
    assert ids(run("iam", "escalations", "-", "--format", "json", stdin=diff)) == ["lambda-001"]
    back = git(repository, "diff", "HEAD@{1}", "HEAD")
    assert ids(run("iam", "escalations", "-", "--format", "json", stdin=back)) == []
    changed = ROLE.replace('"iam:PassRole"', '"iam:CreatePolicyVersion"')
    (repository / "role.tf").write_text(changed)
    edit = git(repository, "diff")
    assert ids(run("iam", "escalations", "-", "--format", "json", stdin=edit)) == ["iam-001"]
    (repository / "role.tf").write_text("# something else\n")
    lost = run("iam", "escalations", "-", stdin=edit)
    assert lost.returncode == 2
    assert "fits no file here" in lost.stderr


# req: iam-autopilot/5.4
def test_what_was_accepted_is_silent_afterwards(repository: Path, run: Run) -> None:
    nobody = run("iam", "escalations", ".", "--accept", "the deployer")
    assert nobody.returncode != 0
    assert not (repository / ".setsquare/iam/accepted.toml").exists()
    done = run("iam", "escalations", ".", "--accept", "the deployer", "--yes")
    assert (done.returncode, "Accepted 1 path" in done.stdout) == (0, True)
    assert run("iam", "escalations", ".", "--fail-on", "new").returncode == 0
    assert run("iam", "escalations", ".", "--fail-on", "any").returncode == 0
    assert "escalation-accepted" in run("audit", "list", "--format", "json").stdout
    (repository / "more.tf").write_text(MORE.replace("lambda:InvokeFunction", "lambda:AddPermission"))
    assert ids(run("iam", "escalations", ".", "--format", "json")) == ["lambda-006"]


def test_a_policy_of_aws_attached_by_name_is_judged(repository: Path, run: Run) -> None:
    attachment = (
        'resource "aws_iam_role_policy_attachment" "x" {\n  role = "ci"\n  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"\n}\n'
    )
    (repository / "attach.tf").write_text("# arn:aws:iam::aws:policy/AdministratorAccess\n" + attachment)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "attached")
    done = run("iam", "escalations", "HEAD~1..HEAD")
    assert "critical administrator may do everything (certain, new)" in done.stdout
    assert "grants * on * by AdministratorAccess#0" in done.stdout
    (repository / "attach.yaml").write_text("policies:\n  - arn:aws:iam::aws:policy/AdministratorAccess\n")
    assert "attachment of AdministratorAccess in attach.yaml  attach.yaml:2" in run("iam", "escalations", ".").stdout


# req: iam-autopilot/5.1, iam-autopilot/5.5
def test_an_attachment_completes_a_path_of_the_role_s_own_policies(repository: Path, run: Run) -> None:
    (repository / "more.tf").unlink()
    git(repository, "commit", "-qam", "without")
    attachment = (
        'resource "aws_iam_role_policy_attachment" "x" {\n  role = aws_iam_role.ci.name\n  policy_arn = "arn:aws:iam::aws:policy/%s"\n}\n'
    )
    (repository / "attach.tf").write_text(attachment % "AWSLambda_FullAccess")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "attached")
    done = run("iam", "escalations", "HEAD~1..HEAD")
    assert "grants iam:PassRole on * by pass#0, AWSLambda_FullAccess#1" in done.stdout
    assert "lambda-001" in ids(run("iam", "escalations", "-", "--format", "json", stdin=git(repository, "diff", "HEAD~1", "HEAD")))


def test_an_attachment_that_nobody_knows_is_named_where_it_is_new(repository: Path, run: Run) -> None:
    attachment = (
        'resource "aws_iam_role_policy_attachment" "x" {\n  role = "ci"\n  policy_arn = "arn:aws:iam::aws:policy/BrandNewFullAccess"\n}\n'
    )
    (repository / "attach.tf").write_text(attachment)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "attached")
    done = run("iam", "escalations", "HEAD~1..HEAD", "--fail-on", "new")
    assert done.returncode == 1
    assert "attach.tf (aws_iam_role_policy_attachment.x): what AWS's policy BrandNewFullAccess grants is not known" in done.stdout
    (repository / "notes.txt").write_text("nothing of IAM\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "later")
    later = run("iam", "escalations", "HEAD~1..HEAD", "--fail-on", "new")
    assert (later.returncode, "BrandNewFullAccess" in later.stdout) == (0, False)


def test_an_account_that_attaches_policies_of_aws_without_their_documents(project: Path, run: Run) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
    }
    passing = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}]}

    def role(name: str, *policies: str) -> dict[str, Any]:
        attached = [{"PolicyName": each, "PolicyArn": f"arn:aws:iam::aws:policy/{each}"} for each in policies]
        return {
            "RoleName": name, "Path": "/", "Arn": f"arn:aws:iam::111122223333:role/{name}", "AssumeRolePolicyDocument": trust,
            "RolePolicyList": [{"PolicyName": "pass", "PolicyDocument": passing}], "AttachedManagedPolicies": attached,
        }  # fmt: skip

    roles = [role("ci", "AWSLambda_FullAccess", "AmazonS3ReadOnlyAccess"), role("new", "BrandNewFullAccess")]
    (project / "account.json").write_text(json.dumps({"RoleDetailList": roles}, indent=1))
    done = run("iam", "escalations", "account.json", "--format", "json")
    found = json.loads(done.stdout)
    assert "lambda-001" in [each["path"] for each in found["principals"][0]["escalations"]]
    assert [each["principal"] for each in found["principals"]] == ["ci"]
    assert "the role new has the policy arn:aws:iam::aws:policy/BrandNewFullAccess attached" in " ".join(found["unread"])


def test_reviewers_see_it_where_they_look(repository: Path, run: Run) -> None:
    marks = run("iam", "escalations", "HEAD~1..HEAD", "--format", "github").stdout
    assert marks.startswith("::error file=")
    log = json.loads(run("iam", "escalations", "HEAD~1..HEAD", "--format", "sarif").stdout)
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["lambda-001"]


def test_an_administrator_is_one_line_for_people_and_everything_for_programs(project: Path, run: Run) -> None:
    (project / "p.json").write_text('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
    done = run("iam", "escalations", "p.json")
    assert "may do everything: 71 paths are open to it" in done.stdout
    assert len(done.stdout.splitlines()) < 12
    assert len(ids(run("iam", "escalations", "p.json", "--format", "json"))) == 72


def test_a_policy_that_is_half_understood_is_no_claim(project: Path, run: Run) -> None:
    (project / "p.json").write_text('{"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "x:*", "Resource": "*"}}')
    done = run("iam", "escalations", "p.json")
    assert done.returncode == 2
    assert "nothing is claimed" in done.stderr
    assert run("iam", "escalations", "nowhere.json").returncode == 2
    assert run("iam", "escalations", "no-such..HEAD").returncode == 2


class Channel:
    def __init__(self, address: str) -> None:
        self.address = address
        self.seen: list[Any] = []


@pytest.fixture
def channel() -> Iterator[Channel]:
    holder: list[Channel] = []

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            holder[0].seen.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"taken 17")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    holder.append(Channel(f"http://127.0.0.1:{server.server_port}"))
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield holder[0]
    server.shutdown()
    server.server_close()


def settings(project: Path, channel: str, **more: Any) -> None:
    power = {"enabled": True, "mode": "pr-only", "targetRoles": ["ci-*"], "escalationAlertChannel": channel, **more}
    (project / ".kiro/settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}}))


# req: iam-autopilot/5.6
@pytest.mark.network
def test_an_alert_is_delivered_once_and_its_proof_is_on_record(project: Path, run: Run, channel: Channel) -> None:
    (project / "role.tf").write_text(ROLE + MORE)
    settings(project, f"{channel.address}/secretpath")
    refused = run("iam", "escalations", ".", "--alert")
    assert refused.returncode != 0
    assert channel.seen == []
    assert run("trust").returncode == 0
    trial = run("iam", "alerts", "--test")
    assert (trial.returncode, "200 taken 17" in trial.stdout) == (0, True), trial.stderr
    first = run("iam", "escalations", ".", "--alert")
    assert "Told http://127.0.0.1" in first.stdout
    assert "secretpath" not in first.stdout + trial.stdout + run("iam", "alerts").stdout
    assert [sent["title"] for sent in channel.seen] == ["Setsquare: a trial of this channel", "New escalation path: ci (lambda-001)"]
    again = run("iam", "escalations", ".", "--alert")
    assert "1 path told before, and not again" in again.stdout
    assert len(channel.seen) == 2
    assert run("audit", "list", "--format", "json").stdout.count("200 taken 17") == 2


@pytest.mark.network
def test_switched_off_alerts_leave_the_report(project: Path, run: Run, channel: Channel) -> None:
    (project / "role.tf").write_text(ROLE + MORE)
    settings(project, channel.address, alertOnEscalation=False)
    assert run("trust").returncode == 0
    done = run("iam", "escalations", ".", "--alert")
    assert "lambda-001" in done.stdout
    assert "No alert was sent: alertOnEscalation is false" in done.stdout
    assert channel.seen == []


# req: iam-autopilot/5.6
@pytest.mark.network
def test_recorded_changes_are_told(project: Path, run: Run, channel: Channel) -> None:
    settings(project, channel.address)
    assert run("trust").returncode == 0
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:Create*", "Resource": "*"}})
    event = {
        "eventSource": "iam.amazonaws.com",
        "eventName": "PutRolePolicy",
        "userIdentity": {"arn": "arn:aws:iam::123456789012:user/eve"},
        "requestParameters": {"roleName": "ci", "policyName": "x", "policyDocument": policy},
    }
    lines = "\n".join(
        json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": each}) for each in (event, {"eventName": "GetRole"})
    )
    done = run("iam", "alerts", "--events", "-", stdin=lines)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 change of IAM.")
    assert channel.seen[0]["title"].startswith("New escalation path: ci (iam-001")
    run("iam", "alerts", "--events", "-", stdin=lines)
    assert len(channel.seen) == 1


def test_the_page_and_the_json_of_a_role_show_its_ways(project: Path, run: Run) -> None:
    settings(project, "#alerts", targetRoles=["ci*"])
    hostile = "<script>alert(1)</script>"
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "iam:CreatePolicyVersion",
                "Resource": "*",
                "Condition": {"StringLike": {"aws:PrincipalTag/x": hostile}},
            }
        ],
    }
    (project / "trail.json").write_text('{"Records": []}')
    (project / "policy.json").write_text(json.dumps(policy))
    done = run("iam", "analyze", "ci", "--trail", "trail.json", "--policies", "policy.json", "--html", "ci.html", "--format", "json")
    assert done.returncode == 0, done.stderr
    ways = json.loads(done.stdout)["roles"][0]["escalations"]
    assert [(way["path"], way["certainty"]) for way in ways if way["path"] == "iam-001"] == [("iam-001", "conditional")]
    page = (project / "ci.html").read_text()
    assert "Ways to more rights" in page
    assert "iam:CreatePolicyVersion" in page
    assert "<script>alert" not in page


def test_possible_paths_can_be_left_to_people(project: Path, run: Run) -> None:
    (project / "p.json").write_text(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*"}}'
    )
    assert run("iam", "escalations", "p.json", "--fail-on", "new").returncode == 1
    assert run("iam", "escalations", "p.json", "--fail-on", "certain").returncode == 0
    (project / "p.json").write_text(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*"}}'
    )
    assert run("iam", "escalations", "p.json", "--fail-on", "certain").returncode == 1


def test_a_policy_is_compared_with_the_one_before_whatever_the_files_are_called(project: Path, run: Run) -> None:
    def written(name: str, *actions: str) -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        (project / name).write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    written("old.json", "iam:PutUserPolicy")
    written("new.json", "iam:PutUserPolicy", "iam:PutGroupPolicy")
    assert ids(run("iam", "escalations", "new.json", "--before", "old.json", "--format", "json")) == ["iam-011"]
    assert ids(run("iam", "escalations", "old.json", "--before", "new.json", "--format", "json")) == []
