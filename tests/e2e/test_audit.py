"""`setsquare audit` and `setsquare keys` on a real folder: what changes what agents may do is recorded, and the record proves itself."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from setsquare import wire
from setsquare.adapters.audit_file import FileAudit
from setsquare.adapters.clock import SystemClock
from setsquare.adapters.scripted import Scripted, Turn
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.run_restore import RestoreRequest, restore
from setsquare.journeys.run_revert import revert
from setsquare.journeys.run_task import RunRequest, start


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch) -> Path:
    """A state folder of its own."""
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
    return Path(tmp_path / "state")


@pytest.fixture
def listed(run):
    """Lists the entries of the log."""

    def listed(*options):
        ran = run("audit", "list", "--format", "json", *options)
        assert ran.code == 0, ran.err
        return json.loads(ran.out)["entries"]

    return listed


def test_each_command_that_changes_what_agents_may_do_leaves_an_entry(folder, run, git, logged_project, listed):
    logged_project("ollama", "http://127.0.0.1:9")
    for argv in (
        ("freeze", "on", "--reason", "release week"),
        ("freeze", "off", "--reason", "it is out", "--yes"),
        ("spec", "new", "other"),
        ("spec", "status", "sum", "--owner", "Ada"),
        ("spec", "archive", "other"),
        ("spec", "unarchive", "other"),
        ("spec", "rename", "other", "another", "--write"),
        ("stop", "--here", "--reason", "lunch"),
        ("stop", "--lift", "--here", "--yes"),
        ("git-hooks", "install"),
        ("git-hooks", "uninstall"),
        ("keys", "rotated", "SUM_API_KEY", "--reason", "yearly"),
        ("trust", "--revoke"),
    ):
        ran = run(*argv)
        assert ran.code == 0, (argv, ran.err)
    found = listed()
    actions = [entry["action"] for entry in found]
    assert [entry["seq"] for entry in found] == list(range(1, len(found) + 1))
    wanted = [
        "log-begun",
        "trusted",
        "approved",
        "approved",
        "approved",
        "frozen",
        "thawed",
        "spec-created",
        "spec-kept",
        "spec-archived",
        "spec-unarchived",
        "spec-renamed",
        "stop-ordered",
        "stop-lifted",
        "git-hooks-installed",
        "git-hooks-removed",
        "key-rotated",
        "trust-revoked",
    ]
    assert [action for action in actions if action in wanted and action != "trusted"] == [each for each in wanted if each != "trusted"]
    by_action = {entry["action"]: entry for entry in found}
    assert by_action["frozen"]["why"] == "release week"
    assert by_action["thawed"]["before"] == by_action["frozen"]["after"] != ""
    assert by_action["frozen"]["actor"]["person"] == "Ada <ada@example.org>"
    assert by_action["frozen"]["actor"]["account"]
    assert by_action["trust-revoked"]["before"] == by_action["trusted"]["after"] != ""
    assert by_action["approved"]["after"].startswith("sha256:")
    assert by_action["spec-renamed"]["subject"] == "other"
    assert run("audit", "verify").code == 0
    assert [entry["action"] for entry in listed("--action", "frozen")] == ["frozen"]
    assert {entry["subject"] for entry in listed("--subject", "sum_api")} == {"SUM_API_KEY"}
    assert listed("--since", "2999-01-01") == []
    assert listed("--actor", "nobody here") == []
    assert all(
        len(each) == 66 or len(each) == 0 or each.startswith(("sha256:", "tree:"))
        for entry in found
        for each in (entry["before"], entry["after"])
    )


def test_a_run_leaves_its_terms_how_it_ended_and_what_was_taken_back(folder, run, git, logged_project, listed):
    logged_project("ollama", "http://127.0.0.1:9")
    app = wire.app_for(folder, is_sandboxed=True, model=Scripted((Turn(text="Done."), Turn(text="Done."), Turn(text="Done."))))
    report = start(app, RunRequest(spec="sum", tasks="1", environment="test"))
    assert report.code
    restore(app, report.run, RestoreRequest(step=0, whole_tree=True))
    revert(app, report.run)
    began, parked, *_, reverted = listed("--subject", report.run)
    assert (began["action"], parked["action"], reverted["action"]) == ("run-started", "run-parked", "run-reverted")
    terms = began["run"]
    assert (terms["mode"], terms["autonomy"], terms["environment"]) == ("supervised", "full", "test")
    assert app.sandbox is not None
    assert terms["sandbox"] == app.sandbox.name
    assert terms["approved"] == listed("--action", "approved")[-1]["after"]
    assert parked["detail"] == report.code
    summed = json.loads(run("audit", "summary", "--format", "json").out)
    assert (summed["runs"], summed["reverted"], summed["violations"]) == (1, 1, False)


def test_what_fails_after_its_entry_is_said_not_to_be_done(folder, run, logged_project, listed):
    logged_project("ollama", "http://127.0.0.1:9")
    assert run("stop", "--lift", "--here", "--yes").code == 2
    last, before = listed()[-1], listed()[-2]
    assert (before["action"], last["action"], last["detail"]) == ("stop-lifted", "not-done", "stop-lifted")
    assert last["why"]


def test_a_log_that_was_changed_is_told_with_exit_code_1(folder, run, git, logged_project, state):
    logged_project("ollama", "http://127.0.0.1:9")
    kept = run("audit", "anchor", "--write", "--format", "json").json
    assert run("audit", "verify", "--expect", kept["digest"]).code == 0
    assert (folder / ".setsquare/audit-anchors.jsonl").is_file()
    assert "Audit: " in git("log", "-1", "--format=%B", "--", ".setsquare/approvals")
    assert run("audit", "verify", "--expect", "nonsense").code == 2
    log = next(state.glob("*/audit.jsonl"))
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:2], lines[2].replace(b"Ada", b"Eve"), *lines[3:]]))
    ran = run("audit", "verify", "--format", "json")
    assert ran.code == 1
    assert ran.json["breaks"][0]["kind"] == "edited"
    assert ran.json["breaks"][0]["seq"] == 3
    assert "Broken from entry 3 on" in run("audit", "verify").out
    assert run("audit", "anchor").code == 3, "a broken log is not anchored"
    log.unlink()
    assert "entries are gone" in run("audit", "verify").out
    assert run("audit", "verify").code == 1


def test_an_export_is_byte_for_byte_and_writes_nothing_over(folder, run, logged_project, state, tmp_path):
    logged_project("ollama", "http://127.0.0.1:9")
    target = tmp_path / "log.jsonl"
    assert run("audit", "export", str(target)).code == 0
    assert target.read_bytes() == next(state.glob("*/audit.jsonl")).read_bytes()
    assert run("audit", "export", str(target)).code == 2


def test_the_age_of_a_key_is_told_by_doctor_and_the_key_never(folder, run, logged_project, monkeypatch, listed):
    logged_project("anthropic", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "the-key-itself-4711")
    assert run("keys", "rotated", "ANTHROPIC_API_KEY").code == 0
    told = run("doctor", "--format", "json").out
    assert "changed 0 days ago" in told
    assert "the-key-itself-4711" not in told + json.dumps(listed())
    now = datetime.fromisoformat(listed()[-1]["at"])
    old = f"{now - timedelta(days=100):%Y-%m-%dT%H:%M:%SZ}"

    class Clock(SystemClock):
        """The clock of a hundred days ago."""

        def now(self):
            return old

    state = next(Path(os.environ["SETSQUARE_STATE"]).glob("*/audit.jsonl")).parent
    FileAudit(str(state), Clock(), lambda: "Ada", str).record(Mutation(action=AuditAction.KEY_ROTATED, subject="OTHER_API_KEY"))
    (check,) = [each for each in json.loads(run("doctor", "--format", "json").out)["checks"] if each["name"] == "key OTHER_API_KEY"]
    assert (check["standing"], check["found"]) == ("note", "changed 100 days ago")
    assert "setsquare keys rotated OTHER_API_KEY" in check["advice"]
    refused = run("keys", "rotated", "sk-ant-abcdefghijklmnopqrst")
    assert refused.code == 2
    assert "sk-ant" not in refused.err


def test_every_action_has_a_word_of_its_own():
    assert len({action.value for action in AuditAction}) == len(AuditAction)
