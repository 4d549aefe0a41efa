"""Any edits of requirements, any ticks, any lines that people wrote: what a change does not reach stays, and no reference changes its meaning."""

from __future__ import annotations

from difflib import SequenceMatcher

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from setsquare.drafting.assembling import Regenerated, proposal_text
from setsquare.drafting.comparison import Comparison, compared
from setsquare.drafting.outline_design import outline_design
from setsquare.drafting.outline_tasks import outline_tasks
from setsquare.drafting.regeneration import regenerated_tasks
from setsquare.drafting.regeneration_design import regenerated_design
from setsquare.drafting.units import blocks
from setsquare.spec.stage import Stage
from setsquare.text.document import encode
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import TaskState

FOLDER = ".kiro/specs/portal"
SUBJECTS = ("Portal", "Exporter", "Ledger", "Printer")
POOL = tuple(
    f"{given} THE {subject} SHALL {doing}"
    for subject in SUBJECTS
    for given, doing in (
        (f"WHEN a clerk calls the {subject},", f"answer within {100 + len(subject)} ms"),
        (f"IF the {subject} runs out of space, THEN", "refuse the entry and report the error"),
        (f"WHILE the {subject} is in repair,", "show a notice to every visitor"),
        ("", f"keep the entries of the {subject} for 30 days"),
        (f"WHEN an auditor asks the {subject},", "print the yearly statement as a PDF file"),
        (f"WHERE the {subject} has a display,", "turn the page after 5 seconds"),
    )
)


class Case(Struct, frozen=True):
    """Requirements before and after some edits, as lists of criteria for each requirement."""

    before: tuple[tuple[str, ...], ...]
    after: tuple[tuple[str, ...], ...]


def edited(texts: list[str], kind: str, at: int, other: str) -> list[str]:
    """Make one edit of a list of criteria."""
    at %= max(1, len(texts))
    match kind:
        case "insert":
            return texts if other in texts else [*texts[:at], other, *texts[at:]]
        case "delete":
            return [*texts[:at], *texts[at + 1 :]] if len(texts) > 1 else texts
        case "swap":
            return [*texts[:at], *reversed(texts[at : at + 2]), *texts[at + 2 :]]
        case "threshold":
            return [*texts[:at], texts[at].replace("30", "60").replace("10", "20").replace(" 5 ", " 9 "), *texts[at + 1 :]]
        case "reword":
            return [*texts[:at], texts[at].replace("SHALL", "shall"), *texts[at + 1 :]]
        case _:
            return [*texts[:at], texts[at], texts[at] + " and tell the owner by mail", *texts[at + 1 :]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw requirements and up to three edits of them."""
    before = draw(st.lists(st.lists(st.sampled_from(POOL), min_size=1, max_size=6, unique=True), min_size=1, max_size=3))
    after = [list(texts) for texts in before]
    kinds = st.sampled_from(("insert", "delete", "swap", "threshold", "reword", "split"))
    for kind, group, at, other in draw(st.lists(st.tuples(kinds, st.integers(0, 2), st.integers(0, 5), st.sampled_from(POOL)), max_size=3)):
        after[group % len(after)] = edited(after[group % len(after)], kind, at, other)
    return Case(tuple(map(tuple, before)), tuple(map(tuple, after)))


def requirements(groups: tuple[tuple[str, ...], ...]) -> bytes:
    """Write a requirements file."""
    parts = ["# Requirements Document\n\n## Requirements\n"]
    for number, texts in enumerate(groups, 1):
        listed = "".join(f"{index}. {text.strip()}\n" for index, text in enumerate(texts, 1))
        parts.append(f"\n### Requirement {number}: Work of kind {'ABC'[number - 1]}\n\n#### Acceptance Criteria\n\n{listed}")
    return "".join(parts).encode()


def drafted(case: Case) -> tuple[bytes, bytes]:
    """Draft both documents from the requirements before the edits."""
    files = {RelPath(f"{FOLDER}/requirements.md"): requirements(case.before)}
    design = outline_design(load(files).specs[0])
    assert isinstance(design, str)
    files[RelPath(f"{FOLDER}/design.md")] = encode(design)
    spec = load(files).specs[0]
    tasks = outline_tasks(spec, spec.design)
    assert isinstance(tasks, str)
    return encode(design), encode(tasks)


def workspace(groups: tuple[tuple[str, ...], ...], design: bytes, tasks: bytes) -> Workspace:
    texts = {"requirements.md": requirements(groups), "design.md": design, "tasks.md": tasks}
    return load({RelPath(f"{FOLDER}/{name}"): raw for name, raw in texts.items()})


def lived_in(tasks: bytes, ticks: list[bool], notes: list[int]) -> bytes:
    """Tick some boxes and write lines of people below some tasks."""
    lines = tasks.decode().split("\n")
    heads = [index for index, line in enumerate(lines) if line.lstrip().startswith("- [ ]")]
    for number, index in reversed(list(enumerate(heads))):
        indent = " " * (len(lines[index]) - len(lines[index].lstrip()) + 2)
        if number in notes:
            lines.insert(index + 1, f"{indent}- Ask Grace about step {number}")
        if ticks[number % len(ticks)]:
            lines[index] = lines[index].replace("[ ]", "[x]")
    return "\n".join(lines).encode()


def outside(found: Comparison, made: Regenerated, spans: list[Span]) -> list[str]:
    """List lines that went and stood outside of what may change."""
    old, new = (raw.splitlines(keepends=True) for raw in (found.document.render(), made.raw))
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    allowed = [*spans, *(edit.span for edit in found.renumbered)]
    gone = []
    for tag, first, last, _, _ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for index in range(first, last) if tag in ("replace", "delete") else ():
            own = Span(starts[index], starts[index + 1])
            if not any(span.start < own.end and own.start < span.end for span in allowed):
                gone.append(old[index].decode())
    return gone


# req: spec-engine/4.5
@settings(max_examples=60, deadline=None)
@given(cases(), st.lists(st.booleans(), min_size=1, max_size=6), st.lists(st.integers(0, 8), max_size=3))
def test_tasks_keep_what_a_change_does_not_reach(case: Case, ticks: list[bool], notes: list[int]) -> None:
    design, tasks = drafted(case)
    tasks = lived_in(tasks, ticks, notes)
    before, after = workspace(case.before, design, tasks), workspace(case.after, design, tasks)
    found = compared(before, after, RelPath(FOLDER), Stage.TASKS)
    assume(found is not None)
    assert found
    made = regenerated_tasks(found)
    assert isinstance(made, Regenerated)
    again = workspace(case.after, design, made.raw)
    actions = {unit.key: unit.action.value for unit in made.units}
    assert outside(found, made, [found.tasks[key].span for key, action in actions.items() if action == "replaced"]) == []
    second = compared(before, again, RelPath(FOLDER), Stage.TASKS)
    assert second
    for key, task in found.tasks.items():
        now = second.tasks[key]
        assert (now.id, now.state, now.title) == (task.id, task.state, task.title) or actions.get(key) == "replaced"
        assert now.state is task.state
        if task.state is TaskState.DONE:
            kept = [line for line in now.details if "Needs revision" not in line]
            assert [line for line in task.details if "Requirements:" not in line] == [line for line in kept if "Requirements:" not in line]
        alive = {uid for uid in found.implemented(key) if any(item.new and item.uid == uid for item in found.item.pairings)}
        assert alive <= second.implemented(key), f"task {key} lost what it implements"
    told = made.raw + proposal_text(found.path, made.proposals)
    assert all(line in told for line in tasks.splitlines() if b"Ask Grace" in line)
    covered = {link.uid for link in second.links}
    assert all(item.uid in covered for item in found.item.pairings if item.new), "a criterion has no task"
    repeated = regenerated_tasks(second)
    assert isinstance(repeated, Regenerated)
    assert repeated.raw == made.raw


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 30))
def test_a_design_keeps_what_a_change_does_not_reach(case: Case, at: int) -> None:
    design, tasks = drafted(case)
    lines = design.decode().split("\n\n")
    design = "\n\n".join([*lines[: 1 + at % len(lines)], "A word from Grace.", *lines[1 + at % len(lines) :]]).encode()
    before, after = workspace(case.before, design, tasks), workspace(case.after, design, tasks)
    found = compared(before, after, RelPath(FOLDER), Stage.DESIGN)
    assume(found is not None)
    assert found
    made = regenerated_design(found)
    assert isinstance(made, Regenerated)
    rewritten = {unit.key for unit in made.units if unit.action.value == "replaced"}
    assert outside(found, made, [block.span for block in blocks(found.document) if block.key in rewritten]) == []
    assert b"A word from Grace." in made.raw
    second = compared(before, workspace(case.after, made.raw, tasks), RelPath(FOLDER), Stage.DESIGN)
    assert second
    repeated = regenerated_design(second)
    assert isinstance(repeated, Regenerated)
    assert repeated.raw == made.raw
