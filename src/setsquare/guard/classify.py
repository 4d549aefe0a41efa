"""Tells what one simple command does: its class, and the files that it writes.

Source: settings.md § 2.3 (classes); safety.md AT24 (what only seems to read).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from setsquare.guard import catalogue
from setsquare.guard.catalogue import CommandClass, names
from setsquare.guard.options import has_flag, uses_option
from setsquare.guard.own_commands import is_looking_at_usage
from setsquare.guard.words import Word

_TRUSTED_FOLDERS = ("/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin")
_PROJECT_FOLDERS = ("node_modules/.bin", ".venv/bin", "venv/bin", "vendor/bin")
_VERSIONED_NAME = re.compile(r"(python|pip)[23](?:\.\d+)?")
_PYTHON_PLAIN = names("-B -I -s -S -E -u -q -O -OO -b -bb")
_MAKE_PLAIN = re.compile(r"-(?:j\d*|s|k|B|--silent|--keep-going)")
_PYTHON_VALUED = frozenset({"-W", "-X"})
_MIGRATION = re.compile(r"(?:^|[:./_-])migrat|^db:(?:push|reset|drop|setup)", re.IGNORECASE)
_RESETTING = re.compile(
    r"reset|drop|undo|rollback|clean|fresh|downgrade|revert|force|wipe|purge|truncate|prod|staging|live|://|^-+(?:url|conf|env)",
    re.IGNORECASE,
)
_DESTRUCTIVE_SQL = re.compile(
    r"\b(?:drop\s+(?:table|database|schema|view|index|user|role)|truncate\b|delete\s+from\b(?![\s\S]*\bwhere\b))", re.IGNORECASE
)
_URL = re.compile(r"[a-z+]+://|^git\+|@git|^[\w.-]+@[\w.-]+:", re.IGNORECASE)
_SED_SAFE = re.compile(
    r"(?:(?:\d+|\$|/[^/\n]*/)(?:,(?:\d+|\$|/[^/\n]*/))?)?\s*!?\s*(?:[pdqDG=]|s([/|#,@])(?:(?!\1)[^\\\n]|\\[^\n])*\1(?:(?!\1)[^\\\n]|\\[^\n])*\1[gIip0-9]*)"
)
_SED_OPTIONS = re.compile(r"-[nErsuz]*i?[nErsuz]*|--(?:quiet|silent|regexp-extended|expression|in-place)")
_PLAIN_WRITERS = names("cp mv touch mkdir ln tee")
_SEVERAL = names("make mvn ./mvnw gradle ./gradlew rake sbt lein")
"""Build tools that make every target that is named, one after the other."""
_TARGETLESS = names("--tests -pl --projects -x --exclude-task")
_SINGLE_DASH = frozenset({"go", "find", "gofmt", "terraform"})


_NO_MIGRATORS = catalogue.READERS | _PLAIN_WRITERS | {"git", "sed"}
_NO_SQL = catalogue.READERS | {"git"}
_SHOWING = catalogue.VERSIONED | catalogue.READERS
_RUNNING = catalogue.INTERPRETERS | catalogue.SHELLS
_WHOLE_FOLDER = frozenset({"", ".", "..", "*"})
_GIT_RISKY = catalogue.GIT_RISKY - {"O"}
_UNTOLD = Word(text="…", expands=True)


class Effect(Struct, frozen=True, kw_only=True):
    """What a command does.

    `why` is one clause. `writes` are the paths that it is known to write, as written, not normalised. `risk` is an argument that makes a
    harmless program do more, which an entry of `allowedCommands` without that argument does not cover. `is_migration` says that it brings a
    database to another state and does nothing else that is dangerous.
    """

    kind: CommandClass
    why: str = ""
    writes: tuple[Word, ...] = ()
    risk: str = ""
    is_migration: bool = False


_UNKNOWN = CommandClass.UNKNOWN


def effect_of(words: tuple[Word, ...]) -> Effect:
    """Classify a command that is no wrapper.

    >>> from setsquare.guard.shell import parse
    >>> of = lambda text: effect_of(parse(text).commands[-1].words).kind.value
    >>> [of(text) for text in ("ls -la", "python3 -m pytest -q", "touch a", "npm ci", "rm a", "curl x", "python a.py")]
    ['read', 'check', 'write', 'install', 'destructive', 'external', 'unknown']
    >>> [of(text) for text in ("sort -uo x y", "git -c core.pager=x log", "rg --pre=sh x", "tar -xf a", "sed '1e id' a")]
    ['unknown', 'unknown', 'unknown', 'unknown', 'unknown']
    """
    if not words:
        return Effect(kind=CommandClass.READ, why="it runs no program")
    argv = _plain_vector(tuple(word.text for word in words))
    arguments = argv[1:]
    if found := _harmful(argv, words):
        return found
    if any(word.expands and not word.is_quoted for word in words) and argv[0] not in catalogue.NAMES_NO_FILES:
        return Effect(kind=_UNKNOWN, why="its arguments are computed when it runs")
    if len(argv) == 2 and arguments[0] in ("--version", "-V", "version", "--help") and argv[0] in _SHOWING:
        return Effect(kind=CommandClass.READ, why="it shows a version or help")
    if found := _project_work(argv):
        return found
    if argv[0] == "git":
        return _git(arguments)
    if argv[0] == "setsquare" and is_looking_at_usage(argv):
        return Effect(kind=CommandClass.READ, why="it reads a trail and policies")
    if argv[0] in _PLAIN_WRITERS:
        return _writer(argv[0], words)
    if argv[0] == "sed":
        return _sed(words)
    if argv[0] == "tar" and _lists_archive(arguments):
        return Effect(kind=CommandClass.READ, why="it lists an archive")
    if argv[0] == "command":
        return Effect(kind=CommandClass.READ, why="it looks a program up")
    if argv[0] in catalogue.READERS:
        return _reader(argv[0], words)
    why = "it runs code that is given to it" if argv[0] in _RUNNING else "it is not a command that Setsquare knows"
    return Effect(kind=_UNKNOWN, why=why)


def _plain_vector(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Bring well-known programs to one spelling: system folders, project tool folders, `python3`, options of Python that change nothing."""
    folder, _, name = argv[0].rpartition("/")
    if folder in _TRUSTED_FOLDERS or (
        folder.removeprefix("./") in _PROJECT_FOLDERS and name not in catalogue.READERS | {"git", "sed", "tar", "setsquare"}
    ):
        argv = (name, *argv[1:])
    if versioned := _VERSIONED_NAME.fullmatch(argv[0]):
        argv = (versioned[1], *argv[1:])
    if argv[0] == "make":
        argv = ("make", *(argument for argument in argv[1:] if not _MAKE_PLAIN.fullmatch(argument)))
    if argv[0] == "python":
        rest = list(argv[1:])
        while rest and (rest[0] in _PYTHON_PLAIN or (rest[0] in _PYTHON_VALUED and len(rest) > 1)):
            del rest[: 2 if rest[0] in _PYTHON_VALUED else 1]
        argv = ("python", *rest)
    return argv


def _harmful(argv: tuple[str, ...], words: tuple[Word, ...]) -> Effect | None:
    """Recognise what destroys or leaves the machine."""
    name, arguments = argv[0].rpartition("/")[2], argv[1:]
    vector = (argv[0] if argv[0].startswith("./") else name, *arguments)
    if _is_creating_branch(vector):
        return Effect(kind=_UNKNOWN, why="it changes the repository")
    is_prune = name in ("docker", "podman") and "prune" in arguments
    is_sql = name not in _NO_SQL and any(map(_DESTRUCTIVE_SQL.search, arguments))
    if is_prune or is_sql or name.startswith("mkfs") or (name == "dd" and any(argument.startswith("of=") for argument in arguments)):
        return Effect(kind=CommandClass.DESTRUCTIVE, why="it destroys data", writes=_dd_targets(words) if name == "dd" else ())
    if _contains_one(vector, catalogue.DESTROYERS):
        return Effect(kind=CommandClass.DESTRUCTIVE, why="it deletes or overwrites what may not come back", writes=_deleted(name, words))
    migrations = catalogue.MIGRATIONS.get(vector[0], ())
    if any(_contains_stem(vector, entry) for entry in migrations):
        is_plain = any(_starts_with(vector, entry) for entry in migrations) and not any(map(_RESETTING.search, arguments))
        return Effect(kind=CommandClass.EXTERNAL, why="it runs a database migration", is_migration=is_plain)
    if _contains_one(vector, catalogue.EXTERNALS) or (name == "rsync" and any(":" in argument for argument in arguments)):
        return Effect(kind=CommandClass.EXTERNAL, why="it reaches other machines or publishes")
    if name not in _NO_MIGRATORS and any(map(_MIGRATION.search, arguments)) and _project_work(argv) is None:
        return Effect(kind=CommandClass.EXTERNAL, why="it runs a database migration")
    return None


def _is_creating_branch(vector: tuple[str, ...]) -> bool:
    """Tell whether `git checkout`, `switch` or `restore` is used in the way that leaves files alone."""
    if vector[0] != "git" or len(vector) < 3:
        return False
    rest = vector[2:]
    match vector[1]:
        case "checkout":
            return rest[0] == "-b" and len(rest) == 2
        case "switch":
            return rest[0] in ("-c", "--create") and len(rest) == 2
        case "restore":
            return "--staged" in rest and not has_flag(rest, "--worktree") and not has_flag(rest, "-W")
        case _:
            return False


def _contains_one(vector: tuple[str, ...], table: Mapping[str, tuple[tuple[str, ...], ...]]) -> bool:
    """Tell whether a vector contains one of a table's entries for its program."""
    entries = table.get(vector[0], ())
    # Nearly every entry of a program names a subcommand that is not there.
    return any(_contains(vector, entry) for entry in entries if len(entry) == 1 or entry[1] in vector or entry[1].startswith("-"))


def _contains(vector: tuple[str, ...], entry: tuple[str, ...]) -> bool:
    """Tell whether a vector starts with an entry's program and holds its tokens in order, flags in any spelling."""
    if vector[0] != entry[0]:
        return False
    rest = iter(vector[1:])
    return all(has_flag(vector[1:], token) if token.startswith("-") else token in rest for token in entry[1:])


def _contains_stem(vector: tuple[str, ...], entry: tuple[str, ...]) -> bool:
    """Tell the same of an entry whose last token may end with `*`."""
    if not entry[-1].endswith("*"):
        return _contains(vector, entry)
    rest = iter(vector[1:])
    return all(token in rest for token in entry[1:-1]) and any(argument.startswith(entry[-1][:-1]) for argument in rest)


def _starts_with(argv: tuple[str, ...], entry: tuple[str, ...]) -> bool:
    """Tell whether a vector starts with an entry: its words up to the last one are a prefix, flags at its end stand anywhere."""
    length = len(entry)
    if length > 1 and entry[1][-1] != "*" and entry[1][0] != "-" and (len(argv) < 2 or argv[1] != entry[1]):
        return False  # Nearly every entry of a program ends here.
    while length > 1 and entry[length - 1].startswith("-"):
        length -= 1
    if len(argv) < length:
        return False
    head = all(
        given == token or (token.endswith("*") and given.startswith(token[:-1])) for token, given in zip(entry[:length], argv, strict=False)
    )
    return head and all(has_flag(argv[length:], flag) for flag in entry[length:])


def _work_of(argv: tuple[str, ...]) -> CommandClass | None:
    """Look a command up in the tables of formatters, checks and installations."""
    plain: CommandClass | None = None
    for table, kind in _TABLES:
        for entry in table.get(argv[0], ()):
            is_flagged = entry[-1][0] == "-"
            if (is_flagged or plain is None) and _starts_with(argv, entry):
                if is_flagged:
                    return kind
                plain = kind
    return plain


def _project_work(argv: tuple[str, ...]) -> Effect | None:
    """Recognise checks, formatters and installations; entries with a flag come first, because the flag changes what is done."""
    kind = _work_of(argv)
    if kind is None:
        return None
    found = Effect(kind=kind, why=_WORK[kind])
    arguments = argv[1 : argv.index("--")] if "--" in argv else argv[1:]
    tool = argv[2] if argv[0] == "python" and len(argv) > 2 else argv[0]
    risk = uses_option(
        arguments[2:] if argv[0] == "python" else arguments, catalogue.RISKY.get(tool, frozenset()), bundles=tool not in _SINGLE_DASH
    )
    if risk:
        return Effect(kind=_UNKNOWN, why=f"`{risk}` can make it do more than its name says", risk=risk)
    if found.kind is CommandClass.INSTALL and any(map(_URL.search, arguments)):
        return Effect(kind=_UNKNOWN, why="it installs from an address of its own")
    # For make, what stands after `--` is a variable or a target as before it.
    if argv[0] == "make" and any("=" in argument or argument.startswith("--ev") for argument in argv[1:]):
        return Effect(kind=_UNKNOWN, why="it sets variables of the make file", risk="=")
    if argv[0] in _SEVERAL and len(_targets(argv[1:])) > 1:
        return Effect(kind=_UNKNOWN, why="it makes several targets")
    return found


def _targets(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """List what a build tool is to make: its arguments without options and their values."""
    pairs = zip(("", *arguments), arguments, strict=False)
    return tuple(argument for before, argument in pairs if not argument.startswith("-") and before not in _TARGETLESS)


_TABLES = (
    (catalogue.FORMATTERS, CommandClass.WRITE),
    (catalogue.CHECKS, CommandClass.CHECK),
    (catalogue.INSTALLS, CommandClass.INSTALL),
)
_WORK = MappingProxyType(
    {
        CommandClass.WRITE: "it reformats files",
        CommandClass.CHECK: "it tests, checks or builds the project",
        CommandClass.INSTALL: "it installs dependencies",
    }
)


def _git(arguments: tuple[str, ...]) -> Effect:
    """Classify git: reading subcommands without options that run programs."""
    rest = list(arguments)
    while rest and rest[0] in catalogue.GIT_SAFE_GLOBALS:
        del rest[0]
    if rest == ["--version"]:
        return Effect(kind=CommandClass.READ, why="it shows a version")
    if not rest or rest[0].startswith("-") or rest[0] not in catalogue.GIT_READERS:
        return Effect(
            kind=_UNKNOWN,
            why="it may change the repository or run a program that its configuration names",
            risk=rest[0] if rest and rest[0].startswith("-") else "",
        )
    subcommand, options = rest[0], tuple(rest[1:])
    if risk := uses_option(options, catalogue.GIT_RISKY if subcommand == "grep" else _GIT_RISKY, bundles=subcommand == "grep"):
        return Effect(kind=_UNKNOWN, why=f"`{risk}` can run a program or write a file", risk=risk)
    if subcommand == "grep" and any(option.startswith("-O") for option in options):
        return Effect(kind=_UNKNOWN, why="`-O` runs a program", risk="-O")
    forms = catalogue.GIT_READING_FORMS.get(subcommand)
    if forms is not None and not _is_reading_form(subcommand, options, forms):
        return Effect(kind=_UNKNOWN, why="it may change the repository")
    return Effect(kind=CommandClass.READ, why="it reads the repository")


def _is_reading_form(subcommand: str, options: tuple[str, ...], forms: frozenset[str]) -> bool:
    """Tell whether a subcommand that can also write only reads."""
    if not options:
        return subcommand not in ("stash", "config")
    if subcommand == "config":
        return options[0] in forms | {"--get", "get", "list"} and not any(option.startswith("--f") for option in options)
    if subcommand in ("stash", "reflog"):
        return options[0] in forms
    if subcommand in ("branch", "tag") and options[0] in ("--list", "-l", "--contains", "--merged", "--no-merged"):
        return not any(option.startswith("-") for option in options[1:])
    return all(option in forms for option in options)


def _reader(program: str, words: tuple[Word, ...]) -> Effect:
    """Classify a program that reads unless an option says otherwise."""
    arguments = tuple(word.text for word in words[1:])
    if risk := uses_option(arguments, catalogue.RISKY.get(program, frozenset()), bundles=program not in _SINGLE_DASH):
        return Effect(kind=_UNKNOWN, why=f"`{risk}` can run a program or write a file", risk=risk)
    positionals = tuple(argument for argument in arguments if not argument.startswith("-"))
    if program in ("uniq", "xxd") and len(positionals) > 1:
        return Effect(
            kind=_UNKNOWN, why="its second file is written", writes=tuple(word for word in words[1:] if word.text == positionals[-1])
        )
    if program in ("read", "unset", "export", "declare", "typeset", "local", "readonly") and any("[" in argument for argument in arguments):
        return Effect(kind=_UNKNOWN, why="an array element can run commands")
    if program not in catalogue.NAMES_NO_FILES and any(word.expands for word in words[1:]):
        return Effect(kind=_UNKNOWN, why="which file it reads is computed when it runs")
    return Effect(kind=CommandClass.READ, why="it only reads")


def _writer(program: str, words: tuple[Word, ...]) -> Effect:
    """Classify `cp`, `mv`, `touch`, `mkdir`, `ln` and `tee` with the files that they write."""
    positionals, targets = _positionals(words)
    why = "it writes files"
    if program in ("touch", "mkdir", "tee"):
        return Effect(kind=CommandClass.WRITE, why=why, writes=positionals)
    if not targets and len(positionals) > 1:
        positionals, targets = positionals[:-1], positionals[-1:]
    inside = tuple(
        _UNTOLD
        if source.text.rstrip("/").rpartition("/")[2] in _WHOLE_FOLDER
        else Word(
            text=f"{target.text.rstrip('/')}/{source.text.rstrip('/').rpartition('/')[2]}",
            expands=target.expands or source.expands,
            globs=source.globs,
        )
        for target in targets
        for source in positionals
    )
    sources = positionals if program in ("mv", "ln") else ()
    return Effect(kind=CommandClass.WRITE, why=why, writes=(*targets, *inside, *sources))


def _positionals(words: tuple[Word, ...]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Split arguments into files and the folders named by `-t`."""
    positionals: list[Word] = []
    targets: list[Word] = []
    is_target = False
    for word in words[1:]:
        if is_target:
            targets.append(word)
            is_target = False
        elif word.text.startswith("--t") and "=" in word.text:
            targets.append(Word(text=word.text.partition("=")[2], expands=word.expands))
        elif word.text == "--target-directory" or re.fullmatch(r"-[a-zA-Z]*t", word.text):
            is_target = True
        elif word.text.startswith("-t"):
            targets.append(Word(text=word.text[2:], expands=word.expands))
        elif not word.text.startswith("-"):
            positionals.append(word)
    return tuple(positionals), tuple(targets)


def _deleted(name: str, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """List the files that a deletion names."""
    skip = 2 if name == "git" else 1
    if name in ("rm", "rmdir", "unlink", "shred", "truncate", "git", "srm", "trash", "trash-put"):
        return tuple(word for word in words[skip:] if not word.text.startswith("-"))
    return ()


def _dd_targets(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """List what `dd` writes."""
    return tuple(Word(text=word.text[3:], expands=word.expands) for word in words if word.text.startswith("of="))


def _sed(words: tuple[Word, ...]) -> Effect:
    """Classify `sed`: simple scripts only; with `-i` it writes its files."""
    options = tuple(word.text for word in words[1:] if word.text.startswith("-"))
    positionals = [word for word in words[1:] if not word.text.startswith("-")]
    if not positionals or not all(_SED_OPTIONS.fullmatch(option) for option in options) or "--expression" in options:
        return Effect(kind=_UNKNOWN, why="it runs a script with options that are not known")
    if positionals[0].expands or not all(_SED_SAFE.fullmatch(part.strip()) for part in positionals[0].text.split(";")):
        return Effect(kind=_UNKNOWN, why="its script may run or write something")
    is_writing = any("i" in option if not option.startswith("--") else option.startswith("--in") for option in options)
    if is_writing:
        return Effect(kind=CommandClass.WRITE, why="it edits files in place", writes=tuple(positionals[1:]))
    if any(word.expands for word in positionals[1:]):
        return Effect(kind=_UNKNOWN, why="which file it reads is computed when it runs")
    return Effect(kind=CommandClass.READ, why="it only reads")


def _lists_archive(arguments: tuple[str, ...]) -> bool:
    """Tell whether `tar` is only asked for a table of contents."""
    return (
        bool(arguments)
        and re.fullmatch(r"-?t[vzjJf]*|--list", arguments[0]) is not None
        and not any(argument.startswith("-") for argument in arguments[1:])
    )
