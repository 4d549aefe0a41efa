"""Freezes a workspace for agents: while a freeze stands, no run starts, none goes on, and nothing frozen is written.

The freeze is a team file, `.setsquare/freeze.json`, which agents can never write.

Source: safety.md AT37 (a code freeze that was ignored).
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from setsquare.errors import Refused, StorageFailed, Usage
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App, Reading
from setsquare.journeys.on_record import applied
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, creation, digest, removal, replacement

FREEZE = RelPath(".setsquare/freeze.json")


class Freeze(Struct, frozen=True, kw_only=True):
    """What is frozen: `paths` are globs, all of the workspace when there are none; `until` is the UTC time in ISO 8601 at which it ends by itself, or empty."""

    schema: str = "setsquare/freeze/1"
    reason: str
    by: str
    at: str
    paths: tuple[str, ...] = ()
    until: str = ""

    @property
    def is_whole(self) -> bool:
        """Tell whether everything is frozen."""
        return not self.paths or "**" in self.paths


_BROKEN = Freeze(reason="the freeze file cannot be read, so everything counts as frozen", by="", at="")


def freeze_of(app: App | Reading) -> Freeze | None:
    """Give the freeze that stands now, `None` without one; a file that is broken or cannot be read freezes everything."""
    try:
        raw = app.files.read(FREEZE)
    except StorageFailed:
        return _BROKEN
    if raw is None:
        return None
    try:
        found = msgspec.json.decode(raw, type=Freeze)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _BROKEN
    return None if found.until and found.until <= app.clock.now() else found


# req: agent-runtime/2.6
def require_thaw(app: App) -> None:
    """Stop where everything is frozen.

    Raises:
        Refused: it is.
    """
    found = freeze_of(app)
    if found is not None and found.is_whole:
        until = f" until {found.until}" if found.until else ""
        raise Refused(
            f"The workspace is frozen{until}: {found.reason}{f' ({found.by})' if found.by else ''}.",
            "A person ends the freeze with `setsquare freeze off --reason …` and commits that.",
        )


def freeze(app: App, reason: str, paths: tuple[str, ...] = (), until: str = "") -> Freeze:
    """Begin a freeze, or replace the one that stands.

    Raises:
        Usage: no reason is given.
        StalePlan: the file changed meanwhile.
    """
    if not reason.strip():
        raise Usage("A freeze needs a reason.", "`setsquare freeze on --reason …`.")
    made = Freeze(reason=" ".join(reason.split()), by=app.git.user(), at=app.clock.now(), paths=paths, until=until)
    raw = app.files.read(FREEZE)
    text = msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"
    change = creation(FREEZE, text) if raw is None else replacement(FREEZE, raw, text)
    what = ", ".join(paths) or "everything"
    app.files.apply(Plan("freeze", (change,)))
    # What takes rights away is never held up by the log.
    app.audit.note(Mutation(action=AuditAction.FROZEN, subject=what, detail=until, why=made.reason, after=digest(text)))
    return made


def thaw(app: App, reason: str = "") -> None:
    """End the freeze.

    Raises:
        Refused: none stands.
        StalePlan: the file changed meanwhile.
    """
    raw = app.files.read(FREEZE)
    if raw is None:
        raise Refused("Nothing is frozen.", "`setsquare freeze status` says so.")
    applied(app, Plan("thaw", (removal(FREEZE, raw),)), Mutation(action=AuditAction.THAWED, subject=FREEZE, why=" ".join(reason.split())))
