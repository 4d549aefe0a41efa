"""Pull requests where no API is at hand: the branch is pushed, and the request lies as a patch and a text in a folder, for a person to open.

Each request is three files: `N.json` (what is known of it), `N.patch` (to be applied with `git am`) and `N.md` (title and body).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from setsquare.errors import ForgeFailed
from setsquare.ports.forge import Proposal, PullRequest

_SAID = "\n\n---\n\n"


class PatchForge:
    """Keeps requests as files; `patch` gives the changes of a pushed branch, `base` names the branch that they go to."""

    __slots__ = ("_base", "_folder", "_patch")

    def __init__(self, folder: Path, base: Callable[[], str], patch: Callable[[str], bytes]) -> None:
        """Take the folder, which is made when something is put there."""
        self._folder = folder
        self._base = base
        self._patch = patch

    def default_branch(self) -> str:
        """Name the branch that requests go to."""
        return self._base()

    def open_requests(self, head_prefix: str) -> tuple[PullRequest, ...]:
        """List open requests whose branch begins with a prefix."""
        return tuple([each for each in self._all() if each.state == "open" and each.head.startswith(head_prefix)])

    def request(self, number: int) -> PullRequest | None:
        """Read one request."""
        try:
            return msgspec.json.decode((self._folder / f"{int(number)}.json").read_bytes(), type=PullRequest)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise ForgeFailed(
                f"Request {number} in {self._folder} cannot be read: {error}", "Move the file away, then try again."
            ) from error

    def ended_request(self, head: str) -> PullRequest | None:
        """Give the newest request of a branch that is closed or merged."""
        return max((each for each in self._all() if each.state != "open" and each.head == head), key=lambda each: each.number, default=None)

    def propose(self, proposal: Proposal) -> PullRequest:
        """Put a request there, or bring the open one of the same head up to date."""
        found = next((each for each in self._all() if each.state == "open" and each.head == proposal.head), None)
        number = found.number if found else max((each.number for each in self._all()), default=0) + 1
        patch = self._patch(proposal.head)
        request = PullRequest(
            number=number,
            url=(self._folder / f"{number}.patch").absolute().as_uri(),
            title=proposal.title,
            body=proposal.body,
            head=proposal.head,
            base=proposal.base,
            state="open",
        )
        self._write(f"{number}.patch", patch)
        self._keep(request)
        return request

    def comment(self, number: int, body: str) -> None:
        """Say something on a request, once: at the end of its text."""
        found = self._there(number)
        if body.strip() not in found.body.split(_SAID):
            self._keep(msgspec.structs.replace(found, body=f"{found.body}{_SAID}{body.strip()}"))

    def close(self, number: int) -> PullRequest:
        """Close a request; its patch goes."""
        found = msgspec.structs.replace(self._there(number), state="closed")
        self._keep(found)
        with contextlib.suppress(FileNotFoundError):
            (self._folder / f"{number}.patch").unlink()
        return found

    def _there(self, number: int) -> PullRequest:
        found = self.request(number)
        if found is None:
            raise ForgeFailed(f"There is no request {number} in {self._folder}.", "Look at the folder.")
        return found

    def _all(self) -> tuple[PullRequest, ...]:
        if not self._folder.is_dir():
            return ()
        numbers = sorted(int(each.stem) for each in self._folder.glob("*.json") if each.stem.isdecimal())
        return tuple([found for number in numbers if (found := self.request(number)) is not None])

    def _keep(self, request: PullRequest) -> None:
        self._write(f"{request.number}.md", f"# {request.title}\n\n{request.body}\n".encode())
        self._write(f"{request.number}.json", msgspec.json.format(msgspec.json.encode(request), indent=2))

    def _write(self, name: str, raw: bytes) -> None:
        """Put a file there whole or not at all."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(raw)
            os.replace(file.name, self._folder / name)  # noqa: PTH105  (both names are paths already)
        except OSError as error:
            raise ForgeFailed(
                f"The request cannot be kept in {self._folder}: {error.strerror or error}", "Make room, or mend its permissions."
            ) from error
