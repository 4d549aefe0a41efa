"""Takes values out of parsed TOML; one of the wrong kind is a problem at its key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, TypeAlias

from setsquare.rules.config import ConfigProblem
from setsquare.rules.finding import Severity
from setsquare.rules.similar import nearest
from setsquare.rules.toml_places import TomlPlaces
from setsquare.text.paths import RelPath

Toml: TypeAlias = object
"""A value as the parser gives it; every reader checks its kind."""

Where: TypeAlias = tuple[str, ...]
"""The keys that lead to a value."""

_LEVELS: Final = {severity.value: severity for severity in Severity}


class TomlValues:
    """One file being read; problems gather while values are taken."""

    def __init__(self, path: RelPath, places: TomlPlaces) -> None:
        """Read the file of `path`, whose keys stand at `places`."""
        self._path = path
        self._places = places
        self.problems: list[ConfigProblem] = []

    def wrong(self, where: Where, message: str, hint: str = "", severity: Severity = Severity.ERROR) -> None:
        """Report what stands at a key."""
        self.problems.append(ConfigProblem(path=self._path, span=self._places.key(where), message=message, hint=hint, severity=severity))

    def unknown(self, table: Mapping[str, Toml], known: Collection[str], where: Where) -> None:
        """Report keys that nobody reads."""
        for key in table:
            if key not in known:
                near = nearest(key, known)
                hint = f"did you mean `{near}`?" if near else f"known here: {', '.join(known)}"
                self.wrong((*where, key), f'unknown key "{".".join((*where, key))}"', hint, Severity.WARNING)

    def table(self, table: Mapping[str, Toml], where: Where) -> Mapping[str, Toml]:
        """Read a table; a missing one is empty."""
        value = table.get(where[-1], {})
        if isinstance(value, dict):
            return value
        self.wrong(where, f'"{".".join(where)}" is no table', f"write `[{'.'.join(where)}]` on a line of its own")
        return {}

    def texts(self, value: Toml, where: Where) -> tuple[str, ...]:
        """Read a list of texts."""
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.wrong(where, f'"{".".join(where)}" is no list of texts', 'write `["…", "…"]`')
        return ()

    def text(self, table: Mapping[str, Toml], where: Where) -> str:
        """Read a text; a missing one is empty."""
        value = table.get(where[-1], "")
        if isinstance(value, str):
            return value
        self.wrong(where, f'"{".".join(where)}" is no text', "write it in quotes")
        return ""

    def level(self, table: Mapping[str, Toml], where: Where, more: tuple[str, ...] = ()) -> Severity | None:
        """Read a severity; `None` where it is missing, wrong or one of `more`."""
        value = table.get(where[-1])
        if value is None or (isinstance(value, str) and value in more):
            return None
        if isinstance(value, str) and value in _LEVELS:
            return _LEVELS[value]
        levels = (*more, *reversed(_LEVELS))
        near = nearest(value, levels) if isinstance(value, str) else ""
        hint = f"did you mean `{near}`?" if near else f"one of {', '.join(levels)}"
        self.wrong(where, f'"{".".join(where)}" is no severity', hint)
        return None
