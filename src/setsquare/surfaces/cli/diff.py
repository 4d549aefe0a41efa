"""Shows a diff to people."""

from __future__ import annotations

from setsquare.surfaces.cli.style import paint, safe

_SHOWN_LINES = 400


def coloured(diff: str) -> list[str]:
    r"""List the lines of a diff in its colours, at most 400.

    >>> coloured("rename from a\n")
    ['  rename from a']
    """
    rows = safe(diff).splitlines()
    lines = [f"  {paint(row, *_colour(row))}" for row in rows[:_SHOWN_LINES]]
    if len(rows) > _SHOWN_LINES:
        lines.append(f"  … {len(rows) - _SHOWN_LINES} more lines")
    return lines


def _colour(row: str) -> tuple[str, ...]:
    """Colour a line of a diff."""
    return ("green",) if row.startswith("+") else ("red",) if row.startswith("-") else ()
