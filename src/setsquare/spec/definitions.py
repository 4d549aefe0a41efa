"""Names the function, class or test that a line of code belongs to.

Python is read by its syntax tree; other languages by the nearest definition above a line, or just below a comment.
"""

from __future__ import annotations

import ast
import enum
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_PYTHON: Final = (".py", ".pyi")
_TITLED: Final = re.compile(
    r"""^(?P<indent>[ \t]*)(?:export\s+)?(?:describe|context|suite|it|test|specify|fit|fdescribe|xit|Deno\.test)"""
    r"""(?:\.(?:only|skip|each|concurrent|prop|failing|todo|sequential)(?:\([^)\n]{0,200}\)|`[^`\n]{0,200}`)?)*\(\s*(?P<quote>['"`])(?P<title>(?:\\.|(?!(?P=quote)).){1,300})(?P=quote)""",
)
_DEFINED: Final = re.compile(
    r"""^(?P<indent>[ \t]*)(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|open|override|suspend|inline|pub(?:\([\w: ]{1,30}\))?|unsafe|const|virtual|sealed|partial|local|extern)\s+)*"""
    r"""(?:(?:def|fn|func|fun|function\*?|sub|class|interface|struct|enum|trait|object|record|module|mod|namespace|defp?|impl|type|macro|procedure)\s+(?:\([^)\n]{0,80}\)\s*)?(?:self\.)?(?P<name>[\w$.:]+)"""
    r"""|(?P<arrow>[\w$]+)\s*(?::[^=\n]{1,80})?=\s*(?:async\s*)?(?:function\b|\([^)\n]{0,200}\)\s*(?::[^=\n]{1,80})?=>|\w+\s*=>)"""
    r"""|(?:[\w<>\[\],.?]+\s+){1,3}(?P<method>\w+)\s*\([^;\n]{0,200}\)?\s*(?:throws [\w., ]{1,80})?\{?\s*$"""
    r"""|(?P<bare>\w+)\s*\([^;=\n]{0,200}\)\s*(?::[^=;\n]{1,80})?\{\s*$)""",
)
_CONTROL: Final = frozenset(
    {"if", "for", "while", "switch", "catch", "return", "else", "do", "when", "match", "with", "using", "new", "await", "throw"}
)
_COMMENT: Final = re.compile(r"^\s*(?:#|//|/\*|\*|--|;|<!--|\{/\*|\"\"\"|'''|@|\[|%|\(\*|\{-|$)")
_BELOW: Final = 12
_ABOVE: Final = 400


class Role(enum.Enum):
    """What a line of Python is part of."""

    CODE = "code"
    DOCUMENT = "document"
    STRING = "string"


class Mark(Struct, frozen=True):
    """A call of `mark.req`: its line, the ids as written, and the symbol that it marks."""

    line: int
    ids: tuple[str, ...]
    symbol: str


class Definitions:
    """The definitions of one file, found when first asked for."""

    def __init__(self, path: str, text: str) -> None:
        """Take a file; a Python file that does not parse is read as any other language."""
        self._lines = text.split("\n")
        self._tree = _parsed(text) if path.endswith(_PYTHON) else None
        definitions = _definitions(self._tree, "") if self._tree else ()
        # Filled from the outside in: what begins later lies within.
        self._owners: dict[int, str] = {line: name for first, last, name in sorted(definitions) for line in range(first, last + 1)}
        self._roles: dict[int, Role] = dict(_roles(self._tree)) if self._tree else {}

    @property
    def is_parsed(self) -> bool:
        """Tell whether the file is Python that parses, so that comments can be told from strings."""
        return self._tree is not None

    def at(self, line: int) -> str:
        r"""Name what a line, from 1, belongs to: a comment just above a definition belongs to the definition.

        >>> code = Definitions("a.py", "class A:\n    # req: 1.1\n    @mark\n    def b(self):\n        pass\n")
        >>> code.at(2), code.at(1), code.at(5)
        ('A.b', 'A', 'A.b')
        >>> Definitions("a.ts", "describe('Login', () => {\n  // req: 1.1\n  it('refuses', () => {\n").at(2)
        'Login > refuses'
        """
        following = self._following(line)
        if self._tree is None:
            return self._nearest(following or line)
        return self._owners.get(following or line, "")

    def marks(self) -> tuple[Mark, ...]:
        """Find the marks of a Python file; none in any other."""
        return tuple(sorted(_marks(self._tree, self._owners), key=lambda mark: mark.line)) if self._tree else ()

    def role(self, line: int) -> Role:
        r"""Tell whether a line lies in a docstring, goes on a string that began above it, or is code.

        >>> Definitions("a.py", "X = '''\n# req: 1.1\n'''\n").role(2).value
        'string'
        """
        return self._roles.get(line, Role.CODE)

    def _following(self, line: int) -> int:
        """Find the line of code that a comment stands above; 0 where the line is no comment."""
        if not _COMMENT.match(self._lines[line - 1]) or _is_definition(self._lines[line - 1]):
            return 0
        for number in range(line, min(line + _BELOW, len(self._lines)) + 1):
            row = self._lines[number - 1]
            if not row.strip() and number > line:
                return 0
            if not _COMMENT.match(row):
                return number if _is_definition(row) else 0
        return 0

    def _nearest(self, line: int) -> str:
        """Join the definitions above a line, each less indented than the one below it."""
        names: list[str] = []
        indent, is_titled = 1 << 20, False
        for number in range(line, max(0, line - _ABOVE), -1):
            row = self._lines[number - 1]
            if len(row) > _ABOVE or not row.strip():
                continue
            found = _named(row)
            if found is None or found[0] >= indent:
                continue
            # What stands deeper than the line itself ended before it.
            if not names and number < line and found[0] >= _indent(self._lines[line - 1]):
                continue
            indent, is_titled = found[0], is_titled or found[2]
            names.append(found[1])
            if indent == 0:
                break
        return (" > " if is_titled else ".").join(reversed(names))


def _parsed(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _definitions(tree: ast.AST, above: str) -> Iterator[tuple[int, int, str]]:
    """List classes and functions as (first line with decorators, last line, dotted name); statements between them are looked into."""
    pending: list[tuple[ast.AST, str]] = [(tree, above)]
    while pending:
        node, prefix = pending.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _Definition):
                name = f"{prefix}.{child.name}" if prefix else child.name
                first = min((child.lineno, *(item.lineno for item in child.decorator_list)))
                yield first, child.end_lineno or child.lineno, name
                pending.append((child, name))
            elif isinstance(child, ast.stmt) and not isinstance(child, (ast.Expr, ast.Assign, ast.Return)):
                pending.append((child, prefix))


def _marks(tree: ast.Module, owners: Mapping[int, str]) -> Iterator[Mark]:
    """Walk the whole tree for marks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_mark(node.func):
            ids = tuple(item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str))
            yield Mark(node.lineno, ids, owners.get(node.lineno, ""))


def _roles(tree: ast.Module) -> Iterator[tuple[int, Role]]:
    """List the lines that are no code, strings first: a docstring's first line belongs to it, a string's first line is code."""
    documents: list[ast.stmt] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, *_DEFINITIONS)) and node.body and _is_text(node.body[0]):
            documents.append(node.body[0])
        is_text = isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        if is_text and isinstance(node, ast.expr):
            yield from ((line, Role.STRING) for line in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
    for document in documents:
        yield from ((line, Role.DOCUMENT) for line in range(document.lineno, (document.end_lineno or document.lineno) + 1))


_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_mark(node: ast.expr) -> bool:
    """Tell whether a call is `mark.req(…)` or `pytest.mark.req(…)`."""
    if not isinstance(node, ast.Attribute) or node.attr not in {"req", "reqs", "requirement", "requirements"}:
        return False
    return (isinstance(node.value, ast.Attribute) and node.value.attr == "mark") or (
        isinstance(node.value, ast.Name) and node.value.id == "mark"
    )


def _is_definition(row: str) -> bool:
    return len(row) <= _ABOVE and _named(row) is not None


def _named(row: str) -> tuple[int, str, bool] | None:
    """Read a line as a definition: its indentation, its name, and whether the name is a test's title."""
    if titled := _TITLED.match(row):
        return _indent(row), " ".join(titled["title"].split()), True
    found = _DEFINED.match(row)
    if found is None:
        return None
    name = found["name"] or found["arrow"] or found["method"] or found["bare"]
    first = row.split(None, 1)[0].partition("(")[0]
    if not name or name in _CONTROL or first in _CONTROL:
        return None
    return _indent(row), name.strip(".:"), False


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip())
