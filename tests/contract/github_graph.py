"""What GitHub answers to GraphQL about one repository and its pull requests, held against GitHub's published schema."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.contract.graphql_answers import Schema, Wrong

PACKAGE, VERSION, FILE = "@octokit/graphql-schema", "15.26.1", "schema.json"


class Changed(NamedTuple):
    """A file that a pull request changes."""

    path: str
    additions: int
    deletions: int


class GithubGraph:
    """The graph over the pull requests that a server keeps; `files` says what one changes, `opened` opens one or gives `None` where there is one already."""

    def __init__(self, introspected: Mapping[str, Any], repository: str) -> None:
        self.schema = Schema(introspected)
        self.repository = repository
        self.files: Callable[[Any], list[Changed]] = lambda _pull: []

    def answer(self, asked: Mapping[str, Any], pulls: list[Any], url: str, opened: Callable[[str, str, str, str], Any]) -> dict[str, Any]:
        """Answer one request."""
        owner, _, name = self.repository.partition("/")

        def value(pull: Any) -> dict[str, Any]:
            return self._pull(pull, url)

        def repository(arguments: Mapping[str, Any]) -> dict[str, Any]:
            if (arguments["owner"].lower(), arguments["name"].lower()) != (owner, name):
                msg = f"Could not resolve to a Repository with the name '{arguments['owner']}/{arguments['name']}'."
                raise Wrong(msg)
            return {
                "id": "R_1",
                "name": name,
                "nameWithOwner": self.repository,
                "owner": {"__typename": "Organization", "login": owner, "id": "O_1"},
                "defaultBranchRef": {"name": "main"},
                "viewerPermission": "WRITE",
                "mergeCommitAllowed": True,
                "pullRequest": lambda given: value(_numbered(pulls, given["number"])),
                "pullRequests": lambda given: _listed(pulls, given, value),
            }

        def create(arguments: Mapping[str, Any]) -> dict[str, Any]:
            given = arguments["input"]
            made = opened(given["title"], given.get("body") or "", given["headRefName"], given["baseRefName"])
            if made is None:
                msg = f"A pull request already exists for {owner}:{given['headRefName']}."
                raise Wrong(msg)
            return {"pullRequest": value(made)}

        def close(arguments: Mapping[str, Any]) -> dict[str, Any]:
            pull = _numbered(pulls, int(arguments["input"]["pullRequestId"].removeprefix("PR_")))
            pull.state = "closed"
            return {"pullRequest": value(pull)}

        roots = {
            "repository": repository,
            "viewer": {"login": "setsquare-bot", "id": "U_1"},
            "createPullRequest": create,
            "closePullRequest": close,
        }
        return self.schema.answer(asked, roots)

    def _pull(self, pull: Any, url: str) -> dict[str, Any]:
        files = self.files(pull)
        author = pull.source.partition("/")[0]
        return {
            "id": f"PR_{pull.number}",
            "number": pull.number,
            "title": pull.title,
            "body": pull.body,
            "state": pull.state.upper(),
            "url": f"{url}/{self.repository}/pull/{pull.number}",
            "headRefName": pull.head,
            "baseRefName": pull.base,
            "isCrossRepository": pull.source != self.repository,
            "createdAt": "2026-11-26T10:00:00Z",
            "author": {"__typename": "User", "login": "setsquare-bot", "id": "U_1"},
            "headRepositoryOwner": {"__typename": "User", "login": author, "id": "U_2"},
            "headRepository": {"id": "R_1", "name": pull.source.partition("/")[2]},
            "additions": sum(each.additions for each in files),
            "deletions": sum(each.deletions for each in files),
            "changedFiles": len(files),
            "files": {"nodes": [each._asdict() for each in files], "totalCount": len(files)},
            "commits": {"totalCount": 1},
            "comments": {
                "nodes": [{"body": each, "createdAt": "2026-11-26T10:00:00Z"} for each in pull.comments],
                "totalCount": len(pull.comments),
            },
        }


def _numbered(pulls: list[Any], number: int) -> Any:
    found = next((each for each in pulls if each.number == number), None)
    if found is None:
        msg = f"Could not resolve to a PullRequest with the number of {number}."
        raise Wrong(msg)
    return found


def _listed(pulls: list[Any], given: Mapping[str, Any], value: Callable[[Any], Any]) -> dict[str, Any]:
    """List as asked: by state and branches, the newest first, from a cursor on."""
    states = given.get("states")
    found = [
        each
        for each in reversed(pulls)
        if (not states or each.state.upper() in states)
        and given.get("headRefName") in {None, each.head}
        and given.get("baseRefName") in {None, each.base}
    ]
    begin = int(base64.b64decode(given["after"])) if given.get("after") else 0
    end = begin + (given.get("first") or 100)
    page = {"hasNextPage": end < len(found), "endCursor": base64.b64encode(str(end).encode()).decode()}
    return {"nodes": [value(each) for each in found[begin:end]], "totalCount": len(found), "pageInfo": page}
