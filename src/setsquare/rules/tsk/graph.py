"""The waves of a task list and its tasks differ.

What: the waves name a task that the list does not have, name one twice, or leave a task out that is still to be done. Optional tasks and
checkpoints may be left out; one finding lists all that are missing. A wave that names a task names its sub-tasks.

Why: the waves are what runs. A task in no wave is never started, one in two waves is started twice.

Example: `{"waves": [{"id": 0, "tasks": ["1", "2"]}, {"id": 1, "tasks": ["2"]}]}` for a list of three tasks

Instead: `{"waves": [{"id": 0, "tasks": ["1", "2"]}, {"id": 1, "tasks": ["3"]}]}`

Fix safety: no fix; the wave of a task follows from what it needs.

Source: Kiro's on-disk format, section 2.6 (16 of 374 task files have a graph). No public task list at hand has waves that differ from its
tasks: every example that fires is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import spec
from setsquare.rules.similar import nearest
from setsquare.rules.task_names import CHECKPOINT, above, graph_place, leaves
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span
from setsquare.workspace.spec import Tasks, TaskState

_MOST = 20
_WORDED: Final = LazyPattern(r"(?:task[\s_-]*|T(?=\d))?(?P<id>\d+(?:\.\d+)*)(?=\.?(?:\s|\Z))", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Compare the waves of each list with its tasks; a graph that is written as dependencies names no others."""
    for found in evidence.active_specs:
        tasks = found.tasks
        if tasks is not None and tasks.waves and not tasks.edges and tasks.tasks:
            yield from _named(evidence, tasks)
            yield from _missing(evidence, tasks)


def bare(written: str, known: frozenset[str]) -> str:
    """Read a task's name in a graph: its number, or its number with the word or the title.

    >>> bare("Task 1.2", frozenset({"1.2"})), bare("1.2 Add the form", frozenset({"1.2"})), bare("T001", frozenset({"T001"}))
    ('1.2', '1.2', 'T001')
    """
    match = _WORDED.match(written) if written not in known else None
    return match["id"] if match else written


def _named(evidence: Evidence, tasks: Tasks) -> Iterator[Finding]:
    """Find the names that stand for nothing, and those that stand in the waves again."""
    known = frozenset(task.id for task in tasks.tasks if task.id)
    titles = {task.title for task in tasks.tasks}
    seen: dict[str, int] = {}
    told = 0
    for place, wave in enumerate(tasks.waves, 1):
        for written in wave:
            name = bare(written, known)
            message, hint = "", ""
            if name in seen:
                where = "twice in one wave" if seen[name] == place else f"in wave {place} and in wave {seen[name]} before"
                message, hint = f"task {name} stands {where}", "keep it in one wave"
            elif name not in known and written not in titles:
                meant = nearest(name, known)
                message = f'the waves name "{written[:40]}", and there is no such task' + (f", did you mean {meant}?" if meant else "")
                hint = "name a task of this list, or take the name out"
            if message and told < _MOST:
                told += 1
                yield _finding(tasks, graph_place(evidence, tasks, written, nth=1 if name in seen else 0), message, hint)
            seen.setdefault(name, place)


def _missing(evidence: Evidence, tasks: Tasks) -> Iterator[Finding]:
    """Find the tasks to be done that no wave runs."""
    known = frozenset(task.id for task in tasks.tasks if task.id)
    run = {bare(written, known) for wave in tasks.waves for written in wave} | {written for wave in tasks.waves for written in wave}
    missing = [
        task.id
        for task in leaves(tasks)
        if task.id
        and task.state is not TaskState.DONE
        and not task.is_optional
        and not CHECKPOINT.search(task.title.lower())
        and not any(one.id in run or one.title in run for one in above(task, tasks))
    ]
    if missing and tasks.graph is not None:
        listed = ", ".join(missing[:12]) + (" …" if len(missing) > 12 else "")
        is_one = len(missing) == 1
        yield _finding(
            tasks,
            line_span(evidence.raw(tasks.path), tasks.graph.start),
            f"no wave names task{'' if is_one else 's'} {listed}",
            f"add {'it' if is_one else 'each'} to the wave after what it needs",
        )


def _finding(tasks: Tasks, span: Span, message: str, hint: str) -> Finding:
    return Finding(code=RULE.code, severity=RULE.severity, path=tasks.path, span=span, message=message, hint=hint)


_THREE = "- [ ] 1. Table\n- [ ] 2. Service\n- [ ] 3. Page\n\n## Task Dependency Graph\n\n```json\n{0}\n```\n"


def _waves(*waves: str) -> str:
    groups = ", ".join(f'{{"id": {number}, "tasks": [{tasks}]}}' for number, tasks in enumerate(waves))
    return _THREE.format(f'{{"waves": [{groups}]}}')


RULE = Rule(
    code="TSK005",
    name="waves-differ-from-tasks",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        spec(tasks=_waves('"1"', '"2"'), fires=1),
        spec(tasks=_waves('"1", "2"', '"2", "3"'), fires=1),
        spec(tasks=_waves('"1"', '"2", "3", "4"'), fires=1),
        spec(tasks=_waves('"1", "1"', '"2"'), fires=2),
        spec(tasks="- [ ] 1. A\n  - [ ] 1.1 B\n  - [ ] 1.2 C\n\n```json\n" + '{"waves": [["1.1"], ["1.3"]]}' + "\n```\n", fires=2),
        spec(tasks="- [ ] 1. A\n- [ ] 2. B\n\n## Dependencies\n\nWave 1: 1\n", fires=1),
        spec(tasks=_waves('"1"', '"2", "3"')),
        spec(tasks=_waves("1", "2, 3")),
        spec(tasks=_waves('"Task 1"', '"2 Service"', '"3."')),
        spec(
            tasks="- [ ] 1. A\n  - [ ] 1.1 B\n  - [ ]* 1.2 Test\n- [ ] 2. Checkpoint\n- [x] 3. Done\n\n```json\n"
            '{"waves": [["1.1"]]}' + "\n```\n"
        ),
        spec(tasks="- [ ] 1. A\n  - [ ] 1.1 B\n  - [ ] 1.2 C\n\n```json\n" + '{"waves": [["1"]]}' + "\n```\n"),
        spec(tasks="- [ ] 1. A\n- [ ] 2. B\n- [ ] 3. C\n\n```mermaid\ngraph TD\n  T1 --> T2\n```\n"),
        spec(
            tasks="- [x] 1. Create HelpContent component structure\n  - [x] 1.2 Implement table of contents navigation\n",
            source="Homas/RpiDNS .kiro/specs/help-documentation/tasks.md",
        ),
        spec(
            tasks="- [x] 5. E2E test for character selection (streaming)\n  - _Requirements: 1.1, 1.2, 1.4_\n",
            source="dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes/tasks.md",
        ),
    ),
)
