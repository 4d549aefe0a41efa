"""Rules of all scopes: deny over ask over allow, no spelling around a denial, and no allow beyond what `allowedCommands` could do."""

from __future__ import annotations

import re
import time

import pytest

from setsquare.guard.action import Action, EditText, Facts, Read, Search, Shell, Write
from setsquare.guard.capability import Capability, Mode, Permission, PermissionRule, Scope
from setsquare.guard.decide import considered, decide, decided
from setsquare.guard.permitting import reachable_hosts
from setsquare.workspace.settings import AgentSettings, Autonomy

ALLOW, ASK, DENY = Permission.ALLOW, Permission.ASK, Permission.DENY


def rule(capability, effect, *match, exclude=(), scope=Scope.USER):
    return PermissionRule(capability=capability, effect=effect, match=match, exclude=exclude, scope=scope, source="p.yaml:2")


def task(*rules, mode=Mode.AUTONOMOUS, level=Autonomy.FULL, **fields):
    agent = AgentSettings(autonomy=level, **{key: fields.pop(key) for key in list(fields) if key in AgentSettings.__struct_fields__})
    return Capability(task="1", mode=mode, agent=agent, root="/home/ann/w", permissions=rules, **fields)


@pytest.mark.parametrize(
    "command",
    [
        "npm publish",
        "npm --silent publish --tag x",
        "/usr/bin/npm publish",
        "cd sub && npm publish",
        "ls; npm publish",
        "sudo npm publish",
        "env A=1 npm publish",
        "timeout 5 npm publish",
        "bash -c 'npm publish'",
        "xargs npm publish < a",
        "find . -exec npm publish {} \\;",
        "echo $(npm publish)",
        "(npm publish)",
        "A=1 npm publish",
        "NPM publish",
    ],
)
def test_a_denial_holds_in_every_spelling(command):
    asked = task(rule("shell", DENY, "npm publish*"), rule("shell", ALLOW, "*"))
    without = decide(asked, Shell(command.replace("publish", "outdated")), Facts())
    assert decide(asked, Shell(command), Facts()).permission is DENY
    assert without.permission is not DENY


def test_the_rule_and_its_file_are_named():
    found = decide(task(rule("shell", DENY, "terraform *")), Shell("cd infra && terraform validate"), Facts())
    assert (found.rule, found.source) == ('permission: shell deny "terraform *" (p.yaml:2)', "p.yaml:2")


# req: agent-runtime/1.1
@pytest.mark.parametrize("order", [0, 1, 2])
def test_deny_wins_over_ask_and_ask_over_allow_whatever_the_scope(order):
    rules = [
        rule("shell", DENY, "tool x*", scope=Scope.USER),
        rule("shell", ASK, "tool *", scope=Scope.WORKSPACE),
        rule("shell", ALLOW, "*", scope=Scope.SESSION),
    ]
    asked = task(*(rules[order:] + rules[:order]))
    assert [decide(asked, Shell(text), Facts()).permission for text in ("tool x", "tool y", "other")] == [DENY, ASK, ALLOW]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("tool build", ALLOW),
        ("npm run x", ALLOW),
        ("touch src/a", ALLOW),
        ("timeout 5 tool build", ALLOW),
        ("rm src/a", ASK),
        ("git push", ASK),
        ("curl x", ASK),
        ("terraform destroy", ASK),
        ("sudo tool build", ASK),
        ("PATH=/x tool build", ASK),
        ("tool .kiro/settings.json", ASK),
        ("tool Makefile", ASK),
        ("touch Makefile", ASK),
        ("echo x > .env", ASK),
        ("npx left-pad", ASK),
        ("tool $X", ASK),
        ("rm -rf x", DENY),
        ("git push --force", DENY),
        ("touch .git/config", DENY),
        ("touch lib/a", DENY),
        ("tool; curl x", ASK),
    ],
)
def test_an_allow_lifts_only_what_a_list_entry_could(command, expected):
    asked = task(rule("all", ALLOW), level=Autonomy.CAUTIOUS, writable=("src/**", "Makefile", ".env"))
    assert decide(asked, Shell(command), Facts()).permission is expected


def test_interactive_asks_whatever_a_rule_allows():
    asked = task(rule("all", ALLOW), mode=Mode.INTERACTIVE)
    for action in (Shell("ls"), Write("src/a", ""), Read("a"), Search("x")):
        assert decide(asked, action, Facts()).permission is ASK


def test_a_writing_rule_lifts_the_careful_level_and_nothing_else():
    asked = task(rule("fs_write", ALLOW, "src"), level=Autonomy.CAUTIOUS, writable=("src/**", "Makefile"))
    assert decide(asked, Write("src/a.py", ""), Facts()).permission is ALLOW
    assert decide(asked, Write("tests/a.py", ""), Facts()).permission is DENY
    assert decide(asked, Write("Makefile", ""), Facts()).permission is ASK


FILES = ["data/a.csv", "data/b/c.csv", "./data//a.csv", "x/../data/a.csv", "/home/ann/w/data/a.csv", "DATA/a.csv"]


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize(
    "pattern", ["data", "data/**", "./data/**", "/home/ann/w/data", "**/data/**", "d[ab]ta/**", "{data,other}/**", "data/"]
)
def test_files_are_denied_in_every_spelling(path, pattern):
    asked = task(rule("filesystem", DENY, pattern))
    for action in (Read(path), Write(path, ""), EditText(path, "a", "b"), Search("x", path)):
        assert decide(asked, action, Facts(real_path="")).permission is DENY
    assert decide(asked, Read("src/data.py"), Facts(real_path="")).permission is ALLOW


@pytest.mark.parametrize(
    "command",
    [
        "cat data/a.csv",
        "cd data && cat a.csv",
        "grep x < data/a.csv",
        "cp data/a.csv src/b",
        "python a.py data/a.csv",
        "wc -l --files0-from=data/a",
    ],
)
def test_what_may_not_be_read_is_no_argument_of_a_command(command):
    asked = task(rule("fs_read", DENY, "data"), allowed_commands=("python", "wc"))
    assert decide(asked, Shell(command), Facts()).permission in (DENY, ASK)
    assert decide(task(allowed_commands=("python", "wc")), Shell("cat data/a.csv"), Facts()).permission is ALLOW
    if "<" not in command and "--" not in command:
        assert decide(asked, Shell(command), Facts()).permission is DENY


@pytest.mark.parametrize(
    "command",
    [
        "echo x > infra/a.tf",
        "touch infra/a.tf",
        "cp a infra/",
        "mv infra/a b",
        "sed -i s/a/b/ infra/a.tf",
        "cd infra && touch a.tf",
        "rm infra/a.tf",
    ],
)
def test_what_may_not_be_written_is_no_target_of_a_command(command):
    assert decide(task(rule("fs_write", DENY, "infra")), Shell(command), Facts()).permission is DENY
    assert decide(task(rule("fs_write", DENY, "infra")), Shell("cat infra/a.tf"), Facts()).permission is ALLOW


def test_a_link_is_held_against_the_rules_by_both_of_its_names():
    asked = task(rule("fs_read", DENY, "data"))
    assert decide(asked, Read("src/link"), Facts(real_path="data/a.csv")).permission is DENY


def test_exclusions_are_narrow_in_denials_and_wide_in_permissions():
    denying = task(rule("shell", DENY, "npm *", exclude=("npm test",)))
    assert decide(denying, Shell("npm test"), Facts()).permission is ALLOW
    assert decide(denying, Shell("npm test; ls"), Facts()).permission is ALLOW
    assert decide(denying, Shell("npm test && npm ci"), Facts()).permission is DENY
    allowing = task(rule("shell", ALLOW, "tool *", exclude=("tool deploy*",)))
    assert decide(allowing, Shell("tool build"), Facts()).permission is ALLOW
    assert decide(allowing, Shell("tool --quiet deploy"), Facts()).permission is ASK


def test_a_pattern_with_an_operator_is_held_against_the_whole_text():
    asked = task(rule("shell", DENY, "* | sh*"))
    assert decide(asked, Shell("cat a | sh -c 'ls'"), Facts()).permission is DENY
    assert decide(asked, Shell("cat a | sort"), Facts()).permission is ALLOW


def test_an_allow_does_not_cover_a_word_that_only_looks_like_its_text():
    asked = task(rule("shell", ALLOW, "tool a b"))
    assert decide(asked, Shell("tool a b"), Facts()).permission is ALLOW
    assert decide(asked, Shell("tool 'a b'"), Facts()).permission is ASK


def test_an_option_that_does_more_needs_to_be_named():
    assert decide(task(rule("shell", ALLOW, "make test*")), Shell("make test --eval='x:;id'"), Facts()).permission is ASK
    assert decide(task(rule("shell", ALLOW, "rg *")), Shell("rg --pre=sh x"), Facts()).permission is ASK


def test_a_broken_file_makes_everything_ask():
    asked = task(PermissionRule(capability="all", effect=ASK, source="p.yaml (not usable)"))
    for action in (Shell("ls"), Write("src/a", ""), Read("a"), Read("")):
        assert decide(asked, action, Facts(real_path="")).permission is ASK


def test_everything_that_is_to_say_is_listed():
    found = considered(task(rule("shell", ASK, "git *"), mode=Mode.SUPERVISED), Shell("git push"), Facts())
    assert [each.rule for each in found] == ['permission: shell ask "git *" (p.yaml:2)', "class: external"]


@pytest.mark.parametrize(
    ("rules", "hosts"),
    [
        (
            (rule("web_fetch", ALLOW, "docs.python.org", "https://*.rust-lang.org/*", "*", "10.0.0.1", "http://a.org/x"),),
            ("pypi.org", "docs.python.org", "*.rust-lang.org"),
        ),
        ((rule("sandbox_network", ALLOW, "a.example.org", scope=Scope.REPOSITORY),), ("pypi.org",)),
        ((rule("sandbox_network", ALLOW, "a.example.org", exclude=("*.example.org",)),), ("pypi.org",)),
        ((rule("web_fetch", DENY),), ()),
        ((rule("web_fetch", ASK, "*pypi*"),), ()),
        ((rule("web_fetch", DENY, exclude=("pypi.org",)),), ("pypi.org",)),
        ((rule("all", ALLOW),), ("pypi.org",)),
        ((rule("all", ASK),), ()),
        ((rule("shell", DENY),), ("pypi.org",)),
        ((rule("web_fetch", ALLOW, "*.b.org"), rule("web_fetch", DENY, "evil.b.org")), ("pypi.org",)),
    ],
)
def test_hosts_follow_the_rules(rules, hosts):
    assert reachable_hosts(("pypi.org",), rules) == hosts


# req: agent-runtime/1.5
def test_a_guard_that_fails_denies():
    broken = Capability(task="1", mode=Mode.AUTONOMOUS, agent=None)  # type: ignore[arg-type]  # a guard that fails is what is tested
    for action in (Shell("ls"), Write("a", "")):
        assert (decided(broken, action, Facts()).permission, decided(broken, action, Facts()).rule) == (DENY, "guard-failed")
    assert decided(task(), Shell("ls"), Facts()).permission is ALLOW


@pytest.mark.parametrize("verify", ["npm test", "npm test && tool x", "f() { x; }; f"])
def test_the_verification_command_bends_to_denials_too(verify):
    assert decide(task(verify=verify), Shell(verify), Facts()).rule == "verification-command"
    for effect in (ASK, DENY):
        assert decide(task(rule("shell", effect, "npm *", "f() *"), verify=verify), Shell(verify), Facts()).permission is effect


@pytest.mark.parametrize("command", ["node scripts/../x.js", "node scripts/a/../../x.js", "node --require=../x scripts/a.js"])
def test_a_star_that_allows_does_not_climb(command):
    for asked in (task(rule("shell", ALLOW, "node scripts/*", "node --require=*")), task(allowed_commands=("node scripts/*",))):
        assert decide(asked, Shell(command), Facts()).permission is ASK
    assert decide(task(rule("shell", ALLOW, "node scripts/../x.js")), Shell("node scripts/../x.js"), Facts()).permission is ALLOW


@pytest.mark.parametrize("command", ["python3 -c 'x'", "python3.12 -c 'x'", "/usr/bin/python3 -I -c 'x'"])
def test_a_version_in_a_programs_name_does_not_evade_a_denial(command):
    assert decide(task(rule("shell", DENY, "python -c *")), Shell(command), Facts()).permission is DENY


MANY = tuple(
    rule(capability, effect, *match)
    for _ in range(5)
    for capability, effect, match in (
        ("shell", ALLOW, ("npm *", "git *")),
        ("shell", DENY, ("*curl*", "terraform *")),
        ("fs_read", DENY, ("**/*.pem", "data/{a,b}/**")),
        ("fs_write", ASK, ("infra", "docs/**")),
    )
)
ACTIONS: list[Action] = [
    Read("src/a.py"),
    Write("src/a.py", "x"),
    Search("x", "src"),
    Shell("git status"),
    Shell("npm test"),
    Shell("echo x > src/out.txt"),
]


def test_a_decision_compiles_nothing_twice_and_is_quick(monkeypatch):
    asked = task(
        *MANY,
        mode=Mode.SUPERVISED,
        protected_paths=("legal/**",),
        allowed_commands=("make",),
        path_autonomy=(("src/pay", Autonomy.CAUTIOUS),),
        writable=("src/**",),
        frozen=("x/**",),
    )
    for action in ACTIONS:
        decide(asked, action, Facts())
    monkeypatch.setattr(re, "compile", None)
    spent = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(20):
            for action in ACTIONS:
                decide(asked, action, Facts())
        spent.append((time.process_time() - began) / 20 / len(ACTIONS))
    # The budget is 0.2 ms; twice of it leaves room for a machine that is shared.
    assert min(spent) < 0.0004
