"""`setsquare trace lock`, `suspect`, `clear`, `renumber`, `waive`: identity through edits, merges and broken files."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from setsquare.surfaces.cli.loading import result_type

LOCK = ".setsquare/trace/login.lock.jsonl"
HEAD = "# Requirements Document\n\n## Requirements\n\n### Requirement 1: Login\n\n#### Acceptance Criteria\n\n"
ONE = "WHEN a user signs in THEN the Auth_Service SHALL issue a token within 200 ms"
TWO = "IF the password is wrong THEN the Auth_Service SHALL refuse the login"
THREE = "THE Auth_Service SHALL count the refused logins"
NEW = "WHILE maintenance runs, the Auth_Service SHALL answer with a notice"
TASKS = "# Plan\n\n- [x] 1. Issue a token\n  - _Requirements: 1.1_\n- [x] 2. Refuse\n  - Not more than 1.2 s\n  - _Requirements: 1.2-1.3_\n- [ ] 3. Rest\n  - _Requirements: 1_\n"


@pytest.fixture
def ask(run: Any) -> Any:
    """Run a command for JSON and hold the answer against the type that describes it."""

    def ask(*argv: str, code: int = 0) -> Any:
        ran = run(*argv, "--format", "json")
        assert ran.code == code, (ran.out, ran.err)
        value = json.loads(ran.out)
        schema = msgspec.json.schema(result_type(value["schema"].split("/")[1]))
        jsonschema.Draft202012Validator(schema).validate(value)
        return value

    return ask


def write(folder: Path, *sentences: str, spec: str = "login", tasks: str | None = TASKS) -> None:
    """Write a spec."""
    place = folder / ".kiro" / "specs" / spec
    place.mkdir(parents=True, exist_ok=True)
    (place / "requirements.md").write_text(HEAD + "".join(f"{at}. {text}\n" for at, text in enumerate(sentences, 1)))
    if tasks is not None:
        (place / "tasks.md").write_text(tasks)


def tasks_of(folder: Path) -> str:
    return (folder / ".kiro/specs/login/tasks.md").read_text()


def test_a_lock_is_written_once_and_checked(folder: Path, run: Any, ask: Any) -> None:
    write(folder, ONE, TWO, THREE)
    assert ask("trace", "lock", "--check", code=1)["specs"][0]["created"]
    assert not (folder / LOCK).exists()
    assert ask("trace", "lock")["written"]
    raw = (folder / LOCK).read_bytes()
    assert raw.splitlines()[0] == b'{"setsquare":"trace-lock","v":1,"spec":"login"}'
    assert not ask("trace", "lock")["written"]
    assert (folder / LOCK).read_bytes() == raw
    assert run("trace", "lock", "--check").code == 0
    assert ask("trace", "suspect")["links"] == []


# req: spec-engine/2.3
def test_an_inserted_criterion_shifts_and_renumber_mends_exactly_the_ids(folder: Path, run: Any, ask: Any) -> None:
    write(folder, ONE, TWO, THREE)
    (folder / "src").mkdir()
    code = "# req: login/1.2, login/1.3\ndef refuse(): ...  # version 1.2\n"
    (folder / "src" / "login.py").write_text(code)
    ask("trace", "lock")
    write(folder, NEW, ONE, TWO, THREE, tasks=None)
    assert run("check", "--select", "TRC004").code == 1
    found = ask("trace", "suspect", code=1)
    assert {link["state"] for link in found["links"]} == {"shifted"}
    before = (folder / LOCK).read_bytes()
    shown = ask("trace", "renumber", code=1)
    assert [(item["path"], item["written"], item["new"]) for item in shown["references"] if "tasks" in item["path"]] == [
        (".kiro/specs/login/tasks.md", "1.1", "1.2"),
        (".kiro/specs/login/tasks.md", "1.2-1.3", "1.3-1.4"),
    ]
    assert (tasks_of(folder), (folder / LOCK).read_bytes()) == (TASKS, before)
    assert ask("trace", "renumber", "--write")["written"]
    assert tasks_of(folder) == TASKS.replace("_Requirements: 1.1_", "_Requirements: 1.2_").replace("1.2-1.3", "1.3-1.4")
    assert (folder / "src/login.py").read_text() == "# req: login/1.3, login/1.4\ndef refuse(): ...  # version 1.2\n"
    assert run("trace", "lock", "--check").code == 0
    assert ask("trace", "suspect")["states"]["shifted"] == 0
    assert not ask("trace", "renumber", "--write")["written"]


def test_a_changed_criterion_is_suspect_until_it_is_cleared_with_a_reason(folder: Path, run: Any, ask: Any) -> None:
    write(folder, ONE, TWO, THREE)
    ask("trace", "lock")
    write(folder, ONE.replace("200", "100"), TWO.lower(), THREE, tasks=None)
    ask("trace", "lock")
    ran = run("trace", "suspect")
    assert ran.code == 1
    assert "[-200-]{+100+}" in ran.out
    names = [shlex.split(line)[1] for line in ran.out.splitlines() if line.startswith("suspect")]
    assert names == ["login#1:1.1", "login#3:1.1"]
    assert run("trace", "clear", names[0]).code == 2
    assert run("trace", "clear", names[0], "--reason", " ").code == 2
    assert run("trace", "clear", "login#9:1.1", "--reason", "x").code == 2
    done = ask("trace", "clear", names[0], "--reason", "the task measures 100 ms")
    assert done["by"].startswith("Ada")
    assert '"reason":"the task measures 100 ms"' in (folder / LOCK).read_text()
    assert [link["link"] for link in ask("trace", "suspect", code=1)["links"]] == [names[1]]
    ask("trace", "clear", "--all", "login", "--reason", "read all")
    assert run("trace", "suspect").code == 0
    write(folder, ONE, TWO, THREE, tasks=None)
    assert run("trace", "suspect").code == 1


def test_a_removed_criterion_is_an_orphan_and_comes_back_with_its_uid(folder: Path, run: Any, ask: Any) -> None:
    write(folder, ONE, TWO, THREE)
    ask("trace", "lock")
    uid = next(json.loads(line)["uid"] for line in (folder / LOCK).read_text().splitlines()[1:] if TWO in line)
    write(folder, ONE, THREE, tasks=None)
    ask("trace", "lock")
    assert {link["state"] for link in ask("trace", "suspect", code=1)["links"]} == {"orphaned"}
    write(folder, ONE, TWO, THREE, tasks=None)
    ask("trace", "lock")
    assert next(json.loads(line)["uid"] for line in (folder / LOCK).read_text().splitlines()[1:] if TWO in line) == uid
    assert run("trace", "suspect").code == 0
    assert run("check", "--select", "TRC").code == 0


def test_a_criterion_that_moves_to_another_spec_keeps_its_uid_and_its_links(folder: Path, run: Any, ask: Any) -> None:
    write(folder, ONE, TWO, THREE)
    write(folder, NEW, spec="access", tasks="- [ ] 1. Notice\n  - _Requirements: 1.1_\n")
    ask("trace", "lock")
    write(folder, ONE, THREE, tasks=None)
    write(folder, TWO, NEW, spec="access", tasks=None)
    found = ask("trace", "renumber", "--write")
    assert found["left"] == []
    assert "_Requirements: 1.2, access/1.1_" in tasks_of(folder)
    assert "_Requirements: 1.2_" in (folder / ".kiro/specs/access/tasks.md").read_text()
    assert run("trace", "suspect").code == 0
    assert TWO not in (folder / LOCK).read_text()
    assert TWO in (folder / ".setsquare/trace/access.lock.jsonl").read_text()
    assert run("trace", "lock", "--check").code == 0


@pytest.mark.parametrize("spoil", ["conflict", "newer", "broken", "twice"])
def test_a_lock_that_cannot_be_read_whole_is_never_written_over(folder: Path, run: Any, ask: Any, spoil: str) -> None:
    write(folder, ONE, TWO, THREE)
    ask("trace", "lock")
    good = (folder / LOCK).read_text()
    head, *lines = good.splitlines()
    bad = {
        "conflict": [head, "<<<<<<< HEAD", lines[0], "=======", lines[0].replace("200 ms", "300 ms"), ">>>>>>> x", *lines[1:]],
        "newer": [head.replace('"v":1', '"v":2'), *lines],
        "broken": [head, lines[0], lines[1][:40], lines[2]],
        "twice": [head, lines[0], lines[0].replace('"1.', '"7.'), *lines[1:]],
    }[spoil]
    (folder / LOCK).write_text("\n".join(bad) + "\n")
    raw = (folder / LOCK).read_bytes()
    write(folder, NEW, ONE, TWO, THREE, tasks=None)
    for argv in (
        ("trace", "lock"),
        ("trace", "waive", "login/1.1", "--reason", "x"),
        ("trace", "lock", "--check"),
        ("trace", "suspect"),
        ("trace", "renumber", "--write"),
    ):
        ran = run(*argv)
        assert ran.code == 3, argv
        assert f"{LOCK}:" in ran.err
    run("trace", "clear", "--all", "login", "--reason", "x")
    assert (folder / LOCK).read_bytes() == raw
    assert run("check", "--select", "TRC005").code == 1
    ran = run("trace", "lock", "--repair")
    if spoil == "newer":
        assert ran.code == 3
        assert (folder / LOCK).read_bytes() == raw
        return
    assert ran.code == 0, ran.err
    assert (folder / f"{LOCK}.broken").read_bytes() == raw
    assert run("check", "--select", "TRC005").code == 0
    assert run("trace", "lock").code == 0


def test_a_waiver_is_recorded_on_the_criterion(folder: Path, run: Any, ask: Any) -> None:
    write(folder, ONE, TWO, THREE)
    assert run("trace", "waive", "login/1.9", "--reason", "x").code == 2
    assert run("trace", "waive", "login/1.3", "--reason", "x", "--until", "soon").code == 2
    ask("trace", "waive", "login/1.3", "--reason", "an operator counts", "--until", "2030-01-01")
    line = next(line for line in (folder / LOCK).read_text().splitlines() if THREE in line)
    assert json.loads(line)["waiver"]["reason"] == "an operator counts"
    ask("trace", "lock")
    assert json.loads(next(line for line in (folder / LOCK).read_text().splitlines() if THREE in line))["waiver"]


def test_two_specs_with_one_lock_file_are_refused(folder: Path, run: Any, ask: Any) -> None:
    write(folder, ONE, spec="api/login")
    write(folder / "api", TWO, spec="login")
    assert run("trace", "lock").code == 3
    assert run("check", "--select", "TRC006").code == 1


def test_an_id_that_a_gone_criterion_holds_in_the_same_place_is_not_given_to_another_one(folder: Path, run: Any, ask: Any) -> None:
    both = "# Plan\n\n- [x] 1. Both\n  - _Requirements: 1.1, 1.2_\n- [x] 2. Last\n  - _Requirements: 1.3_\n"
    write(folder, ONE, TWO, THREE, tasks=both)
    (folder / "auth.py").write_text("# req: login/1.1\ndef issue(): ...\n\n\n# req: login/1.2\ndef refuse(): ...\n")
    ask("trace", "lock")
    write(folder, TWO, THREE, tasks=None)
    done = ask("trace", "renumber", "--write", code=1)
    assert [(item["written"], item["new"]) for item in done["references"]] == [("1.3", "1.2")]
    assert [(item["path"], item["written"]) for item in done["left"]] == [
        (".kiro/specs/login/tasks.md", "1.2"),
        ("auth.py", "login/1.2"),
    ]
    assert "1.1, 1.2_" in tasks_of(folder)
    assert "take that one out first" in run("trace", "renumber").out
    (folder / "auth.py").write_text("def issue(): ...\n\n\n# req: login/1.2\ndef refuse(): ...\n")
    write(folder, TWO, THREE, tasks=tasks_of(folder).replace("1.1, 1.2_", "1.2_"))
    assert len(ask("trace", "renumber", "--write")["references"]) == 2
    assert "_Requirements: 1.1_" in tasks_of(folder)
    assert "login/1.1" in (folder / "auth.py").read_text()
    ask("trace", "suspect")


def test_a_living_link_is_not_forgotten_beside_a_gone_one_of_the_same_spelling(folder: Path, ask: Any) -> None:
    write(folder, ONE, TWO, tasks="# Plan\n\n- [ ] 1. One\n  - _Requirements: 1.1_\n- [ ] 2. Two\n  - _Requirements: 1.2_\n")
    (folder / "auth.py").write_text("# req: login/1.1\ndef issue(): ...\n\n\n# req: login/1.2\ndef refuse(): ...\n")
    ask("trace", "lock")
    write(folder, TWO, tasks=None)
    (folder / "auth.py").write_text("# req: login/1.1\ndef issue(): ...\n\n\n# req: login/1.1\ndef refuse(): ...\n")
    ask("trace", "lock")
    assert "auth.py:5" in ask("trace", "explain", "login/1.1")["criteria"][0]["line"]["code"]


def test_what_to_type_about_a_suspect_link_can_be_pasted(folder: Path, run: Any, ask: Any) -> None:
    write(folder, ONE, TWO, THREE)
    ask("trace", "lock")
    write(folder, ONE.replace("200", "100"), TWO, THREE)
    last = run("trace", "suspect").out.splitlines()[-1]
    assert last.startswith("Right as it is? setsquare trace clear ")
    argv = shlex.split(last.partition("setsquare ")[2])
    assert run(*argv).code == 0


def test_a_waiver_needs_no_spec_where_there_is_only_one(folder: Path, ask: Any) -> None:
    write(folder, ONE)
    assert ask("trace", "waive", "1.1", "--reason", "later")["path"] == LOCK
    write(folder, ONE, spec="other")
    assert ask("trace", "waive", "1.1", "--reason", "later", code=2)["schema"] == "setsquare/error/1"


def test_a_lock_never_pins_a_reference_whose_criterion_is_gone_to_the_one_that_took_its_id(folder: Path, run: Any, ask: Any) -> None:
    write(folder, ONE, TWO, THREE, tasks="# Plan\n\n- [x] 1. Two\n  - _Requirements: 1.2_\n- [x] 2. Both\n  - _Requirements: 1.1, 1.2_\n")
    ask("trace", "lock")
    write(folder, NEW, ONE, THREE, tasks=None)
    for _ in range(2):
        ask("trace", "lock")
        found = {(item["source"], item["written"], item["state"]) for item in ask("trace", "suspect", code=1)["links"]}
        assert found == {("1", "1.2", "orphaned"), ("2", "1.1", "shifted"), ("2", "1.2", "orphaned")}
    assert ask("trace", "renumber", "--write", code=1)["left"][0]["written"] == "1.1"
    ask("trace", "lock")
    assert [item["task"] for item in ask("trace", "explain", "login/1.2")["criteria"][0]["line"]["tasks"]] == ["2"]
