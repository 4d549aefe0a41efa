"""Reads which packages a command would bring in: named by an installation, or fetched and run at once by a package runner.

Source: safety.md AT57 (unpinned `npx`, dependencies that a model made up).
"""

from __future__ import annotations

import re
from types import MappingProxyType

from setsquare.guard.catalogue import names
from setsquare.guard.words import Word
from setsquare.guard.wrappers import program_name

_RUNNERS = MappingProxyType(
    {
        "npx": names("-c --call -w --workspace"),
        "bunx": names(""),
        "pnpx": names(""),
        "uvx": names("--with --python -p --index-url --index --extra-index-url --with-requirements --constraints"),
    }
)
_RUNNING = (
    *(("npm", "exec"), ("npm", "x"), ("npm", "init"), ("npm", "create"), ("pnpm", "dlx"), ("pnpm", "create"), ("yarn", "dlx")),
    *(("yarn", "create"), ("bun", "x"), ("bun", "create"), ("pipx", "run"), ("deno", "run"), ("go", "run")),
)
_NESTED = (("uv", "tool", "run"), ("uv", "x"))
_FROM = names("--from --spec --package -p --package-name")
_LOCAL = names("--no-install --no --offline --no-index --prefer-offline-only")
_PINNED = re.compile(r"@?[\w./-]+(?:@v?\d+(?:\.\d+)+[\w.+-]*|==\d+(?:\.\d+)*[\w.+!-]*)", re.ASCII)
_EXACT_GO = re.compile(r"[\w./-]+@v\d+\.\d+\.\d+\S*", re.ASCII)
_DEV = names("--save-dev -D --dev --development --only-dev")
_DEV_GROUPS = names("dev test tests lint docs development")
_GROUPED = names("--group -G")
_VALUED = names(
    "-r --requirement -c --constraint -e --editable --python -p --extra --optional --registry --features --filter -C --cwd --group -G --prefix --rename --path"
)
_ADDERS = (
    *(("pip", "install"), ("pip3", "install"), ("uv", "add"), ("poetry", "add"), ("pdm", "add"), ("pipenv", "install"), ("npm", "install")),
    *(
        ("npm", "i"),
        ("npm", "add"),
        ("yarn", "add"),
        ("pnpm", "add"),
        ("pnpm", "install"),
        ("pnpm", "i"),
        ("bun", "add"),
        ("bun", "install"),
    ),
    *(("cargo", "add"), ("go", "get"), ("bundle", "add"), ("composer", "require"), ("dotnet", "add"), ("yarn", "install")),
)


def unpinned_package(words: tuple[Word, ...]) -> str:
    """Name the package that a runner would fetch in whatever version it finds and run; empty when it is no runner, or pinned, or local.

    >>> from setsquare.guard.shell import parse
    >>> of = lambda text: unpinned_package(parse(text).commands[0].words)
    >>> of("npx -y create-app x"), of("npx create-app@1.2.3"), of("uvx ruff==0.4.1 check"), of("npx --no-install jest"), of("pipx run x")
    ('create-app', '', '', '', 'x')
    """
    rest = _after_runner(words)
    if rest is None:
        return ""
    program = program_name(words[0].text)
    texts = tuple(word.text for word in rest)
    if any(text in _LOCAL for text in texts):
        return ""
    named = _named(texts, _RUNNERS.get(program, frozenset()))
    if not named or (program in ("go", "deno") and not _is_remote(named)):
        return ""
    pinned = _EXACT_GO if program == "go" else _PINNED
    return "" if pinned.fullmatch(named.removeprefix("npm:").removeprefix("jsr:")) else named


def _after_runner(words: tuple[Word, ...]) -> tuple[Word, ...] | None:
    """Give the words behind a package runner; `None` when there is none."""
    texts = (program_name(words[0].text), *(word.text for word in words[1:4]))
    if texts[0] in _RUNNERS:
        return words[1:]
    if len(texts) > 1 and texts[:2] in _RUNNING:
        return words[2:]
    return next((words[len(entry) :] for entry in _NESTED if texts[: len(entry)] == entry), None)


def _named(texts: tuple[str, ...], valued: frozenset[str]) -> str:
    """Find the package: after `--from` or `--package`, else the first word that is no option."""
    index = 0
    while index < len(texts):
        text = texts[index]
        name, has_value, value = text.partition("=")
        if name in _FROM and name not in valued:
            return value if has_value else texts[index + 1] if index + 1 < len(texts) else ""
        if text.startswith("-"):
            index += 2 if text in valued else 1
            continue
        return text
    return ""


def _is_remote(named: str) -> bool:
    """Tell whether `go run` or `deno run` names something that is fetched."""
    return "@" in named or "://" in named or named.startswith(("npm:", "jsr:"))


def added_packages(words: tuple[Word, ...]) -> tuple[str, ...]:
    """List the packages that an installation names, those for development and local folders left out.

    >>> from setsquare.guard.shell import parse
    >>> of = lambda text: added_packages(parse(text).commands[0].words)
    >>> (
    ...     of("npm install left-pad"),
    ...     of("npm install -D jest"),
    ...     of("npm ci"),
    ...     of("pip install -r requirements.txt -e ."),
    ...     of("uv add --group dev x"),
    ... )
    (('left-pad',), (), (), (), ())
    """
    texts = tuple(word.text for word in words)
    if len(texts) > 2 and program_name(texts[0]).startswith("python") and texts[1] == "-m":
        texts = texts[2:]
    if len(texts) > 2 and texts[0] == "uv" and texts[1] == "pip":
        texts = texts[1:]
    if len(texts) < 2 or (program_name(texts[0]), texts[1]) not in _ADDERS:
        return ()
    found: list[str] = []
    index = 2
    while index < len(texts):
        text = texts[index]
        name, _, value = text.partition("=")
        if text in _DEV or (name in _GROUPED and (value or "".join(texts[index + 1 : index + 2])) in _DEV_GROUPS):
            return ()
        if text.startswith("-"):
            index += 2 if text in _VALUED else 1
            continue
        if not text.startswith((".", "/")):
            found.append(text)
        index += 1
    return tuple(found)
