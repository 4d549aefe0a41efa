"""Reads the audit log: lists it, holds it against itself and against what was kept of it elsewhere, and keeps its end."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import GitFailed, Refused, Usage
from setsquare.events.audit import AuditAction, AuditEntry, Mutation, decode_audit
from setsquare.events.audit_chain import Anchor, Verdict, is_expectation, judged, read_anchor
from setsquare.journeys.app import App
from setsquare.text.counted import counted
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, digest
from setsquare.text.span import Edit, Span

ANCHORS = RelPath(".setsquare/audit-anchors.jsonl")
"""The team's file of anchors; agents can never write there."""

_APPROVALS = RelPath(".setsquare/approvals")

TRAILER = "Audit"
"""The trailer in the commit of an approval that holds an anchor."""

_LIMIT_COMMITS = 1_000


class Filter(Struct, frozen=True, kw_only=True):
    """Which entries: from `since` on (UTC, a day or a time), by an actor, of an action, about a subject; words may be parts, empty is all."""

    since: str = ""
    actor: str = ""
    action: str = ""
    subject: str = ""

    def takes(self, entry: AuditEntry) -> bool:
        """Tell whether an entry is meant."""
        actor = f"{entry.actor.person} {entry.actor.account}".casefold()
        is_wanted = entry.at >= self.since and self.actor.casefold() in actor and self.action in {"", entry.action.value}
        return is_wanted and self.subject.casefold() in f"{entry.subject} {entry.detail}".casefold()


def entries(app: App, wanted: Filter) -> tuple[AuditEntry, ...]:
    """List entries in order; lines that are none are left out, `verify` names them.

    Raises:
        AuditUnavailable: the log cannot be read.
    """
    found = (decode_audit(line) for line in app.audit.log().lines)
    return tuple(entry for entry in found if entry is not None and wanted.takes(entry))


def verify(app: App, expect: str = "") -> Verdict:
    """Hold the log against its chain and its head, the anchors in the workspace and in the commits of approvals, and `expect`.

    Raises:
        Usage: `expect` is neither a digest nor an anchor.
        AuditUnavailable: the log cannot be read.
    """
    if expect and not is_expectation(expect):
        raise Usage(f"`{expect}` is no digest of an entry.", "Give what `setsquare audit anchor` printed.")
    kept, unread = _kept(app)
    verdict = judged(app.audit.log(), (*kept, *_in_commits(app)), expect)
    return (
        replace(verdict, notes=(*verdict.notes, f"{counted(unread, 'line')} of {ANCHORS} cannot be read as anchors")) if unread else verdict
    )


def _kept(app: App) -> tuple[tuple[Anchor, ...], int]:
    """Read the team's anchors, and count the lines that are none."""
    lines = [line for line in (app.files.read(ANCHORS) or b"").split(b"\n") if line.strip()]
    found = list[Anchor]()
    for line in lines:
        try:
            found.append(msgspec.json.decode(line, type=Anchor))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
    return tuple(found), len(lines) - len(found)


def _in_commits(app: App) -> tuple[Anchor, ...]:
    """Read the anchors that commits of approvals hold."""
    try:
        commits = app.history.commits((_APPROVALS,), limit=_LIMIT_COMMITS)
    except GitFailed:
        return ()
    found = list[Anchor]()
    for commit in commits:
        for name, value in commit.trailers:
            anchor = read_anchor(value) if name == TRAILER else None
            if anchor is not None:
                found.append(replace(anchor, by=f"commit {commit.name[:10]}", at=commit.at))
    return tuple(found)


class Anchored(Struct, frozen=True, kw_only=True):
    """The end of the log as it is now; `path` is the file that keeps it, empty when it was only shown."""

    anchor: Anchor
    path: str = ""


def anchor(app: App, *, is_kept: bool) -> Anchored:
    """Give the end of the log, to be kept elsewhere; with `is_kept` it is added to the team's file. A broken log is not anchored.

    Raises:
        Refused: the log is empty or broken.
        AuditUnavailable: it cannot be read or written.
    """
    verdict = verify(app)
    if verdict.breaks:
        raise Refused(f"The audit log is broken, so its end proves nothing: {verdict.breaks[0].text}.", "See `setsquare audit verify`.")
    if is_kept:
        app.audit.record(Mutation(action=AuditAction.ANCHORED, subject=ANCHORS, before=verdict.head))
    found = app.audit.anchor()
    if found is None:
        raise Refused("The audit log is empty, so there is nothing to keep.", "It begins with the first trust, approval or run.")
    if not is_kept:
        return Anchored(anchor=found)
    made = replace(found, by=app.git.user(), at=app.clock.now())
    app.files.apply(Plan("keep the end of the audit log", (_added(app, msgspec.json.encode(made) + b"\n"),)))
    return Anchored(anchor=made, path=ANCHORS)


def _added(app: App, line: bytes) -> FileChange:
    """Plan one more line in the file of anchors."""
    raw = app.files.read(ANCHORS)
    if raw is None:
        return creation(ANCHORS, line)
    joint = b"" if not raw or raw.endswith(b"\n") else b"\n"
    return FileChange(ANCHORS, digest(raw), (Edit(Span(len(raw), len(raw)), joint + line),))


def explain(app: App, seq: int, reason: str) -> AuditEntry:
    """Record why the clock went back before an entry, so that it does not count as a break any more; nothing else can be explained away.

    Raises:
        Usage: no reason, or no such entry.
        AuditUnavailable: it cannot be recorded.
    """
    said = " ".join(reason.split())
    if not said:
        raise Usage("An explanation needs words.", f"`setsquare audit explain {seq} --reason TEXT`")
    found = next((entry for entry in entries(app, Filter()) if entry.seq == seq), None)
    if found is None:
        raise Usage(f"The audit log has no entry {seq}.", "See `setsquare audit list`.")
    app.audit.record(Mutation(action=AuditAction.EXPLAINED, subject=f"entry {seq}", why=said))
    return found


def exported(app: App, wanted: Filter) -> bytes:
    """Give the lines of entries as they stand, byte for byte: all of them, they can be verified anywhere.

    Raises:
        AuditUnavailable: the log cannot be read.
    """
    log = app.audit.log()
    if wanted == Filter():
        return b"".join(line + b"\n" for line in log.lines)
    chosen = ((line, decode_audit(line)) for line in log.lines)
    return b"".join(line + b"\n" for line, entry in chosen if entry is not None and wanted.takes(entry))


def rotated(app: App, name: str, reason: str) -> None:
    """Record that the key in a variable is a new one; the key itself is neither read nor written.

    Raises:
        Usage: the name is that of no variable.
    """
    if not name.isidentifier() or not name.isascii():
        raise Usage("That is no name of a variable.", "Give the name, such as ANTHROPIC_API_KEY, never the key.")
    if app.redact(name, app.secrets) != name:
        raise Usage("That looks like a key, not like a name.", "Give the name of the variable, such as ANTHROPIC_API_KEY.")
    app.audit.record(Mutation(action=AuditAction.KEY_ROTATED, subject=name, why=" ".join(reason.split())))


def rotations(app: App) -> dict[str, str]:
    """Say when the key of each variable was changed last, as a person recorded it.

    Raises:
        AuditUnavailable: the log cannot be read.
    """
    return {entry.subject: entry.at for entry in entries(app, Filter(action=AuditAction.KEY_ROTATED.value))}


def words(entry: AuditEntry) -> str:
    """Say in one line what an entry tells beyond its action.

    >>> from setsquare.events.audit import Actor
    >>> who = Actor(person="Ada", account="ada")
    >>> words(AuditEntry(seq=1, at="", actor=who, action=AuditAction.FROZEN, subject="docs/**", why="release", prev=""))
    'docs/**: release'
    """
    detail = f" ({entry.detail})" if entry.detail else ""
    why = f": {entry.why}" if entry.why else ""
    return f"{entry.subject}{detail}{why}"
