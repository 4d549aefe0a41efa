"""The layers of `iam simulate` that lie around a resource: VPC endpoints, resource control policies, S3's Block Public Access."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.iam_local import ACCOUNT, allow

SETTINGS = {"powers": {"awsIamAutopilot": {"enabled": True, "mode": "pr-only", "targetRoles": ["ecs-*"]}}}
EVERYONE = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
OUTSIDE = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}
ASKED = ("iam", "simulate", "s3:GetObject", "--resource", "arn:aws:s3:::b/k", "--policies", "own.json", "--format", "json")


@pytest.fixture
def project(folder: Path) -> Path:
    (folder / ".kiro").mkdir(exist_ok=True)
    (folder / ".kiro" / "settings.json").write_text(json.dumps(SETTINGS))
    files = {
        "own": allow("s3:*"),
        "bucket": {"Version": "2012-10-17", "Statement": [EVERYONE]},
        "endpoint": {"Version": "2012-10-17", "Statement": [{**EVERYONE, "Action": "s3:ListBucket"}]},
        "rcp": {"Version": "2012-10-17", "Statement": [{**EVERYONE, "Effect": "Deny", "Condition": OUTSIDE}]},
    }
    for name, policy in files.items():
        (folder / f"{name}.json").write_text(json.dumps(policy))
    return folder


# req: iam-autopilot/2.2
@pytest.mark.parametrize(
    ("more", "answer", "layer"),
    [
        (("--endpoint-policy", "endpoint.json"), "deny", "endpoint"),
        (("--rcp", "rcp.json"), "deny", "resource-control"),
        (("--rcp", "rcp.json", "--context", "aws:PrincipalOrgID=o-1"), "allow", "resource-control"),
        (("--rcp", "rcp.json", "--unknown-context"), "unknown", "resource-control"),
        (("--other-account", "--resource-policy", "bucket.json"), "allow", "resource"),
        (
            ("--other-account", "--resource-policy", "bucket.json", "--block-public-access", "RestrictPublicBuckets"),
            "deny",
            "public-access-block",
        ),
        (("--other-account", "--resource-policy", "bucket.json", "--block-public-access", "all"), "deny", "public-access-block"),
        (("--other-account", "--resource-policy", "bucket.json", "--block-public-access", "BlockPublicPolicy"), "allow", "resource"),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_layer_decides(run: Any, more: tuple[str, ...], answer: str, layer: str) -> None:
    value = run(*ASKED, "--principal", f"arn:aws:iam::{ACCOUNT}:role/app", *more).json
    assert value["answer"] == answer
    assert layer in {step["layer"] for step in value["steps"]}
