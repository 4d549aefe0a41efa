"""Writes and reads the file beside a converted spec that keeps, word for word, what its form cannot hold."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from setsquare.migrate.encoding import Encoding
from setsquare.migrate.parts import Kept, Loss
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.plan import digest

CARRIED = "carried-over.md"
"""The file's name in the folder of the converted spec."""

_RUN = LazyPattern(r"~+", 0)
_RECORD = LazyPattern(r"(?ms)^```json setsquare-convert\n(.*?)^```$", 0)
_FENCE = LazyPattern(r"(~{4,})(?: (no-final-newline))?", 0)
_SHOWN = 200


class FileMark(Struct, frozen=True):
    """A file by name and digest; `unticked` is its digest with every box blank."""

    name: str
    digest: str
    unticked: str = ""


class Slot(Struct, frozen=True):
    """What stands in a delta before a requirement, and which requirement follows: its key and title, empty at the file's end."""

    file: str
    text: str
    key: str = ""
    title: str = ""


class Record(Struct, frozen=True, kw_only=True):
    """What is known of a conversion in the folder that it made.

    `origin` is the folder it came from, `form` that folder's form, `document` the file in it that became the requirements. `read` and `wrote` are the
    files of both sides as they were; `made` are files that have no counterpart there, `held` files that have none here, in base64.
    """

    origin: str
    form: str
    document: str = ""
    read: tuple[FileMark, ...] = ()
    wrote: tuple[FileMark, ...] = ()
    made: tuple[str, ...] = ()
    encodings: tuple[Encoding, ...] = ()
    kept: tuple[Kept, ...] = ()
    slots: tuple[Slot, ...] = ()
    held: tuple[tuple[str, str], ...] = ()

    def wordings(self) -> Mapping[str, Sequence[str]]:
        """List the kept wordings by the key of what stands in their place."""
        found: dict[str, list[str]] = {}
        for one in self.kept:
            found.setdefault(one.key, []).append(one.text)
        return found

    def mark(self, name: str) -> FileMark | None:
        """Find a file that this conversion wrote."""
        return next((one for one in self.wrote if one.name == name), None)


class _Text(Struct, frozen=True):
    """A text of the page in the record: where it comes from, and its digest so that an edit is seen."""

    file: str
    line: int
    key: str
    sha: str
    title: str = ""
    is_slot: bool = False


class _Written(Struct, frozen=True):
    """The machine's part of the page."""

    record: Record
    texts: tuple[_Text, ...]


def mark_of(name: str, raw: bytes) -> FileMark:
    """Mark a file.

    >>> mark_of("t", b"- [x] 1").unticked == mark_of("t", b"- [ ] 1").unticked
    True
    """
    return FileMark(name, digest(raw), digest(unticked(raw)))


def unticked(raw: bytes) -> bytes:
    """Blank every box.

    >>> unticked(b"- [x] 1. A")
    b'- [ ] 1. A'
    """
    import re  # noqa: PLC0415  (bytes have no lazy pattern)

    return re.sub(rb"(?m)^(\s*(?:[-*+]|\d+[.)])\s+\[)[ xX~-]?(\])", rb"\1 \2", raw)


def page(record: Record, losses: Iterable[Loss]) -> bytes:
    r"""Write the page.

    >>> text = page(Record(origin="openspec/specs/a", form="capability"), ()).decode()
    >>> text.splitlines()[0], read_page(text).origin
    ('# Carried over', 'openspec/specs/a')
    """
    lines = [
        "# Carried over",
        "",
        f"`setsquare convert` made this spec from `{record.origin}`. Kept here word for word is what this form cannot hold; the way back reads it.",
        "Delete the file when nobody needs the way back.",
    ]
    named = [loss for loss in losses if loss.is_words]
    if named:
        lines += ["", "## Not held by this form", ""]
        lines += [f"- `{loss.file}:{loss.line}` {_shown(loss.text)}" for loss in named]
    texts: list[_Text] = []
    bodies = [(one.file, one.line, one.key, one.text, "", False) for one in record.kept]
    bodies += [(slot.file, 0, slot.key, slot.text, slot.title, True) for slot in record.slots]
    if bodies:
        lines += ["", "## Word for word"]
    for file, line, key, text, title, is_slot in bodies:
        texts.append(_Text(file, line, key, _sha(text), title, is_slot))
        place = f"{file}, line {line}" if line else f"{file}, before {title!r}" if title else f"{file}, end"
        lines += ["", f"### {place}", "", *_fenced(text)]
    bare = msgspec.structs.replace(record, kept=(), slots=())
    machine = msgspec.json.format(msgspec.json.encode(_Written(bare, tuple(texts))), indent=1).decode()
    lines += ["", "## Record", "", "```json setsquare-convert", machine, "```", ""]
    return "\n".join(lines).encode("utf-8", "replace")


def _shown(text: str) -> str:
    plain = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f"`` {plain} ``" if "`" in plain else f"`{plain}`"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def _fenced(text: str) -> list[str]:
    longest = max((len(run) for run in _RUN.compiled.findall(text)), default=0)
    fence = "~" * max(4, longest + 1)
    if text.endswith("\n"):
        return [fence, *text[:-1].split("\n"), fence]
    return [f"{fence} no-final-newline", *text.split("\n"), fence]


def read_page(text: str) -> Record | None:
    """Read the page; `None` where its record cannot be read. A kept text that somebody edited is left out."""
    found = _RECORD.search(text.replace("\r\n", "\n"))
    if found is None:
        return None
    try:
        written = msgspec.json.decode(found[1], type=_Written)
        for _, held in written.record.held:
            base64.b64decode(held, validate=True)
    except (msgspec.MsgspecError, ValueError):
        return None
    bodies = _bodies(text.replace("\r\n", "\n")[: found.start()])
    by_sha = {_sha(body): body for body in bodies}
    whole = [(one, by_sha[one.sha]) for one in written.texts if one.sha in by_sha]
    return msgspec.structs.replace(
        written.record,
        kept=tuple(Kept(file=one.file, line=one.line, key=one.key, text=body) for one, body in whole if not one.is_slot),
        slots=tuple(Slot(one.file, body, one.key, one.title) for one, body in whole if one.is_slot),
    )


def _bodies(text: str) -> list[str]:
    """List the fenced texts in order."""
    found: list[str] = []
    fence, ending, rows = "", "\n", list[str]()
    for line in text.split("\n"):
        if fence and line == fence:
            found.append("\n".join(rows) + ending)
            fence, rows = "", []
        elif fence:
            rows.append(line)
        elif opened := _FENCE.fullmatch(line):
            fence, ending = opened[1], "" if opened[2] else "\n"
    return found
