from __future__ import annotations

import jsonschema
import msgspec
import pytest

from setsquare.agent.tools import OFFERED, calls
from setsquare.agent.tools.workbench import Workbench
from setsquare.errors import SandboxFailed, StalePlan, StorageFailed
from setsquare.events.conversation import ToolCall
from setsquare.guard.action import EditText, ListFiles, Read, Search, Shell, Write
from setsquare.ports.files import Snapshot
from setsquare.ports.sandbox import Confinement, Execution
from setsquare.text.plan import digest


class MemoryFiles:
    def __init__(self, files):
        self.files = files

    def snapshot(self, below=()):
        return Snapshot(self.files)

    def read(self, path):
        if path == "link":
            raise StorageFailed("link is a symbolic link.", "")
        return self.files.get(path)

    def exists(self, path):
        return path in self.files

    def listing(self, below, limit):
        return tuple(sorted(path for path in self.files if not below or path.startswith(f"{below}/")))[:limit]

    def guarded(self, is_wanted):
        return tuple(path for path in sorted(self.files) if is_wanted(path))

    def apply(self, plan):
        for change in plan.changes:
            raw = self.files.get(change.path)
            if (None if raw is None else digest(raw)) != change.expects:
                raise StalePlan("stale.", "")
            self.files[change.path] = change.applied(raw or b"")


class Ticking:
    def __init__(self, step_s=0.0):
        self.step_s, self.at_s = step_s, 0.0

    def now(self):
        return ""

    def sleep(self, wait_s):
        self.at_s += wait_s

    def new_id(self):
        return "id"

    def monotonic_s(self):
        self.at_s += self.step_s
        return self.at_s


class OneCommand:
    name = "fake"
    supports_hosts = False
    lacks: tuple[str, ...] = ()

    def __init__(self, ended):
        self.ended, self.argv = ended, tuple[str, ...]()

    def run(self, argv, confinement, is_halted=None):
        self.argv = argv
        if isinstance(self.ended, Exception):
            raise self.ended
        return self.ended


def bench(files, *, sandbox=None, step_s=0.0, secrets=()):
    return Workbench(
        folder="/w", files=MemoryFiles(files), clock=Ticking(step_s), sandbox=sandbox, confinement=Confinement(limit_s=7), secrets=secrets,
        real_path=lambda path: None if path.startswith("out") else path, is_hidden=lambda path: path.startswith(".env"),
    )  # fmt: skip


EXAMPLES = {
    "read": '{"path": "a.py", "first_line": 2, "last_line": 3}',
    "write": '{"path": "a.py", "content": "x"}',
    "edit": '{"path": "a.py", "old": "x", "new": ""}',
    "list": '{"path": "src"}',
    "search": '{"pattern": "x+", "path": "src"}',
    "shell": '{"command": "ls"}',
}


@pytest.mark.parametrize("tool", OFFERED, ids=lambda tool: tool.name)
def test_schema_and_reader_agree(tool):
    schema = msgspec.json.decode(tool.schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    good = msgspec.json.decode(EXAMPLES[tool.name])
    jsonschema.validate(good, schema)
    assert not isinstance(calls.parsed(ToolCall("1", tool.name, EXAMPLES[tool.name])), calls.BadCall)
    bad = [
        {**good, "more": 1},
        *({**good, name: None} for name in good),
        *({k: v for k, v in good.items() if k != n} for n in schema.get("required", ())),
    ]
    for arguments in bad:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(arguments, schema)
        assert isinstance(calls.parsed(ToolCall("1", tool.name, msgspec.json.encode(arguments).decode())), calls.BadCall)


def test_read_numbers_lines_and_says_what_is_missing():
    lines = b"".join(b"line %d\n" % n for n in range(1, 5001))
    seen = calls.perform(bench({"a": lines}), Read("a"))
    assert seen.text.startswith("1\tline 1\n2\tline 2")
    assert "of 5000]" in seen.text[-60:]
    assert len(seen.text) <= 20_000
    assert calls.perform(bench({"a": lines}), Read("a", 4999, 0)).text == "4999\tline 4999\n5000\tline 5000\n[lines 4999 to 5000 of 5000]"
    assert calls.perform(bench({"a": lines}), Read("a", 9000, 9001)).is_ok


@pytest.mark.parametrize(("files", "path"), [({}, "a"), ({"a": b"\0bin"}, "a"), ({}, "link")])
def test_read_says_why_not(files, path):
    seen = calls.perform(bench(files), Read(path))
    assert not seen.is_ok
    assert path in seen.text


def test_write_creates_replaces_and_tells_its_digest():
    at = bench({})
    seen = calls.perform(at, Write("a", "x\ny\n"))
    assert (seen.changed, seen.after, seen.summary) == (("a",), (digest(b"x\ny\n"),), "write a: 2 lines")
    assert calls.perform(at, Write("a", "z")).text.startswith("Replaced")
    assert calls.perform(at, Write("a", "z")).changed == ()


def test_edit_needs_exactly_one_occurrence():
    at = bench({"a": b"one two two aaa", "crlf": b"a\r\nb\r\n", "bytes": b"\xff x \xfe"})
    assert "does not occur" in calls.perform(at, EditText("a", "three", "")).text
    assert "occurs 2 times" in calls.perform(at, EditText("a", "two", "")).text
    assert "occurs 2 times" in calls.perform(at, EditText("a", "aa", "")).text
    assert calls.perform(at, EditText("a", "one", "1")).is_ok
    assert calls.perform(at, EditText("crlf", "a\nb", "a\nc")).is_ok
    assert calls.perform(at, EditText("bytes", "x", "y")).is_ok
    assert (at.files.files["crlf"], at.files.files["bytes"]) == (b"a\r\nc\r\n", b"\xff y \xfe")


def test_search_is_bounded_in_time_and_passes_over_what_it_may_not_open():
    files = {"a.py": b"x = 1\ny = 2\n", ".env": b"x=1", "b.bin": b"\0x", "c.py": b"x" * 2_000_000}
    assert calls.perform(bench(files), Search("x")).text == "a.py:1: x = 1"
    assert calls.perform(bench(files), Search("x", "a.py")).text == "a.py:1: x = 1"
    slow = bench({f"f{n}": b"y\n" * 1000 for n in range(1000)}, step_s=0.1)
    assert "stopped after 5 s" in calls.perform(slow, Search("zzz")).text
    assert slow.clock.at_s < 10
    assert "200 matches" in calls.perform(bench({"a": b"x\n" * 500}), Search("x")).text


def test_list_is_bounded():
    assert "more than 500" in calls.perform(bench({f"f{n:04}": b"" for n in range(900)}), ListFiles()).text
    assert not calls.perform(bench({}), ListFiles("src")).is_ok


def test_shell_runs_in_the_sandbox_and_tells_how_it_ended():
    box = OneCommand(
        Execution(exit_code=124, output=b"\x1b[1mout\x1b[0m tok-12345678\n", duration_s=7, is_timed_out=True, is_truncated=True)
    )
    seen = calls.perform(bench({}, sandbox=box, secrets=("tok-12345678",)), Shell("make x"))
    assert box.argv == ("sh", "-c", "make x")
    assert seen.text == "[stopped after 7 s]\n[the output was cut in its middle]\nout [redacted]\n[exit code 124]"
    assert not seen.is_ok
    assert "no sandbox" in calls.perform(bench({}), Shell("ls")).text
    assert not calls.perform(bench({}, sandbox=OneCommand(SandboxFailed("no"))), Shell("ls")).is_ok


@pytest.mark.parametrize(
    ("old", "action", "facts"),
    [
        (b"a\n" * 100, Write("f", "a\n" * 100), (100, 0, 0)),
        (
            b"".join(b"%d\n" % n for n in range(100)),
            Write("f", "".join(f"{n}\n" for n in range(100) if n not in {0, 99}) + "x\n"),
            (100, 2, 1),
        ),
        (b"a\nb\n", EditText("f", "b", "c\nd"), (2, 2, 0)),
        (b"a\nb\n", EditText("f", "zzz", "c"), (2, 0, 0)),
    ],
)
def test_facts_count_lines(old, action, facts):
    found = calls.facts_of(bench({"f": old}), action, ("g",))
    assert (found.old_lines, found.changed_lines, found.deleted_lines) == facts
    assert (found.exists, found.changed_files, found.real_path) == (True, ("g",), "f")


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "out/x", "~/.ssh/id_rsa", "a\x00b", "a\\b"])
def test_facts_know_what_lies_outside(path):
    assert calls.facts_of(bench({}), Write(path, ""), ()).real_path is None


def test_an_absolute_path_of_the_workspace_is_inside():
    assert calls.facts_of(bench({"a": b""}), Read("/w/a"), ()).real_path == "a"
