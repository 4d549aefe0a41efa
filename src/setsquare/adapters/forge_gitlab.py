"""Merge requests on GitLab, gitlab.com or one's own.

Source: GitLab documentation, "Merge requests API", "Notes API", "Projects API".
"""

from __future__ import annotations

from urllib.parse import quote

from msgspec import Struct

from setsquare.adapters.forge_http import ForgeHttp
from setsquare.errors import ForgeFailed
from setsquare.ports.forge import Proposal, PullRequest


class _Project(Struct, frozen=True):
    default_branch: str | None = None


class _User(Struct, frozen=True):
    username: str = ""


class _Merge(Struct, frozen=True):
    iid: int
    web_url: str
    title: str
    state: str
    source_branch: str
    target_branch: str
    description: str | None = None
    author: _User | None = None
    source_project_id: int | None = None
    target_project_id: int | None = None


class _Note(Struct, frozen=True):
    body: str = ""


class GitlabForge:
    """Keeps merge requests of one project; its name may lie in groups, `group/part/name`."""

    __slots__ = ("_http", "_repository")

    def __init__(self, http: ForgeHttp) -> None:
        """Take the way to the API."""
        self._http = http
        self._repository = http.target.repository

    def default_branch(self) -> str:
        """Name the branch that requests go to."""
        found = self._http.get(self._path(), _Project).default_branch
        if not found:
            raise ForgeFailed(f"GitLab names no default branch of {self._repository}.", "Is the repository empty?")
        return found

    def open_requests(self, head_prefix: str) -> tuple[PullRequest, ...]:
        """List open requests whose branch, of this very project, begins with a prefix."""
        merges = self._http.pages(self._path("/merge_requests?state=opened&per_page=100&order_by=created_at&sort=asc"), _Merge)
        own = (each for each in merges if _is_own(each) and each.source_branch.startswith(head_prefix))
        return tuple(sorted(map(_shown, own), key=lambda each: each.number))

    def request(self, number: int) -> PullRequest | None:
        """Read one request."""
        found = self._http.find(self._path(f"/merge_requests/{number}"), _Merge)
        return None if found is None else _shown(found)

    def ended_request(self, head: str) -> PullRequest | None:
        """Give the newest request of a branch of this very project that is closed or merged."""
        query = f"/merge_requests?state=all&per_page=100&order_by=created_at&sort=desc&source_branch={quote(head, safe='')}"

        def is_of_head(merge: _Merge) -> bool:
            return merge.state in {"closed", "merged"} and merge.source_branch == head and _is_own(merge)

        found = filter(is_of_head, self._http.pages(self._path(query), _Merge, is_of_head))
        return max(map(_shown, found), key=lambda each: each.number, default=None)

    def propose(self, proposal: Proposal) -> PullRequest:
        """Open a request, or bring the open one of the same branch up to date."""
        found = self._of_head(proposal)
        if found is None:
            value = {
                "title": proposal.title,
                "description": proposal.body,
                "source_branch": proposal.head,
                "target_branch": proposal.base,
            }
            answer = self._http.attempt("POST", self._path("/merge_requests"), value, _Merge, refusals=(409, 422))
            if not isinstance(answer, str):
                return _shown(answer)
            found = self._of_head(proposal)
            if found is None:
                raise ForgeFailed(f"GitLab opens no merge request of {proposal.head}: {answer}", "Look at the branch, then try again.")
        shown = _shown(found)
        if (shown.title, shown.body, shown.base) == (proposal.title, proposal.body, proposal.base):
            return shown
        changed = {"title": proposal.title, "description": proposal.body, "target_branch": proposal.base}
        return _shown(self._http.send("PUT", self._path(f"/merge_requests/{shown.number}"), changed, _Merge))

    def comment(self, number: int, body: str) -> None:
        """Say something on a request, once."""
        path = self._path(f"/merge_requests/{number}/notes")
        if not any(each.body.strip() == body.strip() for each in self._http.pages(f"{path}?per_page=100", _Note)):
            self._http.send("POST", path, {"body": body}, _Note)

    def close(self, number: int) -> PullRequest:
        """Close a request without merging it."""
        path = self._path(f"/merge_requests/{number}")
        found = self._http.get(path, _Merge)
        return _shown(found if found.state != "opened" else self._http.send("PUT", path, {"state_event": "close"}, _Merge))

    def _of_head(self, proposal: Proposal) -> _Merge | None:
        query = f"/merge_requests?state=opened&per_page=100&source_branch={quote(proposal.head, safe='')}"
        merges = self._http.pages(self._path(query), _Merge)
        return next((each for each in merges if each.source_branch == proposal.head and _is_own(each)), None)

    def _path(self, rest: str = "") -> str:
        return f"/projects/{quote(self._repository, safe='')}{rest}"


def _is_own(merge: _Merge) -> bool:
    return merge.source_project_id is not None and merge.source_project_id == merge.target_project_id


def _shown(merge: _Merge) -> PullRequest:
    return PullRequest(
        number=merge.iid,
        url=merge.web_url,
        title=merge.title,
        body=(merge.description or "").replace("\r\n", "\n"),
        head=merge.source_branch,
        base=merge.target_branch,
        state={"opened": "open", "locked": "open"}.get(merge.state, merge.state),
        author=merge.author.username if merge.author else "",
    )
