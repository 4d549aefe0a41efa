"""`setsquare iam watch` on local events: judged against what was accepted, told once whatever happens, again and again until a person ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.network
PATIENCE_S = 60.0
EVE = "arn:aws:iam::123456789012:user/eve"


def change(role: str, *actions: str, at: str = "2026-11-26T10:00:00Z") -> str:
    """An envelope of EventBridge, as one line."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": list(actions), "Resource": "*"}})
    event = {
        "eventSource": "iam.amazonaws.com",
        "eventName": "PutRolePolicy",
        "eventTime": at,
        "userIdentity": {"arn": EVE},
        "requestParameters": {"roleName": role, "policyName": "x", "policyDocument": policy},
    }
    return json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": event}) + "\n"


class Channel:
    """A webhook that keeps what it was told; it answers as it is told to, or holds its answer back."""

    def __init__(self) -> None:
        outer = self
        self.titles: list[str] = []
        self.statuses: list[int] = []
        self.holding: threading.Event | None = None

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                outer.titles.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["title"])
                if outer.holding is not None:
                    outer.holding.wait(PATIENCE_S)
                try:
                    self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                    self.end_headers()
                    self.wfile.write(b"taken 17")
                except OSError:
                    """Whoever asked was killed."""

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}/secretpath"
        threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.01), daemon=True).start()

    def close(self) -> None:
        if self.holding is not None:
            self.holding.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def channel() -> Iterator[Channel]:
    made = Channel()
    yield made
    made.close()


def settings(folder: Path, channel: str, **more: Any) -> None:
    (folder / ".kiro").mkdir(exist_ok=True)
    power = {"enabled": True, "mode": "pr-only", "targetRoles": ["ecs-*"], "escalationAlertChannel": channel, **more}
    (folder / ".kiro/settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}}))


@pytest.fixture
def project(folder: Path, run: Any, channel: Channel) -> Path:
    """A trusted workspace with one event."""
    settings(folder, channel.address)
    (folder / "events.jsonl").write_text(change("ecs-api", "iam:CreatePolicyVersion"))
    assert run("trust").code == 0
    return folder


class Watch:
    """A process that watches; its looks are read line by line."""

    def __init__(self, folder: Path, *argv: str) -> None:
        command = [sys.executable, "-m", "setsquare", "iam", "watch", "--every", "1s", "--format", "json", *argv]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def look(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        return json.loads(line)

    def look_until(self, is_there: Callable[[Any], object]) -> Any:
        until = time.monotonic() + PATIENCE_S
        while not is_there(found := self.look()):
            assert time.monotonic() < until
        return found

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def watch(project: Path) -> Iterator[Callable[..., Watch]]:
    started: list[Watch] = []

    def start(*argv: str) -> Watch:
        started.append(Watch(project, "--events", "events.jsonl", *argv))
        return started[-1]

    yield start
    for each in started:
        each.close()


def ways(found: Any) -> dict[str, list[str]]:
    return {each["principal"]: [way["path"] for way in each["escalations"] if way["new"]] for each in found["principals"] if each["new"]}


# req: iam-autopilot/5.6
def test_changes_are_judged_and_nobody_is_told_unless_it_was_asked_for(project: Path, run: Any, channel: Channel) -> None:
    seen = run("iam", "watch", "--events", "events.jsonl", "--format", "json")
    assert (seen.code, ways(seen.json), seen.json["alerts"], channel.titles) == (0, {"ecs-api": ["iam-001"]}, None, [])
    text = run("iam", "watch", "--once", "--events", "events.jsonl").out
    assert "ecs-api: iam-001 iam:CreatePolicyVersion, certain" in text
    assert "Nobody was told; --alert tells http://127.0.0.1" in text
    assert "secretpath" not in text
    told = run("iam", "watch", "--events", "events.jsonl", "--tell", "--format", "json").json
    assert [(each["subject"], each["receipt"]) for each in told["alerts"]["delivered"]] == [("ecs-api", "200 taken 17")]
    assert channel.titles == ["New escalation path: ecs-api (iam-001)"]
    again = run("iam", "watch", "--events", "events.jsonl", "--alert", "--format", "json").json
    assert (again["alerts"]["known"], again["alerts"]["delivered"], len(channel.titles)) == (1, [], 1)
    # Both commands judge by the same memory.
    assert "1 path told before, and not again" in run("iam", "alerts", "--events", "events.jsonl").out
    assert json.dumps(json.loads(run("audit", "list", "--format", "json").out)).count("200 taken 17") == 1


# req: iam-autopilot/5.4, iam-autopilot/5.6
def test_what_was_accepted_or_was_there_before_is_nothing_new(project: Path, run: Any, channel: Channel) -> None:
    (project / "role.json").write_text(
        json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": "*"}})
    )
    policy = json.loads((project / "role.json").read_text())
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {
        "RoleName": "ecs-api",
        "Arn": "arn:aws:iam::123456789012:role/ecs-api",
        "Path": "/",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "RolePolicyList": [{"PolicyName": "old", "PolicyDocument": policy}],
        "AttachedManagedPolicies": [],
    }
    (project / "account.json").write_text(json.dumps({"RoleDetailList": [role], "Policies": []}))
    known = run("iam", "watch", "--events", "events.jsonl", "--account", "account.json", "--alert", "--format", "json").json
    assert (ways(known), len(known["changes"]), channel.titles) == ({}, 1, [])
    (project / ".setsquare/iam").mkdir(parents=True)
    (project / ".setsquare/iam/accepted.toml").write_text(
        '[[accepted]]\nprincipal = "ecs-api"\npath = "iam-001"\ncertainty = "certain"\nresources = ["iam:CreatePolicyVersion on *"]\n'
        'reason = "looked at"\nby = "Ada <ada@example.org>"\non = "2026-11-20"\n'
    )
    accepted = run("iam", "watch", "--events", "events.jsonl", "--alert", "--format", "json").json
    assert (ways(accepted), accepted["unfollowed"], channel.titles) == ({}, [], [])


# req: iam-autopilot/5.6
def test_without_trust_a_report_is_given_and_an_alert_is_not(folder: Path, run: Any, channel: Channel) -> None:
    settings(folder, channel.address)
    (folder / "events.jsonl").write_text(change("ecs-api", "iam:CreatePolicyVersion"))
    assert run("iam", "watch", "--events", "events.jsonl").code == 0
    refused = run("iam", "watch", "--events", "events.jsonl", "--alert")
    assert (refused.code, "setsquare trust" in refused.err, channel.titles) == (3, True, [])


def test_an_alert_that_fails_is_said_and_sent_again(project: Path, run: Any, channel: Channel) -> None:
    channel.statuses = [403]
    failed = run("iam", "watch", "--events", "events.jsonl", "--alert")
    assert (failed.code, "403" in failed.out) == (4, True)
    assert run("iam", "watch", "--events", "events.jsonl", "--alert").code == 0
    assert channel.titles == ["New escalation path: ecs-api (iam-001)"] * 2


# req: iam-autopilot/1.5
def test_unsafe_settings_refuse_before_an_event_is_read(project: Path, run: Any, channel: Channel) -> None:
    settings(project, channel.address, mode="direct")
    for more in ((), ("--every", "1s"), ("--alert",)):
        ran = run("iam", "watch", "--events", "nowhere.jsonl", *more)
        assert (ran.code, "mode" in ran.err) == (3, True)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--every", "soon"), "no time between looks"),
        (("--every", "0"), "no time between looks"),
        (("--every", "5m", "--once"), "do not go together"),
        (("--every", "5m", "--events", "-"), "Standard input"),
        (("--account", "x.json"), "before the events"),
        (("--since", "2026-11-01", "--events", "events.jsonl"), "--since"),
        (("--since", "2026-13-01", "--events", "lookup"), "is no day"),
        (("--sandbox-account", "210987654321", "--every", "5m"), "dry run"),
        (("--api", "http://127.0.0.1:1"), "--close-out-of-scope"),
        (("--events", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--events", "s3://trails/org", "--trail", "t", "--policies", "p"), "s3://trails/org"),
        (("--events", "lookup:eu-west-1", "--trail", "t", "--policies", "p"), "lookup:eu-west-1"),
    ],
)
def test_what_does_not_go_together_ends_with_2(project: Path, run: Any, argv: tuple[str, ...], words: str) -> None:
    settings(project, "#x", awsRegion="us-east-1", awsAccountId="123456789012")
    ran = run("iam", "watch", *argv)
    assert (ran.code, words in ran.err) == (2, True), ran.err


# req: iam-autopilot/5.6
def test_a_watch_hears_of_what_is_added_and_ends_when_it_is_told_to(project: Path, watch: Callable[..., Watch], channel: Channel) -> None:
    running = watch("--alert")
    first = running.look()
    assert (first["look"], ways(first), first["wait_s"]) == (1, {"ecs-api": ["iam-001"]}, 1.0)
    with (project / "events.jsonl").open("a") as file:
        file.write(change("ecs-web", "iam:AttachRolePolicy", at="2026-11-26T11:00:00Z"))
    second = running.look_until(lambda found: found["changes"])
    assert (ways(second), second["alerts"]["delivered"][0]["subject"]) == ({"ecs-web": ["iam-009"]}, "ecs-web")
    assert len(channel.titles) == 2
    assert running.end(signal.SIGINT) == 0
    later = watch("--alert")
    assert later.look()["alerts"] == {**first["alerts"], "delivered": [], "known": 2}
    assert (later.end(signal.SIGTERM), len(channel.titles)) == (0, 2)


# req: iam-autopilot/5.6
def test_a_killed_watch_tells_nobody_twice(watch: Callable[..., Watch], channel: Channel) -> None:
    running = watch("--alert")
    assert running.look()["alerts"]["delivered"]
    assert running.end(signal.SIGKILL) != 0
    again = watch("--alert").look()
    assert (again["alerts"]["known"], again["alerts"]["delivered"], len(channel.titles)) == (1, [], 1)


# req: iam-autopilot/5.6
def test_a_watch_that_is_killed_while_it_tells_says_so_the_next_time(watch: Callable[..., Watch], channel: Channel) -> None:
    channel.holding = threading.Event()
    running = watch("--alert")
    until = time.monotonic() + PATIENCE_S
    while not channel.titles:
        assert time.monotonic() < until
        time.sleep(0.01)
    running.end(signal.SIGKILL)
    channel.holding.set()
    again = watch("--alert").look()
    assert again["alerts"]["again"] == ["ecs-api"]
    assert channel.titles == ["New escalation path: ecs-api (iam-001)", "Perhaps told before: New escalation path: ecs-api (iam-001)"]


# req: iam-autopilot/5.6
def test_an_alert_that_failed_is_sent_with_the_next_look_although_nothing_changed(watch: Callable[..., Watch], channel: Channel) -> None:
    channel.statuses = [403, 400]
    running = watch("--alert")
    failed = running.look_until(lambda found: found["alerts"]["failed"])
    assert "403" in failed["alerts"]["failed"][0]
    delivered = running.look_until(lambda found: found["alerts"]["delivered"])
    assert (delivered["look"], delivered["changes"], delivered["alerts"]["again"]) == (3, [], [])
    assert running.look()["alerts"]["delivered"] == []
    assert len(channel.titles) == 3


def test_two_watches_at_once_tell_once(watch: Callable[..., Watch], channel: Channel) -> None:
    one, two = watch("--alert"), watch("--alert")
    looks = [one.look(), two.look()]
    assert sorted(len(each["alerts"]["delivered"]) for each in looks) == [0, 1]
    assert len(channel.titles) == 1


def test_a_watch_outlives_a_file_that_vanishes_and_settings_that_break(project: Path, watch: Callable[..., Watch]) -> None:
    running = watch()
    running.look()
    text = (project / ".kiro/settings.json").read_text()
    (project / ".kiro/settings.json").write_text("{")
    broken = running.look_until(lambda found: found["reasons"])
    assert (broken["reasons"][0]["code"], broken["wait_s"]) == ("broken-file", 30.0)
    (project / ".kiro/settings.json").write_text(text)
    assert running.process.poll() is None
    assert running.end(signal.SIGINT) == 0


def test_a_watch_that_nobody_reads_any_more_ends(watch: Callable[..., Watch]) -> None:
    running = watch()
    running.look()
    assert running.process.stdout is not None
    running.process.stdout.close()
    assert running.process.wait(PATIENCE_S) == 0


# req: iam-autopilot/6.8
def test_a_role_in_scope_that_was_made_is_announced_once(project: Path, run: Any) -> None:
    event = {"eventSource": "iam.amazonaws.com", "eventName": "CreateRole", "userIdentity": {"arn": EVE}}
    made = [json.dumps({**event, "requestParameters": {"roleName": name}}) for name in ("ecs-new", "lambda-new", "my-ecs-x")]
    (project / "events.jsonl").write_text("\n".join(made))
    first = run("iam", "watch", "--events", "events.jsonl", "--format", "json")
    assert (first.json["created"], first.err) == (["ecs-new"], "  new in scope: ecs-new\n")
    assert run("iam", "watch", "--events", "events.jsonl", "--format", "json").json["created"] == []


# req: iam-autopilot/6.8
def test_a_watch_analyses_a_new_role_from_its_second_look_on(project: Path, watch: Callable[..., Watch]) -> None:
    def role(name: str, action: str) -> dict[str, Any]:
        policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}
        trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        return {
            "RoleName": name,
            "Arn": f"arn:aws:iam::123456789012:role/{name}",
            "Path": "/",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "RolePolicyList": [{"PolicyName": "app", "PolicyDocument": policy}],
            "AttachedManagedPolicies": [],
        }

    (project / "trail.json").write_text(json.dumps({"Records": []}))
    (project / "account.json").write_text(json.dumps({"RoleDetailList": [role("ecs-one", "ec2:StopInstances")], "Policies": []}))
    running = watch("--trail", "trail.json", "--policies", "account.json")
    first = running.look()
    assert (first["announced"], first["roles"], first["left"]) == (["arn:aws:iam::123456789012:role/ecs-one"], [], True)
    assert [each["role"] for each in running.look()["roles"]] == ["ecs-one"]
    roles = [role("ecs-one", "ec2:StopInstances"), role("ecs-two", "iam:PutRolePolicy")]
    (project / "account.json").write_text(json.dumps({"RoleDetailList": roles, "Policies": []}))
    new = running.look_until(lambda found: found["announced"])
    assert ([each["role"] for each in new["roles"]], ways(new)) == (["ecs-one"], {})
    # What it may do is reported with its first analysis, and not again.
    assert ways(running.look()) == {"ecs-two": ["iam-005"]}
    assert ways(running.look()) == {}


def test_hostile_names_stay_text_on_one_line(project: Path, run: Any, watch: Callable[..., Watch], channel: Channel) -> None:
    hostile = "ecs-\x1b[2J\u202e\u2028\r\nsetsquare: all is well"
    event = json.loads(change(hostile, "iam:CreatePolicyVersion"))
    event["detail"]["userIdentity"]["arn"] = hostile
    made = {"eventSource": "iam.amazonaws.com", "eventName": "CreateRole", "requestParameters": {"roleName": "ecs-<img>"}}
    (project / "events.jsonl").write_text(json.dumps(event) + "\n" + json.dumps(made))
    ran = run("iam", "watch", "--events", "events.jsonl", "--alert")
    assert ran.code == 0, ran.err
    for said in (ran.out, ran.err):
        assert not {"\x1b", "\u202e", "\u2028", "\r"} & set(said)
        assert not any(line.startswith("setsquare: all is well") for line in said.splitlines())
    assert "\n" not in channel.titles[0]
    running = watch()
    assert running.process.stdout is not None
    line = running.process.stdout.readline()
    assert line.isascii()
    assert json.loads(line)["principals"][0]["principal"] == hostile


def test_people_see_what_goes_on(project: Path) -> None:
    command = [sys.executable, "-m", "setsquare", "iam", "watch", "--every", "1s", "--events", "events.jsonl"]
    process = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"})
    assert process.stdout is not None
    lines = []
    while "look 2" not in (line := process.stdout.readline()):
        assert line
        lines.append(line)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert lines[0].endswith("look 1: 1 change of IAM in 1 event, 1 new way to more rights; the next in 1 s\n")
    assert "  ecs-api: iam-001 iam:CreatePolicyVersion, certain\n" in lines
    assert "no change of IAM in 0 events; the next in 1 s" in line
    assert rest.rstrip().splitlines()[-1].startswith("Ended after ")
