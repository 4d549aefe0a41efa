"""Lists what a command names in the workspace: places, file names that are matched when it runs, and what it would run from there.

Source: safety.md § 1.3, AT30: a yes to a command binds what its words lead to.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from msgspec import Struct

from setsquare.guard.catalogue import INTERPRETERS, SHELLS
from setsquare.guard.globs import braces_expanded
from setsquare.guard.locations import Locations
from setsquare.guard.paths import BadPath, normalised
from setsquare.guard.shell import Unparseable, parse
from setsquare.guard.words import Word
from setsquare.guard.wrappers import program_name, unwrapped
from setsquare.text.paths import joined

_DEEPEST = 8
_MOST_PLACES = 400
_SOURCING = frozenset({".", "source"})
_MODULES = frozenset({"unittest", "pytest", "pip", "venv", "json.tool", "http.server", "compileall", "doctest", "timeit"})
_IMPLIED = MappingProxyType(
    {
        "make": "Makefile makefile GNUmakefile",
        "gmake": "Makefile makefile GNUmakefile",
        "just": "justfile Justfile .justfile",
        "task": "Taskfile.yml Taskfile.yaml",
        "rake": "Rakefile",
        "npm": "package.json .npmrc",
        "npx": "package.json .npmrc",
        "pnpm": "package.json pnpm-workspace.yaml",
        "yarn": "package.json .yarnrc.yml",
        "bun": "package.json bunfig.toml",
        "node": "package.json",
        "jest": "package.json jest.config.js jest.config.ts",
        "vitest": "package.json vite.config.ts vitest.config.ts",
        "cargo": "Cargo.toml build.rs .cargo/config.toml",
        "go": "go.mod",
        "mvn": "pom.xml",
        "gradle": "build.gradle build.gradle.kts settings.gradle",
        "tox": "tox.ini pyproject.toml setup.cfg conftest.py",
        "nox": "noxfile.py",
        "pytest": "pytest.ini pyproject.toml tox.ini setup.cfg conftest.py tests/conftest.py sitecustomize.py",
        "python": "sitecustomize.py usercustomize.py conftest.py tests/conftest.py pyproject.toml pytest.ini",
        "pip": "setup.py pyproject.toml requirements.txt",
        "uv": "pyproject.toml uv.toml",
        "poetry": "pyproject.toml",
        "docker": "Dockerfile docker-compose.yml docker-compose.yaml compose.yaml compose.yml",
        "terraform": "main.tf",
        "pre-commit": ".pre-commit-config.yaml",
        "cmake": "CMakeLists.txt",
        "ninja": "build.ninja",
        "bundle": "Gemfile",
        "composer": "composer.json",
    }
)
"""Files that decide what a program runs although no word names them."""


class Named(Struct, frozen=True, kw_only=True):
    """Paths relative to the workspace: `places` as they stand, `patterns` to be matched, `programs` that would be run or that decide what runs."""

    places: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()


def named(command: str, root: str = "") -> Named:
    """List what shell text names; text that cannot be read names nothing, and is never run.

    >>> found = named("cd examples && rm -rf out/* && ./run.sh a.txt && python3 tools/x.py", "/w")
    >>> found.patterns, found.programs[:4]
    (('out/*', 'examples/out/*'), ('run.sh', 'examples/run.sh', 'tools/x.py', 'examples/tools/x.py'))
    >>> named("make test").programs
    ('Makefile', 'makefile', 'GNUmakefile')
    """
    places: dict[str, None] = {}
    patterns: dict[str, None] = {}
    programs: dict[str, None] = {}
    for folders, words in _vectors(command, Locations(root), 0):
        for index, word in enumerate(words):
            found = patterns if word.globs else places
            found.update(dict.fromkeys(_seen_from(folders, word, root, is_program=index == 0)))
        programs.update(dict.fromkeys(_programs(folders, words, root)))
    return Named(places=tuple(places)[:_MOST_PLACES], patterns=tuple(patterns)[:_MOST_PLACES], programs=tuple(programs)[:_MOST_PLACES])


def _vectors(text: str, locations: Locations, depth: int) -> Iterator[tuple[tuple[str, ...], tuple[Word, ...]]]:
    """Give every argument vector with the folders in which it may stand; redirections are vectors without a program."""
    script = parse(text)
    if isinstance(script, Unparseable) or depth > _DEEPEST:
        return
    for simple in script.commands:
        for redirection in simple.redirections:
            yield locations.folders, (Word(text=""), redirection.target)
        if simple.words:
            yield from _unwrapped(simple.words, locations, depth)


def _unwrapped(words: tuple[Word, ...], locations: Locations, depth: int) -> Iterator[tuple[tuple[str, ...], tuple[Word, ...]]]:
    """Give a vector and those that it runs."""
    yield locations.folders, words
    wrapped = unwrapped(words) if depth <= _DEEPEST else None
    if wrapped is None:
        if words[0].text in ("cd", "pushd", "popd"):
            locations.move(words[1:])
        return
    for text in wrapped.texts:
        yield from _vectors(text, locations, depth + 1)
    for inner in wrapped.inner:
        yield from _unwrapped(inner, locations, depth + 1)


def _seen_from(folders: tuple[str, ...], word: Word, root: str, *, is_program: bool = False) -> Iterator[str]:
    """Read a word as a path, as seen from each folder; computed words and those without a place in the workspace give none."""
    if word.expands or not word.text or (is_program and "/" not in word.text) or (" " in word.text.strip() and "/" not in word.text):
        return
    texts = (word.text, *([word.text.partition("=")[2]] if "=" in word.text else []))
    for written in texts:
        for text in (braces_expanded(written) or (written,)) if word.has_braces else (written,):
            for folder in folders:
                place = normalised(text if text.startswith(("/", "~")) else joined(folder, text), root)
                if not isinstance(place, BadPath) and (place or text in (".", "./")):
                    yield place


def _programs(folders: tuple[str, ...], words: tuple[Word, ...], root: str) -> Iterator[str]:
    """List what a vector would run from the workspace: its program, the script of an interpreter, the files that a build program reads."""
    program = program_name(words[0].text)
    if "/" in words[0].text:
        yield from _seen_from(folders, words[0], root)
    plain = program.rstrip("0123456789.") or program
    rest = words[1:]
    if plain in INTERPRETERS | SHELLS | _SOURCING or plain in ("python", "node", "ruby", "perl", "deno"):
        yield from _scripts(folders, rest, root)
    for name in _IMPLIED.get(plain or program, "").split():
        yield from (joined(folder, name) for folder in folders)


def _scripts(folders: tuple[str, ...], words: tuple[Word, ...], root: str) -> Iterator[str]:
    """List the script that an interpreter is given: by name, or as a module of the workspace."""
    for index, word in enumerate(words):
        if word.text == "-m" and index + 1 < len(words):
            name = words[index + 1].text
            if name not in _MODULES:
                stem = name.replace(".", "/")
                endings = (f"{stem}.py", f"{stem}/__main__.py", f"{stem}/__init__.py")
                yield from (joined(folder, each) for folder in folders for each in endings)
            return
        if word.text in ("-c", "-e"):
            return
        if not word.text.startswith("-"):
            yield from _seen_from(folders, word, root)
            return
