"""The table of modes and levels, and benign commands that must not be blocked."""

from __future__ import annotations

import pytest

from setsquare.guard.action import EditText, Facts, ListFiles, Read, Search, Shell, Write
from setsquare.guard.capability import Capability, Mode, Permission
from setsquare.guard.decide import decide, is_raisable
from setsquare.workspace.settings import AgentSettings, Autonomy

ALLOW, ASK, DENY = Permission.ALLOW, Permission.ASK, Permission.DENY


def _capability(mode=Mode.AUTONOMOUS, level=Autonomy.BALANCED, writable=(), verify="", **agent):
    return Capability(task="1", mode=mode, agent=AgentSettings(autonomy=level, **agent), writable=writable, verify=verify, root="/w")


READS = [
    "ls -la | head",
    "git status",
    "git status --short --branch",
    "git --no-pager log --oneline -n 5",
    "git log -p --stat -- src/a.py",
    "git diff HEAD~1",
    "git show HEAD:src/a.py",
    "git branch",
    "git branch -vv",
    "git branch --show-current",
    "git remote -v",
    "git stash list",
    "git rev-parse HEAD",
    "git blame src/a.py",
    "git ls-files | wc -l",
    "git tag --list 'v*'",
    "git grep -n foo",
    "git grep -n '.env'",
    "grep -rn '.env' src",
    "grep -c x /dev/null",
    "ls src/*.py",
    'grep -rn "foo; rm -rf /" src',
    "grep -rn 'git push --force' docs",
    "grep -n '\\.env' src/a.py",
    "grep -rnE 'a|b' src || true",
    "rg -n --glob '*.py' 'class .*Error'",
    "cat src/a.py tests/test_a.py",
    "cat .env.example",
    "cat src/*.py",
    "cat .kiro/specs/auth/tasks.md",
    "head -n 20 src/a.py; tail -5 src/a.py",
    "find . -name '*.py' -not -path './.git/*'",
    "find src -type f -newer a | sort | uniq -c | sort -rn | head -3",
    "sed -n '1,20p' src/a.py",
    "sed 's/a/b/g' src/a.py",
    "wc -l src/a.py 2>/dev/null",
    "ls src 2>&1 >/dev/null",
    "echo 'rm -rf x'",
    'echo "never run rm -rf /"',
    'echo "$HOME" && pwd',
    "cd src && ls",
    "test -f src/a.py && echo yes || echo no",
    "[ -d src ] && ls src",
    "[[ -f a ]] && [[ ! -d b ]] && cat a",
    "if [ -f a ]; then cat a; else echo none; fi",
    "for f in a b; do echo $f; done",
    "case a in a|b) echo yes ;; *) echo no ;; esac",
    "(cd src; ls)",
    "X=1; echo $X",
    "diff src/a.py src/b.py",
    "tree -L 2 src",
    "stat src/a.py",
    "python --version && node --version",
    "command -v python3",
    "which pytest",
    "tar -tzf a.tar.gz",
    "jq '.a/.b' package.json",
    "cut -d / -f 1 a",
    "cat /w/src/a.py",
    "ls &> /dev/null",
    "/bin/ls -la",
    "env DEBUG=1 ls",
    "time ls",
    "set -euo pipefail; ls",
    "cat <<'EOF'\nrm -rf $(x)\nEOF",
    "# look around\nls # here",
    "ls \\\n  -la",
    "date +%F",
    "true",
]

CHECKS = [
    "npm test -- --testPathPattern=auth",
    "npm run test:unit",
    "npm run lint && npm run build",
    "python -m pytest -q tests/test_x.py",
    "python3 -B -m pytest -x -k 'not slow'",
    "python3.12 -W error -m pytest",
    ".venv/bin/python -m pytest -q",
    "pytest -q tests/test_x.py::test_y -p no:cacheprovider",
    "pytest tests/test_migrations.py",
    "python -m unittest discover -s tests",
    "CI=1 npm test",
    "PYTHONUNBUFFERED=1 python -m pytest",
    "timeout 60 pytest -q 2>&1 | tail -20",
    "bash -c 'pytest -q'",
    "cd sub && npm test",
    "ruff check src",
    "ruff format --check .",
    "mypy --strict src",
    "black --check .",
    "npx tsc --noEmit",
    "npx jest src/auth",
    "npx eslint src",
    "node_modules/.bin/jest",
    "cargo test --all",
    "cargo clippy -- -D warnings",
    "go test ./... -count=1 -run TestX",
    "go vet ./...",
    "make test",
    "make -j4 check",
    "uv run pytest -q",
    "poetry run mypy src",
    "bundle exec rspec",
    "./gradlew test",
    "mvn test",
    "dotnet test",
    "tsc -p .",
    "shellcheck a.sh",
    "gofmt -l .",
]

WRITES = [
    "touch src/new.py",
    "mkdir -p src/a/b",
    "mkdir -p src/{a,b}",
    "cp src/a.py src/b.py",
    "mv src/a.py src/b.py",
    "sed -i 's/a/b/' src/a.py",
    "echo x > src/a.txt",
    "echo x >> src/a.txt",
    "printf 'a\\n' | tee src/a.txt",
    "cat <<'EOF' > src/a.py\nimport os\nEOF",
    "cat > src/a.py <<EOF\nx = 1\nEOF",
    "black src",
    "ruff check --fix src",
    "prettier --write src",
    "npx prettier --write src",
    "gofmt -w .",
    "cargo fmt",
    "npm run format",
    "cp -r src/a src/b",
    "black src/a.py",
    "cp a . && cp a src/",
]

INSTALLS = [
    "npm ci",
    "npm install --save-dev jest",
    "pip install -r requirements.txt",
    "python -m pip install -e .",
    "go mod tidy",
    "cargo add --dev serde",
    "uv sync",
]
ASKS = [
    "rm a",
    "curl x",
    "git push",
    "git add -A",
    "git commit -m 'x'",
    "python a.py",
    "node a.js",
    "make",
    "./run.sh",
    "npm start",
    "git commit -m 'stop rm -rf x'",
    "git commit -am 'ignore .env'",
    "cargo add serde",
    "pip install left-pad",
    "npm i left-pad --save",
]
TABLE = {
    "read": (READS, (ALLOW, ALLOW, ALLOW)),
    "check": (CHECKS, (ASK, ALLOW, ALLOW)),
    "write": (WRITES, (ASK, ALLOW, ALLOW)),
    "install": (INSTALLS, (ASK, ASK, ALLOW)),
    "others": (ASKS, (ASK, ASK, ASK)),
}


# req: guarded-run/1.1
@pytest.mark.parametrize(("kind", "command"), [(kind, command) for kind, (commands, _) in TABLE.items() for command in commands])
def test_benign_commands_get_what_the_table_says(kind, command):
    for level, expected in zip(Autonomy, TABLE[kind][1], strict=True):
        decision = decide(_capability(level=level), Shell(command), Facts())
        assert decision.permission is expected, decision
        assert decide(_capability(mode=Mode.INTERACTIVE, level=level), Shell(command), Facts()).permission is ASK


@pytest.mark.parametrize("command", INSTALLS)
def test_supervised_asks_before_dependency_changes(command):
    assert decide(_capability(mode=Mode.SUPERVISED, level=Autonomy.FULL), Shell(command), Facts()).rule == "dependency-change"


@pytest.mark.parametrize(
    ("entry", "command", "expected"),
    [
        ("npm test", "npm test -- -x", ALLOW),
        ("npm test", "npm testx", ASK),
        ("npm test", "npm test; curl x", ASK),
        ("node scripts/*.js", "node scripts/a.js", ALLOW),
        ("node scripts/*.js", "node a.js", ASK),
        ("pip install", "pip install x", ALLOW),
        ("python tool.py", "python tool.py .kiro/settings.json", ASK),
        ("python tool.py", "python tool.py Makefile", ASK),
        ("rm", "rm a", ASK),
        ("git push", "git push", ASK),
        ("curl", "curl x", ASK),
        ("touch", "touch Makefile", ASK),
        ("touch", "touch src/a", ALLOW),
        ("tool", "timeout 5 tool", ALLOW),
        ("tool", "sudo tool", ASK),
        ("tool", "A=1 tool", ALLOW),
        ("tool", "PATH=/x tool", ASK),
        ("npm publish", "npm publish", DENY),
        ("rm -rf", "rm -rf x", DENY),
    ],
)
def test_allowed_commands_lift_what_may_be_lifted(entry, command, expected):
    capability = _capability(level=Autonomy.CAUTIOUS, allowed_commands=(entry,))
    assert decide(capability, Shell(command), Facts()).permission is expected


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("level", Autonomy)
def test_the_verification_command_is_allowed_unless_forbidden(mode, level):
    found = decide(_capability(mode, level, verify="f() { x; }; f"), Shell(" f() { x; }; f "), Facts())
    assert found.rule == ("mode: interactive" if mode is Mode.INTERACTIVE else "verification-command")
    assert decide(_capability(mode, level, verify="rm -rf x"), Shell("rm -rf x"), Facts()).permission is DENY
    assert decide(_capability(mode, level, verify="tool"), Shell("tool; tool"), Facts()).permission is ASK


def test_a_broken_forbidden_list_denies_every_command():
    assert decide(_capability(denies_all_commands=True), Shell("ls"), Facts()).rule == "all-commands-denied"


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("level", Autonomy)
def test_writes_follow_the_table(mode, level):
    decision = decide(_capability(mode, level), Write("src/a.py", "x"), Facts())
    expected = ASK if mode is Mode.INTERACTIVE or level is Autonomy.CAUTIOUS else ALLOW
    assert decision.permission is expected


@pytest.mark.parametrize("facts", [Facts(exists=True, old_lines=40, changed_lines=21), Facts(changed_lines=201), Facts(deleted_lines=51)])
def test_large_rewrites_ask_at_balanced(facts):
    action = EditText("src/a.py", "x", "y")
    assert decide(_capability(), action, facts).rule == "large-rewrite"
    assert decide(_capability(level=Autonomy.FULL), action, facts).permission is ALLOW


# req: guarded-run/1.4
@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (".kiro/settings.json", "denied-path"),
        (".kiro/settings/mcp.json", "denied-path"),
        (".kiro/specs/a/tasks.md", "denied-path"),
        (".Kiro/Specs/a/tasks.md", "denied-path"),
        (".kiro/task-log.md", "denied-path"),
        ("sub/.kiro/mcp.json", "denied-path"),
        (".git/hooks/pre-commit", "denied-path"),
        (".GIT/config", "denied-path"),
        (".git./config", "denied-path"),
        (".git /config", "denied-path"),
        ("GIT~1/config", "denied-path"),
        (".git::$INDEX_ALLOCATION/config", "denied-path"),
        ("\uff0egit/config", "denied-path"),
        (".setsquare/approvals/a.jsonl", "denied-path"),
        ("openspec/specs/a/spec.md", "denied-path"),
        ("specs/001-a/tasks.md", "denied-path"),
        ("src/../.git/config", "denied-path"),
        ("/w/.git/config", "denied-path"),
        (".g\u200cit/config", "ambiguous-path"),
        ("src\\..\\.git\\config", "ambiguous-path"),
        ("a\nb", "ambiguous-path"),
        ("", "ambiguous-path"),
        ("..", "outside-workspace"),
        ("../x", "outside-workspace"),
        ("src/../../x", "outside-workspace"),
        ("/etc/passwd", "outside-workspace"),
        ("/w2/x", "outside-workspace"),
        ("~/x", "outside-workspace"),
    ],
)
def test_some_paths_are_never_written(path, rule):
    decision = decide(_capability(level=Autonomy.FULL), Write(path, "x"), Facts())
    assert (decision.permission, decision.rule) == (DENY, rule)


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        (".env", "secret-path"),
        ("a/.env.local", "secret-path"),
        ("certs/a.PEM", "secret-path"),
        ("id_rsa.bak", "secret-path"),
        (".env.example", "protected-path"),
        (".kiro/hooks/a.md", "protected-path"),
        (".kiro/steering/product.md", "protected-path"),
        (".kiroignore", "protected-path"),
        ("AGENTS.md", "protected-path"),
        ("sub/CLAUDE.md", "protected-path"),
        (".vscode/settings.json", "protected-path"),
        (".idea/workspace.xml", "protected-path"),
        ("x.code-workspace", "protected-path"),
        ("docs/CODEOWNERS", "protected-path"),
        (".github/workflows/ci.yml", "runs-later"),
        ("conftest.py", "runs-later"),
        ("Makefile", "runs-later"),
        ("package.json", "runs-later"),
        ("infra/main.tf", "protected-path"),
        ("Infra/main.tf", "protected-path"),
    ],
)
def test_some_paths_always_ask(path, rule):
    capability = _capability(level=Autonomy.FULL, protected_paths=("infra/**",), allowed_commands=("touch",))
    decision = decide(capability, Write(path, "x"), Facts())
    assert (decision.permission, decision.rule) == (ASK, rule)


@pytest.mark.parametrize(
    "path", ["src/a.py", "tests/test_a.py", "docs/a.md", "src/environment.py", "src/keys.py", "src/git/config.py", "design.md", "a b.txt"]
)
def test_ordinary_files_are_written_at_full_autonomy(path):
    assert decide(_capability(level=Autonomy.FULL), Write(path, "x"), Facts()).permission is ALLOW


def test_symbolic_links_are_judged_by_where_they_lead():
    capability = _capability(level=Autonomy.FULL)
    for action in (Read("a"), Write("a", "x"), EditText("a", "x", "y"), ListFiles("a"), Search("x", "a")):
        assert decide(capability, action, Facts(real_path=None)).rule == "outside-workspace"
    assert decide(capability, Write("a", "x"), Facts(real_path=".git/config")).rule == "denied-path"
    assert decide(capability, Read("a"), Facts(real_path="sub/.env")).rule == "secret-path"


@pytest.mark.parametrize(("path", "is_link"), [("a", True), ("../a", False), ("/etc/a", False)])
def test_a_place_outside_is_denied_and_called_a_link_only_when_it_is_one(path, is_link):
    found = decide(_capability(level=Autonomy.FULL), Write(path, "x"), Facts(real_path=None))
    assert (found.permission, found.rule) == (DENY, "outside-workspace")
    assert ("symbolic link" in found.reason) is is_link


def test_scope():
    scoped = {"writable": ("src/**",), "level": Autonomy.FULL}
    assert decide(_capability(**scoped), Write("src/a.py", ""), Facts()).permission is ALLOW
    assert decide(_capability(**scoped), Write("lib/a.py", ""), Facts()).permission is DENY
    assert decide(_capability(mode=Mode.SUPERVISED, **scoped), Write("lib/a.py", ""), Facts()).permission is ASK
    assert decide(_capability(**scoped), Shell("mv src/a.py lib/a.py"), Facts()).rule == "out-of-scope"
    assert decide(_capability(**scoped), Shell("cd src && echo x > ../lib/a.py"), Facts()).permission is not ALLOW


def test_limit_of_edits():
    capability = _capability(level=Autonomy.FULL, max_file_edits_per_task=2)
    facts = Facts(changed_files=("a", "b"))
    decision = decide(capability, Write("c", ""), facts)
    assert (decision.permission, decision.rule, is_raisable(decision)) == (DENY, "max-file-edits", True)
    assert decide(capability, Write("a", ""), facts).permission is ALLOW
    assert decide(capability, Shell("touch c"), facts).rule == "max-file-edits"
    assert decide(_capability(max_file_edits_per_task=0), Write("c", ""), Facts()).permission is DENY


def test_new_files():
    capability = _capability(level=Autonomy.FULL, requires_approval_for_new_files=True)
    assert decide(capability, Write("src/a", ""), Facts(exists=False)).rule == "new-file"
    assert decide(capability, Write("src/a", ""), Facts(exists=True)).permission is ALLOW
    assert decide(capability, Shell("touch src/a"), Facts()).rule == "new-file"


def test_broken_protected_paths_make_every_write_ask():
    assert decide(_capability(level=Autonomy.FULL, asks_for_all_writes=True), Write("src/a", ""), Facts()).rule == "all-writes-ask"


def test_a_remote_schema_asks():
    decision = decide(_capability(level=Autonomy.FULL), Write("a.json", '{"$schema": "https://evil/x.json"}'), Facts())
    assert decision.rule == "remote-schema"
    assert decide(_capability(level=Autonomy.FULL), Write("a.json", '{"$schema": "./x.json"}'), Facts()).permission is ALLOW


def test_supervised_asks_for_manifests():
    assert (
        decide(_capability(mode=Mode.SUPERVISED, level=Autonomy.FULL), Write("requirements.txt", ""), Facts()).rule == "dependency-change"
    )


@pytest.mark.parametrize("path", [".env", "a/.ENV.production", "id_rsa", "~/.ssh/id_rsa", ".git/config", "x.key"])
def test_secrets_are_not_read(path):
    assert decide(_capability(level=Autonomy.FULL), Read(path), Facts()).permission is DENY


@pytest.mark.parametrize(
    "action", [Read("src/a.py"), ListFiles(), Search("x"), Read(".env.example"), Read("id_rsa.pub"), Read(".kiro/specs/a/tasks.md")]
)
def test_the_workspace_is_read(action):
    for level in Autonomy:
        assert decide(_capability(level=level), action, Facts()).permission is ALLOW
        assert decide(_capability(mode=Mode.INTERACTIVE, level=level), action, Facts()).permission is ASK


@pytest.mark.parametrize(("mode", "expected"), [(Mode.INTERACTIVE, ASK), (Mode.SUPERVISED, ASK), (Mode.AUTONOMOUS, DENY)])
@pytest.mark.parametrize(
    "action", [Write("src/a.py", "x"), EditText("src/a.py", "a", "b"), Shell("sed -i s/a/b/ src/a.py"), Shell("echo x > src/a.py")]
)
def test_somebodys_uncommitted_changes_are_not_taken_along(mode, expected, action):
    capability = _capability(mode, Autonomy.FULL, writable=("src/**",))
    found = decide(capability, action, Facts(exists=True, real_path="src/a.py", uncommitted_files=frozenset({"src/a.py"})))
    assert found.permission is expected
    if mode is not Mode.INTERACTIVE:
        assert found.rule == "uncommitted-edits"
        assert "commit" in found.reason
    other = decide(capability, action, Facts(exists=True, real_path="src/a.py", uncommitted_files=frozenset({"src/b.py"})))
    assert other.rule != "uncommitted-edits"


def test_a_link_to_a_file_with_uncommitted_changes_counts_too():
    facts = Facts(exists=True, real_path="src/a.py", uncommitted_files=frozenset({"src/a.py"}))
    assert decide(_capability(level=Autonomy.FULL), Write("src/link.py", "x"), facts).rule == "uncommitted-edits"
