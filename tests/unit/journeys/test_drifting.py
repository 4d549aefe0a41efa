"""What is told of links, scopes and designs, over a workspace in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from setsquare.errors import Refused, Usage
from setsquare.journeys.accepting_drift import accept, accept_all
from setsquare.journeys.drifting import Drifts, DriftWish, drifts
from setsquare.journeys.locking import lock_updates, write
from setsquare.journeys.opening import opened
from setsquare.spec.drift import Level, Severity
from setsquare.spec.results import Outcome, TestResult

LOCK = ".setsquare/trace/login.lock.jsonl"
REQUIREMENTS = ".kiro/specs/login/requirements.md"
CODE = b"# req: login/1.1\ndef issue: a token\n\n# req: login/1.2\ndef refuse: the login\n\ndef other: 1\n"
TEST = b"# req: login/1.1\ndef test_issue: it\n"


@pytest.fixture
def linked(world: Any) -> Any:
    """A workspace whose code and test are linked and pinned."""
    world.files |= {"src/login.py": CODE, "tests/test_login.py": TEST, "web/a.ts": b"// req: login/1.2\n", "x.sh": b"# req: login/1.2\n"}
    lock(world)
    return world


def lock(world: Any) -> None:
    app = world.app()
    workspace = opened(app)
    write(app, lock_updates(app, workspace, workspace.specs), "lock")


def look(world: Any, **wish: Any) -> Drifts:
    return drifts(world.app(), DriftWish(**wish))


def told(found: Drifts) -> list[tuple[str, str, str, str]]:
    linked_levels = (Level.D1, Level.D3, Level.D4)
    return [(it.level.value, it.criterion, it.path, it.symbol) for it in found.found if it.level in linked_levels]


def edit(world: Any, path: str, old: bytes, new: bytes) -> None:
    assert old in world.files[path]
    world.files[path] = world.files[path].replace(old, new)


def test_nothing_changed(linked: Any) -> None:
    found = look(linked)
    assert told(found) == []
    assert (found.unlocked, found.unrecorded, found.missing) == ((), 0, {})


def test_without_a_lock_it_says_so(world: Any) -> None:
    world.files["src/login.py"] = CODE
    world.files.pop(LOCK, None)
    found = look(world)
    assert [spec.name for spec in found.unlocked] == ["login"]


def test_changed_code_is_told_and_other_code_of_its_file_is_not(linked: Any) -> None:
    edit(linked, "src/login.py", b"def other: 1", b"def other: 2")
    assert told(look(linked)) == []
    edit(linked, "src/login.py", b"a token", b"two tokens")
    found = look(linked)
    assert told(found) == [("D1", "1.1", "src/login.py", "issue")]
    assert found.found[0].severity is Severity.WARN


def test_a_whole_file_where_its_language_is_not_read(linked: Any) -> None:
    linked.files["x.sh"] += b"echo\n"
    (found,) = (it for it in look(linked).found if it.level is Level.D1)
    assert (found.path, "whole file" in found.reason) == ("x.sh", True)


def test_a_missing_extra_is_said_and_nothing_is_claimed(linked: Any) -> None:
    text = linked.files[LOCK].decode()
    at = text.index("(bytes)", text.index("web/a.ts"))
    linked.files[LOCK] = (text[:at] + "answer" + text[at + 7 :]).encode()
    found = look(linked)
    assert told(found) == []
    assert dict(found.missing) == {"code": 1}


def test_a_criterion_that_changed_alone(linked: Any) -> None:
    edit(linked, REQUIREMENTS, b"issue a token", b"issue two tokens")
    assert told(look(linked)) == [("D3", "1.1", "src/login.py", ""), ("D3", "1.1", "tests/test_login.py", "")]
    edit(linked, "src/login.py", b"a token", b"two tokens")
    levels = [(it.level.value, it.path) for it in look(linked).found if it.criterion]
    assert levels == [("D1", "src/login.py"), ("D3", "tests/test_login.py")]


def test_renamed_and_deleted_code(linked: Any) -> None:
    edit(linked, "src/login.py", b"def refuse: the login", b"def deny: the login")
    (found,) = (it for it in look(linked).found if it.criterion)
    assert (found.level, found.symbol, found.reason) == (Level.D1, "deny", "`refuse` is called `deny` now")
    edit(linked, "src/login.py", b"# req: login/1.2\ndef deny: the login\n", b"")
    (found,) = (it for it in look(linked).found if it.criterion)
    assert (found.level, found.reason) == (Level.D1, "`refuse` was deleted")


def test_a_deleted_test_fails_and_no_lock_hides_it(linked: Any) -> None:
    del linked.files["tests/test_login.py"]
    for _ in range(2):
        (found,) = (it for it in look(linked).found if it.criterion)
        assert (found.level, found.severity, found.symbol) == (Level.D4, Severity.FAIL, "test_issue")
        lock(linked)
    accept(linked.app(), "login/1.1", "tests/test_login.py", "covered elsewhere")
    assert told(look(linked)) == []


def test_what_moved_word_for_word_is_no_drift(linked: Any) -> None:
    linked.files["lib/session.py"] = linked.files.pop("src/login.py")
    linked.files["tests/more.py"] = linked.files.pop("tests/test_login.py")
    found = look(linked)
    assert told(found) == []
    assert found.moved == 3
    edit(linked, REQUIREMENTS, b"issue a token", b"issue two tokens")
    assert [it[:3] for it in told(look(linked))] == [("D3", "1.1", "lib/session.py"), ("D3", "1.1", "tests/more.py")]
    lock(linked)
    assert [it[:3] for it in told(look(linked))] == [("D3", "1.1", "lib/session.py"), ("D3", "1.1", "tests/more.py")]
    assert b"src/login.py" not in linked.files[LOCK]


def test_a_twin_elsewhere_does_not_hide_that_code_is_gone(linked: Any) -> None:
    linked.files["src/twin.py"] = linked.files["src/login.py"]
    lock(linked)
    assert told(look(linked)) == []
    del linked.files["src/login.py"]
    for _ in range(2):
        found = look(linked)
        assert [it[:3] for it in told(found)] == [("D1", "1.1", "src/login.py"), ("D1", "1.2", "src/login.py")]
        lock(linked)


def test_a_link_that_was_lost_on_the_way_is_told_with_the_new_place(linked: Any) -> None:
    linked.files["lib/session.py"] = linked.files.pop("src/login.py").replace(b"# req: login/1.1\n", b"\n")
    (found,) = (it for it in look(linked).found if it.criterion)
    assert found.reason == "`issue` was deleted with its file; the same code stands in lib/session.py now, line 2"


def test_results_of_linked_tests(linked: Any) -> None:
    for outcome, severity in ((Outcome.FAILED, "fail"), (Outcome.SKIPPED, "fail"), (Outcome.VACUOUS, "warn"), (Outcome.PASSED, "")):
        result = TestResult(place="tests.test_login", name="test_issue", outcome=outcome)
        found = [it for it in look(linked, reports=(result,)).found if it.level is Level.D4]
        assert [it.severity.value for it in found] == ([severity] if severity else [])


def test_accepting_pins_what_stands_there_with_who_and_why(linked: Any) -> None:
    edit(linked, "src/login.py", b"a token", b"two tokens")
    edit(linked, "src/login.py", b"the login", b"every login")
    done = accept(linked.app(), "login/1.1", "", "read it")
    assert done.pinned == ("src/login.py", "tests/test_login.py")
    assert told(look(linked)) == [("D1", "1.2", "src/login.py", "refuse")]
    pins = [pin for line in linked.files[LOCK].splitlines()[1:] for pin in json.loads(line).get("pins", ())]
    assert {(pin["by"], pin["reason"], bool(pin["commit"])) for pin in pins if "by" in pin} == {("Ada <ada@example.org>", "read it", True)}
    assert b'"kind":"accepted"' in linked.files[".setsquare/history/login.jsonl"]
    accept_all(linked.app(), "login", "all of it")
    assert told(look(linked)) == []


def test_a_new_link_joins_a_pin_and_the_old_part_stays_watched(linked: Any) -> None:
    edit(linked, "src/login.py", b"def other", b"# req: login/1.1\ndef other")
    edit(linked, "src/login.py", b"a token", b"two tokens")
    lock(linked)
    assert told(look(linked)) == [("D1", "1.1", "src/login.py", "issue")]
    edit(linked, "src/login.py", b"def other: 1", b"def other: 2")
    assert told(look(linked)) == [("D1", "1.1", "src/login.py", "issue"), ("D1", "1.1", "src/login.py", "other")]


@pytest.mark.parametrize("name", ["1.1", "nobody/1.1", "login/9.9"])
def test_what_cannot_be_accepted_is_refused_with_a_hint(linked: Any, name: str) -> None:
    with pytest.raises(Usage) as raised:
        accept(linked.app(), name, "", "because")
    assert raised.value.hint


def test_a_file_without_a_link_cannot_be_accepted(linked: Any) -> None:
    with pytest.raises(Usage, match="No code is linked"):
        accept(linked.app(), "login/1.1", "src/nowhere.py", "because")


def test_nothing_is_accepted_without_a_lock(world: Any) -> None:
    world.files.pop(LOCK, None)
    with pytest.raises(Refused, match="does not exist yet"):
        accept(world.app(), "login/1.1", "", "because")


def test_a_design_edited_after_its_tasks_were_approved(linked: Any) -> None:
    path = ".kiro/specs/login/design.md"
    assert [it for it in look(linked).found if it.level is Level.DESIGN] == []
    edit(linked, path, b"`src/login.py`", b"`src/session.py`")
    found = [it for it in look(linked).found if it.level is Level.DESIGN]
    assert [it.path for it in found] == [path, ".kiro/specs/login/tasks.md"]
    assert "the design was edited" in found[0].reason
    assert "task 1 names `src/login.py`" in found[1].reason


def test_age_is_told_only_over_the_limit(linked: Any) -> None:
    log = ".setsquare/approvals/login.jsonl"
    linked.files[log] = linked.files[log].replace(b'"at":"2026-11-21', b'"at":"2026-01-21')
    assert [it.level for it in look(linked, age_limit_days=400).found if it.level is Level.D5] == []
    assert [it.level for it in look(linked, age_limit_days=30).found if it.level is Level.D5] == [Level.D5]
