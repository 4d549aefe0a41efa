"""Replays histories and counts what would be flagged: every link whose file changed, beside every link whose code changed (D1).

After every commit all flags count as looked at. The history of this repository is real; the others are made: the sources of installed
libraries, with links written above some of their functions and seeded commits of the kinds that people make. A miss is a link whose code has
other words than before, by the tokens of its lines, and that was not flagged.

Run it with `python -m bench.drift_replay`.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import itertools
import random
import subprocess
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from setsquare.adapters.source_symbols import SourceSymbols
from setsquare.spec.code_notes import code_notes, may_hold_notes
from setsquare.spec.drift_parts import Became, CodeFile, CodePart, bytes_digest, fates, part_at, remember
from setsquare.text.document import decode
from setsquare.text.paths import RelPath

LIBRARIES = ("click", "httpx", "_pytest", "email")
COMMITS = 60
LINKED_SHARE = 0.15
# What commits do, weighted by how often people do it: the largest part of all edits is to some function of a file.
KINDS = ("edit", "edit", "edit", "edit", "edit", "add", "comment", "docstring", "layout", "move")

Tree = Mapping[RelPath, bytes]


class Figures(Struct, frozen=True, kw_only=True):
    """The count of one history. `by_path` and `by_symbol` count flags, `real` links whose code really changed; `missed` those of them that were not flagged."""

    commits: int = 0
    by_path: int = 0
    by_symbol: int = 0
    real: int = 0
    missed: int = 0

    @property
    def ratio(self) -> float:
        """Say how many times fewer flags there are."""
        return self.by_path / max(1, self.by_symbol)

    def plus(self, other: Figures) -> Figures:
        """Add another count."""
        names = self.__struct_fields__
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in names})


def replay(changes: Iterable[tuple[Tree, Tree]]) -> Figures:
    """Count flags over commits, each given as the files that it changed, before and after."""
    total = Figures()
    for before, after in changes:
        total = total.plus(Figures(commits=1))
        for path, raw in before.items():
            if raw != after.get(path) and may_hold_notes(raw):
                total = total.plus(_file(path, raw, after.get(path)))
    return total


def _file(path: RelPath, old: bytes, new: bytes | None) -> Figures:
    """Count one changed file."""
    then = read_code(path, old)
    now = read_code(path, new) if new is not None else None
    notes = code_notes(path, decode(new)) if new is not None else ()
    linked = [part.name for note in notes if now and (part := part_at(now, note.line))]
    by_path = by_symbol = real = missed = 0
    for note in code_notes(path, decode(old)):
        by_path += 1
        met = fates(remember(then, [note.line]), now, linked) if now else ()
        is_flagged = now is None or any(fate.became is not Became.SAME for fate in met)
        is_real = words_at(then, note.line, None) != words_at(now, note.line, part_at(then, note.line)) if now else True
        by_symbol += is_flagged
        real += is_real
        missed += is_real and not is_flagged
    return Figures(by_path=by_path, by_symbol=by_symbol, real=real, missed=missed)


_SYMBOLS = SourceSymbols()


def read_code(path: RelPath, raw: bytes) -> CodeFile:
    """Read a file as drift reads it."""
    symbols = _SYMBOLS.of(path, raw)
    parts = (
        tuple(CodePart(name=it.name, line=it.line, end_line=it.end_line, digest=it.digest) for it in symbols)
        if symbols is not None
        else None
    )
    return CodeFile(
        rows=tuple(decode(raw).split("\n")),
        bytes_digest=bytes_digest(raw),
        whole=_SYMBOLS.whole(path, raw) if parts is not None else "",
        parts=parts,
    )


def words_at(file: CodeFile, line: int, named: CodePart | None) -> list[str]:
    """List the words of the part at a line, or of the part that has a name, without comments, layout and documentation strings."""
    part = part_at(file, line) if named is None else next((it for it in file.parts or () if it.name == named.name), None)
    if part is None and named is not None:
        return ["(gone)"]
    rows = file.rows if part is None else file.rows[part.line - 1 : part.end_line]
    text = "\n".join(rows)
    words: list[str] = []
    is_start = True
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO("if 1:\n" + text if text[:1].isspace() else text).readline):
            if token.type in (tokenize.COMMENT, tokenize.NL):
                continue
            if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
                is_start = True
                continue
            _add(words, token, last, is_start=is_start)
            is_start, last = False, token.string
    except (tokenize.TokenError, IndentationError, SyntaxError, ValueError):
        return text.split()
    return words[3:] if text[:1].isspace() else words


def _add(words: list[str], token: tokenize.TokenInfo, last: str, *, is_start: bool) -> None:
    """Add a token after the token `last` as a formatter cannot change it: by its value, strings beside each other as one, brackets only of an empty call."""
    if token.type == tokenize.STRING:
        if not is_start:
            said = _text(token.string)
            words[-1:] = [words[-1] + said] if words and last[-1:] in ("'", '"') else [*words[-1:], "text " + said]
    elif token.type == tokenize.NUMBER:
        words.append(repr(ast.literal_eval(token.string)))
    elif token.string == ")" and last == "(":
        words.append("()")
    elif token.string not in ("(", ")", ",", "pass"):
        words.append(token.string)


def _text(literal: str) -> str:
    """Give what a literal says, however it is written."""
    node = ast.parse(literal, mode="eval").body
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else f"\0{ast.unparse(part)}\0" for part in parts)


def history(repository: Path, limit: int = 400) -> Iterator[tuple[Tree, Tree]]:
    """List the commits of a git repository, oldest first, as the Python files that each one changed."""
    names = _git(repository, "rev-list", "--first-parent", "--reverse", f"--max-count={limit}", "HEAD").decode().split()
    for parent, name in itertools.pairwise(names):
        listed = _git(repository, "diff-tree", "-r", "-z", "--name-only", "--no-renames", parent, name).split(b"\0")[:-1]
        paths = [RelPath(path.decode("utf-8", "surrogateescape")) for path in listed if path.endswith(b".py")]
        yield (
            {p: raw for p in paths if (raw := _show(repository, parent, p))},
            {p: raw for p in paths if (raw := _show(repository, name, p))},
        )


def _git(repository: Path, *args: str) -> bytes:
    return subprocess.run(["git", "-c", "core.quotePath=false", *args], cwd=repository, check=True, capture_output=True).stdout


def _show(repository: Path, commit: str, path: str) -> bytes:
    done = subprocess.run(["git", "show", f"{commit}:{path}"], cwd=repository, check=False, capture_output=True)
    return done.stdout if done.returncode == 0 else b""


def made_history(sources: Mapping[RelPath, bytes], commits: int = COMMITS, seed: int = 1) -> Iterator[tuple[Tree, Tree]]:
    """Make commits over sources: each edits one to four files, as people do."""
    chance = random.Random(seed)  # noqa: S311  (the same commits in every run)
    tree = {path: _with_links(raw, chance) for path, raw in sorted(sources.items())}
    paths = [path for path, raw in tree.items() if b"# req: made/" in raw]
    for number in range(commits):
        chosen = chance.sample(paths, min(len(paths), chance.randint(1, 4)))
        before = {path: tree[path] for path in chosen}
        for path in chosen:
            for _ in range(chance.randint(1, 3)):
                tree[path] = edited(tree[path], chance.choice(KINDS), number, chance)
        yield before, {path: tree[path] for path in chosen}


def _functions(raw: bytes) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """List the functions whose bodies stand on lines of their own."""
    tree = ast.parse(raw)
    found = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return sorted((node for node in found if node.body[0].lineno > node.lineno), key=lambda node: node.lineno)


def _with_links(raw: bytes, chance: random.Random) -> bytes:
    """Write a link above some functions, from the last to the first."""
    try:
        functions = _functions(raw)
    except SyntaxError:
        return raw
    rows = raw.decode("utf-8", "surrogateescape").split("\n")
    chosen = [node for node in functions if chance.random() < LINKED_SHARE]
    for number, node in reversed(list(enumerate(chosen, 1))):
        first = min((node.lineno, *(item.lineno for item in node.decorator_list)))
        rows.insert(first - 1, f"{' ' * node.col_offset}# req: made/1.{number}")
    return "\n".join(rows).encode("utf-8", "surrogateescape")


def edited(raw: bytes, kind: str, number: int, chance: random.Random) -> bytes:
    """Make one edit of a kind; a file that cannot take it stays as it is."""
    functions = _functions(raw)
    if not functions:
        return raw
    rows = raw.decode("utf-8", "surrogateescape").split("\n")
    node = chance.choice(functions)
    body = node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body
    at, indent = body[0].lineno - 1, " " * body[0].col_offset
    match kind:
        case "edit":
            rows.insert(at, f"{indent}_ = {number}, {chance.randint(0, 9999)}")
        case "comment":
            rows.insert(at, f"{indent}# note {number}")
        case "layout":
            rows.insert(at, "")
        case "docstring" if ast.get_docstring(node) is None:
            rows.insert(at, f'{indent}"""Says {number}."""')
        case "add":
            rows += ["", "", f"def added_{number}_{chance.randint(0, 9999)}():", f"    return {number}", ""]
        case "move":
            rows.insert(0, f"# moved down by {number}")
        case _:
            return raw
    new = "\n".join(rows).encode("utf-8", "surrogateescape")
    try:
        ast.parse(new)
    except SyntaxError:
        return raw
    return new


def library(name: str, limit: int = 25) -> dict[RelPath, bytes]:
    """Read the sources of an installed library, at most `limit` files; nothing where it is not installed."""
    spec = importlib.util.find_spec(name)
    places = list(spec.submodule_search_locations or ()) if spec else []
    files = sorted(Path(places[0]).rglob("*.py"))[:limit] if places else []
    return {RelPath(f"{name}/{file.name}"): file.read_bytes() for file in files if _parses(file.read_bytes())}


def _parses(raw: bytes) -> bool:
    try:
        return bool(_functions(raw))
    except (SyntaxError, ValueError):
        return False


def histories() -> Iterator[tuple[str, Figures]]:
    """Replay one history after the other."""
    yield "this repository (real)", replay(history(Path(__file__).resolve().parent.parent))
    for name in LIBRARIES:
        if sources := library(name):
            yield f"{name} (made)", replay(made_history(sources))


def main() -> None:
    """Print one line a history."""
    print(f"{'history':<24}{'commits':>8}{'by path':>9}{'by symbol':>11}{'fewer':>8}{'real':>7}{'missed':>8}")
    for name, it in histories():
        print(f"{name:<24}{it.commits:>8}{it.by_path:>9}{it.by_symbol:>11}{it.ratio:>7.1f}x{it.real:>7}{it.missed:>8}", flush=True)


if __name__ == "__main__":
    main()
