"""Finds the commands that another command runs: behind `env`, `xargs`, `find -exec`, `sh -c` and the like.

Source: settings.md § 2.3; safety.md AT24.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from setsquare.guard.catalogue import SHELLS, names
from setsquare.guard.words import Word

Words = tuple[Word, ...]

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=", re.ASCII)
_FED = Word(text="…", expands=True)
_FIND_EXEC = frozenset({"-exec", "-execdir", "-ok", "-okdir"})


class Wrapper(Struct, frozen=True):
    """How a wrapper's own arguments read: options with a value, options without, and how many words stand before the command."""

    valued: str = ""
    plain: str = ""
    skips: int = 0


_WRAPPERS = MappingProxyType(
    {
        "sudo": Wrapper("-u -g -h -p -C -T -U -r -t -D -R --user --group", "-E -H -n -S -k -K -b -i -s -A -P --"),
        "doas": Wrapper("-u -C", "-n -s -L"),
        "env": Wrapper("-u --unset", "-i - --ignore-environment -0 --null -v --debug --"),
        "nohup": Wrapper("", "--"),
        "time": Wrapper("-f --format", "-p -v --verbose --portability --"),
        "timeout": Wrapper("-k -s --kill-after --signal", "--foreground --preserve-status -v --verbose --", 1),
        "nice": Wrapper("-n --adjustment", "--"),
        "ionice": Wrapper("-c -n --class --classdata", "-t --ignore --"),
        "xargs": Wrapper(
            "-d -E -e -I -L -n -P -s --delimiter --max-args --max-procs --max-lines",
            "-0 -r -t -x -p --null --no-run-if-empty --verbose --",
        ),
        "command": Wrapper("", "-p --"),
        "builtin": Wrapper(),
        "exec": Wrapper("-a", "-c -l --"),
        "setsid": Wrapper("", "-c -f -w --ctty --fork --wait"),
        "stdbuf": Wrapper("-i -o -e --input --output --error"),
        "busybox": Wrapper(),
        "toybox": Wrapper(),
        "chrt": Wrapper("-T -P -D", "-b -f -i -o -r", 1),
        "taskset": Wrapper("", "-c", 1),
        "npx": Wrapper("", "--no-install --no --"),
        "bunx": Wrapper(),
    }
)
_RUNNERS = frozenset(
    {
        ("uv", "run"),
        ("poetry", "run"),
        ("pipenv", "run"),
        ("pdm", "run"),
        ("hatch", "run"),
        ("rye", "run"),
        ("bundle", "exec"),
        ("pnpm", "exec"),
        ("yarn", "exec"),
        ("conda", "run"),
        ("mise", "exec"),
        ("asdf", "exec"),
    }
)
_LAUNCHERS = names(
    "batch bwrap catchsegv cgexec chronic chroot dbus-run-session entr faketime fakeroot firejail fish flock gdb hyperfine ifne linux32 linux64 ltrace "
    "nix-shell nsenter numactl parallel perf powershell prlimit proot pwsh rlwrap runuser screen script sem setarch setpriv ssh-agent start-stop-daemon "
    "strace su systemd-run tmux unbuffer unshare valgrind watch xvfb-run"
)
"""Programs that run another one in a way that is not read exactly: each word may begin the command, or be its text."""

_OPTION_TEXT = re.compile(r"(?:--[\w-]+=|-\w*?c)?(.*)", re.DOTALL)
_RAISING = frozenset({"sudo", "doas"})
_PACKAGE_RUNNERS = frozenset({"npx", "bunx"})


class Wrapped(Struct, frozen=True, kw_only=True):
    """What a wrapper runs: argument vectors, and text that is shell again.

    `assigned` are variables that it sets. `is_raised` says that it runs with more rights, `is_odd` that an option of it is not known,
    `is_package` that the program comes from a package runner, so that its name does not tell which program it is. `refusal` says why it cannot
    be checked at all, or is empty. `rest` is the wrapper's own vector where it does something itself.
    """

    inner: tuple[Words, ...] = ()
    texts: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    is_raised: bool = False
    is_odd: bool = False
    is_package: bool = False
    refusal: str = ""
    rest: Words = ()


def unwrapped(words: Words) -> Wrapped | None:
    """Find what a command runs; `None` when it is no wrapper.

    >>> from setsquare.guard.shell import parse
    >>> of = lambda text: unwrapped(parse(text).commands[0].words)
    >>> [word.text for word in of("timeout -k 5 60 npm test").inner[0]], of("bash -lc 'ls; rm x'").texts, of("ls -l")
    (['npm', 'test'], ('ls; rm x',), None)
    """
    program = program_name(words[0].text)
    if program in SHELLS:
        return _shell(words)
    if program == "find":
        return _find(words)
    if program in ("eval", "trap"):
        return _evaluated(words, program)
    if len(words) > 1 and (program, words[1].text) in _RUNNERS:
        return _stripped(words[1:], Wrapper("", "--"), is_package=True)
    if program == "command" and len(words) > 1 and words[1].text in ("-v", "-V"):
        return None
    if program in _LAUNCHERS:
        return _launched(words)
    wrapper = _WRAPPERS.get(program)
    if wrapper is None:
        return None
    if program == "env":
        return _env(words, wrapper)
    found = _stripped(words, wrapper, is_raised=program in _RAISING, is_package=program in _PACKAGE_RUNNERS)
    return _fed(words, found) if program == "xargs" else found


def program_name(text: str) -> str:
    """Give a program's name without its folder, as a tolerant file system would find it.

    >>> program_name("/usr/bin/RM"), program_name("git")
    ('rm', 'git')
    """
    return text.rpartition("/")[2].casefold().removesuffix(".exe").lstrip("=")


def _stripped(words: Words, wrapper: Wrapper, *, is_raised: bool = False, is_package: bool = False) -> Wrapped:
    """Remove a wrapper with its own options and words."""
    valued, plain = frozenset(wrapper.valued.split()), frozenset(wrapper.plain.split())
    index, is_odd, skips = 1, False, wrapper.skips
    while index < len(words):
        text = words[index].text
        if text.startswith("-") and not words[index].expands:
            name = text.partition("=")[0] if text.startswith("--") else text[:2]
            takes_next = text in valued
            is_odd = is_odd or not (name in valued or text in plain or (text[1:].isdigit() and program_name(words[0].text) == "nice"))
            index += 2 if takes_next else 1
            if text == "--":
                break
        elif skips:
            skips -= 1
            index += 1
        else:
            break
    index += skips
    inner = words[index:]
    return Wrapped(inner=(inner,) if inner else (), is_raised=is_raised, is_odd=is_odd, is_package=is_package)


def _launched(words: Words) -> Wrapped:
    """Take every word that may begin a command or hold one; the first that is a wrapper itself says what comes after it."""
    inner: list[Words] = []
    texts: list[str] = []
    for index, word in enumerate(words[1:], 1):
        if word.text in (":::", "::::"):
            break  # What stands after it are arguments.
        found = _OPTION_TEXT.fullmatch(word.text)
        if word.is_literal and found and " " in found[1].strip():
            texts.append(found[1])
        elif word.is_literal and word.text and not word.text.startswith("-"):
            inner.append(words[index:])
            if unwrapped(words[index:]) is not None:
                break
    is_odd = not all(word.is_literal for word in words)
    return Wrapped(inner=tuple(inner), texts=tuple(texts), is_odd=is_odd, rest=words)


def _env(words: Words, wrapper: Wrapper) -> Wrapped:
    """Read `env`, whose `-S` holds a command line as text."""
    for index, word in enumerate(words[1:], 1):
        if re.match(r"--s|-[i0v]*S", word.text):
            if not all(later.is_literal for later in words[index:]):
                return Wrapped(refusal="`env -S` with computed text")
            attached = word.text.partition("=")[2] if word.text.startswith("--") else word.text.partition("S")[2]
            rest = words[index + 1 :]
            return Wrapped(texts=(" ".join((attached, *(later.text for later in rest))),), is_odd=True)
        if not word.text.startswith("-") and not _ASSIGNMENT.match(word.text):
            break
    found = _stripped(words, wrapper)
    inner = found.inner[0] if found.inner else ()
    assigned: list[str] = []
    while inner and (assignment := _ASSIGNMENT.match(inner[0].text)):
        assigned.append(assignment[1])
        inner = inner[1:]
    return replace(found, inner=(inner,) if inner else (), assigned=tuple(assigned), is_odd=found.is_odd or not inner)


def _fed(words: Words, found: Wrapped) -> Wrapped:
    """Add to `xargs`'s command what it reads; text that it replaces may be anything."""
    if not found.inner:
        return found
    options = words[1 : len(words) - len(found.inner[0])]
    marks: list[str] = []
    for index, option in enumerate(options):
        if option.text in ("-I", "--replace") and index + 1 < len(options):
            marks.append(options[index + 1].text)
        elif option.text.startswith(("-I", "-i", "--replace")):
            marks.append(option.text.removeprefix("--replace=").removeprefix("-I").removeprefix("-i") or "{}")
    if not marks:
        return replace(found, inner=((*found.inner[0], _FED),))
    return replace(found, inner=(_replacing(found.inner[0], tuple(marks)),))


def _replacing(words: Words, marks: tuple[str, ...]) -> Words:
    """Make every word that holds one of the marks a computed one."""
    return tuple(replace(word, expands=True) if any(mark and mark in word.text for mark in marks) else word for word in words)


def _find(words: Words) -> Wrapped | None:
    """Read the commands of `find`'s `-exec` and its relatives."""
    inner: list[Words] = []
    rest: list[Word] = []
    index = 0
    while index < len(words):
        if words[index].text not in _FIND_EXEC:
            rest.append(words[index])
            index += 1
            continue
        start = index + 1
        while index < len(words) and not (words[index].text == ";" or (words[index].text == "+" and words[index - 1].text == "{}")):
            index += 1
        command = _replacing(words[start:index], ("{}",))
        index += 1
        if not command:
            return Wrapped(refusal="`find -exec` without a command")
        inner.append(command)
    return Wrapped(inner=tuple(inner), rest=tuple(rest)) if inner else None


def _shell(words: Words) -> Wrapped | None:
    """Read a shell's `-c` text; a shell that reads its commands from standard input cannot be checked, a script file is left to the caller."""
    has_text = is_odd = False
    index = 1
    while index < len(words):
        text = words[index].text
        if words[index].expands:
            return Wrapped(refusal="a shell with computed arguments")
        if text in ("--version", "--help"):
            return None
        if text == "--":
            index += 1
            break
        if not text.startswith(("-", "+")) or text == "-":
            break
        if text.startswith("--"):
            is_odd = is_odd or text not in ("--login", "--noprofile", "--norc", "--posix")
            index += 2 if text in ("--rcfile", "--init-file") else 1
            continue
        has_text = has_text or "c" in text
        if "s" in text[1:]:
            return Wrapped(refusal="a shell that reads commands from standard input")
        is_odd = is_odd or "i" in text
        index += 2 if text[-1] in "oO" else 1
    if index >= len(words):
        return Wrapped(refusal="a shell that reads commands from standard input")
    if not has_text:
        return (
            Wrapped(refusal="a shell that reads commands from standard input")
            if words[index].text in ("-", "/dev/stdin", "/proc/self/fd/0")
            else None
        )
    if not words[index].is_literal:
        return Wrapped(refusal="a shell command text that is computed when it runs")
    return Wrapped(texts=(words[index].text,), is_odd=is_odd)


def _evaluated(words: Words, program: str) -> Wrapped:
    """Read the text of `eval` or `trap`; `--` before it only ends the options."""
    words = words[:1] + words[2:] if len(words) > 1 and words[1].text == "--" else words
    arguments = words[1:] if program == "eval" else words[1:2]
    if not all(word.is_literal for word in arguments):
        return Wrapped(refusal=f"`{program}` of text that is computed when it runs")
    text = " ".join(word.text for word in arguments)
    return Wrapped(texts=() if program == "trap" and text.startswith("-") else (text,))
