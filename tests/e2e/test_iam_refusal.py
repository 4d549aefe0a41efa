"""The IAM Power refuses before anything else: no socket, no process, no variable, no file but the settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SAFE: dict[str, Any] = {
    "enabled": True,
    "mode": "pr-only",
    "targetRoles": ["ecs-*", "lambda-*"],
    "excludeRoles": ["ECS-Admin*"],
    "awsRegion": "us-east-1",
    "awsAccountId": "${SOME_ACCOUNT}",
    "cloudtrailLogGroup": "${SOME_GROUP}",
    "prRepository": "org/infrastructure",
    "escalationAlertChannel": "#security-alerts",
}

# Runs one command line under an audit hook: what the process does is written down, and what may not be done fails it.
GUARDED = """
import json, os, sys
seen = {"forbidden": [], "opened": [], "variables": []}
place = os.getcwd()
class Watched(dict):
    def __getitem__(self, key): seen["variables"].append(str(key)); return dict.__getitem__(self, key)
    def get(self, key, default=None): seen["variables"].append(str(key)); return dict.get(self, key, default)
    def items(self): seen["variables"].append("every one"); return dict.items(self)
    def copy(self): seen["variables"].append("every one"); return dict.copy(self)
def hook(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "os.system", "sqlite3.", "urllib.")):
        seen["forbidden"].append(event)
    if event == "open" and isinstance(arguments[0], str) and not arguments[0].startswith((sys.prefix, sys.base_prefix, "/dev/", "/proc/", SOURCE)):
        seen["opened"].append(arguments[0])
from setsquare.__main__ import main
import setsquare.surfaces.cli.entry
os.environ = Watched(os.environ)
sys.addaudithook(hook)
code = main(json.loads(sys.argv[1]))
print(json.dumps({"code": code, **seen}), file=sys.stderr)
"""


@pytest.fixture
def project(folder: Path) -> Path:
    (folder / ".kiro").mkdir()
    return folder


def write(project: Path, text: str | dict[str, Any]) -> None:
    value = text if isinstance(text, str) else json.dumps({"powers": {"awsIamAutopilot": text}}, indent=2)
    (project / ".kiro" / "settings.json").write_text(value)


def but(*gone: str, **changed: Any) -> dict[str, Any]:
    return {key: value for key, value in {**SAFE, **changed}.items() if key not in gone}


def one_role(*extra: str) -> list[str]:
    return ["iam", "analyze", "ecs-api", *extra]


UNSAFE: list[tuple[str, str | dict[str, Any], str, str, int, str]] = [
    ("no mode", but("mode"), "mode", "powers.awsIamAutopilot.mode", 3, ""),
    ("mode in capitals", but(mode="PR-only"), "mode", "powers.awsIamAutopilot.mode", 5, '"PR-only"'),
    ("mode with a blank", but(mode="pr-only "), "mode", "powers.awsIamAutopilot.mode", 5, '"pr-only "'),
    ("another mode", but(mode="direct"), "mode", "powers.awsIamAutopilot.mode", 5, '"direct"'),
    ("mode of another type", but(mode=["pr-only"]), "mode", "powers.awsIamAutopilot.mode", 5, '[ "pr-only" ]'),
    ("key in capitals", but("mode", Mode="pr-only"), "key", "powers.awsIamAutopilot.Mode", 17, '"pr-only"'),
    ("key misspelt", but("mode", moed="pr-only"), "key", "powers.awsIamAutopilot.moed", 17, '"pr-only"'),
    ("no roles", but("targetRoles"), "target-roles", "powers.awsIamAutopilot.targetRoles", 3, ""),
    ("roles misspelt", but("targetRoles", targetroles=["ecs-*"]), "key", "powers.awsIamAutopilot.targetroles", 14, '[ "ecs-*" ]'),
    ("empty roles", but(targetRoles=[]), "target-roles", "powers.awsIamAutopilot.targetRoles", 6, "[]"),
    ("all roles", but(targetRoles=["*"]), "target-roles", "powers.awsIamAutopilot.targetRoles[0]", 7, '"*"'),
    ("all roles, twice starred", but(targetRoles=["**"]), "target-roles", "powers.awsIamAutopilot.targetRoles[0]", 7, '"**"'),
    ("all roles beside some", but(targetRoles=["ecs-*", "*"]), "target-roles", "powers.awsIamAutopilot.targetRoles[1]", 8, '"*"'),
    ("all roles as a string", but(targetRoles="*"), "target-roles", "powers.awsIamAutopilot.targetRoles", 6, '"*"'),
    ("all roles by a mark", but(targetRoles=["?*"]), "target-roles", "powers.awsIamAutopilot.targetRoles[0]", 7, '"?*"'),
    ("all roles by a choice", but(targetRoles=["{ecs-,}*"]), "target-roles", "powers.awsIamAutopilot.targetRoles[0]", 7, '"{ecs-,}*"'),
    ("all long roles", but(targetRoles=["???*"]), "target-roles", "powers.awsIamAutopilot.targetRoles[0]", 7, '"???*"'),
    (
        "a pattern of ARNs",
        but(targetRoles=["arn:aws:iam::*:role/*"]),
        "target-roles",
        "powers.awsIamAutopilot.targetRoles[0]",
        7,
        '"arn:aws:iam::*:role/*"',
    ),
    ("roles of another type", but(targetRoles=[7]), "target-roles", "powers.awsIamAutopilot.targetRoles[0]", 7, "7"),
    ("exclusion of another type", but(excludeRoles="ecs-x"), "exclude-roles", "powers.awsIamAutopilot.excludeRoles", 10, '"ecs-x"'),
    ("exclusion by ARN", but(excludeRoles=["a:b/c"]), "exclude-roles", "powers.awsIamAutopilot.excludeRoles[0]", 11, '"a:b/c"'),
    ("exclusion misspelt", but(excludedRoles=["ecs-x"]), "key", "powers.awsIamAutopilot.excludedRoles", 18, '[ "ecs-x" ]'),
    ("exclusion under a name of its own", but(ignoreRoles=["ecs-x"]), "key", "powers.awsIamAutopilot.ignoreRoles", 18, '[ "ecs-x" ]'),
    ("switched off", but(enabled=False), "off", "powers.awsIamAutopilot.enabled", 4, "false"),
    ("not switched on", but("enabled"), "off", "powers.awsIamAutopilot.enabled", 3, ""),
    ("switched on by a word", but(enabled="true"), "type", "powers.awsIamAutopilot.enabled", 4, '"true"'),
    ("days of another type", but(lookbackDays="90"), "lookback", "powers.awsIamAutopilot.lookbackDays", 18, '"90"'),
    ("no days", but(lookbackDays=0), "lookback", "powers.awsIamAutopilot.lookbackDays", 18, "0"),
    ("region of another type", but(awsRegion=1), "type", "powers.awsIamAutopilot.awsRegion", 13, "1"),
    ("account of too few digits", but(awsAccountId="1234"), "value", "powers.awsIamAutopilot.awsAccountId", 14, '"1234"'),
    ("no such Power", '{"powers": {}}', "off", "powers.awsIamAutopilot.enabled", 1, ""),
    (
        "Powers in capitals",
        '{"POWERS": {"awsIamAutopilot": {"enabled": true}}}',
        "key",
        "POWERS",
        1,
        '{"awsIamAutopilot": {"enabled": true}}',
    ),
    ("Power misspelt", '{"powers":\n {"awsIAMAutopilot": {}}}', "key", "powers.awsIAMAutopilot", 2, "{}"),
    ("a broken file", '{"powers": {"awsIamAutopilot": {', "broken-file", "powers.awsIamAutopilot", 1, ""),
    ("an empty file", "", "broken-file", "powers.awsIamAutopilot", 1, ""),
    ("a list", "[]", "broken-file", "powers.awsIamAutopilot", 1, ""),
]


# req: iam-autopilot/1.1, iam-autopilot/1.2
@pytest.mark.parametrize(("text", "code", "key", "line", "value"), [case[1:] for case in UNSAFE], ids=[case[0] for case in UNSAFE])
def test_unsafe_settings_refuse_and_name_the_place(run, project, text, code, key, line, value):
    write(project, text)
    ran = run(*one_role("--trail", "nowhere", "--policies", "nowhere.json", "--format", "json"))
    found = json.loads(ran.out)
    assert (ran.code, found["schema"], found["error"]["code"]) == (3, "setsquare/iam-refusal/1", "refused")
    reason = next(each for each in found["reasons"] if each["code"] == code)
    assert (reason["file"], reason["key"], reason["line"], reason["value"]) == (".kiro/settings.json", key, line, value)
    assert reason["problem"]
    assert reason["mend"].endswith(".")
    told = run(*one_role())
    assert (told.code, told.out) == (3, "")
    assert f".kiro/settings.json:{line}: {key}" in told.err


def test_safe_settings_do_not_refuse(run, project):
    """The cases above differ from this one in one thing each."""
    write(project, SAFE)
    ran = run(*one_role("--trail", "nowhere", "--policies", "nowhere.json"))
    assert ran.code == 2
    assert "nowhere" in ran.err


# req: iam-autopilot/1.6
def test_duplicate_keys_refuse_at_any_depth(run, project):
    inner = json.dumps(SAFE)[1:-1]
    twice = '{"powers": {"awsIamAutopilot": {' + inner + ',\n"mode": "direct"}}}'
    deep = '{"x": [{"y": {"z": 1,\n "z": 2}}],\n "powers": {"awsIamAutopilot": {' + inner + "}}}"
    whole = '{"powers": {},\n"powers": {"awsIamAutopilot": {' + inner + "}}}"
    for text, key, line in ((twice, "powers.awsIamAutopilot.mode", 2), (deep, "x[0].y.z", 2), (whole, "powers", 2)):
        write(project, text)
        ran = run(*one_role("--trail", "t", "--policies", "p", "--format", "json"))
        (reason,) = [each for each in json.loads(ran.out)["reasons"] if each["code"] == "duplicate-key"]
        assert (ran.code, reason["key"], reason["line"]) == (3, key, line)


# req: iam-autopilot/1.4
def test_every_reason_is_listed_at_once(run, project):
    write(project, but("mode", enabled="yes", targetRoles=["*", ""], excludeRole=["x"], lookbackDays=-1, Mode="pr-only"))
    ran = run("iam", "analyze", "AWSReservedSSO_x", "--trail", "t", "--policies", "p", "--format", "json")
    codes = [reason["code"] for reason in json.loads(ran.out)["reasons"]]
    assert sorted(codes) == ["key", "key", "lookback", "reserved", "target-roles", "target-roles", "type"]


# req: iam-autopilot/1.4
def test_what_is_unsafe_is_said_first_and_the_rest_in_the_order_of_the_file(run, project):
    """How the Power acts and on which roles comes before what only keeps it from working, wherever they stand."""
    power = {
        "lookbackDays": -1,
        "excludeRole": ["x"],
        "enabled": "yes",
        "TargetRoles": ["a"],
        "prRepository": 7,
        "targetRoles": ["*"],
        "mode": "auto",
    }
    write(project, power)
    shown = [json.loads(run(*one_role("--format", "json")).out)["reasons"] for _ in range(2)]
    keys = [reason["key"].rpartition("awsIamAutopilot.")[2] for reason in shown[0]]
    assert keys[:3] == ["TargetRoles", "targetRoles[0]", "mode"]
    assert [key for key in keys[3:] if key in power] == ["lookbackDays", "excludeRole", "enabled", "prRepository"]
    assert shown[0] == shown[1]
    text = run(*one_role()).err
    assert text.index("there is no such mode") < text.index("lookbackDays")


# req: iam-autopilot/1.3
@pytest.mark.parametrize(
    ("role", "codes"),
    [
        ("ecs-admin-1", ["excluded"]),
        ("ECS-ADMIN", ["excluded", "not-targeted"]),
        ("my-ecs-x", ["not-targeted"]),
        ("ECS-api", ["not-targeted"]),
        ("ecs", ["not-targeted"]),
        ("AWSReservedSSO_ecs", ["reserved", "not-targeted"]),
        ("awsreservedsso_ecs", ["reserved", "not-targeted"]),
        ("arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/ecs-api", ["reserved"]),
        ("arn:aws:iam::123456789012:role/AWS-Service-Role/ecs.amazonaws.com/ecs-api", ["reserved"]),
        ("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/ecs-api", ["reserved"]),
        ("arn:aws:iam::123456789012:role/ecs-x/my-role", ["not-targeted"]),
        ("ecs-api\n", ["role-name"]),
        ("ecs-../x", ["role-name"]),
        ("ecs-" + "x" * 61, ["role-name"]),
        ("ecs-аpi", ["role-name"]),
    ],
)
def test_roles_outside_of_the_choice_are_refused(run, project, role, codes):
    write(project, SAFE)
    ran = run("iam", "analyze", role, "--trail", "t", "--policies", "p", "--format", "json")
    assert (ran.code, [reason["code"] for reason in json.loads(ran.out)["reasons"]]) == (3, codes)


def test_without_settings_the_power_is_off(run, folder):
    ran = run(*one_role("--format", "json"))
    (reason,) = json.loads(ran.out)["reasons"]
    assert (ran.code, reason["code"], reason["file"], reason["line"]) == (3, "off", ".kiro/settings.json", 0)
    assert '"mode": "pr-only"' in reason["mend"]


def test_a_settings_file_that_is_a_link_or_a_folder_refuses(run, project, tmp_path):
    outside = tmp_path / "elsewhere.json"
    outside.write_text(json.dumps({"powers": {"awsIamAutopilot": SAFE}}))
    (project / ".kiro" / "settings.json").symlink_to(outside)
    assert run(*one_role("--trail", "t", "--policies", "p")).code == 3
    (project / ".kiro" / "settings.json").unlink()
    (project / ".kiro" / "settings.json").mkdir()
    assert run(*one_role("--trail", "t", "--policies", "p")).code == 3


def test_fetching_needs_more_than_local_files(run, project):
    write(project, but("awsRegion", "prRepository"))
    ran = run(*one_role("--policies", "p", "--format", "json"))
    (reason,) = json.loads(ran.out)["reasons"]
    assert (ran.code, reason["code"], reason["key"]) == (3, "missing", "powers.awsIamAutopilot.awsRegion")


# req: iam-autopilot/1.5
@pytest.mark.parametrize("command", ["analyze", "explain", "recommend", "watch"])
def test_nothing_is_touched_before_the_settings_are_judged(project, tmp_path, command):
    """One process under an audit hook: no socket, no process, no database, no variable of the settings or of AWS, no file but the settings."""
    write(project, but("mode", targetRoles=["**"]))
    (project / "trail.json").write_text('{"Records": []}')
    more = {"explain": ("ecs-api", "s3:GetObject"), "watch": ("--events", "trail.json", "--alert", "--close-out-of-scope", "--every", "1s")}
    arguments = ["iam", command, *more.get(command, ("ecs-api",)), "--trail", "trail.json"]
    state = tmp_path / "state"
    environment = {
        **os.environ,
        "SETSQUARE_STATE": str(state),
        "SOME_ACCOUNT": "1",
        "AWS_ACCESS_KEY_ID": "x",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    source = str(Path(__file__).resolve().parents[2] / "src")
    program = f"SOURCE = {source!r}\n{GUARDED}"
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(arguments)], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    told = json.loads(done.stderr.splitlines()[-1])
    assert told["code"] == 3
    assert "2 reasons" in done.stderr
    assert told["forbidden"] == []
    assert {Path(path).name for path in told["opened"]} <= {"project", ".kiro", "settings.json"}  # the folders on the way are opened first
    assert not {name for name in told["variables"] if name.startswith(("AWS", "SOME_", "SETSQUARE_STATE", "every"))}
    assert not state.exists()


def test_the_guard_sees_what_it_forbids(project):
    """The same hook over a command that starts git and reads the state folder."""
    source = str(Path(__file__).resolve().parents[2] / "src")
    program = f"SOURCE = {source!r}\n{GUARDED}"
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(["trust", "--show"])], cwd=project, capture_output=True, text=True, check=False
    )
    told = json.loads(done.stderr.splitlines()[-1])
    assert told["forbidden"] or told["opened"]
    assert told["variables"]


def test_check_shows_the_same_reasons(run, project):
    write(project, but("mode", targetRoles=["**"]))
    found = json.loads(run("check", "--format", "json").out)["findings"]
    power = [finding for finding in found if finding["code"] == "PWR001"]
    assert [(finding["line"], "mode" in finding["message"] or "**" in finding["message"]) for finding in power] == [(3, True), (6, True)]


def test_doctor_shows_the_same_reasons(run, project):
    write(project, but("mode", targetRoles=["**"]))
    checks = [check for check in run("doctor", "--format", "json").json["checks"] if check["name"] == "power awsIamAutopilot"]
    assert [(check["standing"], check["found"].partition(":")[0]) for check in checks] == [
        ("mend", "powers.awsIamAutopilot.mode"),
        ("mend", 'powers.awsIamAutopilot.targetRoles[0] is "**"'),
    ]
    assert all(".kiro/settings.json:" in check["advice"] for check in checks)
    write(project, SAFE)
    (fine,) = [check for check in run("doctor", "--format", "json").json["checks"] if check["name"] == "power awsIamAutopilot"]
    assert fine["standing"] == "fine"


def test_hostile_text_in_settings_reaches_no_terminal(run, project):
    write(project, but(**{"targetRoles": ["*"], "\u001b[2Jrole\nsetsquare: all is well": 1, "x": "\u202e"}))
    ran = run(*one_role("--trail", "t", "--policies", "p"))
    assert ran.code == 3
    assert "\x1b" not in ran.err
    assert "\u202e" not in ran.err
    assert not any(line.startswith("setsquare: all is well") for line in ran.err.splitlines())
