"""The real client of GitHub sees what `setsquare iam pr` opened: the second witness, beside our own adapter.

What the client asks is held against GitHub's published GraphQL schema, and so is what our stand-in answers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.github_graph import FILE, PACKAGE, VERSION, Changed, GithubGraph
from tests.contract.npm_packages import described
from tests.e2e.pull_requests import ROLE, World, git, worlds

pytestmark = pytest.mark.network
REPOSITORY = "github.localhost/org/infrastructure"
VIEWED = ("title", "body", "state", "headRefName", "baseRefName", "files")


@pytest.fixture(scope="module")
def introspected(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return json.loads(described(PACKAGE, VERSION, FILE, tmp_path_factory).read_text())


@pytest.fixture
def world(folder: Path, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch, introspected: Any) -> Iterator[World]:
    for make in worlds(folder, tmp_path, run, monkeypatch):
        yield with_graph(make("github"), introspected)


def with_graph(world: World, introspected: Any) -> World:
    graph = GithubGraph(introspected, "org/infrastructure")
    graph.files = lambda pull: changed(world, pull)
    world.server.graph = graph
    return world


def changed(world: World, pull: Any) -> list[Changed]:
    """What git says that a request changes."""
    lines = git(world.bare, "diff", "--numstat", f"{pull.base}...{pull.head}").splitlines()
    return [Changed(path, int(added), int(deleted)) for added, deleted, path in (line.split("\t") for line in lines)]


@pytest.fixture
def gh(world: World, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    program = shutil.which("gh")
    if program is None:
        pytest.skip("gh is not installed (Debian package gh)")
    # This name is the client's own way to a GitHub without https; a proxy leads it to the stand-in.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GH_HOST": "github.localhost",
        "GH_ENTERPRISE_TOKEN": "t0ken",
        "GH_TOKEN": "t0ken",
        "HTTP_PROXY": f"http://127.0.0.1:{world.server.port}",
        "GH_NO_UPDATE_NOTIFIER": "1",
        "GH_PROMPT_DISABLED": "1",
        "NO_COLOR": "1",
    }

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        command = [program, *argv, "--repo", REPOSITORY]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False, cwd=tmp_path)

    return run


def asked(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# req: iam-autopilot/6.2, iam-autopilot/6.3
def test_the_client_lists_and_views_what_was_opened(world: World, gh: Any) -> None:
    opened = world.json()
    assert opened["status"] == "opened"
    listed = asked(gh("pr", "list", "--json", "number,title,state,headRefName,author"))
    number = opened["request"]["number"]
    assert [(each["number"], each["title"], each["state"], each["headRefName"]) for each in listed] == [
        (number, f"iam: reduce {ROLE} to least privilege", "OPEN", f"setsquare/iam/{ROLE}")
    ]
    viewed = asked(gh("pr", "view", str(number), "--json", ",".join(VIEWED)))
    assert viewed == {
        "title": listed[0]["title"],
        "body": opened["body"],
        "state": "OPEN",
        "headRefName": f"setsquare/iam/{ROLE}",
        "baseRefName": "main",
        "files": [{"path": "main.tf", "additions": 0, "deletions": 1}],
    }
    for words in ("| ec2:StopInstances | 0 | 0 | never |", "git revert"):
        assert words in viewed["body"]
    # Run again nothing is opened, and the client sees one request still.
    world.json()
    assert [each["number"] for each in asked(gh("pr", "list", "--state", "all", "--json", "number"))] == [number]


# req: iam-autopilot/6.4
def test_the_client_sees_that_a_request_out_of_scope_was_closed(world: World, gh: Any) -> None:
    mark = "<!-- setsquare-iam role=lambda-x digest=" + "0" * 64 + " -->"
    git(world.bare, "branch", "setsquare/iam/lambda-x", "main")
    world.server.add("setsquare/iam/lambda-x", mark)
    assert [each["state"] for each in asked(gh("pr", "list", "--json", "state"))] == ["OPEN"]
    assert world.pr("--close-out-of-scope", role="").code == 0
    assert asked(gh("pr", "list", "--json", "number")) == []
    (closed,) = asked(gh("pr", "list", "--state", "closed", "--json", "number,state,comments"))
    assert closed["state"] == "CLOSED"
    assert "out of the scope" in closed["comments"][0]["body"]
    assert asked(gh("pr", "view", "1", "--json", "state,files")) == {"state": "CLOSED", "files": []}


def test_what_the_client_opens_and_closes_is_a_persons(world: World, gh: Any) -> None:
    git(world.clone, "push", "-q", "origin", "main:feature")
    made = gh("pr", "create", "--title", "by hand", "--body", "mine", "--head", "feature", "--base", "main")
    assert made.returncode == 0, made.stderr
    assert made.stdout.strip().endswith("/org/infrastructure/pull/1")
    assert world.json()["request"]["number"] == 2
    text = gh("pr", "view", "1").stdout
    assert ("by hand" in text, "mine" in text) == (True, True)
    done = gh("pr", "close", "2")
    assert done.returncode == 0, done.stderr
    # Somebody said no; what the client closed is not opened again.
    assert world.json()["status"] == "declined"
    assert world.server.pulls[0].state == "open"


def test_the_stand_in_knows_no_more_than_the_schema(world: World, introspected: Any) -> None:
    graph = GithubGraph(introspected, "org/infrastructure")
    world.server.add("setsquare/iam/x", "b")

    def answer(query: str, **variables: Any) -> Any:
        return graph.answer({"query": query, "variables": variables}, world.server.pulls, "http://x", lambda *_: None)

    inner = "repository(owner: $o, name: $n) { pullRequest(number: 1) { title %s } }"
    query = "query Q($o: String!, $n: String!) { " + inner + " }"
    good = {"o": "org", "n": "infrastructure"}
    assert answer(query % "", **good) == {"data": {"repository": {"pullRequest": {"title": "t"}}}}
    wrong: list[tuple[str, dict[str, Any], str]] = [
        (query % "nonsense", good, "no field nonsense"),
        (query % "files(many: 1) { totalCount }", good, "takes no many"),
        (query % "files", good, "nothing of it is picked"),
        (query % "title { x }", good, "has no fields"),
        (query % "", {"o": "org"}, "$n must be given"),
        (query % "", {**good, "x": 1}, "no variable"),
        (query % "", {"o": "org", "n": 7}, "7 is no String"),
        (query % "", {"o": "org", "n": "other"}, "Could not resolve to a Repository"),
        ('query { repository(owner: "org") { id } }', {}, "must be given"),
        ('query { repository(owner: "org", name: "infrastructure") { pullRequests(states: [AJAR]) { totalCount } } }', {}, "'AJAR' is no"),
        ("query { nothing { id } }", {}, "Query has no field nothing"),
        ("query {", {}, "is expected"),
    ]
    for text, variables, words in wrong:
        found = answer(text, **variables)
        assert (found["data"], words in found["errors"][0]["message"]) == (None, True), (text, found)
    # An answer that is not of its type is found as well.
    world.server.pulls[0].title = 7
    assert "7 is no String" in answer(query % "", **good)["errors"][0]["message"]
    kind = answer('{ it: __type(name: "PullRequestState") { enumValues { name } } }')["data"]["it"]
    assert {each["name"] for each in kind["enumValues"]} == {"OPEN", "CLOSED", "MERGED"}
