"""From raw trail files in a bucket to an open pull request and back: AWS is played by moto and a stub, git is a real server, the forge a described double."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.contract.forge_server import ForgeServer
from tests.contract.git_server import GitServer
from tests.unit.adapters.aws_doubles import ACCOUNT
from tests.unit.adapters.aws_stub import Answer, AwsStub

pytest.importorskip("moto", reason="moto plays AWS")
boto3 = pytest.importorskip("boto3")

from moto import mock_aws  # noqa: E402  (after the skips)

pytestmark = pytest.mark.network

ROLE = "ecs-auth-role"
BRANCH = f"setsquare/iam/{ROLE}"
BUCKET = "org-trails"
GROUP = "/aws/cloudtrail"
TOKEN = "t0ken"
TRAIL_ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
USED = ("ec2:DescribeInstances", "ec2:StopInstances", "ecs:ListClusters")
UNUSED = ("ec2:StartInstances", "iam:AttachRolePolicy")
UNSEEN = ("iam:PassRole", "s3:GetObject")
STATEMENTS: list[dict[str, Any]] = [
    {"Sid": "Machines", "Effect": "Allow", "Action": ["ec2:DescribeInstances", "ec2:StartInstances", "ec2:StopInstances"], "Resource": "*"},
    {
        "Sid": "Rest",
        "Effect": "Allow",
        "Action": ["ecs:ListClusters", "iam:AttachRolePolicy", "iam:PassRole", "s3:GetObject"],
        "Resource": "*",
    },
    {"Sid": "Never", "Effect": "Deny", "Action": "ec2:TerminateInstances", "Resource": "*"},
]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
POLICY = {"Version": "2012-10-17", "Statement": STATEMENTS}
TERRAFORM = """resource "aws_iam_role_policy" "app" {
  name = "app"
  role = "ecs-auth-role"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Machines"
        Effect   = "Allow"
        Action   = ["ec2:DescribeInstances", "ec2:StartInstances", "ec2:StopInstances"]
        Resource = "*"
      },
      {
        Sid    = "Rest"
        Effect = "Allow"
        Action = [
          "ecs:ListClusters", # once a day
          "iam:AttachRolePolicy",
          "iam:PassRole",
          "s3:GetObject",
        ]
        Resource = "*"
      },
      { Sid = "Never", Effect = "Deny", Action = "ec2:TerminateInstances", Resource = "*" },
    ]
  })
}
"""
TEMPLATE = {
    "Resources": {
        "Auth": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": ROLE,
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [{"PolicyName": "app", "PolicyDocument": POLICY}],
            },
        }
    }
}
SOURCES = {
    "json": ("iam/ecs-auth-role/app.json", json.dumps(POLICY, indent=2) + "\n"),
    "terraform": ("modules/auth/iam.tf", TERRAFORM),
    "cloudformation": ("stacks/auth.json", json.dumps(TEMPLATE, indent=4) + "\n"),
}


def cloudtrail() -> dict[str, Answer]:
    """Answer for the one service that moto does not play whole: a trail of all management events."""
    everything = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [], "ExcludeManagementEventSources": []}
    trail = {
        "Name": "main",
        "TrailARN": TRAIL_ARN,
        "HomeRegion": "us-east-1",
        "S3BucketName": BUCKET,
        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{GROUP}:*",
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
    }
    return {
        "cloudtrail:DescribeTrails": lambda _: {"trailList": [trail]},
        "cloudtrail:GetEventSelectors": lambda _: {"TrailARN": TRAIL_ARN, "EventSelectors": [everything]},
        "cloudtrail:GetTrailStatus": lambda _: {"IsLogging": True, "StartLoggingTime": datetime(2024, 1, 1, tzinfo=UTC)},
    }


def record(day: str, action: str, role_id: str, **more: Any) -> dict[str, Any]:
    """Write one event as CloudTrail does."""
    source, _, name = action.partition(":")
    issuer = {
        "type": "Role",
        "principalId": role_id,
        "arn": f"arn:aws:iam::{ACCOUNT}:role/team/{ROLE}",
        "accountId": ACCOUNT,
        "userName": ROLE,
    }
    return {
        "eventVersion": "1.11",
        "eventID": f"{day}-{name}",
        "eventTime": f"{day}T10:00:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "readOnly": name.startswith(("Describe", "List")),
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "requestParameters": None,
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"{role_id}:task",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/task",
            "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": issuer},
        },
        **more,
    }


def records(ago: int, role_id: str) -> list[dict[str, Any]]:
    """Give the events of one day: a daily call, rarer ones, one refused and one throttled."""
    day = str(datetime.now(UTC).date() - timedelta(ago))
    found = [record(day, "ec2:DescribeInstances", role_id)]
    if ago % 30 == 4:
        found.append(record(day, "ec2:StopInstances", role_id))
    if ago == 7:
        found.append(record(day, "ecs:ListClusters", role_id, errorCode="ThrottlingException"))
        found.append(record(day, "iam:AttachRolePolicy", role_id, errorCode="AccessDenied"))
    return found


class World:
    """An account, its trail, infrastructure code on a git server, a forge beside it, and a trusted workspace."""

    def __init__(self, folder: Path, tmp: Path, run: Any, source: str) -> None:
        self.folder, self.run = folder, run
        self.path, self.text = SOURCES[source]
        self.bare = tmp / "server" / "org" / "infrastructure.git"
        self.clone = tmp / "clone"
        self.bare.mkdir(parents=True)
        self.git_server = GitServer(tmp / "server", TOKEN)
        self.forge = ForgeServer("github")
        self.forge.branches = lambda: set(self.git(self.bare, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split())

    def git(self, folder: Path, *argv: str) -> str:
        people = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        done = subprocess.run(["git", *argv], cwd=folder, capture_output=True, check=True, env={**os.environ, **people})
        return done.stdout.decode()

    def publish(self) -> None:
        """Put the infrastructure code on the server; the clone's origin is the server's address from then on."""
        self.git(self.bare, "init", "-q", "--bare", "--initial-branch=main")
        self.git(self.bare, "config", "http.receivepack", "true")
        self.git(self.bare.parent, "clone", "-q", str(self.bare), str(self.clone))
        self.git(self.clone, "checkout", "-q", "-B", "main")
        (self.clone / self.path).parent.mkdir(parents=True)
        (self.clone / self.path).write_text(self.text)
        self.git(self.clone, "add", ".")
        self.git(self.clone, "commit", "-qm", "The auth service")
        self.git(self.clone, "push", "-q", "origin", "main")
        self.git(self.clone, "remote", "set-url", "origin", self.git_server.url)

    def settings(self) -> None:
        power = {
            "enabled": True,
            "mode": "pr-only",
            "targetRoles": ["ecs-*"],
            "excludeRoles": ["ecs-admin*"],
            "awsRegion": "us-east-1",
            "awsAccountId": "${TEST_AWS_ACCOUNT}",
            "cloudtrailLogGroup": GROUP,
            "prRepository": "org/infrastructure",
        }
        (self.folder / ".kiro").mkdir()
        (self.folder / ".kiro" / "settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}}))
        assert self.run("trust").code == 0

    def account(self) -> str:
        """Make the role in the account; give its id."""
        iam = boto3.client("iam", region_name="us-east-1")
        made = iam.create_role(RoleName=ROLE, Path="/team/", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName=ROLE, PolicyName="app", PolicyDocument=json.dumps(POLICY))
        return str(made["Role"]["RoleId"])

    def pr(self, *trail: str) -> Any:
        where = ("--checkout", str(self.clone), "--forge", "github", "--api", self.forge.api)
        return self.run("iam", "pr", ROLE, *trail, *where, "--format", "json")

    def merged(self) -> str:
        """Merge the open request as a person does; give the source as it is then."""
        self.git(self.clone, "pull", "-q", "--no-rebase", str(self.bare), BRANCH)
        self.git(self.clone, "push", "-q", str(self.bare), "HEAD:main")
        self.git(self.bare, "branch", "-D", BRANCH)
        self.forge.pulls[0].state = "closed"
        return (self.clone / self.path).read_text()

    def close(self) -> None:
        self.git_server.close()
        self.forge.close()


@pytest.fixture(params=list(SOURCES))
def world(request: pytest.FixtureRequest, folder: Path, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GH_ENTERPRISE_TOKEN", TOKEN)
    monkeypatch.setenv("TEST_AWS_ACCOUNT", ACCOUNT)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    # Moto makes roles now; this one is older than the window.
    monkeypatch.setattr("moto.iam.models.utcnow", lambda: datetime(2024, 1, 1))  # noqa: DTZ001  (moto's clock has no zone)
    made = World(folder, tmp_path, run, request.param)
    with AwsStub(cloudtrail()) as stub, mock_aws():
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", stub.url)
        made.publish()
        made.settings()
        yield made
    made.close()


def in_bucket(role_id: str) -> tuple[str, ...]:
    """Put the trail into a bucket, with what CloudTrail puts beside it."""
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket=BUCKET)
    for ago in range(95):
        day = datetime.now(UTC).date() - timedelta(ago)
        name = f"{ACCOUNT}_CloudTrail_us-east-1_{day:%Y%m%d}T1000Z_a.json.gz"
        body = gzip.compress(json.dumps({"Records": records(ago, role_id)}).encode())
        s3.put_object(Bucket=BUCKET, Key=f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{day:%Y/%m/%d}/{name}", Body=body)
    insight = f"AWSLogs/{ACCOUNT}/CloudTrail-Insight/us-east-1/2026/01/01/x_CloudTrail-Insight_us-east-1_20260101T0000Z_a.json.gz"
    s3.put_object(Bucket=BUCKET, Key=insight, Body=b"no gzip at all")
    return "--trail", f"s3://{BUCKET}"


def in_log_group(role_id: str) -> tuple[str, ...]:
    """Put the trail into the log group of the settings; CloudWatch takes no event that is older than two weeks."""
    logs = boto3.client("logs", region_name="us-east-1")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    for ago in reversed(range(13)):
        at = datetime.now(UTC).replace(hour=0, minute=0, second=0) - timedelta(ago)
        told = [{"timestamp": int(at.timestamp() * 1000), "message": json.dumps(each)} for each in records(ago, role_id)]
        logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=told)
    return "--days", "12"


def policy_of(source: str, text: str, world: World) -> dict[str, Any]:
    """Read the policy out of the merged code, as whoever applies it does."""
    if source == "json":
        return dict(json.loads(text))
    if source == "cloudformation":
        return dict(json.loads(text)["Resources"]["Auth"]["Properties"]["Policies"][0]["PolicyDocument"])
    assert world.path.endswith(".tf")
    # Terraform's objects become JSON where names and commas are written as JSON has them.
    import re

    inner = text[text.index("jsonencode(") + 11 : text.rindex(")")]
    bare = re.sub(r"#.*", "", inner)
    quoted = re.sub(r"(\w+)(\s*)=", r'"\1"\2:', bare)
    commas = re.sub(r'(["\]}])(\s*\n\s*)(["{])', r"\1,\2\3", quoted)
    return dict(json.loads(re.sub(r",(\s*[\]}])", r"\1", commas)))


# req: iam-autopilot/3.3, iam-autopilot/6.1, iam-autopilot/6.2, iam-autopilot/6.3
@pytest.mark.parametrize("place", [in_bucket, in_log_group])
def test_from_raw_trail_files_to_an_open_request_that_applies_and_holds(
    world: World, place: Any, run: Any, request: pytest.FixtureRequest
) -> None:
    trail = place(world.account())
    ran = world.pr(*trail)
    assert ran.code == 0, ran.err
    opened = ran.json
    assert (opened["status"], opened["title"]) == ("opened", f"iam: reduce {ROLE} to least privilege")
    # The forge has one open request, with a link, on a branch that the git server holds.
    (pull,) = world.forge.pulls
    assert (pull.state, pull.head, pull.base, opened["request"]["number"]) == ("open", BRANCH, "main", pull.number)
    assert opened["request"]["url"].endswith(f"/pull/{pull.number}")
    assert any("git-receive-pack" in path for path in world.git_server.asked)
    assert world.git(world.bare, "rev-parse", BRANCH).strip() == opened["commit"]
    for action in UNUSED:
        assert f"| {action} |" in pull.body
    # The diff applies to what the person has, and is the branch.
    changes = world.folder.parent / "change.diff"
    changes.write_text(opened["diff"])
    world.git(world.clone, "apply", "--check", str(changes))
    world.git(world.clone, "apply", str(changes))
    on_branch = world.git(world.bare, "show", f"{BRANCH}:{world.path}")
    assert (world.clone / world.path).read_text() == on_branch
    world.git(world.clone, "checkout", "-q", "--", ".")
    # Merged and applied, the role keeps what it used and what nobody can judge, and its Deny.
    text = world.merged()
    source = request.node.callspec.params["world"]
    policy = policy_of(source, text, world)
    actions = [action for each in policy["Statement"][:2] for action in each["Action"]]
    assert sorted(actions) == sorted((*USED, *UNSEEN))
    assert policy["Statement"][2] == STATEMENTS[2]
    boto3.client("iam", region_name="us-east-1").put_role_policy(RoleName=ROLE, PolicyName="app", PolicyDocument=json.dumps(policy))
    # Judged again, nothing is left to take away, and nothing is sent.
    tips, changed = world.git(world.bare, "for-each-ref"), world.forge.changes()
    again = world.pr(*trail)
    assert again.code == 0, again.err
    assert (again.json["status"], again.json["diff"]) == ("nothing", "")
    assert (world.git(world.bare, "for-each-ref"), world.forge.changes()) == (tips, changed)
    (role,) = run("iam", "analyze", ROLE, *trail, "--format", "json").json["roles"]
    assert (role["used"], role["unused"]) == (len(USED), 0)
