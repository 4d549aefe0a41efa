"""`setsquare ears`."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
import msgspec
from msgspec import Struct

from setsquare.errors import Unreadable
from setsquare.spec.ears import parse
from setsquare.spec.statement import Clause as ParsedClause
from setsquare.spec.statement import Obligation, Statement
from setsquare.spec.statement import Timing as ParsedTiming
from setsquare.surfaces.cli.streams import write_document, write_text
from setsquare.surfaces.cli.style import pad, paint, safe
from setsquare.text.json_escapes import escaped
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.requirements import read_requirements

_MARKDOWN = (".md", ".markdown", ".mdown", ".mdx")
_BATCH = 500
_COLUMNS = (11, 12, 10, 8)


class Atom(Struct, frozen=True, kw_only=True):
    """One condition of a clause: `join` is `and` or `or`, empty for the first."""

    text: str
    join: str


class Clause(Struct, frozen=True, kw_only=True):
    """One condition: `kind` is `when`, `while`, `if` or `where`; `start` and `end` count characters of `text`, `postfix` marks one behind the response."""

    kind: str
    keyword: str
    text: str
    start: int
    end: int
    postfix: bool
    atoms: tuple[Atom, ...]


class Timing(Struct, frozen=True, kw_only=True):
    """A time bound: `op` is `within`, `for`, `after`, `every`, `immediately` or `until`; `normal_unit` names the unit by its one symbol."""

    op: str
    value: str
    unit: str
    normal_unit: str
    bound: str
    since: str


class Response(Struct, frozen=True, kw_only=True):
    """One obligation of the sentence; `clauses` are conditions of its own, `alternative` marks `otherwise`."""

    subject: str
    modal: str
    polarity: str
    text: str
    continues: bool
    alternative: bool
    clauses: tuple[Clause, ...]
    timing: Timing | None
    items: tuple[str, ...]


class Postcondition(Struct, frozen=True, kw_only=True):
    """A condition behind the response, whether or not it decides the pattern."""

    word: str
    text: str


class Line(Struct, frozen=True, kw_only=True):
    """One line, or one criterion of a Markdown file.

    `id` is the criterion's; null for a line. `line` counts from 1. `text` is the line as given. `modal` is `shall`, `must`, `should`, `may`,
    `can`, `will`, `might` or `localised`; null without one. `modal_text` is the word as written.
    """

    schema: str = "setsquare/ears-parse/1"
    id: str | None
    line: int
    text: str
    pattern: str
    patterns: tuple[str, ...]
    lang: str
    modal: str | None
    modal_text: str
    polarity: str
    form: str
    subject: str
    clauses: tuple[Clause, ...]
    responses: tuple[Response, ...]
    postconditions: tuple[Postcondition, ...]
    timing: Timing | None


class _Text(Struct, frozen=True):
    """A sentence to parse, with its place."""

    line: int
    text: str
    id: str | None = None


# req: spec-engine/1.1
@click.group("ears")
def command() -> None:
    """Look into requirement sentences."""


@command.command("parse")
@click.argument("file", default="-")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print the result."
)
def parse_command(file: str, output_format: str) -> int:
    """Parse requirement sentences: pattern, conditions, subject, modal, responses.

    FILE is a Markdown file, whose criteria are parsed, or any other text, or `-` for standard input, of which each line is parsed. JSON comes
    as JSON Lines: one object a line, or a criterion, in order. Ends with 0 for any text; needs no workspace.
    """
    if file != "-" and Path(file).suffix.lower() in _MARKDOWN:
        _print(_criteria(Path(file)), output_format, is_live=False)
        return 0
    if file == "-":
        stream = getattr(sys.stdin, "buffer", None)
        if stream is not None:
            _print(_lines(stream), output_format, is_live=not _is_regular(stream))
        return 0
    with _opened(Path(file)) as stream:
        _print(_lines(stream), output_format, is_live=not _is_regular(stream))
    return 0


def parsed_line(text: str, line: int, criterion: str | None = None) -> Line:
    """Parse one sentence into its output.

    >>> parsed_line("WHEN a key is pressed, THE Bell SHALL ring", 1).pattern
    'event'
    """
    statement = parse(text)
    return Line(
        id=criterion,
        line=line,
        text=text,
        pattern=statement.pattern.value,
        patterns=statement.patterns,
        lang=statement.language,
        modal=statement.modal_kind or None,
        modal_text=statement.modal,
        polarity=statement.polarity,
        form=statement.form.value,
        subject=statement.subject,
        clauses=_clauses(statement.clauses),
        responses=tuple(_response(one) for one in statement.responses),
        postconditions=tuple(Postcondition(word=one.word, text=one.text) for one in statement.postconditions),
        timing=_timing(statement.timing),
    )


def _clauses(clauses: tuple[ParsedClause, ...]) -> tuple[Clause, ...]:
    return tuple(
        Clause(
            kind=clause.kind.value,
            keyword=clause.keyword,
            text=clause.text,
            start=clause.start,
            end=clause.end,
            postfix=clause.is_postfix,
            atoms=tuple(Atom(text=atom.text, join=atom.join) for atom in clause.atoms),
        )
        for clause in clauses
    )


def _response(one: Obligation) -> Response:
    return Response(
        subject=one.subject,
        modal=one.modal_kind,
        polarity=one.polarity,
        text=one.response,
        continues=one.continues,
        alternative=one.is_alternative,
        clauses=_clauses(one.clauses),
        timing=_timing(one.timing),
        items=one.items,
    )


def _timing(timing: ParsedTiming | None) -> Timing | None:
    if timing is None:
        return None
    return Timing(
        op=timing.op, value=timing.value, unit=timing.unit, normal_unit=timing.normal_unit, bound=timing.bound, since=timing.since
    )


def _lines(stream: BinaryIO) -> Iterator[_Text]:
    """Read a stream line by line; what is not UTF-8 becomes replacement characters."""
    for number, raw in enumerate(iter(stream.readline, b""), start=1):
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        yield _Text(number, (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).decode("utf-8", "replace"))


def _criteria(path: Path) -> Iterator[_Text]:
    """List the criteria of a Markdown file, in the order of the file."""
    with _opened(path) as stream:
        raw = stream.read()
    for criterion in read_requirements(scan(RelPath(path.name), raw)).criteria:
        text = criterion.text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        yield _Text(criterion.line, text, criterion.id)


def _opened(path: Path) -> BinaryIO:
    """Open a file.

    Raises:
        Unreadable: it is missing, a folder, or not permitted.
    """
    try:
        return path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"`{path}` cannot be read: {reason}.", "Name a file, or `-` for standard input.") from error


def _is_regular(stream: BinaryIO) -> bool:
    """Tell whether a stream is a file on disk, which nobody waits for."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError:
        return True


def _print(texts: Iterator[_Text], output_format: str, *, is_live: bool) -> None:
    """Print each sentence; at once where somebody may wait for it, else in batches."""
    batch: list[str] = []
    if output_format == "text":
        batch.append(_head())
    for one in texts:
        if output_format == "json":
            batch.append(_json(parsed_line(one.text, one.line, one.id)))
        else:
            batch.append(_shown(one, parse(one.text)))
        if is_live or len(batch) >= _BATCH:
            _flush(batch, output_format)
    _flush(batch, output_format)


def _json(line: Line) -> str:
    """Write one object in one line; other characters that end lines for some readers are escaped."""
    return escaped(msgspec.json.encode(line).decode()) + "\n"


def _flush(batch: list[str], output_format: str) -> None:
    text = "".join(batch)
    batch.clear()
    if text:
        (write_document if output_format == "json" else write_text)(text)


def _head() -> str:
    cells = ("PLACE", "PATTERN", "MODAL", "LANG")
    return " ".join(pad(cell, size) for cell, size in zip(cells, _COLUMNS, strict=True)) + " SENTENCE\n"


def _shown(one: _Text, statement: Statement) -> str:
    """Write a sentence for people: its place and kind, then its parts where it has any."""
    modal = f"{'not ' if statement.is_negative else ''}{statement.modal_kind}" or "–"
    cells = (one.id or str(one.line), statement.pattern.value, modal, statement.language)
    head = " ".join(pad(safe(cell), size) for cell, size in zip(cells, _COLUMNS, strict=True))
    rows = [f"{head} {safe(one.text.strip())}\n"]
    parts = [(clause.keyword or clause.kind.value, clause.text) for clause in statement.clauses]
    if statement.modal:
        parts += [(statement.subject or "(no subject)", f"{statement.modal} {statement.response}")]
    for name, text in parts:
        rows.append(f"{' ' * _COLUMNS[0]} {paint(pad(safe(name), _COLUMNS[1]), 'dim')} {safe(text)}\n")
    return "".join(rows)
