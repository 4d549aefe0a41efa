"""A task list is longer than the team allows.

What: tasks.md has more tasks, sub-tasks and optional ones counted, than the option `most` says.

Why: a list that nobody reads to its end is approved unread. Mostly the spec is two features, or the tasks are steps of one task.

Example: 170 boxes in one file

Instead: two specs, see `setsquare spec split`

Fix safety: no fix; a spec is divided by people.

Source: the tutorial, chapter 2: a `maxTasks` constraint bounds what is generated. Half of the public task lists at hand have at most 32 tasks,
nine of ten at most 90.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Option, Rule
from setsquare.rules.sample import spec
from setsquare.rules.tsk.naming import title_line

_MOST = 150


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the lists with too many tasks, at the first one that is too many."""
    for found in evidence.active_specs:
        tasks = found.tasks.tasks if found.tasks else ()
        if not tasks:
            continue
        most = evidence.config.at(tasks[0].path).number("TSK010", "most", _MOST) if evidence.config.overrides else evidence.config.number("TSK010", "most", _MOST)
        if len(tasks) > most > 0:
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=tasks[most].path,
                span=title_line(evidence, tasks[most]),
                message=f"the list has {len(tasks)} tasks; at most {most} are allowed",
                hint="divide the spec, or join tasks that are steps of one",
            )


def _list(count: int) -> str:
    return "".join(f"- [ ] {number}. Part {number}\n" for number in range(1, count + 1))


RULE = Rule(
    code="TSK010",
    name="too-many-tasks",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    options=(Option("most", _MOST, "how many tasks a list may have; 0 for any number"),),
    examples=(),
)
