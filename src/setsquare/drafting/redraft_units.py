"""Chooses the units that a model is asked to revise, and takes its answer over by merging it with what people wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from setsquare.drafting.assembling import Action, Regenerated, TaskWork, mark_value
from setsquare.drafting.comparison import Comparison
from setsquare.drafting.regeneration import (
    MARKED,
    Outcome,
    concluded,
    covered_ids,
    merged,
    reached_tasks,
    shape_of,
)
from setsquare.drafting.regeneration_design import (
    Decided,
    Place,
    assembled,
    merged_block,
    reached_blocks,
    renumbered_raw,
)
from setsquare.drafting.unit_answer import NEW, Answered, Asked, block_answer, new_blocks, new_tasks, task_answer
from setsquare.drafting.units import Block, Shape, blocks, listed_ids, shaped
from setsquare.spec.affected import Effect
from setsquare.spec.stage import Stage
from setsquare.spec.trace import task_keys
from setsquare.text.document import decode
from setsquare.workspace.tasks import read_tasks

_PLACE_LEVEL = 2


def asked_of(compared: Comparison) -> Asked:
    """Choose what a model is asked for: the open tasks or the sections that the changes reach, and new ones where criteria are new."""
    if compared.stage is Stage.DESIGN:
        units = tuple((block.key, _plain(renumbered_raw(compared, block))) for block in _unique(reached_blocks(compared)))
        places = tuple(f"{NEW} in {block.title}" for block in _unique(blocks(compared.document)) if block.level == _PLACE_LEVEL)
        is_asked = bool(units or compared.new_ids)
        return Asked(units=units, places=places if compared.new_ids else (), is_new_needed=is_asked and not units)
    units = tuple((key, _shown(shape, compared.tasks[key].id)) for key in _open(compared) if (shape := shape_of(compared, key)))
    ids = tuple(name for name in compared.new_ids if name not in covered_ids(compared, {}))
    return Asked(units=units, places=(NEW,) if ids else (), ids=ids, is_new_needed=bool(ids))


def _plain(raw: bytes) -> str:
    return decode(raw).replace("\r\n", "\n")


def _unique(found: tuple[Block, ...]) -> Iterator[Block]:
    """Leave out blocks that have the key of another one: an answer could not tell them apart."""
    keys = [block.key for block in found]
    return (block for block in found if keys.count(block.key) == 1)


def _open(compared: Comparison) -> Iterator[str]:
    """List the tasks that are rewritten."""
    for key in reached_tasks(compared):
        effect, _ = compared.effects[key]
        if effect not in MARKED and effect is not Effect.OBSOLETE:
            yield key


def _shown(shape: Shape, number: str) -> str:
    """Write a task as a model sees it: at the left edge, details indented by two."""
    first, *rest = decode(shape.text).removesuffix("\n").split("\n")
    lines = [line[1:] if line.startswith("\0") else f"  {line}" if line else line for line in rest]
    sign = "" if "." in number or not number[:1].isdigit() else "."
    return "\n".join((f"- [ ] {number}{sign} {first}" if number else f"- [ ] {first}", *lines)) + "\n"


def taken_over(compared: Comparison, asked: Asked, answered: Answered) -> Regenerated | tuple[str, ...]:
    """Take an answer over; a tuple of strings says what is wrong with it."""
    texts = dict(answered.texts)
    return _design(compared, asked, texts) if compared.stage is Stage.DESIGN else _tasks(compared, asked, texts)


def _tasks(compared: Comparison, asked: Asked, texts: Mapping[str, str]) -> Regenerated | tuple[str, ...]:
    """Take tasks over."""
    reasons: list[str] = []
    outcomes: dict[str, Outcome] = {}
    old = _old_tasks(compared)
    named: dict[str, bytes] = {}
    for key in reached_tasks(compared):
        effect, ids = compared.effects[key]
        mark = mark_value(compared, ids)
        ours = shape_of(compared, key)
        if key not in texts or ours is None:
            outcomes[key] = Outcome(action=Action.KEPT if effect is Effect.OBSOLETE else Action.MARKED, mark=mark)
            continue
        theirs = task_answer(key, compared.tasks[key].id, texts[key])
        if isinstance(theirs, str):
            reasons.append(theirs)
            continue
        named[key] = theirs.text
        lost = [name for name in compared.named(key) if name not in listed_ids(theirs.text)] if listed_ids(ours.text) else []
        reasons += [f"the unit `{key}` must still name {name}" for name in lost]
        outcomes[key] = merged(ours, old.get(key, ours.text), theirs.text, compared.tasks[key], mark)
    fresh = new_tasks(texts[NEW]) if NEW in texts else ()
    if isinstance(fresh, str):
        return (*reasons, fresh)
    named |= {f"new {number}": shape.text for number, shape in enumerate(fresh)}
    missing = [name for name in asked.ids if name not in covered_ids(compared, named)]
    reasons += [f"no task names {', '.join(missing)}"] if missing else []
    if reasons:
        return tuple(reasons)
    work = TaskWork(
        replaced={key: item.raw for key, item in outcomes.items() if item.raw is not None},
        marks={key: item.mark for key, item in outcomes.items() if item.mark},
        appended=tuple(tuple(decode(shape.text).splitlines()) for shape in fresh),
    )
    return concluded(compared, work, outcomes, tuple(decode(shape.title) for shape in fresh))


def _old_tasks(compared: Comparison) -> dict[str, bytes]:
    """Read the tasks as they were when the requirements were: what differs from them since, people wrote."""
    document = compared.old_document
    if document is None:
        return {}
    raw = document.render()
    tasks = read_tasks(document).tasks
    shapes = {key: (task, shaped(raw[task.span.start : task.span.end], task.id)) for key, task in zip(task_keys(tasks), tasks, strict=True)}
    return {
        key: shape.text
        for key, (task, shape) in shapes.items()
        if shape is not None and key in compared.tasks and compared.tasks[key].title == task.title
    }


def _design(compared: Comparison, asked: Asked, texts: Mapping[str, str]) -> Regenerated | tuple[str, ...]:
    """Take sections of a design over."""
    found = blocks(compared.document)
    old = {block.name: shaped(block.raw) for block in (blocks(compared.old_document) if compared.old_document else ())}
    reasons: list[str] = []
    decided: list[Decided] = []
    shown = dict(asked.units)
    for block in found:
        ours = shaped(renumbered_raw(compared, block))
        if block.key not in shown or block.key not in texts or ours is None:
            continue
        theirs = block_answer(block.key, shown[block.key], texts[block.key])
        if isinstance(theirs, str):
            reasons.append(theirs)
            continue
        base = old.get(block.name)
        decided.append(merged_block(block, ours, (base.text if base else ours.text, theirs.text)))
    places: list[Place] = []
    names = {block.name.rpartition(" / ")[2] for block in found} | {block.key for block in found if block.number}
    for index, block in enumerate(found):
        key = f"{NEW} in {block.title}"
        if key not in texts or key not in asked.places or block.level != _PLACE_LEVEL:
            continue
        raw = new_blocks(key, texts[key], block.level, names)
        if isinstance(raw, str):
            reasons.append(raw)
            continue
        last = next((at for at, other in enumerate(found[index + 1 :], index + 1) if other.level <= block.level), len(found)) - 1
        first = raw.partition(b"\n")[0].lstrip(b"# ")
        places.append(Place(_fresh(decode(first), raw, block), found[last].span.end))
    return tuple(reasons) if reasons else assembled(compared, decided, places)


def _fresh(title: str, raw: bytes, parent: Block) -> Block:
    """Make a block of new sections."""
    return Block(key=f"{parent.title} / {title}", name=title, title=title, number="", level=parent.level + 1, span=parent.span, raw=raw)
