"""Reads what a model answered when it was asked for single units of a document: strict, so that nothing is taken that was not asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from msgspec import Struct

from setsquare.drafting.reply import Nonsense, words_of
from setsquare.drafting.units import Shape, blocks, shaped
from setsquare.events.conversation import Reply
from setsquare.text.document import encode
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import TaskState
from setsquare.workspace.tasks import read_tasks

NEW: Final = "new"
"""The key of new tasks; new sections of a design have `new in Section`."""
_OPEN: Final = re.compile(r"=== unit (?P<key>.+?) ===[ \t]*")
_CLOSE: Final = re.compile(r"=== end ===[ \t]*")
_PATH: Final = RelPath("answer.md")


class Asked(Struct, frozen=True, kw_only=True):
    """What a model is asked for: the units by key with their text, and where new ones may stand. `ids` are those that new tasks must name."""

    units: tuple[tuple[str, str], ...] = ()
    places: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    is_new_needed: bool = False


class Answered(Struct, frozen=True):
    """The texts that a model gave, by key; `reasons` say what is wrong with the answer as a whole."""

    texts: tuple[tuple[str, str], ...] = ()
    reasons: tuple[str, ...] = ()


def read_answer(reply: Reply, asked: Asked) -> Answered:
    r"""Read an answer; anything outside of units, and every unit that was not asked for, is a reason against it.

    >>> asked = Asked(units=(("3", "- [ ] 3. Go"),))
    >>> read_answer(Reply(text="=== unit 3 ===\n- [ ] 3. Run\n=== end ===\n"), asked).texts
    (('3', '- [ ] 3. Run\n'),)
    >>> read_answer(Reply(text="=== unit 4 ===\n- [ ] 4. Run\n=== end ===\n"), asked).reasons
    ('the unit `4` was not asked for', 'the unit `3` is missing')
    """
    text = words_of(reply)
    if isinstance(text, Nonsense):
        return Answered(reasons=(text.reason,))
    found, reasons = _cut(text)
    allowed = {*(key for key, _ in asked.units), *asked.places}
    keys = [key for key, _ in found]
    reasons += [f"the unit `{key}` was not asked for" for key in dict.fromkeys(keys) if key not in allowed]
    reasons += [f"the unit `{key}` stands {keys.count(key)} times" for key in dict.fromkeys(keys) if keys.count(key) > 1]
    reasons += [f"the unit `{key}` is missing" for key, _ in asked.units if key not in keys]
    if asked.is_new_needed and not any(key in asked.places for key in keys):
        reasons.append(f"the unit `{NEW}` is missing")
    return Answered(texts=tuple(found), reasons=tuple(reasons))


def _cut(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Cut an answer into its units."""
    found: list[tuple[str, str]] = []
    outside = False
    key: str | None = None
    lines: list[str] = []
    for line in text.split("\n"):
        begun = _OPEN.fullmatch(line)
        if begun and key is None:
            key, lines = begun["key"].strip(), []
        elif begun:
            return found, [f"the unit `{key}` is not closed by `=== end ===`"]
        elif _CLOSE.fullmatch(line) and key is not None:
            found.append((key, "\n".join(lines).strip("\n") + "\n"))
            key = None
        elif key is not None:
            lines.append(line)
        else:
            outside = outside or bool(line.strip())
    reasons = ["there is text outside of the units"] if outside else []
    reasons += [f"the unit `{key}` is not closed by `=== end ===`"] if key is not None else []
    return found, reasons


def task_answer(key: str, number: str, text: str) -> Shape | str:
    r"""Read the new text of one task; a string says what is wrong with it.

    >>> task_answer("3", "3", "- [ ] 3. Run\n  - fast\n").text
    b'Run\n- fast\n'
    >>> task_answer("3", "3", "- [x] 3. Run\n")
    'the unit `3` ticks its box'
    """
    raw = encode(text)
    tasks = read_tasks(scan(_PATH, raw)).tasks
    if len(tasks) != 1 or tasks[0].span.start != 0 or raw[tasks[0].span.end :].strip():
        return f"the unit `{key}` must be exactly one task with its details"
    if tasks[0].state not in (TaskState.OPEN, TaskState.NONE):
        return f"the unit `{key}` ticks its box"
    if tasks[0].id != number:
        return f"the unit `{key}` must keep its number {number or '(none)'}"
    shape = shaped(raw, number)
    return shape if shape is not None else f"the unit `{key}` is no task that can be read"


def new_tasks(text: str) -> tuple[Shape, ...] | str:
    r"""Read new tasks; their numbers do not count.

    >>> [shape.text for shape in new_tasks("- [ ] 7. Run\n  - fast\n- [ ] 8. Stop\n")]
    [b'Run\n- fast\n', b'Stop\n']
    """
    raw = encode(text)
    tasks = read_tasks(scan(_PATH, raw)).tasks
    if not tasks or tasks[0].span.start != 0 or any(task.parent is not None for task in tasks):
        return f"the unit `{NEW}` must be a flat list of tasks"
    if any(task.state is not TaskState.OPEN for task in tasks):
        return f"the unit `{NEW}` must hold open tasks `- [ ] N. Verb phrase` only"
    gaps = [raw[one.span.end : two.span.start] for one, two in pairwise(tasks)] + [raw[tasks[-1].span.end :]]
    shapes = [shaped(raw[task.span.start : task.span.end], task.id) for task in tasks]
    if any(gap.strip() for gap in gaps):
        return f"the unit `{NEW}` holds text between the tasks"
    found = tuple(shape for shape in shapes if shape is not None and b"\0" not in shape.text)
    return found if len(found) == len(tasks) else f"the unit `{NEW}` holds a task that cannot be read"


def block_answer(key: str, old: str, text: str) -> Shape | str:
    r"""Read the new text of one section of a design: the same heading line, no other heading.

    >>> block_answer("A", "## A\nold\n", "## A\nnew\n").text
    b'A\nnew\n'
    >>> block_answer("A", "## A\nold\n", "## B\nnew\n")
    'the unit `A` must begin with its heading `## A` and hold no other one'
    """
    first = old.partition("\n")[0].rstrip()
    found = blocks(scan(_PATH, encode(text)))
    if len(found) != 1 or text.partition("\n")[0].rstrip() != first:
        return f"the unit `{key}` must begin with its heading `{first}` and hold no other one"
    shape = shaped(encode(text))
    return shape if shape is not None else f"the unit `{key}` is no section that can be read"


def new_blocks(key: str, text: str, level: int, taken: Iterable[str]) -> bytes | str:
    r"""Read new sections below a section of a level; `taken` are the names that the design has already.

    >>> new_blocks("new in A", "### B\ntext\n", 2, ())
    b'### B\ntext\n'
    >>> new_blocks("new in A", "## B\ntext\n", 2, ())
    'the unit `new in A` must hold sections with headings of level 3 or below'
    """
    raw = encode(text)
    found = blocks(scan(_PATH, raw))
    if not found or found[0].span.start != 0 or any(block.level <= level for block in found):
        return f"the unit `{key}` must hold sections with headings of level {level + 1} or below"
    names = set(taken)
    repeated = [block.title for block in found if block.name.rpartition(" / ")[2] in names or (block.number and block.key in names)]
    if repeated:
        return f"the unit `{key}` repeats the section “{repeated[0]}”"
    return raw
