"""Lists the older dialects of Kiro."""

from __future__ import annotations

from typing import Final

from setsquare.migrate.dialects import agents, hooks, powers, servers
from setsquare.migrate.dialects.conversion import Dialect

DIALECTS: Final[tuple[Dialect, ...]] = (hooks.DIALECT, agents.DIALECT, powers.DIALECT, servers.DIALECT)


def dialect_of(path: str) -> Dialect | None:
    """Find the dialect that a file is of.

    >>> dialect_of(".kiro/hooks/lint.kiro.hook").id, dialect_of("README.md")
    ('kiro-hooks', None)
    """
    return next((dialect for dialect in DIALECTS if dialect.owns(path)), None)
