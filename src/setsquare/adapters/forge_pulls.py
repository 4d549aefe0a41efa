"""Pull requests on GitHub, GitHub Enterprise, and on Gitea and Forgejo, whose API took GitHub's for its model.

Source: GitHub REST API, "Pulls", "Issue comments" (published OpenAPI description); Gitea API (Swagger description), `repository` and `issue`.
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
    merged: bool | None = None
    merged_at: str | None = None
    user: _User | None = None


class _Comment(Struct, frozen=True):
    body: str | None = None


class PullsApi(Struct, frozen=True, kw_only=True):
    """Where the two APIs differ: how a page is asked for and put into order, whether a branch can be, and which answers refuse a new request."""

    page: str
    newest_first: str
    finds_branches: bool
    refusals: tuple[int, ...]


GITHUB = PullsApi(page="per_page=100", newest_first="&sort=created&direction=desc", finds_branches=True, refusals=(422,))
GITEA = PullsApi(page="limit=50", newest_first="", finds_branches=False, refusals=(409, 422))


class PullsForge:
    """Keeps pull requests of one repository."""

    __slots__ = ("_api", "_http", "_repository")

    def __init__(self, http: ForgeHttp, api: PullsApi) -> None:
        """Take the way to the API."""
        self._http = http
        self._api = api
        self._repository = http.target.repository

    def default_branch(self) -> str:
        """Name the branch that requests go to."""
        found = self._http.get(self._path(), _Repository).default_branch
        if not found:
            raise ForgeFailed(f"{self._http.target.forge} names no default branch of {self._repository}.", "Is the repository empty?")
        return found

    def open_requests(self, head_prefix: str) -> tuple[PullRequest, ...]:
        """List open requests whose branch, of this very repository, begins with a prefix."""
        pulls = self._http.pages(self._list("open"), _Pull)
        return tuple(sorted((_shown(each) for each in pulls if self._is_own(each, head_prefix)), key=lambda each: each.number))

    def request(self, number: int) -> PullRequest | None:
        """Read one request."""
        found = self._http.find(self._path(f"/pulls/{number}"), _Pull)
        return None if found is None else _shown(found)

    def ended_request(self, head: str) -> PullRequest | None:
        """Give the newest request of a branch of this very repository that is closed or merged."""

        def is_of_head(pull: _Pull) -> bool:
            return pull.state == "closed" and pull.head.ref == head and self._is_own(pull, "")

        found = filter(is_of_head, self._http.pages(self._list("closed", head), _Pull, is_of_head))
        return max(map(_shown, found), key=lambda each: each.number, default=None)

    def propose(self, proposal: Proposal) -> PullRequest:
        """Open a request, or bring the open one of the same head up to date."""
        found = self._of_head(proposal)
        if found is None:
            value = {"title": proposal.title, "body": proposal.body, "head": proposal.head, "base": proposal.base}
            answer = self._http.attempt("POST", self._path("/pulls"), value, _Pull, refusals=self._api.refusals)
            if not isinstance(answer, str):
                return _shown(answer)
            # Somebody opened it meanwhile, or the forge means something else.
            found = self._of_head(proposal)
            if found is None:
                raise ForgeFailed(
                    f"{self._http.target.forge} opens no pull request of {proposal.head}: {answer}", "Look at the branch, then try again."
                )
        shown = _shown(found)
        if (shown.title, shown.body, shown.base) == (proposal.title, proposal.body, proposal.base):
            return shown
        changed = {"title": proposal.title, "body": proposal.body, "base": proposal.base}
        return _shown(self._http.send("PATCH", self._path(f"/pulls/{shown.number}"), changed, _Pull))

    def comment(self, number: int, body: str) -> None:
        """Say something on a request, once."""
        path = self._path(f"/issues/{number}/comments")
        if not any(_same(each.body, body) for each in self._http.pages(f"{path}?{self._api.page}", _Comment)):
            self._http.send("POST", path, {"body": body}, _Comment)

    def close(self, number: int) -> PullRequest:
        """Close a request without merging it."""
        found = self._http.get(self._path(f"/pulls/{number}"), _Pull)
        if found.state != "open":
            return _shown(found)
        return _shown(self._http.send("PATCH", self._path(f"/pulls/{number}"), {"state": "closed"}, _Pull))

    def _of_head(self, proposal: Proposal) -> _Pull | None:
        pulls = self._http.pages(self._list("open", proposal.head), _Pull)
        return next((each for each in pulls if each.head.ref == proposal.head and self._is_own(each, "")), None)

    def _list(self, state: str, head: str = "") -> str:
        """Ask for requests, the newest first; for those of one branch where the API can, else for all."""
        owner = self._repository.partition("/")[0]
        branch = f"&head={quote(f'{owner}:{head}', safe='')}" if head and self._api.finds_branches else ""
        return self._path(f"/pulls?state={state}&{self._api.page}{self._api.newest_first}{branch}")

    def _is_own(self, pull: _Pull, prefix: str) -> bool:
        """Tell whether a request comes from a branch of this repository, and not from a stranger's copy of it."""
        own = pull.head.repo is not None and pull.head.repo.full_name.lower() == self._repository.lower()
        return own and pull.head.ref.startswith(prefix)

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
        state="merged" if pull.merged or pull.merged_at else pull.state,
        author=pull.user.login if pull.user else "",
    )


def _same(one: str | None, other: str) -> bool:
    return (one or "").replace("\r\n", "\n").strip() == other.strip()
