"""A task works in a shared folder, and the list excludes nothing.

What: a task that is not done names a folder that many features share, such as `migrations`, and neither does its own text limit what may change
there nor has the list a section on what is out of scope. The option `folders` names the team's folders.

Why: a change in a shared folder reaches every feature, and an agent that may change one file there will change the next.

Example: `- [ ] 3. Add a column in db/migrations/`

Instead: the same task with `- Do not change existing migrations`

Fix safety: no fix; only the team knows what must not change.

Source: the tutorial, chapter 3: task templates with explicit exclusions for shared directories ("never modify shared migration files
autonomously"). Such tasks are rare in public lists, and those at hand are done: every example that fires is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Option, Rule
from setsquare.rules.sample import spec
from setsquare.rules.task_names import leaves, named, place_in, says_out_of_scope
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.spec import Tasks, TaskState

_FOLDERS: Final = ("migrations", "shared", "common", "terraform", "infra", ".github")
_LIMITED: Final = LazyPattern(
    r"\b(?:do not|don't|must not|never|without|except|exclud\w+|only (?:add|new|append)|leave\b|untouched|no changes? (?:to|in)|out of scope|add(?:ing)? (?:a )?new file)\b|不要|不得|除外|禁止|不修改|しない|変更しない|하지 않|"
    r"\b(?:no (?:modificar|cambiar|tocar)|ne pas|não (?:alterar|modificar)|nicht)\b|не (?:изменять|менять|трогать)",
    re.IGNORECASE,
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the tasks to be done that name a shared folder without a limit."""
    folders = evidence.config.names("TSK013", "folders") or _FOLDERS
    pattern = re.compile(r"(?<![\w.-])(?:[\w.@-]+/)*(?:" + "|".join(re.escape(folder.strip("/")) for folder in folders) + r")/[\w./*@-]*")
    for found in evidence.active_specs:
        if found.tasks is not None and not says_out_of_scope(found.tasks):
            yield from _shared(evidence, found.tasks, pattern)


def _shared(evidence: Evidence, tasks: Tasks, pattern: re.Pattern[str]) -> Iterator[Finding]:
    for task in leaves(tasks):
        lines = (task.title, *task.details)
        if task.state is TaskState.DONE or any(_LIMITED.search(line) for line in lines):
            continue
        for line in lines:
            match = pattern.search(line) if "/" in line else None
            if match:
                yield Finding(
                    code=RULE.code,
                    severity=RULE.severity,
                    path=task.path,
                    span=place_in(evidence, task, line, match[0]),
                    message=f"{named(task)} works in {match[0][:80]}, which is shared, and says nothing about what must stay",
                    hint="say below the task what must not change there, or add ## Out of scope",
                )
                break


def _with(tasks: str, fires: int = 0) -> Example:
    return Example(
        files=((".kiro/specs/orders/tasks.md", tasks), (".setsquare/check.toml", '[rules.TSK013]\nfolders = ["proto"]\n')), fires=fires
    )


RULE = Rule(
    code="TSK013",
    name="shared-folder-without-limit",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    is_default=False,
    options=(Option("folders", _FOLDERS, "the names of the shared folders, in place of the usual ones"),),
    examples=(
        spec(tasks="- [ ] 1. Add a column in db/migrations/\n", fires=1),
        spec(tasks="- [ ] 1. Add a column\n  - Create `db/migrations/004_orders.sql`\n  - Test it\n", fires=1),
        spec(tasks="- [ ] 1. A\n  - [ ] 1.1 Change src/shared/money.ts\n  - [-] 1.2 Change terraform/main.tf\n", fires=2),
        spec(tasks="- [ ] 1. 修改 `packages/common/types.ts`\n", fires=1),
        _with("- [ ] 1. Change proto/order.proto\n", fires=1),
        spec(tasks="- [ ] 1. Add a column in db/migrations/\n  - Do not change existing migrations\n"),
        spec(tasks="- [ ] 1. Add a column in db/migrations/\n\n## Out of scope\n\n- other tables\n"),
        spec(tasks="- [x] 1. Add a column in db/migrations/\n"),
        spec(tasks="- [ ] 1. Change src/orders/store.py\n"),
        _with("- [ ] 1. Add a column in db/migrations/\n"),
        spec(
            tasks="- [x] 1. Create HelpContent component structure\n  - [x] 1.2 Implement table of contents navigation\n",
            source="Homas/RpiDNS .kiro/specs/help-documentation/tasks.md",
        ),
        spec(
            tasks="- [x] 8.1 Update session configuration\n  - _Requirements: 4.1, 4.4_\n",
            source="Essimbi/test_gateway_payment .kiro/specs/user-authentication/tasks.md",
        ),
    ),
)
