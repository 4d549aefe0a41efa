"""AT27: a model in another program names a path that leads out of the workspace, by `..`, by a link or whole, and reads it through a tool of the MCP server.

Defence: journeys/looking.py judges every path before anything is asked; adapters/named_places.py: a path is where it really lies;
adapters/answer_places.py: the process that answers can open nothing else, whatever a path leads to by then
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import msgspec
import pytest

from setsquare._sandbox_exec import landlock_abi
from setsquare.adapters.answer_places import answer_places
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


class Swapping:
    """Judges rightly; and right after that somebody puts a link in the place of what was judged."""

    def __init__(self, folder: Path, outside: Path, what: str) -> None:
        self._judge, self._folder, self._outside, self._what = RealPlaces(str(folder), ()), folder, outside, what

    def problem(self, path: str, *, is_followed: bool) -> str:
        """Give the verdict, then swap."""
        verdict = self._judge.problem(path, is_followed=is_followed)
        place = self._folder / "held"
        if self._what == "file":
            (place / "policy.json").unlink()
            (place / "policy.json").symlink_to(self._outside / "policy.json")
        else:
            shutil.rmtree(place)
            place.symlink_to(self._outside)
        return verdict


@pytest.mark.attack("AT27")
@pytest.mark.skipif(not landlock_abi(), reason="this kernel has no Landlock")
@pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("tool", ["simulate", "escalations", "trail"])
def test_at27_a_swap_between_judging_and_reading_leads_nowhere(tmp_path: Path, what: str, tool: str, is_permissive: bool) -> None:
    folder, outside = tmp_path / "project", tmp_path / "outside"
    for place in (folder / ".kiro", folder / "held", outside):
        place.mkdir(parents=True)
    power = {"enabled": True, "mode": "pr-only", "targetRoles": ["ecs-*"]}
    (folder / ".kiro/settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}}))
    grant = {"Version": "2012-10-17", "Statement": [{"Sid": SECRET[3:], "Effect": "Allow", "Action": [SECRET, "iam:*"], "Resource": "*"}]}
    event = {"eventVersion": "1.08", "eventTime": "2026-11-20T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": SECRET[3:]}
    whole = {**grant, "Records": [{**event, "awsRegion": "us-east-1", "eventType": "AwsApiCall", "userIdentity": {"type": "Root"}}]}
    (outside / "policy.json").write_text(json.dumps(whole if tool == "trail" else grant))
    (folder / "held" / "policy.json").write_text('{"Version": "2012-10-17", "Statement": []}' if tool != "trail" else '{"Records": []}')
    path = "held/policy.json"
    calls: dict[str, tuple[str, dict[str, object]]] = {
        "simulate": ("iam_simulate", {"action": SECRET, "policies": path}),
        "escalations": ("iam_escalations", {"target": path}),
        "trail": ("iam_coverage", {"trail": path}),
    }
    name, arguments = calls[tool]

    async def call() -> Answer:
        readable = ("/",) if is_permissive else answer_places(str(folder), (), os.environ)
        answers = OwnProcess(str(folder), os.environ, readable)
        return await answered(LookingWorld(places=Swapping(folder, outside, what), answers=answers), TOOLS[name], arguments)

    text = msgspec.json.encode(asyncio.run(call()).document).decode()
    signs = {"simulate": '"allow"', "escalations": "iam:CreatePolicyVersion", "trail": '"events":1'}
    assert (signs[tool] in text) is is_permissive, text
