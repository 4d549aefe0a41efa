"""A place where pull requests live."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class PullRequest(Struct, frozen=True, kw_only=True):
    """A pull (or merge) request. `number` is the forge's own; `url` is for people; `state` is `open`, `closed` or `merged`."""

    number: int
    url: str
    title: str
    body: str
    head: str
    base: str
    state: str
    author: str = ""


class Proposal(Struct, frozen=True, kw_only=True):
    """What a pull request should be: `head` is a pushed branch."""

    title: str
    body: str
    head: str
    base: str


class Forge(Protocol):
    """Reads and keeps pull requests of one repository, `owner/name`. Every method is safe to repeat.

    Each raises `setsquare.errors.ForgeFailed` (or one of its kinds) when the forge refuses, is slow or cannot be reached; nothing is half done then.
    """

    def default_branch(self) -> str:
        """Name the branch that requests go to."""
        ...

    def open_requests(self, head_prefix: str) -> tuple[PullRequest, ...]:
        """List open requests whose branch begins with a prefix, by number."""
        ...

    def request(self, number: int) -> PullRequest | None:
        """Read one request; `None` when there is none."""
        ...

    def ended_request(self, head: str) -> PullRequest | None:
        """Give the newest request of a branch that is closed or merged; `None` where there was none."""
        ...

    def propose(self, proposal: Proposal) -> PullRequest:
        """Open a request, or bring the open one of the same head up to date."""
        ...

    def comment(self, number: int, body: str) -> None:
        """Say something on a request, once: the same words are not said twice."""
        ...

    def close(self, number: int) -> PullRequest:
        """Close a request without merging it; a closed one stays as it is."""
        ...
