"""A task list is longer than the team allows.

What: tasks.md has more tasks, sub-tasks and optional ones counted, than the option `most` says.

Why: a list that nobody reads to its end is approved unread. Mostly the spec is two features, or the tasks are steps of one task.

Example: 170 boxes in one file

Instead: two specs, see `setsquare spec split`

Fix safety: no fix; a spec is divided by people.

Source: the tutorial, chapter 2: a `maxTasks` constraint bounds what is generated. Half of the public task lists at hand have at most 32 tasks,
nine of ten at most 100. A list longer than that is no page's example: every example that fires is invented.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Option, Rule
from setsquare.rules.sample import spec
from setsquare.rules.task_names import title_line

_MOST = 150


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the lists with too many tasks, at the first one that is too many."""
    for found in evidence.active_specs:
        tasks = found.tasks.tasks if found.tasks else ()
        if not tasks:
            continue
        most = evidence.config.number("TSK010", "most", _MOST)
        if len(tasks) > most > 0:
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=tasks[most].path,
                span=title_line(evidence, tasks[most]),
                message=f"the list has {len(tasks)} tasks; at most {most} are allowed",
                hint="divide the spec, or join tasks that are steps of one",
            )


def _list(count: int, line: str = "- [ ] {0}. Part {0}\n") -> str:
    return "".join(line.format(number) for number in range(1, count + 1))


def _with(most: int, tasks: str, fires: int = 0) -> Example:
    return Example(
        files=((".kiro/specs/orders/tasks.md", tasks), (".setsquare/check.toml", f"[rules.TSK010]\nmost = {most}\n")), fires=fires
    )


RULE = Rule(
    code="TSK010",
    name="too-many-tasks",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    options=(Option("most", _MOST, "how many tasks a list may have; 0 for any number"),),
    examples=(
        spec(tasks=_list(151), fires=1),
        spec(tasks=_list(200, "- [x] T{0:03} Part\n"), fires=1),
        spec(tasks=_list(80, "- [ ] {0}. Part\n  - [ ]* {0}.1 Test\n"), fires=1),
        _with(2, _list(3), fires=1),
        _with(1, "- [ ] 1. Table\n  - [ ] 1.1 Index\n", fires=1),
        spec(tasks=_list(150)),
        spec(tasks=""),
        spec(tasks="# Implementation Plan\n"),
        _with(3, _list(3)),
        _with(0, _list(151)),
        spec(
            tasks="- [x] 1. Create HelpContent component structure\n  - [x] 1.2 Implement table of contents navigation\n",
            source="Homas/RpiDNS .kiro/specs/help-documentation/tasks.md",
        ),
        spec(
            tasks="- [x] 4.4 Implement refund processing service\n\n- [ ]* 4.5 Write payment gateway integration tests\n",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/tasks.md",
        ),
    ),
)
