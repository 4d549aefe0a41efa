"""Names steering files after the files they come from, and moves globs below the folder that a file speaks for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import joined

_BETWEEN = LazyPattern(r"[\W_]+")
_LONGEST = 80


def slug(*parts: str) -> str:
    """Make a file name, without its ending, of words and paths.

    >>> slug("cursor", "db.rules"), slug("CLAUDE", "packages/api"), slug("规则")
    ('cursor-db-rules', 'claude-packages-api', '规则')
    """
    name = _BETWEEN.sub("-", "-".join(part for part in parts if part)).strip("-").lower() or "rules"
    if len(name.encode()) <= _LONGEST:
        return name
    return f"{name.encode()[:_LONGEST].decode(errors='ignore').rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def stem(path: str) -> str:
    """Name a file without its folders and its ending.

    >>> stem(".cursor/rules/db.rules.mdc"), stem(".github/instructions/ts.instructions.md"), stem(".cursorrules")
    ('db.rules', 'ts', 'cursorrules')
    """
    name = path.rpartition("/")[2].removeprefix(".")
    for ending in (".instructions.md", ".mdc", ".md", ".txt"):
        if name.endswith(ending) and name != ending:
            return name.removesuffix(ending)
    return name


def below(scope: str, patterns: Iterable[str]) -> tuple[str, ...]:
    """Move globs below a folder; a glob without a slash matches at any depth there.

    >>> below("packages/api", ["*.ts", "src/**"]), below("", ["*.ts"])
    (('packages/api/**/*.ts', 'packages/api/src/**'), ('*.ts',))
    """
    if not scope:
        return tuple(patterns)
    return tuple(joined(scope, pattern.removeprefix("./").lstrip("/") if "/" in pattern else f"**/{pattern}") for pattern in patterns)


def everything(patterns: Iterable[str]) -> bool:
    """Tell whether globs match every file.

    >>> everything(["**"]), everything(["**/*"]), everything(["*.ts"])
    (True, True, False)
    """
    return any(pattern.removeprefix("./") in ("**", "**/*", "*", "**/**", "**/*.*") for pattern in patterns)
