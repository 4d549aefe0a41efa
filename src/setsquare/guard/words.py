"""Reads one word of shell text: quotes removed, with a note of everything in it that the shell would compute."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

DEEPEST = 12
"""How deep substitutions may nest before the text counts as not understood."""

_METACHARACTERS = frozenset(" \t\n;&|()<>")
_PLAIN = re.compile(r"[\w./=:,@%+-]+", re.ASCII)
_PLAIN_WORD = re.compile(r"[\w./=:,@%+-]+(?=[ \t\n;&|)]|\Z)", re.ASCII)
"""Most words: nothing in them is quoted, computed or matched, and nothing follows that could belong to them."""
_PLAIN_QUOTED = re.compile(r'[^$`"\\]+')
_BRACES = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}")
_GLOB = re.compile(r"[*?]|\[.*\]", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]", re.ASCII)
_BRACED_NAME = re.compile(r"[#!]?(?:[A-Za-z_]\w*|[0-9]+|[@*#?$!-])(?:\[(?:[@*]|[0-9]+)\])?", re.ASCII)
_OPERATOR = re.compile(r":?[-+?](?!\d*:)|##?|%%?|//?|\^\^?|,,?|:\d+(?::\d+)?(?=\})")
_SUM = re.compile(r"[\d\s+\-*/%]*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))", re.DOTALL)


class NotUnderstood(Exception):
    """Shell text that this reader does not take: it is never run, whatever it may mean."""


class Word(Struct, frozen=True, kw_only=True):
    """One word.

    `text` is what stands there after quote removal; computed parts keep a placeholder such as `$X` or `$(…)`. `expands` says that the shell
    computes (part of) it, `globs` that it is matched against file names, `has_braces` that it stands for several words, `is_quoted` that
    some of it was quoted.
    """

    text: str
    expands: bool = False
    globs: bool = False
    has_braces: bool = False
    is_quoted: bool = False

    @property
    def is_literal(self) -> bool:
        """Tell whether the program receives exactly `text`."""
        return not (self.expands or self.globs or self.has_braces)


class Cursor:
    """A position in shell text; `depth` counts the substitutions around it."""

    __slots__ = ("depth", "position", "text")

    def __init__(self, text: str, depth: int = 0) -> None:
        """Start at the beginning of `text`.

        Raises:
            NotUnderstood: substitutions nest too deeply.
        """
        if depth > DEEPEST:
            raise NotUnderstood(f"substitutions nest more than {DEEPEST} deep")
        self.text = text
        self.position = 0
        self.depth = depth

    @property
    def at_end(self) -> bool:
        """Tell whether everything was read."""
        return self.position >= len(self.text)

    def peek(self, count: int = 1) -> str:
        """Look at the next characters, fewer at the end."""
        return self.text[self.position : self.position + count]

    def take(self, count: int = 1) -> str:
        """Read the next characters."""
        taken = self.peek(count)
        self.position += count
        return taken

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read what a pattern matches here."""
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def until(self, mark: str, what: str) -> str:
        """Read up to a mark and over it.

        Raises:
            NotUnderstood: the mark does not come.
        """
        end = self.text.find(mark, self.position)
        if end < 0:
            raise NotUnderstood(f"{what} is not closed")
        body = self.text[self.position : end]
        self.position = end + len(mark)
        return body


Commands: TypeAlias = Callable[[Cursor, str], None]
"""Reads the commands of a substitution from a cursor up to and over a closing mark (empty for the end of the text)."""


class _Draft:
    """A word while it is read: `bare` holds a placeholder for everything quoted or computed."""

    __slots__ = ("bare", "expands", "is_quoted", "text")

    def __init__(self) -> None:
        """Start empty."""
        self.text: list[str] = []
        self.bare: list[str] = []
        self.expands = False
        self.is_quoted = False

    def quote(self, text: str) -> None:
        """Add text that the shell takes as it is."""
        self.text.append(text)
        self.bare.append("\0")
        self.is_quoted = True

    def compute(self, shown: str) -> None:
        """Add a part that the shell computes."""
        self.text.append(shown)
        self.bare.append("\0")
        self.expands = True

    def word(self) -> Word:
        """Finish the word."""
        bare = "".join(self.bare)
        return Word(
            text="".join(self.text),
            expands=self.expands,
            globs=_GLOB.search(bare) is not None,
            has_braces=_BRACES.search(bare) is not None,
            is_quoted=self.is_quoted,
        )


def read_word(cursor: Cursor, commands: Commands) -> Word:
    """Read the word at the cursor; an empty word when none starts there.

    Raises:
        NotUnderstood: the word holds something that this reader does not take.

    >>> word = read_word(Cursor("'a b'$HOME rest", 0), lambda cursor: ())
    >>> word.expands, word.is_quoted
    (True, True)
    """
    if plain := cursor.match(_PLAIN_WORD):
        return Word(text=plain[0])
    draft = _Draft()
    while not cursor.at_end:
        character = cursor.peek()
        if character in "<>" and cursor.peek(2).endswith("("):
            cursor.take(2)
            _nested(cursor, commands)
            draft.compute(f"{character}(…)")
        elif character in _METACHARACTERS:
            break
        else:
            _read_part(cursor, draft, commands)
    return draft.word()


def read_quoted_text(text: str, depth: int, commands: Commands) -> bool:
    """Read text in which only `$` and backticks mean something, as in a here-document; tell whether anything in it is computed.

    Raises:
        NotUnderstood: the text holds something that this reader does not take.

    >>> read_quoted_text("plain", 0, lambda cursor: ()), read_quoted_text("in $HOME", 0, lambda cursor: ())
    (False, True)
    """
    cursor, draft = Cursor(text, depth), _Draft()
    while not cursor.at_end:
        _read_double_quoted_part(cursor, draft, commands)
    return draft.expands


def _read_part(cursor: Cursor, draft: _Draft, commands: Commands) -> None:
    """Read a quoted stretch, an expansion or one plain character."""
    match cursor.peek():
        case "\\":
            cursor.take()
            escaped = cursor.take()
            if escaped in ("", "\n"):
                raise NotUnderstood("a line is continued inside a word")
            draft.quote(escaped)
        case "'":
            cursor.take()
            draft.quote(cursor.until("'", "a quote"))
        case '"':
            cursor.take()
            draft.quote("")
            while cursor.peek() != '"':
                if cursor.at_end:
                    raise NotUnderstood("a double quote is not closed")
                _read_double_quoted_part(cursor, draft, commands)
            cursor.take()
        case "$" if cursor.peek(2) == "$'":
            cursor.take(2)
            _read_ansi(cursor, draft)
        case "$" if cursor.peek(2) == '$"':
            raise NotUnderstood("a translated string")
        case "$" | "`":
            _read_expansion(cursor, draft, commands)
        case character if character.isspace():
            raise NotUnderstood("a blank that is not a space, outside quotes")
        case character:
            plain = cursor.match(_PLAIN)
            text = plain[0] if plain else character
            if plain is None:
                cursor.take()
            draft.text.append(text)
            draft.bare.append(text)


def _read_double_quoted_part(cursor: Cursor, draft: _Draft, commands: Commands) -> None:
    """Read an escape, an expansion or one character inside double quotes."""
    match cursor.peek():
        case "\\":
            escaped = cursor.peek(2)[1:]
            if escaped == "\n":
                raise NotUnderstood("a line is continued inside double quotes")
            draft.quote(escaped if escaped and escaped in '$`"\\' else f"\\{escaped}")
            cursor.take(2)
        case "$" | "`":
            _read_expansion(cursor, draft, commands)
        case _:
            plain = cursor.match(_PLAIN_QUOTED)
            draft.quote(plain[0] if plain else cursor.take())


def _nested(cursor: Cursor, commands: Commands) -> None:
    """Read the commands of a substitution up to its closing parenthesis."""
    cursor.depth += 1
    if cursor.depth > DEEPEST:
        raise NotUnderstood(f"substitutions nest more than {DEEPEST} deep")
    commands(cursor, ")")
    cursor.depth -= 1


def _read_expansion(cursor: Cursor, draft: _Draft, commands: Commands) -> None:
    """Read what a `$` or a backtick starts."""
    if cursor.take() == "`":
        body = cursor.until("`", "a backtick")
        if "\\" in body:
            raise NotUnderstood("a backslash inside backticks")
        commands(Cursor(body, cursor.depth + 1), "")
        draft.compute("$(…)")
    elif cursor.peek(2) == "((":
        cursor.take(2)
        total = cursor.match(_SUM)
        if total is None or cursor.take(2) != "))":
            raise NotUnderstood("arithmetic with more than numbers can run commands")
        draft.compute(f"$(({total[0]}))")
    elif cursor.peek() == "(":
        cursor.take()
        _nested(cursor, commands)
        draft.compute("$(…)")
    elif cursor.peek() == "{":
        cursor.take()
        _read_braced(cursor, draft, commands)
    elif cursor.peek() == "[":
        raise NotUnderstood("old arithmetic can run commands")
    elif name := cursor.match(_NAME):
        draft.compute(f"${name[0]}")
    else:
        draft.quote("$")


def _read_braced(cursor: Cursor, draft: _Draft, commands: Commands) -> None:
    """Read `${NAME}` with the operators that cannot run or assign anything; the word after an operator is read for substitutions."""
    name = cursor.match(_BRACED_NAME)
    if name is None or not (cursor.peek() == "}" or cursor.match(_OPERATOR)):
        raise NotUnderstood("a parameter expansion that may run or assign something")
    cursor.depth += 1
    if cursor.depth > DEEPEST:
        raise NotUnderstood(f"substitutions nest more than {DEEPEST} deep")
    inner = _Draft()
    while cursor.peek() != "}":
        if cursor.at_end or cursor.peek() in "'\"\\\n":
            raise NotUnderstood("quotes inside a parameter expansion, or one that is not closed")
        if cursor.peek() in "$`":
            _read_expansion(cursor, inner, commands)
        elif cursor.peek(2) in ("<(", ">("):
            raise NotUnderstood("a process substitution inside a parameter expansion")
        else:
            cursor.take()
    cursor.take()
    cursor.depth -= 1
    draft.compute(f"${{{name[0]}}}")


def _read_ansi(cursor: Cursor, draft: _Draft) -> None:
    """Read `$'…'`; the word counts as computed because not every shell knows it."""
    parts: list[str] = []
    while (character := cursor.peek()) != "'":
        if not character:
            raise NotUnderstood("a quote is not closed")
        escape = cursor.match(_ANSI) if character == "\\" else None
        parts.append(_unescaped(escape) if escape else cursor.take())
    cursor.take()
    draft.compute("".join(parts))


def _unescaped(escape: re.Match[str]) -> str:
    """Give the character of an ANSI-C escape."""
    hexadecimal = escape[1] or escape[2] or escape[3]
    code = int(hexadecimal, 16) if hexadecimal else int(escape[4], 8) if escape[4] else -1
    if code == 0 or code > 0x10FFFF or escape[5] or escape[6] == "'":
        raise NotUnderstood("a control character or an escaped quote in a quoted string")
    return chr(code) if code > 0 else _ESCAPES.get(escape[6], escape[6])
