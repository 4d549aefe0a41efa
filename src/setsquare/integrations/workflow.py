"""Describes one thing that people do with Setsquare through another tool."""

from __future__ import annotations

from msgspec import Struct


class Workflow(Struct, frozen=True, kw_only=True):
    """A workflow: `about` says what for and when, `asks` what a person adds to the command, `steps` what the agent does.

    `steps` is Markdown below a heading of the second level; it holds no mark that a tool would replace (`$1`, `@file`, `!{…}`).
    """

    id: str
    title: str
    about: str
    asks: str
    steps: str

    @property
    def name(self) -> str:
        """Give the name under which tools know it.

        >>> Workflow(id="run", title="Run", about="", asks="", steps="").name
        'setsquare-run'
        """
        return f"setsquare-{self.id}"
