"""What tools work with, and what they give back."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.agent.tools.wording import bounded
from setsquare.guard.secrets import redacted
from setsquare.ports.clock import Clock
from setsquare.ports.files import Files
from setsquare.ports.sandbox import Confinement, Connection, Sandbox


class Workbench(Struct, frozen=True, kw_only=True):
    """The part of the world that the tools of one task can reach.

    `folder` is the workspace's absolute path, which a model may put before its paths. `real_path` resolves symbolic links and gives a path relative to the workspace, `None` outside of it; `is_hidden` tells which files neither a
    search nor a listing may open, `is_beyond` which files are not even listed because the task's context is limited; `secrets` are values that never go to a model or a journal, and `redact` takes them, and whatever looks like
    a secret, out of a text.
    """

    folder: str
    files: Files
    clock: Clock
    sandbox: Sandbox | None
    confinement: Confinement
    real_path: Callable[[str], str | None]
    is_hidden: Callable[[str], bool]
    secrets: tuple[str, ...] = ()
    is_halted: Callable[[], bool] | None = None
    is_beyond: Callable[[str], bool] | None = None
    redact: Callable[[str, tuple[str, ...]], str] = redacted

    def shown(self, text: str) -> str:
        """Redact and bound a text for the model and the journal."""
        return bounded(self.redact(text, self.secrets))


class Observation(Struct, frozen=True, kw_only=True):
    """What performing an action gave: text for the model, one line for a person, the paths it wrote with their digests (empty for a deletion).

    `connections` are those that a command asked for, `sources` the paths whose text it holds, `tree` the recorded tree with what it changed.
    """

    is_ok: bool
    text: str
    summary: str
    changed: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    connections: tuple[Connection, ...] = ()
    sources: tuple[str, ...] = ()
    tree: str = ""


def failure(text: str, summary: str) -> Observation:
    """Tell the model that an action failed, and why.

    >>> failure("There is no such file.", "no such file").is_ok
    False
    """
    return Observation(is_ok=False, text=text, summary=summary)
