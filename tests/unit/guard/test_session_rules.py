"""Rules that a person gives for one run."""

from __future__ import annotations

import pytest

from setsquare.guard.action import Facts, Shell, Write
from setsquare.guard.capability import Capability, Mode, Permission, PermissionRule, Scope
from setsquare.guard.decide import decided
from setsquare.guard.session_rules import BadRule, session_rule
from setsquare.workspace.settings import AgentSettings, Autonomy


def task(*entries: str, files: tuple[PermissionRule, ...] = (), agent: AgentSettings | None = None) -> Capability:
    rules = tuple(rule for entry in entries if isinstance(rule := session_rule(entry), PermissionRule))
    assert len(rules) == len(entries)
    settings = agent or AgentSettings(autonomy=Autonomy.BALANCED)
    return Capability(task="1", mode=Mode.SUPERVISED, agent=settings, writable=("src/**",), permissions=(*files, *rules), root="/w")


def shell(capability: Capability, command: str) -> tuple[str, str]:
    found = decided(capability, Shell(command), Facts())
    return found.permission.value, found.source


# req: agent-runtime/1.7
def test_a_deny_tightens():
    assert shell(task(), "ls")[0] == "allow"
    assert shell(task("deny ls*"), "ls") == ("deny", 'this run: --deny "ls*"')
    assert shell(task("deny shell"), "pytest")[0] == "deny"
    wrote = decided(task("deny fs_write:src/gen/**"), Write("src/gen/a.py", "x"), Facts(real_path="src/gen/a.py"))
    assert (wrote.permission, wrote.source) == (Permission.DENY, 'this run: --deny "fs_write:src/gen/**"')


def test_an_allow_lifts_what_would_ask():
    assert shell(task(), "npm install left-pad")[0] == "ask"
    assert shell(task("allow make *"), "make all")[0] == "allow"


@pytest.mark.parametrize("scope", [Scope.ADMINISTRATOR, Scope.USER, Scope.REPOSITORY, Scope.AGENT])
@pytest.mark.parametrize("effect", [Permission.DENY, Permission.ASK])
def test_an_allow_widens_nothing_that_a_file_says(scope, effect):
    held = PermissionRule(capability="shell", effect=effect, match=("make *",), scope=scope, source="p.yaml:2")
    assert shell(task("allow make *", files=(held,)), "make all") == (effect.value, "p.yaml:2")


@pytest.mark.parametrize("command", ["git push --force", "rm -rf /", "cat .env"])
def test_an_allow_opens_no_forbidden_command_and_no_secret(command):
    assert shell(task("allow *", "allow all"), command)[0] == "deny"


def test_an_allow_leaves_the_scope_and_protected_files_alone():
    for path in ("docs/a.md", ".kiro/settings.json"):
        found = decided(task("allow fs_write:**"), Write(path, "x"), Facts(real_path=path))
        assert found.permission is not Permission.ALLOW, path


def test_of_both_the_deny_wins():
    assert shell(task("allow make *", "deny make clean*"), "make clean")[0] == "deny"


@pytest.mark.parametrize("entry", ["allow ", "deny shell:", "deny fs_wirte:docs/**", "allow !npm", "deny a\nb", "allow " + "x" * 3_000])
def test_what_is_not_understood_is_no_rule(entry):
    assert isinstance(session_rule(entry), BadRule)


def test_names_and_commands_with_a_colon():
    rule = session_rule("allow npm run test:unit")
    assert isinstance(rule, PermissionRule)
    assert (rule.capability, rule.match) == ("shell", ("npm run test:unit",))
    host = session_rule("deny https://evil.example/*")
    assert isinstance(host, PermissionRule)
    assert host.capability == "shell"
    home = session_rule("deny fs_read:~/notes/**", "/home/ada")
    assert isinstance(home, PermissionRule)
    assert home.match == ("/home/ada/notes/**",)


@pytest.mark.parametrize(
    "command",
    [
        "watch -n 1 git push",
        "watch 'git push'",
        "strace -f -o x git push",
        "su root -c 'git push'",
        "script -qc'git push' log",
        "systemd-run --user --wait env A=1 git push",
        "parallel 'git push' ::: a b",
        "flock src/lock sh -c 'git push'",
    ],
)
def test_a_deny_holds_behind_programs_that_run_others(command):
    assert shell(task("allow *", "deny git push*"), command) == ("deny", 'this run: --deny "git push*"')


def test_an_allow_of_such_a_program_covers_what_it_runs():
    assert shell(task("allow watch *"), "watch npm test")[0] == "allow"
    assert shell(task("allow watch *"), "watch 'npm test; rm -rf x'")[0] == "deny"
    assert shell(task("allow *"), "watch $X")[0] == "ask"
    assert shell(task(), "parallel gzip ::: " + "a " * 300)[0] == "ask"
