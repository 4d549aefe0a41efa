"""Requests of `iam pr` that are closed: by a person, for their scope, and what a watch does with those."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests.e2e.pull_requests import ROLE, TERRAFORM, World, forge_server, git, settings, worlds

pytestmark = pytest.mark.network


@pytest.fixture
def make(folder: Path, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    yield from worlds(folder, tmp_path, run, monkeypatch)


# req: iam-autopilot/6.4, iam-autopilot/6.7
def test_requests_out_of_scope_are_closed_and_the_second_time_switches_the_power_off(make: Any, run: Any) -> None:
    world = make()
    mark = "<!-- setsquare-iam role={} digest=" + "0" * 64 + " -->"
    ours = world.server.add("setsquare/iam/lambda-x", mark.format("lambda-x"))
    person = world.server.add("setsquare/iam/lambda-y", "by hand")
    copied = world.server.add("feature", mark.format("lambda-x"))
    stranger = world.server.add("setsquare/iam/lambda-z", mark.format("lambda-z"), source="mallory/infrastructure")
    first = world.json()
    assert [each["number"] for each in first["closed"]] == [ours.number]
    assert first["status"] == "opened"
    assert [each.state for each in (ours, person, copied, stranger)] == ["closed", "open", "open", "open"]
    assert "out of the scope" in ours.comments[0]
    assert "is for a role in scope" in world.pr("--close-out-of-scope", role="").out
    assert "escalationAlertChannel" in first["untold"]
    assert json.loads(run("iam", "audit", "--format", "json").out)["disabled_at"] == ""

    world.server.add("setsquare/iam/lambda-w", mark.format("lambda-w"))
    ran = world.pr("--close-out-of-scope", role="")
    assert ran.code == 3
    assert "switched off" in ran.out
    refused = world.pr()
    assert refused.code == 3
    assert "iam audit --enable" in refused.err
    assert "lambda-w" in run("iam", "audit").out

    assert run("iam", "audit", "--enable").code == 2
    settings(world.folder, "*")
    unsafe = run("iam", "audit", "--enable", "--reason", "x")
    assert (unsafe.code, "targetRoles" in unsafe.err) == (3, True)
    settings(world.folder, "ecs-*")
    assert run("iam", "audit", "--enable", "--reason", "targetRoles looked at").code == 0
    assert world.json()["status"] == "unchanged"
    entries = json.loads(run("audit", "list", "--format", "json").out)
    said = json.dumps(entries)
    assert "power-disabled" in said
    assert "targetRoles looked at" in said


# req: iam-autopilot/6.5
@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_what_a_person_closed_stays_closed_until_somebody_asks(make: Any, kind: str) -> None:
    world = make(kind)
    first = world.json()
    world.server.pulls[0].state = "closed"
    tip, changes = world.tip(), world.server.changes()
    again = world.json()
    assert (again["status"], again["request"]["number"], again["pushed"]) == ("declined", first["request"]["number"], False)
    assert "--reopen" in world.pr().out
    # Code that moved on makes another change of it, and the answer was no all the same.
    (world.clone / "main.tf").write_text("# moved\n" + TERRAFORM)
    world.save("two")
    assert world.json()["status"] == "declined"
    assert (world.tip(), world.server.changes()) == (tip, changes)
    asked = world.json("--reopen")
    assert (asked["status"], asked["request"]["number"]) == ("opened", 2)
    assert world.json()["status"] == "unchanged"


def test_a_branch_that_a_person_deleted_with_its_closed_request_does_not_come_back(make: Any) -> None:
    world = make()
    world.json()
    world.server.pulls[0].state = "closed"
    git(world.bare, "branch", "-D", "setsquare/iam/ecs-api")
    assert world.json()["status"] == "declined"
    assert world.branches() == ["main"]


def test_a_request_that_was_closed_for_its_scope_is_proposed_when_it_is_in_scope_again(make: Any) -> None:
    world = make()
    world.json()
    settings(world.folder, "lambda-*")
    assert world.run("trust").code == 0
    assert world.pr("--close-out-of-scope", role="").code == 0
    assert world.server.pulls[0].state == "closed"
    settings(world.folder, "ecs-*")
    assert world.run("trust").code == 0
    assert world.json()["status"] == "opened"


# req: iam-autopilot/6.7
def test_people_are_told_of_scope_creep_and_of_its_end_and_again_where_it_did_not_arrive(make: Any, run: Any, monkeypatch: Any) -> None:
    world = make()
    seen: list[dict[str, Any]] = []
    answers = [403]

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            seen.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        monkeypatch.setenv("SECURITY_CHANNEL", f"http://127.0.0.1:{server.server_port}/secretpath")
        settings(world.folder, "ecs-*", escalationAlertChannel="${SECURITY_CHANNEL}")
        assert run("trust").code == 0
        mark = "<!-- setsquare-iam role={} digest=" + "0" * 64 + " -->"
        world.server.add("setsquare/iam/lambda-x", mark.format("lambda-x"))
        first = world.json()
        assert (first["status"], first["told"], "403" in first["untold"]) == ("opened", "", True)
        world.server.add("setsquare/iam/lambda-w", mark.format("lambda-w"))
        second = world.pr()
        assert second.code == 3
        assert "Told http://127.0.0.1" in second.out
        assert "secretpath" not in second.out + json.dumps(first)
        assert seen[-1]["title"] == "IAM Power switched off: its requests kept appearing out of scope"
        assert [line.partition(":")[0] for line in seen[-1]["lines"][:2]] == ["lambda-x", "lambda-w"]
        count = len(seen)
        # Nothing of the Power works on the roles until a person looked into it.
        files = ("--trail", "trail.json", "--policies", "account.json")
        for argv in (
            ("analyze", ROLE, *files),
            ("recommend", ROLE, *files),
            ("explain", ROLE, "iam:PassRole", *files),
            ("watch", *files),
            ("coverage", "--trail", "trail.json"),
        ):
            ran = run("iam", *argv)
            assert (ran.code, "iam audit --enable" in ran.err) == (3, True), argv
        assert "Switched off since" in run("iam", "status").out
        enabled = run("iam", "audit", "--enable", "--reason", "targetRoles looked at")
        assert enabled.code == 0
        assert "Told http://127.0.0.1" in enabled.out
        assert seen[-1]["lines"][:2] == ["Why: targetRoles looked at", "Now: targetRoles ecs-*; excludeRoles none"]
        assert len(seen) == count + 1
        assert run("iam", "analyze", ROLE, *files).code == 0
        assert json.dumps(json.loads(run("audit", "list", "--format", "json").out)).count("power-told") == 2
    finally:
        server.shutdown()
        server.server_close()


# req: iam-autopilot/6.4, iam-autopilot/6.7
def test_a_watch_closes_what_is_out_of_scope_and_ends_when_that_switches_the_power_off(make: Any, run: Any) -> None:
    world = make()
    mark = "<!-- setsquare-iam role={} digest=" + "0" * 64 + " -->"
    files = ("--trail", "trail.json", "--policies", "account.json")
    forge = ("--checkout", str(world.clone), "--forge", "github", "--api", world.server.api)
    argv = ("iam", "watch", *files, "--close-out-of-scope", *forge, "--format", "json")
    ours = world.server.add("setsquare/iam/lambda-x", mark.format("lambda-x"))
    first = run(*argv)
    assert first.code == 0, first.err
    assert ([each["branch"] for each in first.json["closed"]], first.json["disabled"], ours.state) == ([ours.head], False, "closed")
    assert first.json["announced"] == [f"arn:aws:iam::123456789012:role/{ROLE}"]
    # A watch that goes on ends with the look that switches the Power off; nothing is analysed in it any more.
    world.server.add("setsquare/iam/lambda-w", mark.format("lambda-w"))
    ran = run(*argv, "--every", "1s")
    (look,) = map(json.loads, ran.out.splitlines())
    assert (ran.code, look["disabled"], look["trail"], look["wait_s"]) == (3, True, "", 0.0)
    refused = run(*argv)
    assert (refused.code, "iam audit --enable" in refused.out, len(world.server.pulls)) == (3, True, 2)
    # Changes are no work within the scope, and are still heard of.
    (world.folder / "events.jsonl").write_text("{}\n")
    assert run("iam", "watch", "--events", "events.jsonl").code == 0


def test_a_forge_that_fails_hides_no_change_from_a_watch(make: Any, run: Any) -> None:
    world = make()
    world.server.faults.append(forge_server.Fault(status=401))
    key = {"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "userIdentity": {"arn": "arn:aws:iam::1:user/eve"}}
    (world.folder / "events.jsonl").write_text(json.dumps({**key, "requestParameters": {"userName": "root-of-all"}}))
    forge = ("--checkout", str(world.clone), "--forge", "github", "--api", world.server.api)
    ran = run("iam", "watch", "--events", "events.jsonl", "--close-out-of-scope", *forge, "--format", "json")
    assert (ran.code, ran.json["problem"]["code"], ran.json["closed"]) == (4, "forge-auth", [])
    assert [each["principal"] for each in ran.json["principals"]] == ["arn:aws:iam::1:user/eve"]
