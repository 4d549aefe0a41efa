"""A permission file is read whole or not at all; what is not understood makes everything ask."""

from __future__ import annotations

import pytest

from setsquare.guard.action import Facts, Read, Shell
from setsquare.guard.capability import Capability, Mode, Permission, Scope
from setsquare.guard.decide import decided
from setsquare.guard.permission_reader import PermissionFile, read_permissions
from setsquare.workspace.settings import AgentSettings, Autonomy

GOOD = b"""# my rules
rules:
  - {capability: shell, effect: allow, match: ["npm *"], exclude: ["npm publish*"]}
  - capability: fs_read
    effect: deny
    match:
      - "**/.env"
      - '**/*.pem'
  - capability: mcp
    effect: ask
"""


def read(raw: bytes, path: str = "p.yaml", scope: Scope = Scope.USER, home: str = "") -> PermissionFile:
    return read_permissions(raw, path, scope, home=home)


def test_a_file_is_read_with_the_line_of_every_rule():
    found = read(GOOD)
    assert [(rule.capability, rule.effect.value, rule.match, rule.exclude, rule.source) for rule in found.rules] == [
        ("shell", "allow", ("npm *",), ("npm publish*",), "p.yaml:3"),
        ("fs_read", "deny", ("**/.env", "**/*.pem"), (), "p.yaml:4"),
        ("mcp", "ask", (), (), "p.yaml:9"),
    ]
    assert not found.problems


@pytest.mark.parametrize(
    "raw", [b"", b"# nothing\n", b"rules:\n", b"rules: []\n", b"\xef\xbb\xbfrules: []\n", b"version: '0.1'\nmetadata: {a: b}\n"]
)
def test_a_file_without_rules_says_nothing(raw: bytes):
    assert (read(raw).rules, read(raw).problems) == ((), ())


def test_the_enterprise_dialect_has_the_same_rules():
    raw = b'version: "0.1"\nmetadata: {name: house}\nrules:\n- {id: one, capability: shell, effect: deny, match: ["terraform *"]}\nsettings: {}\n'
    assert [(rule.capability, rule.effect) for rule in read(raw).rules] == [("shell", Permission.DENY)]
    assert not read(raw).problems


BROKEN = [
    b"rules: [",
    b"\xff\xfe",
    b"- a\n- b\n",
    b"just text",
    b"rules: {a: b}\n",
    b"rules: no\n",
    b"rules:\n- shell\n",
    b"rules:\n- {capability: shell}\n",
    b"rules:\n- {effect: deny}\n",
    b"rules:\n- {capability: shell, effect: forbid}\n",
    b"rules:\n- {capability: terminal, effect: deny}\n",
    b"rules:\n- {capability: shell, effect: allow, excludes: ['rm *']}\n",
    b"rules:\n- {capability: shell, effect: deny, match: [['a']]}\n",
    b"rules:\n- {capability: shell, effect: deny, match: ['']}\n",
    b"rules:\n- {capability: shell, effect: deny, match: {a: b}}\n",
    b"rules:\n- {capability: [shell], effect: deny}\n",
    b"rules:\n- {capability: shell, effect: deny, effect: allow}\n",
    b"rules: []\nrules: []\n",
    b"rules: []\npermissions: {rules: []}\n",
    b"version: '7'\nrules: []\n",
    b"rules: []\n---\nrules: []\n",
    b"rules:\n- !!python/object/apply:os.system ['x']\n",
    b"rules: &a [*a]\n",
    b"rules:\n- {<<: {capability: shell}, effect: deny}\n",
    b"a: " * 3000,
    b"[" * 5000,
    b"rules:\n" + b"- {capability: shell, effect: ask}\n" * 9000,
]


@pytest.mark.parametrize("raw", BROKEN, ids=lambda raw: repr(raw[:40]))
def test_a_file_that_is_not_understood_makes_everything_ask(raw: bytes):
    found = read(raw)
    assert [(rule.capability, rule.effect, rule.match) for rule in found.rules] == [("all", Permission.ASK, ())]
    assert found.rules[0].source == "p.yaml (not usable)"
    assert len(found.problems) == 1
    assert found.problems[0].reason


def test_what_is_not_known_allows_nothing_and_leaves_the_rest():
    raw = b"colour: red\nrules:\n- {capability: teleport, effect: allow}\n- {capability: shell, effect: allow, match: []}\n- {capability: shell, effect: deny}\n"
    found = read(raw)
    assert [rule.effect for rule in found.rules] == [Permission.DENY]
    assert [problem.line for problem in found.problems] == [1, 3, 4] or sorted(problem.line for problem in found.problems) == [1, 3, 4]


# req: agent-runtime/1.2
@pytest.mark.parametrize("scope", [Scope.ADMINISTRATOR, Scope.REPOSITORY])
def test_an_allow_has_no_effect_where_it_may_not_stand(scope: Scope):
    found = read(GOOD, scope=scope)
    assert [rule.effect for rule in found.rules] == [Permission.DENY, Permission.ASK]
    assert [(problem.line, problem.is_refused_allow) for problem in found.problems] == [(3, True)]


def test_the_administrators_file_is_json_with_comments():
    raw = b'{\n  // house rules\n  "permissions": {"rules": [\n    {"capability": "shell", "effect": "deny", "match": "curl *"}\n  ]}\n}\n'
    found = read(raw, "/etc/kiro/managed-settings.json", Scope.ADMINISTRATOR)
    assert [(rule.match, rule.source) for rule in found.rules] == [(("curl *",), "/etc/kiro/managed-settings.json:4")]
    for broken in (b"{", b'{"rules": [], "rules": []}', b"[" * 60_000):
        assert read(broken, "m.json", Scope.ADMINISTRATOR).rules[0].capability == "all"


def test_the_home_folder_is_written_out():
    raw = b"rules:\n- {capability: fs_write, effect: deny, match: ['~/w/src/**', '~x']}\n"
    assert read(raw, home="/home/ann/").rules[0].match == ("/home/ann/w/src/**", "~x")


@pytest.mark.parametrize("text", ["Rules:\n  - {capability: shell, effect: deny}\n", "deny:\n  - {capability: shell, match: ['rm *']}\n"])
def test_rules_below_another_key_make_everything_ask(text):
    file = read_permissions(text.encode(), "p.yaml", Scope.USER)
    assert [(rule.capability, rule.effect) for rule in file.rules] == [("all", Permission.ASK)]


@pytest.mark.parametrize("effect", ["deny", "ask"])
def test_a_pattern_that_seems_to_negate_makes_everything_ask(effect):
    text = f"rules:\n  - {{capability: fs_write, effect: {effect}, match: ['!src/**']}}\n"
    file = read_permissions(text.encode(), "p.yaml", Scope.USER)
    assert [(rule.capability, rule.effect) for rule in file.rules] == [("all", Permission.ASK)]
    assert "exclude" in file.problems[0].reason


POLICY = """{"version": "0.1", "rules": [
  {"id": "a", "capability": "shell", "effect": "ask", "match": ["npm *"], "exclude": ["npm publish*"]},
  {"id": "b", "capability": "shell", "effect": "allow", "match": ["git status"]},
  {"id": "c", "capability": "fs_read", "effect": "deny", "match": ["secret/**"]},
  {"id": "d", "capability": "all", "effect": "ask", "match": ["x"]}]}"""


def closed(raw: str, scope: Scope = Scope.ADMINISTRATOR) -> Capability:
    rules = read_permissions(raw.encode(), "managed-settings.json", scope).rules
    return Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(autonomy=Autonomy.FULL), permissions=rules, root="/w")


# req: agent-runtime/1.8
@pytest.mark.parametrize(
    ("command", "permission"),
    [("npm ci", "ask"), ("git status", "allow"), ("ls", "deny"), ("npm publish", "deny"), ("git log && ls", "deny")],
)
def test_a_policy_that_names_a_tool_denies_the_rest_of_it(command, permission):
    assert decided(closed(POLICY), Shell(command), Facts()).permission.value == permission


def test_elsewhere_and_in_another_version_it_does_not():
    assert decided(closed(POLICY, Scope.USER), Shell("ls"), Facts()).permission.value == "allow"
    assert decided(closed(POLICY.replace('"0.1"', '"1"')), Shell("ls"), Facts()).permission.value == "allow"


def test_a_rule_that_denies_closes_no_more_than_it_says():
    facts = Facts(exists=True, real_path="src/a.py")
    assert decided(closed(POLICY), Read("src/a.py"), facts).permission.value == "allow"
    assert decided(closed(POLICY), Read("secret/a"), Facts(exists=True, real_path="secret/a")).permission.value == "deny"
