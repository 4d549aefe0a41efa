"""Tells what a requirement said when a change to it was written: from the team's record, else from the history of the change's file.

A record holds one line per requirement; the last line for a requirement counts. Without a record the base is what the main spec said in the commit that
brought the entry in. A later edit of the entry moves the base on only if it took over what the main spec had changed meanwhile: an edit for another reason
must not make the change of somebody else disappear.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import Digest, digest
from setsquare.workspace.openspec.model import Delta, MainSpec

FOLDER = RelPath(".setsquare/openspec/bases")
SCHEMA = "setsquare/openspec-base/1"


class BaseSource(enum.Enum):
    """Where a base is known from."""

    RECORD = "record"
    HISTORY = "history"


class Base(Struct, frozen=True, kw_only=True):
    """What a requirement of a main spec said when a change was written. `at` is the time of the record, or the commit."""

    capability: str
    requirement: str
    text: str
    source: BaseSource
    at: str = ""


class Glimpse(Struct, frozen=True):
    """A delta and the main spec beside it, as one commit has them; `None` where it has none."""

    commit: str
    delta: Delta | None
    main: MainSpec | None


class _Line(Struct, frozen=True, kw_only=True):
    """One line of a record."""

    schema: str = SCHEMA
    capability: str
    requirement: str
    digest: str
    at: str
    text: str


def record_path(change: str) -> RelPath:
    """Name the file of a change's bases, below the folder that holds `openspec`.

    >>> record_path("louder")
    '.setsquare/openspec/bases/louder.jsonl'
    """
    return joined(FOLDER, f"{change}.jsonl")


def encode_base(base: Base) -> bytes:
    r"""Write one line of a record.

    >>> encode_base(Base(capability="a", requirement="B", text="x", source=BaseSource.RECORD, at="2026-01-01"))[-12:]
    b'"text":"x"}\n'
    """
    line = _Line(capability=base.capability, requirement=base.requirement, digest=_digest(base.text), at=base.at, text=base.text)
    return msgspec.json.encode(line) + b"\n"


def read_bases(raw: bytes) -> tuple[tuple[Base, ...], tuple[int, ...]]:
    r"""Read a record: its bases, and the lines that are none (a text that is not that of its digest is none).

    >>> read_bases(b"<<<<<<< ours\n")
    ((), (1,))
    """
    found: dict[tuple[str, str], Base] = {}
    bad: list[int] = []
    for number, raw_line in enumerate(raw.splitlines(), 1):
        if not raw_line.strip():
            continue
        try:
            line = msgspec.json.decode(raw_line, type=_Line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            bad.append(number)
            continue
        if line.schema != SCHEMA or line.digest != _digest(line.text):
            bad.append(number)
            continue
        found[line.capability, line.requirement] = Base(
            capability=line.capability, requirement=line.requirement, text=line.text, source=BaseSource.RECORD, at=line.at
        )
    return tuple(found.values()), tuple(bad)


def based_names(delta: Delta) -> Mapping[str, str]:
    r"""Map each requirement that a delta modifies or removes, by its name in the main spec, to the name in the delta.

    >>> from setsquare.workspace.openspec.delta import read_delta
    >>> text = "## MODIFIED Requirements\n### Requirement: B\n## RENAMED Requirements\n- FROM: `### Requirement: A`\n- TO: `### Requirement: B`\n"
    >>> dict(based_names(read_delta("a", RelPath("x"), text)))
    {'A': 'B'}
    """
    before = {one.target.name: one.source.name for one in delta.renamed if one.source and one.target}
    return {before.get(name, name): name for name in (*(block.name for block in delta.modified), *(one.name for one in delta.removed))}


def bases_seen(delta: Delta, glimpses: Sequence[Glimpse]) -> tuple[Base, ...]:
    """Find the bases of a delta's entries in the versions of its file, the oldest first; an entry that no version knows has none.

    >>> bases_seen(Delta(capability="a", path=RelPath("x"), text=""), ())
    ()
    """
    found = (_seen(delta.capability, name, shown, glimpses) for name, shown in based_names(delta).items())
    return tuple(base for base in found if base is not None)


def texts_of(bases: Iterable[Base], capability: str) -> dict[str, str]:
    """Map the requirements of one capability to what they said.

    >>> texts_of((), "a")
    {}
    """
    return {base.requirement: base.text for base in bases if base.capability == capability}


def _seen(capability: str, name: str, shown: str, glimpses: Sequence[Glimpse]) -> Base | None:
    """Follow one entry through the versions."""
    from setsquare.spec.openspec.three_way import has_taken_over  # noqa: PLC0415  (start-up: few archives look at a history)

    base: Base | None = None
    before: str | None = None
    for glimpse in glimpses:
        entry = _entry(glimpse.delta, shown)
        main = _block(glimpse.main, name)
        if entry is None:
            base = None
        elif main is not None and (base is None or (entry != before and has_taken_over(base.text, main, entry))):
            base = Base(capability=capability, requirement=name, text=main, source=BaseSource.HISTORY, at=glimpse.commit)
        before = entry
    return base


def _entry(delta: Delta | None, name: str) -> str | None:
    """Give an entry's text, empty for a removal; `None` where the delta has none of that name."""
    if delta is None:
        return None
    block = next((block.raw for block in delta.modified if block.name == name), None)
    return block if block is not None else "" if any(one.name == name for one in delta.removed) else None


def _block(main: MainSpec | None, name: str) -> str | None:
    return next((block.raw for block in main.requirements if block.name == name), None) if main is not None else None


def _digest(text: str) -> Digest:
    return digest(text.encode("utf-8", "surrogatepass"))
