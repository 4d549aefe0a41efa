"""Finds the dependencies that a change of a manifest or lock file adds.

It reads names, not whole formats: what looks like a dependency and was not named before counts as added.

Source: safety.md AT57 (a dependency that the agent made up needs a person).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from setsquare.guard.protected import is_manifest
from setsquare.text.paths import base_name

_NAME = re.compile(r"\s*(?P<name>[A-Za-z0-9@][\w./@-]*)", re.ASCII)
_REQUIREMENT = re.compile(r"[\"']\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~^;@(][^\"']*)?[\"']", re.ASCII)
_KEYED = re.compile(r"^\s*[\"']?(?P<name>[A-Za-z0-9@][\w./@-]*)[\"']?\s*[:=]\s*(?:[\"'{\[]|\d|\^|~)", re.ASCII)
_CALLED = re.compile(
    r"^\s*(?:gem|pod|implementation|api|compile|testImplementation|runtimeOnly|kapt|classpath)[\s(]+[\"'](?P<name>[^\"']+)[\"']", re.ASCII
)
_TABLE = re.compile(r"^\s*\[+\s*(?P<table>[^\]]+?)\s*\]+")
_GO = re.compile(r"^\s*(?:require\s+)?(?P<name>[\w.-]+\.[a-z]+/\S+)\s+v\d", re.ASCII)
_MAVEN = re.compile(r"<(?:artifactId|PackageReference\s+Include=\")\s*>?(?P<name>[^<\"]+)", re.ASCII)
_NPM_LISTS = frozenset(
    {"dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "require", "require-dev", "overrides"}
)
_JSON_FILES = frozenset({"package.json", "composer.json", "package-lock.json", "npm-shrinkwrap.json", "deno.json"})
_LOCKED = re.compile(r"^\s*[\"'/]*(?P<name>@?[\w.-]+(?:/[\w.-]+)?)@[^\"':]*[\"']?:?\s*$", re.ASCII)
_LIMIT_BYTES = 5_000_000


def added_dependencies(path: str, old: bytes | None, new: bytes) -> tuple[str, ...]:
    r"""List the dependencies that a manifest names after a change and did not name before.

    >>> added_dependencies("package.json", b'{"dependencies": {"a": "1"}}', b'{"dependencies": {"a": "2", "left-pad": "1"}}')
    ('left-pad',)
    >>> added_dependencies("requirements.txt", b"flask==3.0\n", b"# web\nflask==3.1\n-r more.txt\nflaks>=1\n")
    ('flaks',)
    >>> added_dependencies("src/a.py", None, b"import flaks"), added_dependencies("go.mod", None, b"require github.com/x/y v1.2.0\n")
    ((), ('github.com/x/y',))
    """
    if not is_manifest(path):
        return ()
    if len(new) > _LIMIT_BYTES:
        return ("(a file that is too long to read)",)
    before = set(_named(path, (old or b"")[:_LIMIT_BYTES]))
    return tuple(dict.fromkeys(name for name in _named(path, new) if name not in before))


def _named(path: str, raw: bytes) -> Iterator[str]:
    """List the dependencies that a manifest names."""
    name = base_name(path).casefold()
    if name in _JSON_FILES:
        yield from _json(raw)
        return
    text = raw.decode("utf-8", "replace")
    if name.endswith(".txt"):
        yield from _requirements(text)
    elif name in {"go.mod", "go.sum"}:
        yield from (found["name"].casefold() for line in text.splitlines() if (found := _GO.match(line)))
    elif name.endswith(".toml") or (name.endswith(".lock") and name != "yarn.lock") or name.startswith("pipfile"):
        yield from _tables(text)
    else:
        yield from _lines(text)


def _json(raw: bytes) -> Iterator[str]:
    """Read the lists of `package.json` and its like; one that is no JSON counts by its lines."""
    try:
        top = msgspec.json.decode(raw or b"{}")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        yield from _lines(raw.decode("utf-8", "replace"))
        return
    for key in sorted(_NPM_LISTS):
        listed = top.get(key) if isinstance(top, dict) else None
        if isinstance(listed, dict):
            yield from (str(name).casefold() for name in listed)
    locked = top.get("packages") if isinstance(top, dict) else None
    if isinstance(locked, dict):
        yield from (str(name).rpartition("node_modules/")[2].casefold() for name in locked if name)


def _requirements(text: str) -> Iterator[str]:
    """Read one requirement per line; an address counts whole."""
    for line in text.splitlines():
        bare = line.partition("#")[0].strip() if not line.strip().startswith("git+") else line.strip()
        if bare.startswith(("-e ", "--editable", "git+")) or "://" in bare:
            yield bare
        elif bare and not bare.startswith("-") and (found := _NAME.match(bare)):
            yield _plain(found["name"])


def _tables(text: str) -> Iterator[str]:
    """Read TOML by its lines: keys of tables about dependencies, texts in lists of requirements, `name =` of lock files."""
    table = ""
    is_listing = False
    for line in text.splitlines():
        if (found := _TABLE.match(line)) and "=" not in line:
            table, is_listing = found["table"].casefold(), False
            if "dependencies." in table:
                yield _plain(table.rpartition(".")[2])
            continue
        if table.startswith("package") and (locked := re.match(r"\s*name\s*=\s*[\"']([^\"']+)", line)):
            yield _plain(locked[1])
        is_concerned = "dependenc" in table or table in ("packages", "dev-packages") or "source" in table
        opens = re.match(r"\s*[\w.-]*(?:dependenc|requires)[\w.-]*\s*=\s*\[|\s*[\w-]+\s*=\s*\[", line)
        is_listing = is_listing or bool(opens and ("dependenc" in line or "requires" in line or is_concerned))
        if is_listing:
            yield from (_plain(found["name"]) for found in _REQUIREMENT.finditer(line.partition("= [")[2] or line))
            is_listing = "]" not in re.sub(r"\[[^\[\]]*\]", "", line.partition("= [")[2] or line)
        elif is_concerned and "dependencies." not in table and (keyed := _KEYED.match(line)):
            yield _plain(keyed["name"])


def _lines(text: str) -> Iterator[str]:
    """Read any other format by its lines."""
    for line in text.splitlines():
        bare = line.lstrip().removeprefix("- ")
        if found := (_CALLED.match(line) or _LOCKED.match(line) or _KEYED.match(bare) or _MAVEN.search(line)):
            yield _plain(found["name"])


def _plain(name: str) -> str:
    """Write a name in the one form of its registry."""
    return name.strip().casefold().replace("_", "-")
