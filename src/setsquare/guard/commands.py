"""Judges shell text: every simple command in it, with what it writes, what forbids it and what allows it.

Source: settings.md § 2.3; safety.md AT22 to AT26, AT30.
"""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from setsquare.guard import catalogue
from setsquare.guard.catalogue import CommandClass, is_dangerous_variable, names
from setsquare.guard.classify import effect_of
from setsquare.guard.globs import compiled
from setsquare.guard.lists import BUILT_IN_FORBIDDEN, Entry, allowed_by, entries_of, entry_tokens, forbidden_by, possible_vectors
from setsquare.guard.locations import Locations
from setsquare.guard.packages import added_packages, unpinned_package
from setsquare.guard.paths import BadPath
from setsquare.guard.protected import is_secret
from setsquare.guard.shell import MOST_COMMANDS, Redirection, RedirectionKind, Simple, Unparseable, parse
from setsquare.guard.words import Word
from setsquare.guard.wrappers import Words, Wrapped, program_name, unwrapped
from setsquare.text.paths import RelPath
from setsquare.workspace.settings import AgentSettings

_DEEPEST = 8
_UNKNOWN = CommandClass.UNKNOWN
_RESERVED = names("if then else elif fi for while until do done case esac { } ! [[ function select coproc alias")
_SUBCOMMANDED = names("git docker podman npm pnpm yarn cargo kubectl gh glab")
_TEXTUAL = frozenset({"git", "gh", "glab", "hub", "mail"})
_TAKE_SEPARATORS = names("cut sort paste column join")
_MESSAGE = re.compile(r"-[a-zA-Z]*m|--message|--title|--body|--notes")
_PATTERN_OPTION = re.compile(r"-[a-zA-Z]*[ef]|--(?:r|f|reg)")
_DOTTED_GLOB = re.compile(r"(?:^|/)\.[^/]*[*?\[]")
_SECRET_NAMES = (".env", ".env.local", "id_rsa", "id_ed25519", "server.pem", "server.key", ".netrc", ".npmrc")


class Judged(Struct, frozen=True, kw_only=True):
    """One simple command.

    `allowed` names the entry of `allowedCommands` that covers it, or is empty. `writes` are its targets, normalised, or why a target cannot be
    told. `mentions` are paths among its arguments. `doubt` says why the command asks whatever its class, or is empty. `vectors` are its
    argument vector and those of the wrappers around it. `adds` are packages that an installation names, `unpinned` is one that would be fetched in whatever
    version there is and run. `risk` is an argument that makes a harmless program do more. `is_migration` says that it runs migrations of a database and does nothing worse.
    """

    shown: str
    kind: CommandClass
    why: str
    writes: tuple[RelPath | BadPath, ...] = ()
    mentions: tuple[RelPath | BadPath, ...] = ()
    allowed: str = ""
    doubt: str = ""
    vectors: tuple[Words, ...] = ()
    adds: tuple[str, ...] = ()
    unpinned: str = ""
    risk: str = ""
    is_migration: bool = False


class Refusal(Struct, frozen=True):
    """Text that is never run: the rule, and one sentence why."""

    rule: str
    reason: str


def judged(command: str, agent: AgentSettings, root: str = "") -> tuple[Judged, ...] | Refusal:
    """Judge shell text; `root` is the workspace's absolute folder.

    >>> [(each.shown, each.kind.value) for each in judged("cd src && grep -rn 'rm -rf' . | head", AgentSettings())]
    [('cd src', 'read'), ('grep -rn rm -rf .', 'read'), ('head', 'read')]
    >>> judged("ls; sudo rm -r -f x", AgentSettings()).rule, judged("$X -rf y", AgentSettings()).rule, judged("ls '", AgentSettings()).rule
    ('forbidden-command: rm -rf', 'computed-program', 'unparseable-command')
    """
    return judged_by(command, entries_of((*BUILT_IN_FORBIDDEN, *agent.forbidden_commands)), entries_of(agent.allowed_commands), root)


def judged_by(command: str, forbidden: tuple[Entry, ...], allowed: tuple[Entry, ...], root: str = "") -> tuple[Judged, ...] | Refusal:
    """Judge shell text by entries that were read before; without forbidden entries, as for an explanation, what is forbidden is judged too.

    >>> [each.kind.value for each in judged_by("rm -rf x", (), ())]
    ['destructive']
    """
    judge = _Judge(forbidden, allowed, Locations(root))
    refusal = judge.read_text(command, 0)
    if refusal:
        return refusal
    if not judge.found:
        return Refusal("unparseable-command", "there is no command in the text")
    return tuple(judge.found)


class _Judge:
    """Collects the judgements of one text; it knows in which folders a command may stand after `cd`."""

    def __init__(self, forbidden: tuple[Entry, ...], allowed: tuple[Entry, ...], locations: Locations) -> None:
        """Start in the workspace's folder."""
        self.forbidden = forbidden
        self.allowed = allowed
        self.locations = locations
        self.found: list[Judged] = []

    def read_text(self, text: str, depth: int, doubt: str = "") -> Refusal | None:
        """Judge every command of a text."""
        script = parse(text)
        if isinstance(script, Unparseable):
            return Refusal("unparseable-command", f"Setsquare cannot read the command for certain: {script.reason}; write it more plainly.")
        for simple in script.commands:
            if refusal := self._read_simple(simple, depth, doubt):
                return refusal
            if len(self.found) > MOST_COMMANDS:
                return Refusal("unparseable-command", f"There are more than {MOST_COMMANDS} commands in the text.")
        return None

    def _read_simple(self, simple: Simple, depth: int, doubt: str) -> Refusal | None:
        """Judge one command with its redirections."""
        dangerous = next((each.name for each in simple.assignments if is_dangerous_variable(each.name)), "")
        if dangerous:
            doubt = f"it sets `{dangerous}`, which can change what runs"
        writes, secret = self._redirected(simple.redirections)
        if secret:
            return _secret_refusal(secret)
        if not simple.words:
            self.found.append(
                Judged(shown="an assignment or a redirection", kind=CommandClass.READ, why="it runs no program", writes=writes, doubt=doubt)
            )
            return None
        return self._read_words(simple.words, writes, depth, doubt)

    def _read_words(self, words: Words, writes: tuple[RelPath | BadPath, ...], depth: int, doubt: str) -> Refusal | None:
        """Judge an argument vector, and what it runs if it is a wrapper."""
        if depth > _DEEPEST:
            return Refusal("unparseable-command", f"Commands run commands more than {_DEEPEST} deep.")
        if refusal := self._refused(words):
            return refusal
        wrapped = unwrapped(words)
        if wrapped is None:
            return self._keep(words, writes, doubt)
        if wrapped.refusal:
            return Refusal("computed-program", f"It runs {wrapped.refusal}, which cannot be checked; write the command itself.")
        return self._read_wrapped(words, wrapped, writes, depth, _doubt_of(wrapped, doubt))

    def _read_wrapped(
        self, words: Words, wrapped: Wrapped, writes: tuple[RelPath | BadPath, ...], depth: int, doubt: str
    ) -> Refusal | None:
        """Judge what a wrapper runs; its own redirections stand with an empty judgement."""
        if suspicion := _forbidden_later(words, self.forbidden):
            return _forbidden_refusal(suspicion)
        start = len(self.found)
        if writes or not (wrapped.inner or wrapped.texts or wrapped.rest):
            self.found.append(Judged(shown=_shown(words), kind=CommandClass.READ, why="it runs no program", writes=writes, doubt=doubt))
        if wrapped.rest and (refusal := self._keep(wrapped.rest, (), doubt)):
            return refusal
        for text in wrapped.texts:
            if refusal := self.read_text(text, depth + 1, doubt) if text.strip() else None:
                return refusal
        texts_end = len(self.found)
        for inner in wrapped.inner:
            if refusal := self._read_words(inner, (), depth + 1, doubt):
                return refusal
        self.found[start:] = [replace(each, vectors=(*each.vectors, words)) for each in self.found[start:]]
        start = texts_end
        if allowed := allowed_by(words, self.allowed):
            self.found[start:] = [replace(each, allowed=allowed) for each in self.found[start:]]
        if wrapped.is_package:
            self.found[start:] = [_from_package(each, words, is_covered=bool(allowed)) for each in self.found[start:]]
        return None

    def _refused(self, words: Words) -> Refusal | None:
        """Refuse a program that cannot be known or that is forbidden."""
        program = words[0]
        if not program.is_literal or not program.text:
            return Refusal("computed-program", f"Which program `{_shown(words)}` runs is computed when it runs; write its name.")
        if program.text in _RESERVED:
            return Refusal("unparseable-command", f"`{program.text}` stands where a program is expected.")
        if entry := forbidden_by(possible_vectors(words), self.forbidden):
            return _forbidden_refusal(entry)
        return None

    def _keep(self, words: Words, writes: tuple[RelPath | BadPath, ...], doubt: str) -> Refusal | None:
        """Judge a command that is no wrapper."""
        effect = effect_of(words)
        program = program_name(words[0].text)
        if effect.kind not in (CommandClass.READ, CommandClass.CHECK, CommandClass.WRITE) and (
            entry := _forbidden_later(words, self.forbidden)
        ):
            return _forbidden_refusal(entry)
        named = () if program in catalogue.NAMES_NO_FILES else _named_files(program, words)
        if secret := _secret((*named, *_hidden_names(program, words))):
            return _secret_refusal(secret)
        targets = tuple(place for word in effect.writes for place in self.locations.targets(word))
        mentions = tuple(place for word in named if not word.expands for place in self.locations.of(word))
        if program in ("export", "declare", "typeset", "local", "readonly", "read", "getopts", "unset", "set"):
            names = (word.text.partition("=")[0] for word in words[1:])
            doubt = doubt or next((f"it sets `{name}`, which can change what runs" for name in names if is_dangerous_variable(name)), "")
        allowed = allowed_by(words, self.allowed)
        if effect.risk and allowed and effect.risk not in entry_tokens(allowed):
            doubt = doubt or f"`{effect.risk}` goes beyond the entry `{allowed}` of `allowedCommands`"
        self.found.append(
            Judged(
                shown=_shown(words),
                kind=effect.kind,
                why=effect.why,
                writes=(*writes, *targets),
                mentions=tuple(place for place in mentions if place not in targets),
                allowed=allowed,
                doubt=doubt or _glob_doubt(named),
                vectors=(words,),
                adds=added_packages(words) if effect.kind is CommandClass.INSTALL else (),
                unpinned=unpinned_package(words) if effect.kind is _UNKNOWN else "",
                risk=effect.risk,
                is_migration=effect.is_migration,
            )
        )
        if program in ("cd", "pushd", "popd"):
            self.locations.move(words[1:])
        return None

    def _redirected(self, redirections: tuple[Redirection, ...]) -> tuple[tuple[RelPath | BadPath, ...], str]:
        """List what redirections write, and name a secret that they read."""
        writes: list[RelPath | BadPath] = []
        for each in redirections:
            if each.kind is RedirectionKind.WRITE and each.target.text not in ("/dev/null", "/dev/stdout", "/dev/stderr"):
                writes += self.locations.targets(each.target)
            elif each.kind is RedirectionKind.READ:
                if secret := _secret((each.target,)):
                    return (), secret
                places = self.locations.of(each.target) if each.target.text != "/dev/null" else ()
                writes += (place for place in places if isinstance(place, BadPath))
                reads = tuple(place for place in places if not isinstance(place, BadPath))
                self.found.append(Judged(shown=f"< {each.target.text}", kind=CommandClass.READ, why="it reads a file", mentions=reads))
        return tuple(writes), ""


def _secret(named: tuple[Word, ...]) -> str:
    """Name the first argument that is a secret file."""
    return next((text for word in named for text in possible_vectors((word,)) if is_secret(text)), "")


def _forbidden_later(words: Words, forbidden: tuple[Entry, ...]) -> str:
    """Find a forbidden command inside the arguments of a command that may run them, as vector or as one text."""
    program = program_name(words[0].text)
    vector = possible_vectors(words)
    for index in range(2 if program in _SUBCOMMANDED else 1, len(vector)):
        if entry := forbidden_by(vector[index:], forbidden):
            return entry
    if program in _TEXTUAL and not any(word.text.startswith(("-c", "-x", "--exec", "foreach", "bisect")) for word in words[1:3]):
        return ""
    for word in words[1:]:
        if " " in word.text and (entry := _forbidden_text(word.text.partition("=!")[2] or word.text, forbidden)):
            return entry
    if program not in catalogue.INTERPRETERS and not program.startswith("python"):
        return ""
    return next((each.written for each in forbidden for word in words[1:] if len(each.tokens) > 1 and each.written in word.text), "")


def _forbidden_text(text: str, forbidden: tuple[Entry, ...]) -> str:
    """Find a forbidden command in an argument that may be shell text."""
    script = parse(text)
    if isinstance(script, Unparseable):
        return ""
    found = (forbidden_by(possible_vectors(simple.words), forbidden) for simple in script.commands if simple.words)
    return next((entry for entry in found if entry), "")


def _doubt_of(wrapped: Wrapped, doubt: str) -> str:
    """Say why what a wrapper runs asks in any case."""
    dangerous = next((name for name in wrapped.assigned if is_dangerous_variable(name)), "")
    if dangerous:
        return f"it sets `{dangerous}`, which can change what runs"
    if wrapped.is_raised:
        return "it runs with more rights"
    return "it is run with options that are not known" if wrapped.is_odd else doubt


def _from_package(each: Judged, words: Words, *, is_covered: bool) -> Judged:
    """Trust a package runner's program only for checks and formatters, by whose names packages are known."""
    if each.kind in (CommandClass.CHECK, CommandClass.WRITE, CommandClass.DESTRUCTIVE, CommandClass.EXTERNAL):
        return each
    unpinned = unpinned_package(words)
    if is_covered:
        return replace(each, unpinned=unpinned)
    return replace(each, kind=CommandClass.UNKNOWN, why="a package runner runs it", unpinned=unpinned, allowed="")


def _named_files(program: str, words: Words) -> tuple[Word, ...]:
    """List the arguments that may name files: words, values behind `=`, but no pattern and no message."""
    skips = _patterns(program, words)
    named: list[Word] = []
    is_message = False
    for word in words[1:]:
        if word.text == "/dev/null" or is_message:
            is_message = False
        elif word.text.startswith("-"):
            is_message = program in _TEXTUAL and _MESSAGE.fullmatch(word.text) is not None
            value = word.text.partition("=")[2]
            if value and not (program in _TEXTUAL and " " in value):
                named.append(Word(text=value, expands=word.expands, globs=word.globs, has_braces=word.has_braces))
        elif skips:
            skips -= 1
        elif not (word.text == "/" and program in _TAKE_SEPARATORS):
            named.append(word)
            _, has_value, value = word.text.partition("=")
            if has_value and value:
                named.append(Word(text=value, expands=word.expands))
    return tuple(named)


def _patterns(program: str, words: Words) -> int:
    """Count the first positional arguments that are patterns, scripts or subcommands."""
    if program == "sed":
        return 1
    is_git_grep = program == "git" and len(words) > 1 and words[1].text == "grep"
    if program not in catalogue.PATTERN_FIRST and not is_git_grep:
        return 0
    has_own = any(_PATTERN_OPTION.match(word.text) for word in words[1:])
    return (1 if is_git_grep else 0) + (0 if has_own else 1)


def _hidden_names(program: str, words: Words) -> tuple[Word, ...]:
    """List names that are attached to something: `-f.env`, `HEAD:.env`."""
    attached = [
        Word(text=word.text[2:])
        for word in words[1:]
        if word.text.startswith("-") and not word.text.startswith("--") and len(word.text) > 2
    ]
    if program == "git":
        attached += (Word(text=word.text.rpartition(":")[2]) for word in words[1:] if ":" in word.text and " " not in word.text)
    return tuple(attached)


def _glob_doubt(named: tuple[Word, ...]) -> str:
    """Say when file names in an argument may stand for secrets."""
    for word in named:
        last = word.text.rpartition("/")[2]
        if word.globs and _DOTTED_GLOB.search(word.text):
            return f"`{word.text}` may stand for files that are protected"
        if word.globs and any(character.isalnum() or character == "." for character in last) and _may_be_secret(last):
            return f"`{word.text}` may stand for files that hold secrets"
    return ""


def _may_be_secret(pattern: str) -> bool:
    """Tell whether a pattern matches one of the usual names of secret files."""
    found = compiled((pattern,))
    return bool(found.broken) or any(found.matches(name) for name in _SECRET_NAMES)


def _shown(words: Words) -> str:
    """Write an argument vector for a person."""
    return Simple(words=words).shown


def _secret_refusal(path: str) -> Refusal:
    """Refuse to let a command touch a secret file."""
    return Refusal("secret-path", f"`{path}` is a file that holds secrets; commands of an agent may not name it.")


def _forbidden_refusal(entry: str) -> Refusal:
    """Refuse a forbidden command."""
    return Refusal(
        f"forbidden-command: {entry}", f"`{entry}` is forbidden by `forbiddenCommands` or by default; no answer during a run lifts that."
    )
