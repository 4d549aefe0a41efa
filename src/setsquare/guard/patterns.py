"""Compiles the patterns of permission rules: globs for files, `*` alone for commands and names.

A pattern that can be read in two ways has a wide and a narrow reading. What denies or asks takes the wide one, what allows the narrow one, so
that a doubt never permits anything.

Source: Kiro's on-disk format, section 9; settings.md § 2.3 (flags in any spelling).
"""

from __future__ import annotations

import re
from functools import cached_property

from msgspec import Struct

from setsquare.guard.globs import GlobSet, compiled
from setsquare.guard.lists import Entry, entry_tokens, forbidden_by
from setsquare.guard.paths import folded
from setsquare.guard.protected import folded_glob
from setsquare.guard.words import Word
from setsquare.guard.wrappers import program_name

_WILD = re.compile(r"[*?\[{]")
_EVERYTHING = frozenset({"**", "*", "./**", "/**", ".", "./", "/", "**/*", ""})
_VERSIONED = re.compile(r"(python|pip)[23](?:\.\d+)?")
_CLIMBING = re.compile(r"(?:^|[/=:])\.\.(?:/|$)")
_OPERATOR = re.compile(r"[;|&<>`$\n]")
_NEEDS_QUOTES = re.compile(r"[^\w./=:,@%+-]", re.ASCII)


class FilePattern(Struct, frozen=True):
    """One pattern of files: as written, and its globs for a path of the workspace and for an absolute one.

    `folded` is matched with the folded path, so that no other spelling of the same file escapes; it is empty in the narrow reading.
    """

    written: str
    relative: GlobSet
    absolute: GlobSet
    folded: GlobSet
    is_all: bool = False

    @property
    def is_absolute(self) -> bool:
        """Tell whether the pattern starts at the root of the disk."""
        return self.written.startswith("/")


class Place(Struct, frozen=True):
    """A path of the workspace in the spellings that patterns are held against; `absolute` is empty where the workspace's folder is not known."""

    path: str
    folded: str
    absolute: str = ""
    folded_absolute: str = ""

    @staticmethod
    def of(path: str, root: str = "") -> Place:
        """Spell a path; `root` is the workspace's absolute folder."""
        if not root:
            return Place(path, folded(path))
        absolute = f"{root.lstrip('/')}/{path}"
        return Place(path, folded(path), absolute, folded(absolute))


class FilePatterns(Struct, frozen=True):
    """Several patterns of files."""

    patterns: tuple[FilePattern, ...] = ()

    def found(self, place: Place) -> str | None:
        """Give the first pattern, as written, that covers a place; `None` when none does."""
        for each in self.patterns:
            if (
                each.is_all
                or each.relative.matches(place.path)
                or each.folded.matches(place.folded)
                or (each.is_absolute and (each.absolute.matches(place.absolute) or each.folded.matches(place.folded_absolute)))
            ):
                return each.written
        return None


def file_patterns(patterns: tuple[str, ...], *, is_wide: bool) -> FilePatterns:
    """Compile patterns of files; one without wildcard covers what is below it too.

    >>> wide, narrow = file_patterns(("src", "*.pem"), is_wide=True), file_patterns(("src", "*.pem"), is_wide=False)
    >>> [wide.found(Place.of(path)) for path in ("src/a.py", "lib/SRC/a.py", "keys/a.pem", "lib/a.py")]
    ['src', 'src', '*.pem', None]
    >>> [narrow.found(Place.of(path)) for path in ("src/a.py", "lib/src/a.py", "keys/a.pem", "a.pem")]
    ['src', None, None, '*.pem']
    """
    return FilePatterns(tuple(_wide(written) if is_wide else _narrow(written) for written in patterns))


def _wide(written: str) -> FilePattern:
    """Read a pattern as covering whatever it may mean."""
    bare = written.removeprefix("~/")
    plain = bare.removeprefix("./").strip("/")
    globs = (plain, f"**/{plain}", *((f"{plain}/**", f"**/{plain}/**") if not _WILD.search(plain) or bare.endswith("/") else ()))
    if plain.endswith("/**"):
        globs = (*globs, plain[:-3], f"**/{plain[:-3]}")
    relative, tolerant = compiled(globs), compiled(folded_glob(glob) for glob in globs)
    is_all = bool(relative.broken or tolerant.broken) or written in _EVERYTHING
    return FilePattern(written, relative, _absolute(written), tolerant, is_all=is_all)


def _narrow(written: str) -> FilePattern:
    """Read a pattern as covering what it certainly means: from the workspace's folder on; one that starts with `/` is absolute."""
    nothing = compiled(())
    if written.startswith(("/", "~")):
        return FilePattern(written, nothing, _absolute(written), nothing)
    plain = written.removeprefix("./").rstrip("/")
    globs = (f"./{plain}", *(() if _WILD.search(plain) else (f"./{plain}/**",)))
    return FilePattern(written, compiled(globs) if plain else nothing, nothing, nothing, is_all=plain == "**")


def _absolute(written: str) -> GlobSet:
    """Compile a pattern that starts at the root of the disk."""
    if not written.startswith("/"):
        return compiled(())
    plain = written.rstrip("/")
    return compiled((plain, *(() if _WILD.search(plain) else (f"{plain}/**",))))


class TextPattern(Struct, frozen=True):
    """One pattern of commands or names: as written, its expression, and the tokens that deny in any order of flags, if it is read so."""

    written: str
    expression: re.Pattern[str]
    entry: Entry | None = None
    program: str = ""


class TextPatterns(Struct, frozen=True, dict=True):
    """Several patterns of commands or names."""

    patterns: tuple[TextPattern, ...] = ()

    @cached_property
    def of_whole_texts(self) -> tuple[TextPattern, ...]:
        """List those with an operator of the shell in them."""
        return tuple(each for each in self.patterns if _OPERATOR.search(each.written))

    def found(self, text: str, argv: tuple[str, ...] = ()) -> str | None:
        """Give the first pattern, as written, that covers a text or its argument vector; `None` when none does.

        `argv` begins with the program's plain name (`plain_program`).
        """
        for each in self.patterns:
            if each.expression.fullmatch(text):
                return each.written
            if each.entry is not None and argv and each.program == argv[0] and forbidden_by(argv, (each.entry,)):
                return each.written
        return None

    def found_whole(self, text: str) -> str | None:
        """Give the first pattern with an operator of the shell in it that covers a whole shell text; others are held against single commands."""
        return next((each.written for each in self.of_whole_texts if each.expression.fullmatch(text)), None)


class Screen(Struct, frozen=True):
    """What many patterns of commands have in common: whatever one of them covers passes, and nearly all else does not.

    `texts` and `programs` are for single commands, `wholes` for whole shell texts; `None` where no pattern is.
    """

    texts: re.Pattern[str] | None
    programs: frozenset[str]
    wholes: re.Pattern[str] | None

    def may_cover(self, lines: tuple[CommandLine, ...], text: str) -> bool:
        """Tell whether one of the patterns may cover a command, given as one or more vectors, or the whole text that it stands in."""
        if self.wholes is not None and self.wholes.fullmatch(text):
            return True
        for line in lines:
            if (self.texts is not None and self.texts.fullmatch(line.text)) or (line.argv and line.argv[0] in self.programs):
                return True
        return False


def screen_of(groups: tuple[TextPatterns, ...]) -> Screen:
    """Join patterns, so that a command which none of them covers is told by one look.

    >>> screen = screen_of((text_patterns(("npm *", "* | sh"), is_wide=True), text_patterns(("ls",), is_wide=False)))
    >>> lines = [CommandLine.of(tuple(Word(text=part) for part in text.split())) for text in ("NPM test", "npm", "ls", "LS", "less")]
    >>> [screen.may_cover((line,), line.text) for line in lines], screen.may_cover((), "curl x | sh")
    ([True, True, True, False, False], True)
    """
    patterns = tuple(each for group in groups for each in group.patterns)
    return Screen(
        _joined(patterns),
        frozenset(each.program for each in patterns if each.entry is not None),
        _joined(tuple(each for group in groups for each in group.of_whole_texts)),
    )


def _joined(patterns: tuple[TextPattern, ...]) -> re.Pattern[str] | None:
    """Join expressions, each with its own way to take letters."""
    parts = (f"(?{'i' if each.expression.flags & re.IGNORECASE else ''}:{each.expression.pattern})" for each in patterns)
    return re.compile("|".join(parts), re.DOTALL) if patterns else None


def text_patterns(patterns: tuple[str, ...], *, is_wide: bool) -> TextPatterns:
    """Compile patterns in which `*` stands for any text. The wide reading also finds a command whose flags stand in another order.

    >>> wide, narrow = text_patterns(("npm publish*",), is_wide=True), text_patterns(("npm publish*",), is_wide=False)
    >>> [each.found("npm --silent publish", ("npm", "--silent", "publish")) for each in (wide, narrow)]
    ['npm publish*', None]
    >>> narrow.found("npm publish --dry-run")
    'npm publish*'
    """
    return TextPatterns(tuple(_text_pattern(written, is_wide=is_wide) for written in patterns))


def _text_pattern(written: str, *, is_wide: bool) -> TextPattern:
    """Compile one pattern."""
    entry = _entry(written, is_wide=is_wide)
    return TextPattern(written, _expression(written, is_wide=is_wide), entry, entry.tokens[0] if entry else "")


def plain_program(text: str) -> str:
    """Name a program without its folder and without the version of `python3` or `pip3`.

    >>> plain_program("/usr/bin/python3.12"), plain_program("git")
    ('python', 'git')
    """
    name = program_name(text)
    versioned = _VERSIONED.fullmatch(name)
    return versioned[1] if versioned else name


def _expression(written: str, *, is_wide: bool) -> re.Pattern[str]:
    """Translate one pattern; every repetition but the last is atomic, so that matching takes quadratic time at most."""
    first, *rest = (re.escape(piece) for piece in re.split(r"\*+", " ".join(written.split())))
    if not rest:
        return re.compile(first, re.DOTALL | (re.IGNORECASE if is_wide else 0))
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1])
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL | (re.IGNORECASE if is_wide else 0))


def _entry(written: str, *, is_wide: bool) -> Entry | None:
    """Read a pattern like an entry of `forbiddenCommands`; `None` where a `*` stands inside of a token."""
    tokens = tuple(token for token in entry_tokens(written.rstrip("*")) if token.strip("*"))
    if not is_wide or not tokens or any("*" in token for token in tokens):
        return None
    return Entry(written, (plain_program(tokens[0]), *tokens[1:]))


def command_text(words: tuple[Word, ...]) -> str:
    """Write an argument vector as one text in which an argument with blanks stays one.

    >>> command_text((Word(text="git"), Word(text="commit"), Word(text="a b")))
    "git commit 'a b'"
    """
    return " ".join(f"'{word.text}'" if " " in word.text and _NEEDS_QUOTES.search(word.text) else word.text for word in words)


class CommandLine(Struct, frozen=True):
    """An argument vector as patterns are held against it; `argv` begins with the program's plain name.

    `is_literal` says that the shell computes nothing in it, `climbs` that an argument leads upwards (`a/../b`), which no `*` that allows covers.
    """

    text: str
    argv: tuple[str, ...]
    is_literal: bool
    climbs: bool = False

    @staticmethod
    def of(words: tuple[Word, ...]) -> CommandLine:
        """Write an argument vector."""
        texts = tuple(word.text for word in words)
        argv = (plain_program(texts[0]), *texts[1:]) if texts else ()
        is_literal = not any(word.expands or word.globs or word.has_braces for word in words)
        climbs = any(".." in text and _CLIMBING.search(text) for text in texts)
        return CommandLine(command_text(words), argv, is_literal, climbs)
