"""Lines of a requirement that two changes want differently."""

from __future__ import annotations

from msgspec import Struct


class Clash(Struct, frozen=True, kw_only=True):
    """Lines of a requirement that both sides changed since the base. Lines count from 1 in the requirement's block; a text may be empty.

    With `is_removal` the change takes away a requirement that the main spec says otherwise now.
    """

    requirement: str
    main_line: int
    delta_line: int
    base: str
    main: str
    delta: str
    base_line: int = 1
    is_removal: bool = False
