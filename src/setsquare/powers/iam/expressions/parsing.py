"""Parses an expression of Terraform.

Source: HCL Native Syntax Specification, "Expressions" and "Template Expressions".
"""

from __future__ import annotations

from setsquare.powers.iam.expressions.terms import (
    Applied,
    At,
    Attr,
    Either,
    Listing,
    Literal,
    Loop,
    Mapped,
    Operation,
    Splat,
    Step,
    Template,
    Term,
    Unparsed,
    Walk,
)
from setsquare.text.lazy_pattern import LazyPattern

LIMIT_DEPTH = 40
LIMIT_TEXT = 400_000
_SPACE = LazyPattern(r"(?:[ \t\r\n]++|\#[^\n]*+|//[^\n]*+|/\*(?s:.*?)\*/)*+")
_NAME = LazyPattern(r"[^\W\d][\w-]*+(?:::[^\W\d][\w-]*+)*+")
_NUMBER = LazyPattern(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_OPERATOR = LazyPattern(r"\|\||&&|==|!=|<=|>=|<(?!<)|>|[-+*/%]")
_HEREDOC = LazyPattern(r"<<(?P<indented>-?)(?P<tag>[^\W\d][\w-]*+)[ \t]*+\r?\n")
_LITERAL = LazyPattern(r'(?:[^"\\$%]++|\$\$\{|%%\{|\$(?!\{)|%(?!\{))++')
_PLAIN = LazyPattern(r"(?:[^$%]++|\$\$\{|%%\{|\$(?!\{)|%(?!\{))++")
_ESCAPE = LazyPattern(r'\\(?:([nrt"\\/])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))')
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
_BARE = {"true": Literal(True), "false": Literal(False), "null": Literal(None)}


class _NotUnderstood(Exception):
    """The text is no expression that is known here."""


def parsed(text: str) -> Term:
    """Parse a whole text; what is not understood stays as it is written.

    >>> parsed('["iam:${x}"]').items[0].parts[0], parsed("a b").shown
    ('iam:', 'a b')
    """
    if len(text) > LIMIT_TEXT:
        return Unparsed(text[:200])
    reader = _Reader(text)
    try:
        term, at = reader.term(0, 0)
        return term if reader.after(at) == len(text) else Unparsed(text)
    except (_NotUnderstood, IndexError):
        return Unparsed(text)


def parsed_template(text: str) -> Term:
    """Parse a text that has no quotes around it.

    >>> parsed_template("a ${b} c").parts
    ('a ', Walk(root='b', steps=(), shown='b'), ' c')
    """
    try:
        return _template(_Reader(text), 0, len(text), 0, text)
    except (_NotUnderstood, IndexError):
        return Unparsed(text)


class _Reader:
    """Reads one text; each method gives what it read and where that ends."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def after(self, at: int) -> int:
        """Step over blanks and comments."""
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def term(self, at: int, depth: int) -> tuple[Term, int]:
        """Read an expression."""
        if depth > LIMIT_DEPTH:
            raise _NotUnderstood
        test, at = self._level(at, depth + 1, 0)
        after = self.after(at)
        if not self.text.startswith("?", after):
            return test, at
        yes, at = self.term(after + 1, depth + 1)
        no, at = self.term(self.expected(":", at), depth + 1)
        return Either(test, yes, no), at

    def expected(self, mark: str, at: int) -> int:
        """Step over a mark that has to stand here."""
        at = self.after(at)
        if not self.text.startswith(mark, at):
            raise _NotUnderstood
        return at + len(mark)

    def _level(self, at: int, depth: int, level: int) -> tuple[Term, int]:
        """Read a row of operators of one rank."""
        if level == len(_LEVELS):
            return self._unary(at, depth)
        start = at = self.after(at)
        term, at = self._level(at, depth, level + 1)
        while (found := _OPERATOR.match(self.text, self.after(at))) is not None and found[0] in _LEVELS[level]:
            other, at = self._level(found.end(), depth, level + 1)
            term = Operation(found[0], (term, other), self.text[start:at])
        return term, at

    def _unary(self, at: int, depth: int) -> tuple[Term, int]:
        at = self.after(at)
        if depth > LIMIT_DEPTH:
            raise _NotUnderstood
        if self.text[at : at + 1] in {"!", "-"}:
            term, end = self._unary(at + 1, depth + 1)
            return Operation(self.text[at], (term,), self.text[at:end]), end
        return self._walk(at, depth)

    def _walk(self, start: int, depth: int) -> tuple[Term, int]:
        """Read a value and the steps from it."""
        root, at = self._primary(start, depth)
        steps: list[Step] = []
        while (found := self._step(at, depth)) is not None:
            step, at = found
            steps.append(step)
        if isinstance(root, str) or steps:
            return Walk(root, tuple(steps), self.text[start:at]), at
        return root, at

    def _step(self, at: int, depth: int) -> tuple[Step, int] | None:
        if self.text.startswith(".", at) and not self.text.startswith("..", at):
            name = _NAME.match(self.text, at + 1) or _NUMBER.match(self.text, at + 1)
            if name is None:
                return Splat(), self.expected("*", at + 1)
            return (Attr(name[0]) if not name[0].isdigit() else At(Literal(float(name[0])))), name.end()
        if not self.text.startswith("[", at):
            return None
        inside = self.after(at + 1)
        if self.text.startswith("*", inside):
            return Splat(), self.expected("]", inside + 1)
        key, end = self.term(inside, depth + 1)
        return At(key), self.expected("]", end)

    def _primary(self, at: int, depth: int) -> tuple[Term | str, int]:
        letter = self.text[at : at + 1]
        if letter == '"':
            return _quoted(self, at, depth)
        if letter == "(":
            term, end = self.term(at + 1, depth + 1)
            end = self.expected(")", end)
            return (Operation("()", (term,), self.text[at:end]) if isinstance(term, str) else term), end
        if letter == "[":
            return _listing(self, at, depth)
        if letter == "{":
            return _mapped(self, at, depth)
        if letter == "<":
            return _heredoc(self, at, depth)
        number = _NUMBER.match(self.text, at)
        if number:
            return Literal(float(number[0])), number.end()
        name = _NAME.match(self.text, at)
        if name is None:
            raise _NotUnderstood
        if name[0] in _BARE:
            return _BARE[name[0]], name.end()
        if self.text.startswith("(", name.end()):
            return _applied(self, at, name[0], name.end(), depth)
        return name[0], name.end()

    def loop_begins(self, at: int) -> bool:
        """Tell whether a loop begins here."""
        return self.text.startswith("for", at) and self.text[at + 3 : at + 4].isspace()

    def closing(self, mark: str, at: int) -> int:
        """Give the place where a mark has to stand."""
        self.expected(mark, at)
        return at


def _quoted(reader: _Reader, start: int, depth: int) -> tuple[Term, int]:
    parts: list[Term] = []
    at = start + 1
    while not reader.text.startswith('"', at):
        plain = _LITERAL.match(reader.text, at)
        escape = _ESCAPE.match(reader.text, at)
        if plain:
            parts.append(plain[0].replace("$${", "${").replace("%%{", "%{"))
            at = plain.end()
        elif escape:
            parts.append(_meant(escape.groups()))
            at = escape.end()
        else:
            part, at = _hole(reader, at, depth)
            parts.append(part)
    return Template(tuple(parts), reader.text[start + 1 : at]), at + 1


def _hole(reader: _Reader, at: int, depth: int) -> tuple[Term, int]:
    """Read an expression in a text; conditions and loops of texts are not followed."""
    if not reader.text.startswith("${", at):
        raise _NotUnderstood
    inside = at + 3 if reader.text.startswith("~", at + 2) else at + 2
    term, end = reader.term(inside, depth + 1)
    end = reader.after(end)
    end += reader.text.startswith("~}", end)
    return term, reader.expected("}", end)


def _template(reader: _Reader, at: int, end: int, depth: int, shown: str) -> Term:
    """Read a text without quotes."""
    parts: list[Term] = []
    while at < end:
        plain = _PLAIN.match(reader.text, at, end)
        if plain:
            parts.append(plain[0].replace("$${", "${").replace("%%{", "%{"))
            at = plain.end()
        else:
            part, at = _hole(reader, at, depth)
            parts.append(part)
    return Template(tuple(parts), shown)


def _heredoc(reader: _Reader, at: int, depth: int) -> tuple[Term, int]:
    head = _HEREDOC.match(reader.text, at)
    close = LazyPattern(rf"(?m)^[ \t]*{head['tag']}[ \t]*\r?$").search(reader.text, head.end()) if head else None
    if head is None or close is None:
        raise _NotUnderstood
    return _template(reader, head.end(), close.start(), depth, reader.text[head.end() : close.start()]), close.end()


def _listing(reader: _Reader, start: int, depth: int) -> tuple[Term, int]:
    at = reader.after(start + 1)
    if reader.loop_begins(at):
        return _loop(reader, start, at, depth, "]")
    items: list[Term] = []
    while not reader.text.startswith("]", at):
        item, at = reader.term(at, depth + 1)
        items.append(item)
        at = reader.after(at)
        at = reader.after(at + 1) if reader.text.startswith(",", at) else reader.closing("]", at)
    return Listing(tuple(items), reader.text[start : at + 1]), at + 1


def _mapped(reader: _Reader, start: int, depth: int) -> tuple[Term, int]:
    at = reader.after(start + 1)
    if reader.loop_begins(at):
        return _loop(reader, start, at, depth, "}")
    pairs: list[tuple[Term, Term]] = []
    while not reader.text.startswith("}", at):
        name = _NAME.match(reader.text, at)
        is_bare = name is not None and reader.text[reader.after(name.end()) : reader.after(name.end()) + 1] in {"=", ":"}
        key, at = (name[0], name.end()) if name and is_bare else reader.term(at, depth + 1)
        at = reader.after(at)
        if reader.text[at : at + 1] not in {"=", ":"}:
            raise _NotUnderstood
        value, at = reader.term(at + 1, depth + 1)
        pairs.append((key, value))
        at = reader.after(at)
        at = reader.after(at + 1) if reader.text.startswith(",", at) else at
    return Mapped(tuple(pairs), reader.text[start : at + 1]), at + 1


def _loop(reader: _Reader, start: int, at: int, depth: int, close: str) -> tuple[Term, int]:
    names: list[str] = []
    at = reader.after(at + 3)
    while (name := _NAME.match(reader.text, at)) is not None and name[0] != "in":
        names.append(name[0])
        at = reader.after(name.end())
        at = reader.after(at + 1) if reader.text.startswith(",", at) else at
    source, at = reader.term(reader.expected("in", at), depth + 1)
    value, at = reader.term(reader.expected(":", at), depth + 1)
    key: Term | None = None
    if reader.text.startswith("=>", reader.after(at)):
        key = value
        value, at = reader.term(reader.after(at) + 2, depth + 1)
    at = reader.after(at)
    is_grouping = reader.text.startswith("...", at)
    at = reader.after(at + 3 if is_grouping else at)
    test: Term | None = None
    if reader.text.startswith("if", at):
        test, at = reader.term(at + 2, depth + 1)
    end = reader.expected(close, at)
    return Loop(tuple(names), source, key, value, test, is_grouping, reader.text[start:end]), end


def _applied(reader: _Reader, start: int, name: str, open_: int, depth: int) -> tuple[Term, int]:
    arguments: list[Term] = []
    is_spread = False
    at = reader.after(open_ + 1)
    while not reader.text.startswith(")", at):
        argument, at = reader.term(at, depth + 1)
        arguments.append(argument)
        at = reader.after(at)
        if reader.text.startswith("...", at):
            is_spread, at = True, reader.after(at + 3)
        at = reader.after(at + 1) if reader.text.startswith(",", at) else reader.closing(")", at)
    return Applied(name, tuple(arguments), is_spread, reader.text[start : at + 1]), at + 1


def _meant(groups: tuple[str | None, ...]) -> str:
    simple, short, long = groups
    if simple:
        return _SIMPLE[simple]
    number = int(short or long or "0", 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
