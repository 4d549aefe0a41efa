"""Lists what a run did that no revert takes back, from its journal alone.

Source: safety.md § 1.4: the status of a recovery is worked out by the platform, never told by the model.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.agent.tools import calls
from setsquare.events.conversation import ToolCall
from setsquare.events.facts import ActionDecided, ActionObserved, ActionStarted, Event, NetworkUsed
from setsquare.guard.action import Shell
from setsquare.guard.commands import Refusal, judged_by
from setsquare.guard.shell import Unparseable, parse

_OUTWARD = frozenset(
    {
        ("git", "push"), ("git", "send-email"), ("npm", "publish"), ("pnpm", "publish"), ("yarn", "publish"), ("cargo", "publish"),
        ("twine", "upload"), ("docker", "push"), ("podman", "push"), ("gem", "push"), ("gh", "pr"), ("gh", "release"), ("gh", "issue"),
        ("glab", "mr"), ("kubectl", "apply"), ("terraform", "apply"), ("terraform", "destroy"),
    }
)  # fmt: skip
_MAIL = frozenset({"mail", "mailx", "sendmail", "mutt", "msmtp", "swaks"})
_DEEPEST = 3
_VALUED = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--prefix", "--context", "-n", "--namespace", "--config"})
_BUILT_IN = frozenset({"read", "write", "edit", "list", "search", "shell", "verify"})


class Beyond(Struct, frozen=True, kw_only=True):
    """One thing that stays done: `kind` is `network`, `push`, `mail`, `migration` or `tool`; `what` names it, `step` is the first step that did it."""

    kind: str
    what: str
    step: int
    count: int = 1


# req: agent-runtime/4.4
def beyond(events: Iterable[Event]) -> tuple[Beyond, ...]:
    """List what stays done whatever is reverted, the same thing once.

    >>> beyond([NetworkUsed(step=3, host="pypi.org", port=443, is_allowed=True, rule="allowed-host", sent_bytes=812)])
    (Beyond(kind='network', what='connection to pypi.org:443, 812 bytes sent', step=3, count=1),)
    """
    found: dict[tuple[str, str], list[int]] = {}
    sent: dict[str, int] = {}
    begun: dict[str, ActionDecided] = {}
    started: set[str] = set()
    for event in events:
        match event:
            case NetworkUsed() if event.is_allowed:
                place = f"{event.host}:{event.port}"
                sent[place] = sent.get(place, 0) + event.sent_bytes
                found.setdefault(("network", place), []).append(event.step)
            case ActionDecided():
                begun[event.call_id] = event
            case ActionStarted():
                started.add(event.call_id)
                for kind, what in _effects(begun.get(event.call_id)):
                    found.setdefault((kind, what), []).append(event.step)
            case ActionObserved() if event.call_id not in started and event.is_ok and event.duration_s:
                for kind, what in _effects(begun.get(event.call_id)):
                    found.setdefault((kind, what), []).append(event.step)
            case _:
                pass
    return tuple(
        Beyond(
            kind=kind,
            what=f"connection to {what}, {sent[what]:,} bytes sent" if kind == "network" else what,
            step=steps[0],
            count=len(steps),
        )
        for (kind, what), steps in found.items()
    )


def _effects(decided: ActionDecided | None) -> list[tuple[str, str]]:
    """Say what a call does beyond the workspace's files."""
    if decided is None:
        return []
    if decided.tool not in _BUILT_IN:
        return [("tool", f"call of {decided.tool}")]
    action = calls.parsed(ToolCall(decided.call_id, decided.tool, decided.arguments))
    if not isinstance(action, Shell):
        return []
    return [*_of_text(action.command, 0), *_migrations(action.command)]


def _migrations(command: str) -> list[tuple[str, str]]:
    """Recognise what changed a database, and say how that is taken back: by the tool's own way down, or from a copy made before.

    Source: requirements F14.
    """
    judged = judged_by(command, (), ())
    found = () if isinstance(judged, Refusal) else (each for each in judged if each.is_migration)
    return [
        ("migration", f"{each.shown[:120]}: run its down-migration, or restore the database from a backup made before it") for each in found
    ]


def _of_text(text: str, depth: int) -> list[tuple[str, str]]:
    """Recognise what shell text sends, that of a shell within a shell included."""
    script = parse(text)
    if isinstance(script, Unparseable):
        return _of_words(tuple(text.split()))
    found: list[tuple[str, str]] = []
    for simple in script.commands:
        words = tuple(word.text for word in simple.words)
        found += _of_words(words)
        inner = words[words.index("-c") + 1 :][:1] if "-c" in words and depth < _DEEPEST else ()
        for part in inner:
            found += _of_text(part, depth + 1)
    return found


def _of_words(words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Recognise a command that sends something, wherever wrappers and options stand before it."""
    names = [word.rpartition("/")[2] for word in words]
    shown = " ".join(words)[:120]
    for index, name in enumerate(names):
        if name in _MAIL and index == 0:
            return [("mail", shown)]
        if (name, _subcommand(names[index + 1 :])) in _OUTWARD:
            return [("push", shown)]
    return []


def _subcommand(words: list[str]) -> str:
    """Name the first word that is no option, nor the value of one.

    >>> _subcommand(["-C", "..", "--no-pager", "push", "origin"])
    'push'
    """
    is_value = False
    for word in words:
        if not word.startswith("-") and not is_value:
            return word
        is_value = word in _VALUED
    return ""
