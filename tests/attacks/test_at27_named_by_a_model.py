"""AT27: a model in another program names a path that leads out of the workspace, by `..`, by a link or whole, and reads it through a tool of the MCP server.

Defence: journeys/looking.py judges every path before anything is asked; adapters/named_places.py: a path is where it really lies
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import msgspec
import pytest

from setsquare.adapters.named_places import RealPlaces
from setsquare.adapters.own_process import OwnProcess
from setsquare.journeys.looking import LookingWorld
from setsquare.surfaces.mcp.answering import TOOLS, Answer, answered

SECRET = "s3:GetObjectOfTheNeighbour"
WAYS = {
    "up": "../outside/policy.json",
    "a link to a file": "link.json",
    "a link to a folder": "linked/policy.json",
    "a whole path": "OUTSIDE/policy.json",
    "through the process": "/proc/self/rootOUTSIDE/policy.json",
}


class Everything:
    """Finds nothing wrong with any path."""

    def problem(self, path: str, *, is_followed: bool) -> str:
        """Permit it."""
        return ""


def asked(folder: Path, path: str, *, is_permissive: bool) -> Answer:
    """Ask which ways to more rights a file opens; the answer names what it grants."""

    async def call() -> Answer:
        places = Everything() if is_permissive else RealPlaces(str(folder), ())
        world = LookingWorld(places=places, answers=OwnProcess(str(folder), os.environ))
        return await answered(world, TOOLS["iam_simulate"], {"action": SECRET, "policies": path})

    return asyncio.run(call())


@pytest.mark.attack("AT27")
@pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
@pytest.mark.parametrize("way", WAYS)
def test_at27_a_path_that_a_model_names_does_not_lead_out(tmp_path: Path, way: str, is_permissive: bool) -> None:
    folder, outside = tmp_path / "project", tmp_path / "outside"
    (folder / ".kiro").mkdir(parents=True)
    outside.mkdir()
    power = {"enabled": True, "mode": "pr-only", "targetRoles": ["ecs-*"]}
    (folder / ".kiro/settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}}))
    grant = {"Version": "2012-10-17", "Statement": [{"Sid": "Neighbour", "Effect": "Allow", "Action": SECRET, "Resource": "*"}]}
    (outside / "policy.json").write_text(json.dumps(grant))
    (folder / "link.json").symlink_to(outside / "policy.json")
    (folder / "linked").symlink_to(outside)
    answer = asked(folder, WAYS[way].replace("OUTSIDE", str(outside)), is_permissive=is_permissive)
    assert ('"allow"' in msgspec.json.encode(answer.document).decode()) is is_permissive
    assert answer.is_error is not is_permissive
