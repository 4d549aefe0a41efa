"""A task whose reading is limited to named files, and one whose agent has fewer tools."""

from __future__ import annotations

from typing import Any

import pytest

from setsquare.guard.action import EditText, Facts, ListFiles, Read, Search, Shell, Write
from setsquare.guard.capability import Capability, Mode, Permission
from setsquare.guard.compile import Bounds, bounded, compile_capability
from setsquare.guard.confine import task_masks
from setsquare.guard.context_scope import context_of, named_context
from setsquare.guard.decide import decide
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.settings import AgentSettings, Autonomy, Settings
from setsquare.workspace.tasks import read_tasks

AGENT = AgentSettings(autonomy=Autonomy.FULL)


def limited(*entries: str, **fields: Any) -> Capability:
    made = {"task": "1", "mode": Mode.SUPERVISED, "agent": AGENT, "context": (context_of(entries).globs,)}
    return Capability(**{**made, **fields})


def facts(path: str, **fields: Any) -> Facts:
    return Facts(exists=True, real_path=path, **fields)


@pytest.mark.parametrize("path", ["src/other.py", "README.md", "deploy/dev.yaml", "deployed/prod.yaml"])
def test_reading_beyond_the_context_is_denied(path):
    found = decide(limited("deploy/prod.yaml", "docs/"), Read(path), facts(path))
    assert (found.permission, found.rule) == (Permission.DENY, "context-scope")


@pytest.mark.parametrize("path", ["deploy/prod.yaml", "docs/a/b.md"])
def test_reading_what_is_named_is_allowed(path):
    assert decide(limited("deploy/prod.yaml", "docs/"), Read(path), facts(path)).rule == "read"


def test_a_link_inside_the_context_does_not_lead_out_of_it():
    assert decide(limited("docs/"), Read("docs/link"), facts("src/other.py")).rule == "context-scope"


def test_what_the_task_writes_or_has_changed_may_be_read():
    capability = limited("docs/", writable=("src/a.py",))
    assert decide(capability, Read("src/a.py"), facts("src/a.py")).rule == "read"
    assert decide(capability, Read("src/new.py"), facts("src/new.py", changed_files=("src/new.py",))).rule == "read"


def test_two_limits_narrow_each_other():
    capability = limited("docs/", context=(context_of(("docs/",)).globs, context_of(("*.md",)).globs))
    assert decide(capability, Read("docs/a.md"), facts("docs/a.md")).rule == "read"
    assert decide(capability, Read("docs/a.txt"), facts("docs/a.txt")).rule == "context-scope"
    assert decide(capability, Read("a.md"), facts("a.md")).rule == "context-scope"


@pytest.mark.parametrize("action", [ListFiles("src"), Search("x", "src/other.py"), Shell("cat src/other.py"), Shell("grep x src/b.py")])
def test_looking_elsewhere_is_denied(action):
    path = getattr(action, "path", "")
    assert decide(limited("docs/"), action, facts(path)).rule == "context-scope"


@pytest.mark.parametrize("action", [ListFiles(""), ListFiles("docs"), Search("x"), Shell("git status"), Shell("grep a.b docs/api/x.md")])
def test_looking_where_something_of_the_context_may_be_is_allowed(action):
    assert decide(limited("docs/api/"), action, facts(getattr(action, "path", ""))).permission is Permission.ALLOW


def test_commands_see_no_file_beyond_it_and_can_still_write_in_scope():
    files = ("docs/a.md", "src/a.py", "src/b.py", "lib/x.py", ".venv", ".git")
    masks = task_masks(files, limited("docs/", writable=("src/c.py",)))
    assert masks.hidden == (".git", "lib", "src/a.py", "src/b.py")


def test_the_lines_that_name_a_context_name_no_scope():
    raw = b"- [ ] 1. Write `src/a.py`\n  - _Context: `deploy/prod.yaml`, docs/_\n"
    task = read_tasks(scan(RelPath("tasks.md"), raw)).tasks[0]
    assert compile_capability(task, Settings(path=RelPath("s")), Mode.SUPERVISED).writable == ("src/a.py",)
    assert named_context(task.details).globs == ("/deploy/prod.yaml", "/deploy/prod.yaml/**", "/docs/**")


def test_a_context_that_names_no_place_leaves_nothing_to_read():
    assert decide(limited(context=(named_context(("_Context: ../x_",)).group,)), Read("a.py"), facts("a.py")).rule == "context-scope"


@pytest.mark.parametrize("action", [Write("src/a.py", "x"), EditText("src/a.py", "x", "y"), Shell("ls"), Shell("make test")])
def test_a_tool_that_the_profile_does_not_leave_is_denied(action):
    capability = bounded(Capability(task="1", mode=Mode.SUPERVISED, agent=AGENT, verify="make test"), Bounds(tools=("read", "list")))
    found = decide(capability, action, Facts(exists=True, real_path="src/a.py"))
    assert (found.permission, found.rule) == (Permission.DENY, "agent-tools")
    assert decide(capability, Read("src/a.py"), facts("src/a.py")).rule == "read"
