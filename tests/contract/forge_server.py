"""Forges of our own on the loopback address: they keep pull requests as GitHub, GitLab and Gitea do, and fail as a test tells them to."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct, field
from tests.contract.github_graph import GithubGraph

REPOSITORY = "org/infrastructure"


class Fault(Struct):
    """What comes instead of an answer, once: a status with headers and a body, a pause, or the half of the answer."""

    method: str = ""
    path: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "no"}'
    pause_s: float = 0.0
    is_half: bool = False
    is_done_first: bool = False
    times: int = 1


class Pull(Struct):
    """A pull request as the forge keeps it."""

    number: int
    title: str
    body: str
    head: str
    base: str
    state: str = "open"
    comments: list[str] = []
    source: str = REPOSITORY


class ForgeServer:
    """One repository with its pull requests; `branches` are those that may be proposed, `None` takes any. `graph` answers GraphQL, where it is GitHub's."""

    def __init__(self, kind: str, page: int = 2) -> None:
        self.kind = kind
        self.token = "t0ken"
        self.page = page
        self.pulls: list[Pull] = []
        self.branches: Callable[[], set[str]] | None = None
        self.graph: GithubGraph | None = None
        self.faults: list[Fault] = []
        self.seen: list[tuple[str, str, Any, int, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        prefix = {"github": "", "gitlab": "/api/v4", "gitea": "/api/v1"}[kind]
        self.api = f"http://127.0.0.1:{self.port}{prefix}"
        threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.01), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add(self, head: str, body: str = "", **more: Any) -> Pull:
        pull = Pull(number=len(self.pulls) + 1, title="t", body=body, head=head, base="main", **more)
        self.pulls.append(pull)
        return pull

    def changes(self) -> list[tuple[str, str]]:
        """What was asked that changes something."""
        return [(method, path) for method, path, *_ in self.seen if method != "GET"]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                """Say nothing."""

            def _do(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                value = json.loads(raw) if raw else None
                # The real client speaks through a proxy and names the whole address.
                path = self.path if self.path.startswith("/") else urlsplit(self.path)._replace(scheme="", netloc="").geturl()
                for fault in outer.faults:
                    if fault.times and fault.method in {"", self.command} and fault.path in path:
                        fault.times -= 1
                        if fault.is_done_first:
                            outer.answer(self.command, path, value, self._token())
                        time.sleep(fault.pause_s)
                        if fault.status:
                            outer.seen.append((self.command, path, value, fault.status, None))
                            return self._say(fault.status, fault.headers, fault.body, is_half=fault.is_half)
                status, headers, body = outer.answer(self.command, path, value, self._token())
                outer.seen.append((self.command, path, value, status, body))
                return self._say(status, headers, json.dumps(body).encode())

            def _token(self) -> str:
                said = self.headers.get("Private-Token") or self.headers.get("Authorization") or ""
                return said.split(" ")[-1]

            def _say(self, status: int, headers: dict[str, str], body: bytes, *, is_half: bool = False) -> None:
                self.send_response(status)
                for name, text in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if is_half else body)
                if is_half:
                    self.close_connection = True

            do_GET = do_POST = do_PATCH = do_PUT = _do  # noqa: N815  (the library asks for these names)

        return Handler

    def answer(self, method: str, path: str, value: Any, token: str) -> tuple[int, dict[str, str], Any]:
        """Answer as the forge does."""
        if token != self.token:
            return 401, {}, {"message": "Bad credentials"}
        parts = urlsplit(path)
        if self.graph is not None and method == "POST" and parts.path in {"/graphql", "/api/graphql"}:
            return 200, {}, self.graph.answer(value, self.pulls, f"http://127.0.0.1:{self.port}", self._opened)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        answer = {"github": self._github, "gitlab": self._gitlab, "gitea": self._gitea}[self.kind](method, parts.path, query, value)
        if isinstance(answer[1], list) and method == "GET":
            return self._paged(path, query, answer[1])
        return answer[0], {}, answer[1]

    def _paged(self, path: str, query: dict[str, str], items: list[Any]) -> tuple[int, dict[str, str], Any]:
        number = int(query.get("page", "1"))
        part = items[(number - 1) * self.page : number * self.page]
        if number * self.page >= len(items):
            return 200, {}, part
        bare = re.sub(r"[?&]page=\d+", "", path)
        link = f'<http://127.0.0.1:{self.port}{bare}{"&" if "?" in bare else "?"}page={number + 1}>; rel="next"'
        return 200, {"Link": link}, part

    def _of(self, number: str) -> Pull | None:
        return next((each for each in self.pulls if each.number == int(number)), None)

    def _opened(self, title: str, body: str, head: str, base: str) -> Pull | None:
        if any(each.state == "open" and each.head == head and each.source == REPOSITORY for each in self.pulls):
            return None
        if self.branches is not None and head not in self.branches():
            return None
        pull = self.add(head, body)
        pull.title, pull.base = title, base
        return pull

    def _github(self, method: str, path: str, query: dict[str, str], value: Any) -> tuple[int, Any]:
        rest = path.removeprefix(f"/repos/{REPOSITORY}")
        if rest == path:
            return 404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
        if rest == "" and method == "GET":
            return 200, github.repository()
        if rest == "/pulls" and method == "GET":
            found = [each for each in self.pulls if query.get("state", "open") in {each.state, "all"}]
            if "head" in query:
                owner, _, head = unquote(query["head"]).partition(":")
                found = [each for each in found if each.head == head and each.source.partition("/")[0] == owner]
            return 200, [github.pull(each, self.port) for each in found]
        if rest == "/pulls" and method == "POST":
            made = self._opened(value["title"], value.get("body", ""), value["head"], value["base"])
            if made is None:
                error = {"resource": "PullRequest", "code": "custom", "message": f"A pull request already exists for org:{value['head']}."}
                return 422, {"message": "Validation Failed", "errors": [error], "documentation_url": "https://docs.github.com/rest"}
            return 201, github.pull(made, self.port)
        match = re.fullmatch(r"/(pulls|issues)/(\d+)(/comments)?", rest)
        pull = self._of(match[2]) if match else None
        if match is None or pull is None:
            return 404, {"message": "Not Found"}
        if match[3]:
            if method == "POST":
                pull.comments.append(value["body"])
                return 201, github.comment(pull, len(pull.comments))
            return 200, [github.comment(pull, number + 1) for number in range(len(pull.comments))]
        if method == "PATCH":
            _change(pull, value, {"title": "title", "body": "body", "base": "base", "state": "state"})
        return 200, github.pull(pull, self.port)

    def _gitlab(self, method: str, path: str, query: dict[str, str], value: Any) -> tuple[int, Any]:
        rest = path.removeprefix("/api/v4/projects/org%2Finfrastructure")
        if rest == path:
            return 404, {"message": "404 Project Not Found"}
        if rest == "":
            return 200, {"id": 7, "default_branch": "main", "path_with_namespace": REPOSITORY}
        if rest == "/merge_requests" and method == "GET":
            asked = {"opened": {"open"}, "all": {"open", "closed", "merged"}}[query.get("state", "all")]
            found = [each for each in self.pulls if each.state in asked and query.get("source_branch", each.head) == each.head]
            return 200, [_merge(each, self.port) for each in found]
        if rest == "/merge_requests":
            made = self._opened(value["title"], value["description"], value["source_branch"], value["target_branch"])
            return (
                (409, {"message": ["Another open merge request already exists for this source branch: !1"]})
                if made is None
                else (201, _merge(made, self.port))
            )
        match = re.fullmatch(r"/merge_requests/(\d+)(/notes)?", rest)
        pull = self._of(match[1]) if match else None
        if match is None or pull is None:
            return 404, {"message": "404 Not found"}
        if match[2]:
            if method == "POST":
                pull.comments.append(value["body"])
                return 201, {"id": len(pull.comments), "body": value["body"]}
            return 200, [{"id": number, "body": each} for number, each in enumerate(pull.comments)]
        if method == "PUT":
            _change(pull, value, {"title": "title", "description": "body", "target_branch": "base"})
            pull.state = "closed" if value.get("state_event") == "close" else pull.state
        return 200, _merge(pull, self.port)

    def _gitea(self, method: str, path: str, query: dict[str, str], value: Any) -> tuple[int, Any]:
        rest = path.removeprefix(f"/api/v1/repos/{REPOSITORY}")
        if rest == path:
            return 404, {"message": "The target couldn't be found."}
        if rest == "":
            return 200, {"default_branch": "main", "full_name": REPOSITORY}
        if rest == "/pulls" and method == "GET":
            return 200, [_gitea_pull(each, self.port) for each in self.pulls if each.state == query.get("state", "open")]
        if rest == "/pulls":
            made = self._opened(value["title"], value["body"], value["head"], value["base"])
            return (
                (409, {"message": "pull request already exists for these targets"}) if made is None else (201, _gitea_pull(made, self.port))
            )
        match = re.fullmatch(r"/(?:pulls|issues)/(\d+)(/comments)?", rest)
        pull = self._of(match[1]) if match else None
        if match is None or pull is None:
            return 404, {"message": "not found"}
        if match[2]:
            if method == "POST":
                pull.comments.append(value["body"])
                return 201, {"id": 1, "body": value["body"]}
            return 200, [{"id": number, "body": each} for number, each in enumerate(pull.comments)]
        if method == "PATCH":
            _change(pull, value, {"title": "title", "body": "body", "base": "base", "state": "state"})
        return 201 if method == "PATCH" else 200, _gitea_pull(pull, self.port)


def _change(pull: Pull, value: dict[str, str], names: dict[str, str]) -> None:
    for name, ours in names.items():
        if name in value:
            setattr(pull, ours, value[name])


def _merge(pull: Pull, port: int) -> dict[str, Any]:
    return {
        "iid": pull.number,
        "id": 100 + pull.number,
        "web_url": f"http://127.0.0.1:{port}/{REPOSITORY}/-/merge_requests/{pull.number}",
        "title": pull.title,
        "description": pull.body,
        "state": "opened" if pull.state == "open" else pull.state,
        "source_branch": pull.head,
        "target_branch": pull.base,
        "author": {"username": "setsquare-bot"},
        "source_project_id": 7 if pull.source == REPOSITORY else 8,
        "target_project_id": 7,
    }


def _gitea_pull(pull: Pull, port: int) -> dict[str, Any]:
    return {
        "number": pull.number,
        "html_url": f"http://127.0.0.1:{port}/{REPOSITORY}/pulls/{pull.number}",
        "title": pull.title,
        "body": pull.body,
        "state": pull.state,
        "merged": False,
        "user": {"login": "setsquare-bot"},
        "head": {"ref": pull.head, "repo": {"full_name": pull.source}},
        "base": {"ref": pull.base, "repo": {"full_name": REPOSITORY}},
    }


class github:  # noqa: N801  (a place for names, no class to be made)
    """What GitHub answers, whole enough for its published description."""

    described: ClassVar[dict[str, Any]] = {}
    """Examples out of that description, where it is at hand; without it the fields that clients need."""

    @staticmethod
    def repository(full: str = REPOSITORY) -> dict[str, Any]:
        owner, _, name = full.partition("/")
        return {
            **github.described.get("repository", {}),
            "full_name": full,
            "name": name,
            "default_branch": "main",
            "owner": github.user(owner),
        }

    @staticmethod
    def user(login: str) -> dict[str, Any]:
        return {**github.described.get("user", {}), "login": login, "id": 1}

    @staticmethod
    def pull(pull: Pull, port: int) -> dict[str, Any]:
        def branch(ref: str, full: str) -> dict[str, Any]:
            owner = full.partition("/")[0]
            return {
                "label": f"{owner}:{ref}",
                "ref": ref,
                "sha": "a" * 40,
                "user": github.user(owner),
                "repo": github.repository(full),
            }

        return {
            **github.described.get("pull", {}),
            "number": pull.number,
            "html_url": f"http://127.0.0.1:{port}/{REPOSITORY}/pull/{pull.number}",
            "title": pull.title,
            "body": pull.body,
            "state": pull.state,
            "head": branch(pull.head, pull.source),
            "base": branch(pull.base, REPOSITORY),
            "merged_at": None,
            "user": github.user("setsquare-bot"),
        }

    @staticmethod
    def comment(pull: Pull, number: int) -> dict[str, Any]:
        return {
            **github.described.get("comment", {}),
            "id": number,
            "body": pull.comments[number - 1],
            "user": github.user("setsquare-bot"),
        }
