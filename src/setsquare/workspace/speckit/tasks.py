"""Reads a Spec Kit feature's `tasks.md` and its check-lists.

Only a mark of at most one sign, blank, `x` or `X`, is a box: legend lines such as `- [P] tasks = different files` are none.

Source: the templates of github/spec-kit 1.0.2 and what repositories write.
"""

from __future__ import annotations

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.speckit.model import Check, KitTask
from setsquare.workspace.speckit.naming import is_story_phase

_BOX = LazyPattern(r"\s*[-*+]\s+\[([ xX]?)\]\s+(.*?)\s*", 0)
_ID = LazyPattern(r"\*{0,2}(T\d{1,5}[a-z]?|\[US\d+-\d+\])\*{0,2}(?=[\s:.,]|$)[:.]?\s*", 0)
_TAG = LazyPattern(r"\[(P|US\s?-?(\w+)|Story)\]\s*", 0)
_DEPENDS = LazyPattern(r"(?i)\(depends on ([^)]*)\)", 0)
_NUMBER = LazyPattern(r"T\d{1,5}[a-z]?", 0)
_PHASE = LazyPattern(r"##\s+(.*?)\s*", 0)
_CHECK = LazyPattern(r"\*{0,2}(CHK\d+[a-z]?)\*{0,2}:?\s*(.*)", 0)


def read_kit_tasks(text: str) -> tuple[KitTask, ...]:
    r"""Read the tasks.

    >>> [
    ...     (one.id, one.is_done, one.is_parallel, one.story)
    ...     for one in read_kit_tasks("- [X] T010 [P] [US1] Test\n- [P] tasks = legend\n- [ ] Loose")
    ... ]
    [('T010', True, True, '1'), ('', False, False, '')]
    """
    found: list[KitTask] = []
    phase = ""
    for line, row in enumerate(text.split("\n"), 1):
        if heading := _PHASE.fullmatch(row):
            phase = heading[1]
        if box := _BOX.fullmatch(row):
            found.append(_task(box[2], line, phase, is_done=box[1] in ("x", "X")))
    return tuple(found)


def _task(said: str, line: int, phase: str, *, is_done: bool) -> KitTask:
    """Read what stands behind a box."""
    name = _ID.match(said)
    rest = said[name.end() :] if name else said
    story, is_parallel = "", False
    while tag := _TAG.match(rest):
        is_parallel = is_parallel or tag[1] == "P"
        story = tag[2] or story
        rest = rest[tag.end() :]
    depends = _DEPENDS.search(rest)
    return KitTask(
        id=name[1].strip("[]") if name else "",
        text=rest,
        line=line,
        is_done=is_done,
        is_parallel=is_parallel,
        story=story,
        is_in_story=is_story_phase(phase),
        phase=phase,
        depends=tuple(_NUMBER.compiled.findall(depends[1])) if depends else (),
    )


def read_checks(text: str) -> tuple[Check, ...]:
    r"""Read a check-list.

    >>> read_checks("- [x] CHK001 Clear?")
    (Check(id='CHK001', text='Clear?', line=1, is_accepted=True),)
    """
    found = []
    for line, row in enumerate(text.split("\n"), 1):
        if box := _BOX.fullmatch(row):
            named = _CHECK.fullmatch(box[2])
            found.append(Check(named[1] if named else "", named[2] if named else box[2], line, box[1] in ("x", "X")))
    return tuple(found)
