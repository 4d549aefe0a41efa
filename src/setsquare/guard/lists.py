"""Matches a command with the entries of `allowedCommands` and `forbiddenCommands`.

Source: settings.md § 2.3.
"""

from __future__ import annotations

import re
from functools import cached_property

from msgspec import Struct

from setsquare.guard.globs import braces_expanded
from setsquare.guard.options import has_flag
from setsquare.guard.shell import Unparseable, parse
from setsquare.guard.words import Word
from setsquare.guard.wrappers import program_name

BUILT_IN_FORBIDDEN = ("rm -rf", "git push --force", "npm publish")
"""Entries that no setting removes."""

_PLAIN_ENTRY = re.compile(r"[\w ./:*@+-]+", re.ASCII)
_SHORTENING = frozenset({"npm", "pnpm"})
_SHORTEST = 3
_FORCE = frozenset({"-f", "--force"})
_FORCING_PUSH = ("--mirror",)


def entry_tokens(entry: str) -> tuple[str, ...]:
    """Split an entry like a shell line; what a shell would not read is split at blanks.

    >>> entry_tokens("npm  run 'my test'")
    ('npm', 'run', 'my test')
    """
    if _PLAIN_ENTRY.fullmatch(entry):
        return tuple(entry.split())
    script = parse(entry)
    if isinstance(script, Unparseable) or len(script.commands) != 1:
        return tuple(entry.split())
    return tuple(word.text for word in script.commands[0].words)


class Entry(Struct, frozen=True, dict=True):
    """An entry of one of the lists: as written, and its tokens."""

    written: str
    tokens: tuple[str, ...]

    @cached_property
    def program(self) -> str:
        """Name its program without its folder."""
        return program_name(self.tokens[0]) if self.tokens else ""

    @cached_property
    def positionals(self) -> tuple[str, ...]:
        """List its tokens that are no flags."""
        return tuple(token for token in self.tokens[1:] if not token.startswith("-"))

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """List its flags, bundles split."""
        return tuple(flag for part in self.tokens[1:] if part.startswith("-") and part.strip("-") for flag in _single_flags(part))


def entries_of(written: tuple[str, ...]) -> tuple[Entry, ...]:
    """Read a list of entries once for many commands.

    >>> [entry.tokens for entry in entries_of(("npm test", "ls"))]
    [('npm', 'test'), ('ls',)]
    """
    return tuple(Entry(text, entry_tokens(text)) for text in written)


# req: guarded-run/1.3
def forbidden_by(argv: tuple[str, ...], entries: tuple[Entry, ...]) -> str:
    """Name the entry that forbids a command, or nothing; `--force-with-lease` counts as force, because it rewrites history too.

    >>> [
    ...     forbidden_by(tuple(text.split()), entries_of(BUILT_IN_FORBIDDEN))
    ...     for text in ("rm -r --force x", "git -C a push origin +main", "npm pub", "rm -r x")
    ... ]
    ['rm -rf', 'git push --force', 'npm publish', '']
    """
    if not argv:
        return ""
    program = program_name(argv[0])
    for entry in entries:
        if entry.program == program and entry.tokens and _forbids(entry, program, argv[1:]):
            return entry.written
    return ""


def _forbids(entry: Entry, program: str, arguments: tuple[str, ...]) -> bool:
    """Tell whether an entry forbids a program of its name with these arguments."""
    if not _in_order(entry.positionals, arguments, shortens=program in _SHORTENING):
        return False
    return all(has_flag(arguments, flag) or _pushes_by_force(program, entry.positionals, flag, arguments) for flag in entry.flags)


def _single_flags(token: str) -> tuple[str, ...]:
    """Split a bundle of short flags; a word of more than four letters is a long flag with one dash."""
    if token.startswith("--") or "=" in token or len(token) > 5 or not token[1:].isalpha():
        return (token,)
    return tuple(f"-{letter}" for letter in token[1:])


def _in_order(wanted: tuple[str, ...], arguments: tuple[str, ...], *, shortens: bool) -> bool:
    """Tell whether tokens stand among the arguments in their order."""
    rest = iter(arguments)
    return all(any(_same(token, argument, shortens=shortens) for argument in rest) for token in wanted)


def _same(token: str, argument: str, *, shortens: bool) -> bool:
    """Compare a positional token; npm takes shortened subcommands."""
    return argument == token or (shortens and len(argument) >= _SHORTEST and token.startswith(argument))


def _pushes_by_force(program: str, positionals: tuple[str, ...], flag: str, arguments: tuple[str, ...]) -> bool:
    """Tell whether `git push` forces without the flag: `+ref`, `--mirror`."""
    if program != "git" or "push" not in positionals or flag not in _FORCE:
        return False
    after = arguments[arguments.index("push") + 1 :]
    return any(argument.startswith("+") for argument in after) or has_flag(after, _FORCING_PUSH[0])


def possible_vectors(words: tuple[Word, ...]) -> tuple[str, ...]:
    """Write out an argument vector with its braces expanded, so that nothing hides in them.

    >>> from setsquare.guard.shell import parse
    >>> possible_vectors(parse("rm {-r,-f} x").commands[0].words)
    ('rm', '-r', '-f', 'x')
    """
    return tuple(text for word in words for text in ((braces_expanded(word.text) or (word.text,)) if word.has_braces else (word.text,)))


def allowed_by(words: tuple[Word, ...], entries: tuple[Entry, ...]) -> str:
    """Name the entry that allows a command: its tokens are a prefix of the argument vector, all of which is literal; `*` stays in its token.

    >>> from setsquare.guard.shell import parse
    >>> [
    ...     allowed_by(parse(text).commands[0].words, entries_of(("npm test", "npm run test:*")))
    ...     for text in ("npm test -- -x", "npm testx", "npm run test:unit")
    ... ]
    ['npm test', '', 'npm run test:*']
    """
    if any(word.expands or word.has_braces for word in words):
        return ""
    return next((entry.written for entry in entries if _allows(entry.tokens, words)), "")


def _allows(entry: tuple[str, ...], words: tuple[Word, ...]) -> bool:
    """Tell whether one entry's tokens are a prefix of the words."""
    if not entry or len(entry) > len(words) or "*" in entry[0]:
        return False
    if entry[0] != words[0].text:
        return False  # Nearly every entry ends here.
    return all(_token_matches(token, word) for token, word in zip(entry, words, strict=False))


def _token_matches(token: str, word: Word) -> bool:
    """Compare one token; a word that stands for file names equals nothing."""
    if word.globs:
        return False
    pieces = token.split("*")
    if len(pieces) == 1:
        return token == word.text
    if ".." in word.text.split("/") and ".." not in token:
        return False
    pattern = "".join(f"(?>.*?{re.escape(piece)})" for piece in pieces[1:-1])
    return re.fullmatch(f"{re.escape(pieces[0])}{pattern}.*{re.escape(pieces[-1])}", word.text, re.DOTALL) is not None
