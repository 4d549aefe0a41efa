"""A workspace with a role that may do too much, the repository of its code on a git server, and a forge on the loopback address."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

_spec = importlib.util.spec_from_file_location("forge_server", Path(__file__).parents[1] / "contract" / "forge_server.py")
assert _spec is not None
assert _spec.loader is not None
forge_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(forge_server)

ROLE = "ecs-api"
LAST = date(2026, 11, 20)
TERRAFORM = """resource "aws_iam_role_policy" "api" {
  name = "base"
  role = "ecs-api"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "ec2:DescribeInstances",
          "ec2:StopInstances", # at night
          "iam:PassRole",
        ]
        Resource = "*"
      },
    ]
  })
}
"""


def git(folder: Path, *args: str) -> str:
    people = {
        f"GIT_{role}_{what}": "Ada" if what == "NAME" else "ada@example.org"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    done = subprocess.run(
        ["git", *args], cwd=folder, capture_output=True, check=True, env={**os.environ, **people, "GIT_CONFIG_GLOBAL": "/dev/null"}
    )
    return done.stdout.decode().strip()


def record(day: date, role: str, source: str, name: str) -> dict[str, Any]:
    issuer = {
        "type": "Role",
        "principalId": "AROAEXAMPLE",
        "arn": f"arn:aws:iam::123456789012:role/{role}",
        "accountId": "123456789012",
        "userName": role,
    }
    return {
        "eventVersion": "1.08",
        "eventTime": f"{day}T10:00:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "readOnly": name.startswith("Describe"),
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:s",
            "arn": f"arn:aws:sts::123456789012:assumed-role/{role}/s",
            "accountId": "123456789012",
            "sessionContext": {"sessionIssuer": issuer},
        },
    }


def settings(folder: Path, *targets: str, **more: Any) -> None:
    power = {"enabled": True, "mode": "pr-only", "targetRoles": list(targets), "prRepository": "org/infrastructure", **more}
    (folder / ".kiro" / "settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}}))


class World:
    """A workspace, a repository on a server, and a forge."""

    def __init__(self, folder: Path, tmp: Path, run: Callable[..., Any], kind: str) -> None:
        self.folder, self.run, self.kind = folder, run, kind
        self.bare = tmp / "server" / "org" / "infrastructure.git"
        self.clone = tmp / "clone"
        self.bare.mkdir(parents=True)
        git(self.bare, "init", "-q", "--bare", "--initial-branch=main")
        git(tmp, "clone", "-q", str(self.bare), str(self.clone))
        git(self.clone, "checkout", "-q", "-B", "main")
        (self.clone / "main.tf").write_text(TERRAFORM)
        self.save("one")
        (folder / ".kiro").mkdir()
        settings(folder, "ecs-*")
        days = [LAST - timedelta(ago) for ago in range(90)]
        # Another role shows that the trail holds what changes something.
        records = [
            each for day in days for each in (record(day, ROLE, "ec2", "DescribeInstances"), record(day, "other", "ec2", "RunInstances"))
        ]
        (folder / "trail.json").write_text(json.dumps({"Records": records}))
        self.grant(ROLE)
        self.server: Any = forge_server.ForgeServer(kind) if kind != "patch" else None
        if self.server:
            self.server.branches = lambda: set(self.branches())

    def grant(self, role: str) -> None:
        statement = {"Effect": "Allow", "Action": ["ec2:DescribeInstances", "ec2:StopInstances", "iam:PassRole"], "Resource": "*"}
        trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        detail = {
            "RoleName": role,
            "Arn": f"arn:aws:iam::123456789012:role/{role}",
            "Path": "/",
            "RoleId": "AROAEXAMPLE",
            "CreateDate": "2024-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "RolePolicyList": [{"PolicyName": "base", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}],
            "AttachedManagedPolicies": [],
        }
        (self.folder / "account.json").write_text(json.dumps({"RoleDetailList": [detail], "Policies": []}))

    def save(self, message: str) -> None:
        git(self.clone, "add", ".")
        git(self.clone, "commit", "-qm", message)
        git(self.clone, "push", "-q", "origin", "main")

    def branches(self) -> list[str]:
        return git(self.bare, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split()

    def tip(self, branch: str = "setsquare/iam/ecs-api") -> str:
        return git(self.bare, "rev-parse", branch)

    def pr(self, *argv: str, role: str = ROLE) -> Any:
        api = ["--api", self.server.api] if self.server else []
        files = ["--trail", "trail.json", "--policies", "account.json"] if role else []
        names = [role] if role else []
        return self.run("iam", "pr", *names, *files, "--checkout", str(self.clone), "--forge", self.kind, *api, *argv)

    def json(self, *argv: str, **more: Any) -> Any:
        ran = self.pr(*argv, "--format", "json", **more)
        assert ran.code == 0, ran.err + ran.out
        return json.loads(ran.out)


def worlds(folder: Path, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Make worlds for a test, and take them down after it."""
    made_worlds: list[World] = []
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN", "GITEA_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN", "GITEA_TOKEN"):
        monkeypatch.setenv(name, "t0ken")

    def made(kind: str = "github", *, is_trusted: bool = True) -> World:
        world = World(folder, tmp_path, run, kind)
        made_worlds.append(world)
        if is_trusted:
            assert run("trust").code == 0
        return world

    yield made
    for world in made_worlds:
        if world.server:
            world.server.close()
