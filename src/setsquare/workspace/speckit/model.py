"""Holds what a Spec Kit feature says, with lines from 1 in the file that it was read from.

Source: the templates of github/spec-kit 1.0.2 and what repositories write.
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.text.paths import RelPath


class Line(Struct, frozen=True, gc=False):
    """A text and the line where it begins."""

    text: str
    line: int


class Story(Struct, frozen=True, kw_only=True):
    """A user story: `number` as written or its ordinal, `prose` what stands above its scenarios, `scenarios` its acceptance scenarios."""

    number: str
    title: str
    line: int
    priority: str = ""
    prose: tuple[Line, ...] = ()
    scenarios: tuple[Line, ...] = ()


class Demand(Struct, frozen=True, kw_only=True, gc=False):
    """A line with an id of its own: `FR-001`, `SC-002`, `NFR-3`, `AC-1`."""

    id: str
    text: str
    line: int


class Feature(Struct, frozen=True, kw_only=True):
    """A `spec.md`. `fields` are its bold lines (`Status`, `Input`); `placed` are the lines that went into a value, of all others `rest` is made.

    `sections` are those that say something beside the demands (assumptions, clarifications, scope), as written. `unclear` are the marks `NEEDS CLARIFICATION` with their question.
    """

    path: RelPath
    title: str
    fields: tuple[tuple[str, str], ...] = ()
    stories: tuple[Story, ...] = ()
    edge_cases: tuple[Line, ...] = ()
    demands: tuple[Demand, ...] = ()
    outcomes: tuple[Demand, ...] = ()
    entities: tuple[Line, ...] = ()
    unclear: tuple[Line, ...] = ()
    sections: tuple[tuple[str, tuple[Line, ...]], ...] = ()
    rest: tuple[Line, ...] = ()


class KitTask(Struct, frozen=True, kw_only=True, gc=False):
    """A task: `id` as written (`T012a`) or empty; `story` the number in `[US1]` or empty; `is_in_story` whether its phase is a story's."""

    id: str
    text: str
    line: int
    is_done: bool
    is_parallel: bool = False
    story: str = ""
    is_in_story: bool = False
    phase: str = ""
    depends: tuple[str, ...] = ()


class Check(Struct, frozen=True, gc=False):
    """An item of a check-list: a reviewer's mark on a criterion, no work."""

    id: str
    text: str
    line: int
    is_accepted: bool
