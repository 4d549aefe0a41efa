"""The tool `search`: lines that match a regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct

from setsquare.agent.tools.expression import searched_chars, too_costly
from setsquare.agent.tools.wording import plain
from setsquare.agent.tools.workbench import Observation, Workbench, failure
from setsquare.errors import StorageFailed
from setsquare.events.conversation import Tool
from setsquare.guard.action import Search
from setsquare.text.counted import counted
from setsquare.text.paths import RelPath

LIMIT_S = 5.0
LIMIT_FILES = 5_000
LIMIT_MATCHES = 200
LIMIT_FILE_BYTES = 1_000_000

TOOL = Tool(
    "search",
    "Find lines that match a Python regular expression in the files below a path of the workspace. Gives path:line: text.",
    Raw(
        b'{"type":"object","properties":{"pattern":{"type":"string","minLength":1},'
        b'"path":{"type":"string","description":"A folder or file relative to the workspace"}},'
        b'"required":["pattern"],"additionalProperties":false}'
    ),
)


class Match(Struct, frozen=True):
    """A line as it is shown, and the file that holds it."""

    path: str
    line: str


class Arguments(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model may say."""

    pattern: str
    path: str = ""


def parse(arguments: str) -> Search:
    """Read the arguments.

    Raises:
        msgspec.MsgspecError: they are not JSON, do not match the schema, or the pattern cannot be searched for.

    >>> parse('{"pattern": "def ring"}').pattern
    'def ring'
    """
    given = msgspec.json.decode(arguments, type=Arguments)
    if reason := too_costly(given.pattern):
        raise msgspec.ValidationError(f"{reason} - at `$.pattern`")
    return Search(given.pattern, given.path)


def perform(bench: Workbench, action: Search) -> Observation:
    """Search until the matches, the files or the time are used up."""
    summary = f"search {action.pattern}"
    until = bench.clock.monotonic_s() + LIMIT_S
    matches: list[Match] = []
    note = ""
    try:
        for found in _matches(bench, action):
            if found is not None:
                matches.append(found)
            if len(matches) >= LIMIT_MATCHES:
                note = f"\n[stopped after {LIMIT_MATCHES} matches]"
                break
            if bench.clock.monotonic_s() > until:
                note = f"\n[stopped after {LIMIT_S:.0f} s: search a smaller folder]"
                break
    except StorageFailed as error:
        return failure(error.message, summary)
    text = "\n".join(match.line for match in matches) or "No line matches."
    sources = tuple(dict.fromkeys(match.path for match in matches))
    return Observation(is_ok=True, text=bench.shown(text + note), summary=f"{summary}: {counted(len(matches), 'line')}", sources=sources)


def _matches(bench: Workbench, action: Search) -> Iterator[Match | None]:
    """Give each matching line, and `None` now and then so that the time can be looked at."""
    pattern = re.compile(action.pattern)
    limit_chars = searched_chars(action.pattern)
    for path in _paths(bench, RelPath(action.path)):
        raw = None if bench.is_hidden(path) else _content(bench, path)
        yield None
        for number, line in enumerate(_lines(bench, raw), 1):
            if pattern.search(line, 0, limit_chars):
                # What matches only because of a secret would tell it piece by piece.
                clean = bench.redact(line, bench.secrets)
                yield Match(path, f"{path}:{number}: {clean[:300]}") if clean == line or pattern.search(clean, 0, limit_chars) else None
            elif not number % 64 or len(line) > 200:
                yield None


def _lines(bench: Workbench, raw: bytes | None) -> list[str]:
    """Split a file into lines; one that holds a private key is redacted as a whole, because no line of it looks like a secret."""
    text = plain(raw) if raw else ""
    return (bench.redact(text, bench.secrets) if "PRIVATE KEY" in text else text).splitlines()


def _paths(bench: Workbench, below: RelPath) -> tuple[RelPath, ...]:
    """List the files to search: those below a folder, or the one file."""
    return bench.files.listing(below, LIMIT_FILES) or ((below,) if below else ())


def _content(bench: Workbench, path: RelPath) -> bytes | None:
    """Read a text file of moderate size; other files are passed over."""
    try:
        raw = bench.files.read(path)
    except StorageFailed:
        return None
    return None if raw is None or len(raw) > LIMIT_FILE_BYTES or b"\0" in raw[:8192] else raw
