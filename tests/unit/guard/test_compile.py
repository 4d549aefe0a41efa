from __future__ import annotations

import pytest
from msgspec.structs import replace

from setsquare.guard.capability import Mode
from setsquare.guard.compile import compile_capability, named_paths
from setsquare.guard.file_access import covers
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.settings import AgentSettings, Autonomy, Settings, VerifySettings
from setsquare.workspace.spec import Task, TaskState


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Create `src/auth/token.py` with tests in `tests/test_token.py`", ("src/auth/token.py", "tests/test_token.py")),
        ("Write src/auth/token.py, then src/auth/session.py.", ("src/auth/token.py", "src/auth/session.py")),
        ("Everything in `src/auth/` and lib/ui/", ("src/auth/**", "lib/ui/**")),
        ("Add `src/models`", ("src/models", "src/models/**")),
        ("Use `src/**/*.ts`", ("src/**/*.ts",)),
        ("Change `config.yaml`", ("**/config.yaml",)),
        ("See `src/a.py:12-20` and [docs](docs/api.md)", ("src/a.py", "docs/api.md")),
        ("Page `app/[id]/page.tsx`", ("app/[[]id]/page.tsx",)),
        ("Call `POST /api/login`, return `application/json` and/or text/html", ()),
        ("Use Node.js, Next.js and React, version 1.2/3", ()),
        ("Implement `AuthService.issueToken()` (e.g. i.e. 24/7)", ()),
        ("Look at https://example.com/a/b.py and user@example.com", ()),
        ("Edit `.kiro/settings.json` and `../x.py` and `/etc/passwd.txt`", ()),
        ("", ()),
    ],
)
def test_paths_are_read_from_task_text(text, expected):
    assert named_paths((text,)) == expected


def test_a_task_is_compiled_with_the_settings():
    task = Task(
        id="2.1",
        title="Token service",
        state=TaskState.OPEN,
        path=RelPath("t.md"),
        line=1,
        span=Span(0, 1),
        index=0,
        details=("Create `src/token.py`", "Test it in tests/test_token.py"),
    )
    settings = Settings(path=RelPath("s.json"), agent=AgentSettings(autonomy=Autonomy.FULL), verify=VerifySettings(command="pytest"))
    capability = compile_capability(task, settings, Mode.AUTONOMOUS, root="/w")
    assert (capability.task, capability.writable, capability.verify) == ("2.1", ("src/token.py", "tests/test_token.py"), "pytest")
    assert capability.agent.autonomy is Autonomy.FULL
    assert compile_capability(task, settings, Mode.AUTONOMOUS, verify="make test").verify == "make test"
    routed = replace(capability, writable=named_paths(("`app/[id]/page.tsx`",)))
    assert covers(routed, "app/[id]/page.tsx")
