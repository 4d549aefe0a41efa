"""What we ask GitHub, and what our stand-in for it answers, are held against GitHub's own published description; the real client reads the stand-in too."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from tests.contract.npm_packages import described

from setsquare.adapters.forge_http import ForgeHttp
from setsquare.adapters.forge_pulls import GITHUB, PullsForge
from setsquare.adapters.forge_words import Target
from setsquare.ports.forge import Proposal

_spec = importlib.util.spec_from_file_location("forge_server", Path(__file__).with_name("forge_server.py"))
assert _spec is not None
assert _spec.loader is not None
forge_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(forge_server)

pytestmark = pytest.mark.network
PACKAGE, VERSION, FILE = "@octokit/openapi", "23.0.2", "generated/api.github.com.json"


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(described(PACKAGE, VERSION, FILE, tmp_path_factory).read_text())
    return read


def resolved(description: dict[str, Any], node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        target: Any = description
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def operation(description: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """Find the operation that a request means."""
    parts = urlsplit(path).path
    for template, methods in description["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, parts) and method.lower() in methods:
            found: dict[str, Any] = methods[method.lower()]
            return found
    pytest.fail(f"GitHub describes no {method} {path}")


def validator(description: dict[str, Any], schema: Any) -> jsonschema.Draft202012Validator:
    """Judge by a schema of the description; OpenAPI 3.0's `nullable` is JSON Schema's `null`."""
    return jsonschema.Draft202012Validator({"components": description["components"], **_nullable(schema)})


def _nullable(node: Any) -> Any:
    if isinstance(node, list):
        return [_nullable(each) for each in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _nullable(value) for key, value in node.items()}
    if changed.pop("nullable", False):
        return {"anyOf": [changed, {"type": "null"}]}
    return changed


@pytest.fixture(scope="module")
def server(description: dict[str, Any]) -> Iterator[Any]:
    """The stand-in, its answers filled up from the description's own examples."""
    examples = description["components"]["examples"]
    pull = examples["pull-request"]["value"]
    forge_server.github.described = {
        # The example's own team is not as the description has teams.
        "pull": {**pull, "requested_teams": []},
        "repository": {**examples["full-repository"]["value"], **pull["base"]["repo"]},
        "user": pull["user"],
        "comment": examples["issue-comment"]["value"],
    }
    made = forge_server.ForgeServer("github", page=100)
    yield made
    made.close()
    forge_server.github.described = {}


def github(server: Any) -> PullsForge:
    target = Target(
        forge="GitHub",
        api=server.api,
        repository="org/infrastructure",
        headers=(("authorization", "Bearer t0ken"),),
        token="t0ken",
        variable="GITHUB_TOKEN",
    )
    return PullsForge(ForgeHttp(target, sleep=lambda _s: None), GITHUB)


def walked(server: Any) -> None:
    """Ask everything that the port can ask."""
    forge = github(server)
    forge.default_branch()
    for body in ("one", "two"):
        made = forge.propose(Proposal(title="iam: reduce ecs-api to least privilege", body=body, head="setsquare/iam/ecs-api", base="main"))
    forge.open_requests("setsquare/")
    forge.comment(made.number, "hello")
    forge.comment(made.number, "hello")
    forge.request(made.number)
    forge.close(made.number)


def test_requests_and_answers_are_as_github_describes_them(description: dict[str, Any], server: Any) -> None:
    walked(server)
    wrong: list[str] = []
    components = {"components": _nullable(description["components"])}
    kinds = set()
    for method, path, value, status, answer in server.seen:
        found = operation(description, method, path)
        kinds.add((method, found["operationId"]))
        known = {
            resolved(description, each)["name"] for each in found.get("parameters", ()) if resolved(description, each)["in"] == "query"
        }
        wrong += [
            f"{path}: {name} is no parameter"
            for name in (each.split("=")[0] for each in urlsplit(path).query.split("&") if each)
            if name not in known
        ]
        if value is not None:
            schema = found["requestBody"]["content"]["application/json"]["schema"]
            wrong += [
                f"{method} {path}: {error.message}"
                for error in jsonschema.Draft202012Validator({**components, **_nullable(schema)}).iter_errors(value)
            ]
        schema = resolved(description, found["responses"][str(status)])["content"]["application/json"]["schema"]
        wrong += [
            f"{status} of {method} {path}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in jsonschema.Draft202012Validator({**components, **_nullable(schema)}).iter_errors(answer)
        ]
    assert not wrong, "; ".join(wrong)
    assert {name for _, name in kinds} == {
        *("repos/get", "pulls/list", "pulls/create", "pulls/update", "pulls/get", "issues/list-comments", "issues/create-comment")
    }


def test_the_description_finds_what_is_wrong(description: dict[str, Any]) -> None:
    schema = operation(description, "POST", "/repos/a/b/pulls")["requestBody"]["content"]["application/json"]["schema"]
    judge = jsonschema.Draft202012Validator(_nullable(schema))
    assert list(judge.iter_errors({"title": 7, "head": "x"}))
    assert not list(judge.iter_errors({"title": "t", "head": "x", "base": "main"}))


def test_the_real_client_sees_the_request_that_was_opened(server: Any, tmp_path: Path) -> None:
    gh = shutil.which("gh")
    if gh is None:
        pytest.skip("gh is not installed (Debian package gh)")
    made = github(server).propose(
        Proposal(title="iam: reduce ecs-gh to least privilege", body="why", head="setsquare/iam/ecs-gh", base="main")
    )
    # This name is the client's own way to a GitHub without https; a proxy leads it to the stand-in.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GH_HOST": "github.localhost",
        "GH_ENTERPRISE_TOKEN": "t0ken",
        "GH_TOKEN": "t0ken",
        "HTTP_PROXY": f"http://127.0.0.1:{server.port}",
        "GH_NO_UPDATE_NOTIFIER": "1",
    }

    def asked(path: str) -> Any:
        done = subprocess.run([gh, "api", path], capture_output=True, env=environment, timeout=60, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    listed = asked("repos/org/infrastructure/pulls?state=open")
    assert (made.number, made.title) in [(each["number"], each["title"]) for each in listed]
    viewed = asked(f"repos/org/infrastructure/pulls/{made.number}")
    assert (viewed["body"], viewed["head"]["ref"], viewed["state"]) == ("why", "setsquare/iam/ecs-gh", "open")
