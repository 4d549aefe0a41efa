"""Reads bash-like text into its simple commands, wherever they stand: lists, pipes, subshells, loops, substitutions, here-documents.

What it does not understand it refuses, so that no other shell can understand it differently. It is more tolerant than a shell about how
loops and conditions nest: text that a shell rejects harms nobody, and every command in it is read all the same.

Source: settings.md § 2.3; safety.md AT22, AT23, AT25, AT26.
"""

from __future__ import annotations

import enum
import re

from msgspec import Struct

from setsquare.guard.words import Cursor, NotUnderstood, Word, read_quoted_text, read_word

LONGEST = 20_000
"""Most characters of one command text."""

MOST_COMMANDS = 50
"""Most simple commands in one command text."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=", re.ASCII)
_SUBSCRIPT = re.compile(r"[A-Za-z_]\w*\[", re.ASCII)
_OPERATORS = re.compile(r"&&|\|\||\|&|;(?![;&])|[&|]")
_ESAC = re.compile(r"esac(?![^\s;&|()<>])")
_CASE_END = re.compile(r";;&?|;&")
_REDIRECTION = re.compile(r"(\d*)(&>>|&>|<<<|<<-|<<|<&|<>|<(?!\()|>>|>\||>&|>(?!\())")
_REDIRECTING = frozenset("0123456789<>&")
"""What a redirection may begin with."""
_HERE_NAME = re.compile(r"[ \t]*(['\"]?)([A-Za-z_]\w*)\1(?=[\s;&|()<>]|\Z)", re.ASCII)
_DUPLICATE = re.compile(r"[ \t]*(?:\d+-?|-)(?=[\s;&|()<>]|\Z)")
_SKIPPED = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "{"})
_CLOSING = frozenset({"fi", "done", "}"})
_REFUSED = frozenset({"function", "select", "coproc", "alias"})
_LAST_OF_TEST = "]]"
_ARITHMETIC_TESTS = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v"})


class RedirectionKind(enum.Enum):
    """What a redirection does to its file."""

    READ = "read"
    WRITE = "write"
    HERE = "here"


class Redirection(Struct, frozen=True):
    """One redirection to or from a file, or a here-document or here-string (its text)."""

    kind: RedirectionKind
    target: Word


class Assignment(Struct, frozen=True):
    """`NAME=value` before or instead of a program."""

    name: str
    value: Word


class Simple(Struct, frozen=True, kw_only=True):
    """One simple command: `words` is its argument vector, empty when it only assigns or redirects."""

    words: tuple[Word, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    redirections: tuple[Redirection, ...] = ()

    @property
    def shown(self) -> str:
        """Write the argument vector for a person, at most 120 characters."""
        text = " ".join(word.text for word in self.words)
        return text if len(text) <= 120 else text[:119] + "…"


class Script(Struct, frozen=True):
    """Every simple command of a text; those of a substitution stand before the command that holds it."""

    commands: tuple[Simple, ...]


class Unparseable(Struct, frozen=True):
    """Text that is not understood and therefore never run; `reason` says what in it."""

    reason: str


def parse(command: str) -> Script | Unparseable:
    """Read shell text.

    >>> [simple.shown for simple in parse("A=1 npm test && (cat 'a b' | head > out)").commands]
    ['npm test', 'cat a b', 'head']
    >>> [simple.shown for simple in parse('echo "$(rm -rf x)"').commands]
    ['rm -rf x', 'echo $(…)']
    >>> parse("echo 'open").reason
    'a quote is not closed'
    """
    if len(command) > LONGEST:
        return Unparseable(f"the text is longer than {LONGEST} characters")
    if _INVISIBLE.search(command):
        return Unparseable("the text holds control or invisible characters")
    grammar = _Grammar()
    try:
        grammar.read(Cursor(command), "")
    except NotUnderstood as problem:
        return Unparseable(str(problem))
    return Script(tuple(grammar.commands))


class _Grammar:
    """Collects the simple commands of a text."""

    def __init__(self) -> None:
        """Start with none."""
        self.commands: list[Simple] = []
        self.here: list[tuple[str, bool, bool]] = []

    def read(self, cursor: Cursor, stop: str) -> None:
        """Read commands up to `stop`: `)`, `;;` (the end of a case branch) or the end of the text."""
        while True:
            _skip_blanks(cursor)
            character = cursor.peek()
            if not character:
                if stop or self.here:
                    raise NotUnderstood("a parenthesis, a case or a here-document is not closed")
                return
            if character == ")":
                if stop != ")":
                    raise NotUnderstood("a parenthesis closes nothing")
                cursor.take()
                return
            if stop == ";;" and _at_case_end(cursor):
                return
            if character == "\n":
                cursor.take()
                self._read_here_bodies(cursor)
            elif character == "(":
                self._read_subshell(cursor)
            elif not cursor.match(_OPERATORS):
                self._read_command(cursor)

    def _read_subshell(self, cursor: Cursor) -> None:
        """Read `( … )`."""
        if cursor.peek(2) == "((":
            raise NotUnderstood("arithmetic commands are not taken; put a blank between two parentheses")
        cursor.take()
        inner = Cursor(cursor.text, cursor.depth + 1)
        inner.position = cursor.position
        self.read(inner, ")")
        cursor.position = inner.position

    def _read_command(self, cursor: Cursor) -> None:
        """Read one simple command, or one reserved word and what belongs to it."""
        words: list[Word] = []
        assignments: list[Assignment] = []
        redirections: list[Redirection] = []
        is_over = False
        while character := cursor.peek():
            if character in _REDIRECTING and (redirection := cursor.match(_REDIRECTION)):
                # A shell that does not know `&>` ends the command there and starts another one.
                is_over = is_over or redirection[2].startswith("&")
                if found := self._redirection(cursor, redirection[2]):
                    redirections.append(found)
            elif not words and (assignment := cursor.match(_ASSIGNMENT)):
                if cursor.peek() == "(":
                    raise NotUnderstood("array assignments are not taken")
                assignments.append(Assignment(assignment[1], read_word(cursor, self.read)))
            elif character in "\n;&|)":
                break
            elif is_over:
                raise NotUnderstood("words after `&>`, which another shell takes for another command; put it last")
            elif character == "(":
                raise NotUnderstood("a parenthesis after a word (a function or a pattern)")
            else:
                if not words and _SUBSCRIPT.match(cursor.text, cursor.position):
                    raise NotUnderstood("an array element at the start of a command")
                word = read_word(cursor, self.read)
                if not (words or assignments or redirections) and self._reserved(cursor, word):
                    return
                words.append(word)
            _skip_blanks(cursor)
        if not (words or assignments or redirections):
            raise NotUnderstood("an operator without a command")
        self._add(Simple(words=tuple(words), assignments=tuple(assignments), redirections=tuple(redirections)))

    def _add(self, simple: Simple) -> None:
        """Keep a command, unless there are too many."""
        if len(self.commands) >= MOST_COMMANDS:
            raise NotUnderstood(f"there are more than {MOST_COMMANDS} commands in it")
        self.commands.append(simple)

    def _reserved(self, cursor: Cursor, word: Word) -> bool:
        """Handle a reserved word at the start of a command; tell whether it was one."""
        if word.is_quoted or word.expands:
            return False
        if word.text in _REFUSED:
            raise NotUnderstood(f"`{word.text}` is not taken")
        match word.text:
            case "for":
                self._read_for(cursor)
            case "case":
                self._read_case(cursor)
            case "[[":
                self._read_test(cursor)
            case text:
                return text in _SKIPPED or text in _CLOSING
        return True

    def _read_for(self, cursor: Cursor) -> None:
        """Read `for NAME in WORDS`; its body is read as what follows."""
        _skip_blanks(cursor)
        if cursor.peek() == "(":
            raise NotUnderstood("an arithmetic loop is not taken")
        name = read_word(cursor, self.read)
        if not name.is_literal or not name.text.isidentifier():
            raise NotUnderstood("a loop without a plain variable name")
        words: list[Word] = []
        _skip_blanks(cursor)
        while not cursor.at_end and cursor.peek() not in "\n;":
            if cursor.peek() in "&|()<>":
                raise NotUnderstood("an operator in the head of a loop")
            words.append(read_word(cursor, self.read))
            _skip_blanks(cursor)
        self._add(Simple(assignments=tuple(Assignment(name.text, word) for word in words) or (Assignment(name.text, name),)))

    def _read_case(self, cursor: Cursor) -> None:
        """Read `case WORD in PATTERN) … ;; … esac`."""
        _skip_blanks(cursor)
        read_word(cursor, self.read)
        _skip_space(cursor)
        if read_word(cursor, self.read).text != "in":
            raise NotUnderstood("a case without `in`")
        inner = Cursor(cursor.text, cursor.depth + 1)
        inner.position = cursor.position
        while True:
            _skip_space(inner)
            if inner.at_end:
                raise NotUnderstood("a case is not closed")
            if inner.peek() == "(":
                inner.take()
            pattern = read_word(inner, self.read)
            if pattern.text == "esac" and not pattern.is_quoted:
                break
            _skip_blanks(inner)
            while inner.peek() == "|":
                inner.take()
                _skip_blanks(inner)
                read_word(inner, self.read)
                _skip_blanks(inner)
            if inner.take() != ")":
                raise NotUnderstood("a case pattern is not closed")
            self.read(inner, ";;")
        cursor.position = inner.position

    def _read_test(self, cursor: Cursor) -> None:
        """Read `[[ … ]]` without operators: to a shell that does not know it, an operator in it starts another command."""
        words: list[Word] = []
        while not (words and words[-1].text == _LAST_OF_TEST):
            _skip_blanks(cursor)
            if cursor.at_end or cursor.peek() in "\n;&|()<>":
                raise NotUnderstood("`[[` with an operator in it, or not closed; use one `[[ … ]]` for each condition")
            words.append(read_word(cursor, self.read))
        if any(word.text in _ARITHMETIC_TESTS for word in words):
            raise NotUnderstood("arithmetic in `[[` can run commands; use `[`")

    def _redirection(self, cursor: Cursor, operator: str) -> Redirection | None:
        """Read the target of a redirection; `None` when it only joins two streams."""
        if operator in ("<<", "<<-"):
            return self._here_document(cursor, operator)
        if operator in ("<&", ">&") and cursor.match(_DUPLICATE):
            return None
        _skip_blanks(cursor)
        target = read_word(cursor, self.read)
        if not target.text and not target.is_quoted:
            raise NotUnderstood("a redirection without a target")
        if operator == "<<<":
            return Redirection(RedirectionKind.HERE, target)
        return Redirection(RedirectionKind.READ if operator in ("<", "<&") else RedirectionKind.WRITE, target)

    def _here_document(self, cursor: Cursor, operator: str) -> Redirection:
        """Note a here-document; its body comes after the line."""
        name = cursor.match(_HERE_NAME)
        if name is None or cursor.depth:
            raise NotUnderstood("a here-document with an unusual end mark or inside another construct")
        self.here.append((name[2], bool(name[1]), operator == "<<-"))
        return Redirection(RedirectionKind.HERE, Word(text="", expands=True))

    def _read_here_bodies(self, cursor: Cursor) -> None:
        """Read the bodies of the here-documents that the line before announced."""
        while self.here:
            end_mark, is_literal, is_indented = self.here.pop(0)
            body: list[str] = []
            while True:
                if cursor.at_end:
                    raise NotUnderstood("a here-document is not closed")
                line, _, _ = cursor.text[cursor.position :].partition("\n")
                cursor.position += len(line) + 1
                if (line.lstrip("\t") if is_indented else line) == end_mark:
                    break
                body.append(line)
            if not is_literal:
                if any(line.endswith("\\") for line in body):
                    raise NotUnderstood("a line is continued inside a here-document")
                read_quoted_text("\n".join(body), cursor.depth + 1, self.read)


def _at_case_end(cursor: Cursor) -> bool:
    """Tell whether a case branch ends here; `esac` is left for the case."""
    return bool(cursor.match(_CASE_END)) or _ESAC.match(cursor.text, cursor.position) is not None


def _skip_blanks(cursor: Cursor) -> None:
    r"""Skip blanks, comments, and a line continuation that stands between two blanks."""
    while True:
        character = cursor.text[cursor.position : cursor.position + 1]
        if character in (" ", "\t"):
            cursor.position += 1
        elif character not in ("#", "\\"):
            return
        elif character == "#" and (cursor.position == 0 or cursor.text[cursor.position - 1] in " \t\n;&|()"):
            end = cursor.text.find("\n", cursor.position)
            cursor.position = end if end >= 0 else len(cursor.text)
        elif cursor.peek(2) == "\\\n" and cursor.position and cursor.text[cursor.position - 1] in " \t":
            cursor.take(2)
        else:
            return


def _skip_space(cursor: Cursor) -> None:
    """Skip blanks, comments and line ends."""
    _skip_blanks(cursor)
    while cursor.peek() == "\n":
        cursor.take()
        _skip_blanks(cursor)
