"""Pull requests on Gitea and Forgejo.

Source: Gitea API (Swagger description), `repository` and `issue`.
"""

from __future__ import annotations

from urllib.parse import quote

from msgspec import Struct

from setsquare.adapters.forge_http import ForgeHttp
from setsquare.errors import ForgeFailed
from setsquare.ports.forge import Proposal, PullRequest


class _Repository(Struct, frozen=True):
    default_branch: str = ""
    full_name: str = ""


class _Branch(Struct, frozen=True):
    ref: str
    repo: _Repository | None = None


class _User(Struct, frozen=True):
    login: str = ""


class _Pull(Struct, frozen=True):
    number: int
    html_url: str
    title: str
    state: str
    head: _Branch
    base: _Branch
    body: str | None = None
    merged: bool | None = False
    user: _User | None = None


class _Comment(Struct, frozen=True):
    body: str | None = None


class GiteaForge:
    """Keeps pull requests of one repository; Gitea cannot look for a branch, so open requests are read through."""

    __slots__ = ("_http", "_repository")

    def __init__(self, http: ForgeHttp) -> None:
        """Take the way to the API."""
        self._http = http
        self._repository = http.target.repository

    def default_branch(self) -> str:
        """Name the branch that requests go to."""
        found = self._http.get(self._path(), _Repository).default_branch
        if not found:
            raise ForgeFailed(f"Gitea names no default branch of {self._repository}.", "Is the repository empty?")
        return found

    def open_requests(self, head_prefix: str) -> tuple[PullRequest, ...]:
        """List open requests whose branch, of this very repository, begins with a prefix."""
        return tuple(sorted((_shown(each) for each in self._open() if each.head.ref.startswith(head_prefix)), key=lambda each: each.number))

    def request(self, number: int) -> PullRequest | None:
        """Read one request."""
        found = self._http.find(self._path(f"/pulls/{number}"), _Pull)
        return None if found is None else _shown(found)

    def ended_request(self, head: str) -> PullRequest | None:
        """Give the newest request of a branch of this very repository that is closed or merged; Gitea lists the newest first."""

        def is_of_head(pull: _Pull) -> bool:
            own = pull.head.repo is not None and pull.head.repo.full_name.lower() == self._repository.lower()
            return own and pull.state == "closed" and pull.head.ref == head

        found = filter(is_of_head, self._http.pages(self._path("/pulls?state=closed&limit=50"), _Pull, is_of_head))
        return max(map(_shown, found), key=lambda each: each.number, default=None)

    def propose(self, proposal: Proposal) -> PullRequest:
        """Open a request, or bring the open one of the same head up to date."""
        found = self._of_head(proposal)
        if found is None:
            value = {"title": proposal.title, "body": proposal.body, "head": proposal.head, "base": proposal.base}
            answer = self._http.attempt("POST", self._path("/pulls"), value, _Pull, refusals=(409, 422))
            if not isinstance(answer, str):
                return _shown(answer)
            found = self._of_head(proposal)
            if found is None:
                raise ForgeFailed(f"Gitea opens no pull request of {proposal.head}: {answer}", "Look at the branch, then try again.")
        shown = _shown(found)
        if (shown.title, shown.body, shown.base) == (proposal.title, proposal.body, proposal.base):
            return shown
        changed = {"title": proposal.title, "body": proposal.body, "base": proposal.base}
        return _shown(self._http.send("PATCH", self._path(f"/pulls/{shown.number}"), changed, _Pull))

    def comment(self, number: int, body: str) -> None:
        """Say something on a request, once."""
        path = self._path(f"/issues/{number}/comments")
        if not any((each.body or "").strip() == body.strip() for each in self._http.get(path, list[_Comment])):
            self._http.send("POST", path, {"body": body}, _Comment)

    def close(self, number: int) -> PullRequest:
        """Close a request without merging it."""
        path = self._path(f"/pulls/{number}")
        found = self._http.get(path, _Pull)
        return _shown(found if found.state != "open" else self._http.send("PATCH", path, {"state": "closed"}, _Pull))

    def _of_head(self, proposal: Proposal) -> _Pull | None:
        return next((each for each in self._open() if each.head.ref == proposal.head), None)

    def _open(self) -> tuple[_Pull, ...]:
        pulls = self._http.pages(self._path("/pulls?state=open&limit=50"), _Pull)
        return tuple(
            [each for each in pulls if each.head.repo is not None and each.head.repo.full_name.lower() == self._repository.lower()]
        )

    def _path(self, rest: str = "") -> str:
        return f"/repos/{quote(self._repository)}{rest}"


def _shown(pull: _Pull) -> PullRequest:
    return PullRequest(
        number=pull.number,
        url=pull.html_url,
        title=pull.title,
        body=(pull.body or "").replace("\r\n", "\n"),
        head=pull.head.ref,
        base=pull.base.ref,
        state="merged" if pull.merged else pull.state,
        author=pull.user.login if pull.user else "",
    )
