"""A task is too broad, or a spec's tasks are too narrow.

What: a task without sub-tasks has more lines of detail, requirements or files than the options allow, one file counted on each line; or a spec has far more tasks than
criteria, so that most of them are single steps. Of the latter there is one finding per spec; optional tasks do not count for it.

Why: a task should be 30 to 60 minutes of work that ends in something checkable. A broad one ends half done; narrow ones cost a run, a review and
a commit for every step.

Example: `- [ ] 9. Perform the security audit` with 41 lines below it

Instead: sub-tasks `9.1` to `9.5`, each with its own requirements

Fix safety: no fix; where work divides well is a matter of judgement.

Source: the tutorial, chapter 3: mismatch of task granularity, 30-60 minutes a task. Of 3,015 tasks without sub-tasks in public lists, 99 of 100
have at most 10 lines of detail and 13 references.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Option, Rule
from setsquare.rules.sample import spec
from setsquare.rules.task_names import leaves, named, title_line
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.spec import Spec, Task

_DETAILS = 15
_REFERENCES = 16
_FILES = 12
_RATIO = 3
_FEWEST = 20
_FILE: Final = LazyPattern(r"(?:[\w.-]+/)+[\w.-]+\.[A-Za-z]\w{0,4}\b|`[\w.-]+\.[A-Za-z]\w{0,4}`")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the tasks that are too broad, and the specs whose tasks are too narrow."""
    number = evidence.config.number
    details, references = number("TSK011", "details", _DETAILS), number("TSK011", "references", _REFERENCES)
    files, ratio = number("TSK011", "files", _FILES), number("TSK011", "tasks-per-criterion", _RATIO)
    for found in evidence.active_specs:
        if found.tasks is None or not found.tasks.tasks:
            continue
        listed = list(leaves(found.tasks))
        for task in listed:
            reason = _reason(task, details, references, files)
            if reason:
                yield _finding(
                    evidence, task, f"{named(task)} is broad: {reason}", "divide it into sub-tasks that each end in something checkable"
                )
        yield from _narrow(evidence, found, [task for task in listed if not task.is_optional], ratio)


def _reason(task: Task, details: int, references: int, files: int) -> str:
    """Say by what a task is too broad, if it is."""
    lines, named_requirements = len(task.details), len(task.references)
    if lines > details:
        return f"{lines} lines of detail (at most {details})"
    if named_requirements > references:
        return f"{named_requirements} requirements (at most {references})"
    if lines >= files:
        paths = {path[0].strip("`") for line in (task.title, *task.details) if "." in line and (path := _FILE.search(line))}
        if len(paths) > files:
            return f"{len(paths)} files (at most {files})"
    return ""


def _narrow(evidence: Evidence, found: Spec, listed: list[Task], ratio: int) -> Iterator[Finding]:
    """Find a spec with far more tasks than criteria."""
    criteria = len(found.requirements.leaves) if found.requirements else 0
    if criteria and ratio and len(listed) >= _FEWEST and len(listed) > ratio * criteria:
        message = f"the tasks are narrow: {len(listed)} of them for {criteria} {'criterion' if criteria == 1 else 'criteria'}"
        yield _finding(evidence, listed[0], message, "join the steps of one result, or write the criteria that the tasks are for")


def _finding(evidence: Evidence, task: Task, message: str, hint: str) -> Finding:
    return Finding(code=RULE.code, severity=RULE.severity, path=task.path, span=title_line(evidence, task), message=message, hint=hint)


def _task(count: int, line: str = "  - Step {0}\n") -> str:
    return "- [ ] 1. Keep orders\n" + "".join(line.format(number) for number in range(1, count + 1))


def _with(setting: str, tasks: str, fires: int = 0) -> Example:
    return Example(files=((".kiro/specs/orders/tasks.md", tasks), (".setsquare/check.toml", f"[rules.TSK011]\n{setting}\n")), fires=fires)


_ONE = "THE Store SHALL keep orders"
_SERVICES = """- [ ] 23. Integrate with existing services and run comprehensive tests

  - Wire up ThemeProvider across all screens
  - Wire up PlatformDetectionService across all screens
  - _Requirements: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18_
"""
_AUDIT = """- [ ] 32.4 Perform security audit ⏳ PENDING
  - Review authentication and authorization:
    - Verify JWT token validation
    - Verify admin role checking
    - Verify permission-based access control
    - Test unauthorized access attempts
    - Test expired token handling
  - Review input validation:
    - Test SQL injection prevention (parameterized queries)
    - Test XSS prevention (input sanitization)
    - Test CSRF protection
    - Test date format validation
    - Test amount validation
    - Test email format validation
  - Review data encryption:
    - Verify HTTPS/TLS for all communications
    - Verify database connection encryption
    - Verify sensitive data encryption at rest
    - Verify payment data handling (PCI DSS)
"""

RULE = Rule(
    code="TSK011",
    name="task-size",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    options=(
        Option("details", _DETAILS, "how many lines of detail a task may have"),
        Option("references", _REFERENCES, "how many requirements a task may name"),
        Option("files", _FILES, "how many files a task may name"),
        Option("tasks-per-criterion", _RATIO, "how many tasks a spec may have for each criterion; 0 for any number"),
    ),
    examples=(
        spec(tasks=_task(16), fires=1),
        spec(tasks="- [ ] 1. A\n  - _Requirements: " + ", ".join(f"1.{number}" for number in range(1, 18)) + "_\n", fires=1),
        spec(tasks=_task(13, "  - Change `src/part{0}.py`\n"), fires=1),
        spec(_ONE, tasks="".join(f"- [ ] {number}. Step\n" for number in range(1, 21)), fires=1),
        _with("details = 2", _task(3), fires=1),
        spec(tasks=_SERVICES, fires=1, source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/unified-app-theming/tasks.md"),
        spec(tasks=_AUDIT, fires=1, source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/tasks.md"),
        spec(tasks=_task(15)),
        spec(tasks="- [ ] 1. A\n  - One\n  - [ ] 1.1 B\n  - [ ] 1.2 C\n"),
        spec(_ONE, tasks="- [ ] 1. A\n- [ ] 2. B\n- [ ] 3. C\n- [ ] 4. D\n"),
        spec(tasks="".join(f"- [ ] {number}. Step\n" for number in range(1, 41))),
        _with("details = 40", _task(30)),
        spec(
            tasks="- [x] 1. Create CustomPeriodPicker component\n  - _Requirements: 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7_\n",
            source="Homas/RpiDNS .kiro/specs/custom-period/tasks.md",
        ),
        spec(
            tasks="- [x] 4. 更新文档索引和链接\n  - [x] 4.1 删除重复的索引文件\n    - 删除 `docs/INDEX.md`\n    - _需求: 1.1, 1.3_\n",
            source="997899594/Juanie .kiro/specs/docs-scripts-cleanup/tasks.md",
        ),
    ),
)
