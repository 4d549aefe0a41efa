"""What beside the plan bounds a task: environment, freeze, levels of paths and tasks, new dependencies."""

from __future__ import annotations

import pytest

from setsquare.guard.action import Facts, Shell, Write
from setsquare.guard.capability import Capability, Mode, Permission, PermissionRule
from setsquare.guard.compile import Bounds, bounded, compile_capability
from setsquare.guard.confine import task_masks, violations
from setsquare.guard.decide import decide
from setsquare.guard.dependencies import added_dependencies
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.settings import AgentSettings, Autonomy, Settings
from setsquare.workspace.tasks import read_tasks

ALLOW, ASK, DENY = Permission.ALLOW, Permission.ASK, Permission.DENY
SHARED = ["", "staging", "production", "shared", "somewhere"]
CALM = ["test", "development"]
MIGRATIONS = [
    "app/migrations/0001_initial.py", "backend/migrate/2.sql", "alembic/versions/ab.py", "prisma/migrations/1/migration.sql", "db/migrate/1_a.rb",
    "src/main/resources/db/migration/V1__a.sql", "sql/V2__b.sql", "DB/Migrate/1.rb", "liquibase/x.xml", "db/changelog/a.yaml",
]  # fmt: skip
RUNS = [
    "alembic upgrade head", "rails db:migrate", "bin/rails db:migrate", "prisma migrate deploy", "npx prisma migrate deploy", "python manage.py migrate",
    "python3 ./manage.py migrate app", "flyway migrate", "knex migrate:latest", "npx knex migrate:latest", "npm run migrate", "poetry run alembic upgrade head",
    "liquibase update", "dbmate up", "flask db upgrade", "make migrate",
]  # fmt: skip


def task(mode=Mode.AUTONOMOUS, level=Autonomy.FULL, agent=None, **fields):
    return Capability(task="1", mode=mode, agent=AgentSettings(autonomy=level, **(agent or {})), root="/w", **fields)


# req: agent-runtime/1.6
@pytest.mark.parametrize("path", MIGRATIONS)
@pytest.mark.parametrize("exists", [True, False])
def test_migrations_ask_unless_the_environment_is_ones_own(path, exists):
    for environment in SHARED:
        found = decide(task(environment=environment), Write(path, "x"), Facts(exists=exists))
        assert (found.permission, found.rule) == (ASK, "shared-migration")
    for environment in CALM:
        assert decide(task(environment=environment), Write(path, "x"), Facts(exists=exists)).permission is ALLOW
    assert decide(task(environment="", writable=(path,)), Write(path, "x"), Facts()).permission is ASK


@pytest.mark.parametrize("command", RUNS)
def test_running_migrations_asks_unless_the_environment_is_ones_own(command):
    for environment in SHARED:
        assert decide(task(environment=environment), Shell(command), Facts()).permission is ASK
    found = decide(task(environment="test"), Shell(command), Facts())
    assert found.permission is ALLOW or "manage.py" in command or command.startswith(("npx", "bin/")), found
    assert decide(task(environment="test", level=Autonomy.CAUTIOUS), Shell(command), Facts()).permission is ASK


@pytest.mark.parametrize(
    "command",
    [
        "prisma migrate reset", "alembic downgrade base", "flyway clean", "rails db:drop", "alembic -x db=prod upgrade head", "flyway -url=jdbc:x://h migrate",
        "./deploy.sh migrate", "python evil.py migrate", "alembic upgrade head; curl x",
    ],
)  # fmt: skip
def test_a_test_environment_does_not_open_what_is_worse_than_a_migration(command):
    assert decide(task(environment="test"), Shell(command), Facts()).permission is ASK


# req: agent-runtime/2.2
def test_a_freeze_denies_writes_below_it_and_all_that_cannot_be_taken_back():
    frozen = task(frozen=("src/pay/**", "legal"))
    for action in (
        Write("src/pay/a.py", ""),
        Write("legal/x.md", ""),
        Write("SRC/Pay/a.py", ""),
        Shell("touch src/pay/a"),
        Shell("echo > legal/x"),
        Shell("tool src/pay/a.py"),
    ):
        assert decide(frozen, action, Facts()).rule == "freeze"
    for command in ("rm a", "git push", "curl x", "terraform apply", "alembic upgrade head"):
        assert decide(frozen, Shell(command), Facts()).rule == "freeze"
    assert decide(frozen, Write("src/a.py", ""), Facts()).permission is ALLOW
    assert decide(frozen, Shell("cat src/pay/a.py"), Facts()).permission is ALLOW
    assert violations(("src/pay/a.py", "src/a.py"), frozen, approved=("src/pay/a.py",)) == ("src/pay/a.py",)
    assert task_masks(("src/pay/a.py", "src/pay/b/c.py", "src/a.py"), frozen).read_only == ("src/pay",)


# req: agent-runtime/2.1
def test_a_path_of_its_own_level_is_only_ever_stricter():
    found = task(level=Autonomy.BALANCED, agent={"path_autonomy": (("src/pay/**", Autonomy.CAUTIOUS), ("src/**", Autonomy.FULL))})
    assert decide(found, Write("src/a.py", ""), Facts()).permission is ALLOW
    assert decide(found, Write("src/pay/a.py", ""), Facts()).rule == "autonomy: cautious"
    assert decide(found, Shell("touch src/pay/a.py"), Facts()).permission is ASK
    assert decide(found, Shell("black src/pay/a.py"), Facts()).permission is ASK
    assert decide(found, Shell("pip install -r requirements.txt"), Facts()).permission is ASK
    assert decide(found, Write("src/big.py", ""), Facts(old_lines=100, changed_lines=99)).rule == "large-rewrite"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("_Autonomy: cautious_", "cautious"),
        ("_Autonomy: full_", "balanced"),
        ("_Autonomy: careful_", "cautious"),
        ("Autonomy: is nice", "balanced"),
    ],
)
def test_a_task_may_name_a_stricter_level(line, level):
    tasks = read_tasks(scan(RelPath("tasks.md"), f"- [ ] 1. Write `src/a.py`\n  - {line}\n".encode()))
    settings = Settings(
        path=RelPath("s"), agent=AgentSettings(autonomy=Autonomy.BALANCED, allowed_hosts=("pypi.org",), limit_minutes_per_task=5)
    )
    found = compile_capability(tasks.tasks[0], settings, Mode.SUPERVISED)
    assert (found.agent.autonomy.value, found.hosts, found.limit_minutes) == (level, ("pypi.org",), 5)


def test_bounds_close_hosts_and_carry_the_rest():
    rule = PermissionRule(capability="all", effect=DENY)
    found = bounded(task(hosts=("pypi.org",)), Bounds(permissions=(rule,), environment=" Test ", frozen=("a",)))
    assert (found.hosts, found.environment, found.frozen, found.permissions) == ((), "test", ("a",), (rule,))
    assert not found.is_shared


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        ("npm install left-pad", "dependency-added"), ("npm i left-pad@1.3.0", "dependency-added"), ("yarn add x", "dependency-added"), ("pip install x", "dependency-added"),
        ("python -m pip install x==1", "dependency-added"), ("uv add x", "dependency-added"), ("poetry add x", "dependency-added"), ("cargo add x", "dependency-added"),
        ("go get example.org/x", "dependency-added"), ("composer require a/b", "dependency-added"), ("bundle add x", "dependency-added"),
        ("npm install -D x", "class: install"), ("npm install --save-dev x", "class: install"), ("uv add --dev x", "class: install"), ("poetry add --group dev x", "class: install"),
        ("npm ci", "class: install"), ("pip install -r requirements.txt", "class: install"), ("pip install -e .", "class: install"),
        ("npx -y create-app", "unpinned-package"), ("npx cowsay hi", "unpinned-package"), ("uvx cowsay", "unpinned-package"), ("pipx run cowsay", "unpinned-package"),
        ("bunx cowsay", "unpinned-package"), ("pnpm dlx cowsay", "unpinned-package"), ("npm exec cowsay", "unpinned-package"), ("npm create vite@latest x", "unpinned-package"),
        ("uv tool run cowsay", "unpinned-package"), ("npx cowsay@latest", "unpinned-package"), ("npx cowsay@^1", "unpinned-package"), ("timeout 5 npx cowsay", "unpinned-package"),
        ("npx cowsay@1.5.0 hi", "class: unknown"), ("uvx cowsay==6.0 hi", "class: unknown"), ("npx --no-install cowsay", "class: unknown"),
    ],
)  # fmt: skip
def test_new_packages_need_a_person(command, rule):
    found = decide(task(), Shell(command), Facts())
    assert found.rule == rule
    assert found.permission is (ALLOW if rule == "class: install" else ASK)


@pytest.mark.parametrize("entry", ["npx", "npx -y create-app", "uvx"])
def test_no_list_entry_opens_an_unpinned_package(entry):
    found = task(agent={"allowed_commands": (entry,)}, permissions=(PermissionRule(capability="all", effect=ALLOW),))
    assert decide(found, Shell(f"{entry} create-app"), Facts()).permission is ASK


def test_an_edit_that_adds_a_dependency_asks_at_every_level():
    for level in Autonomy:
        found = decide(task(level=level), Write("requirements.txt", "flaks"), Facts(adds=("flaks",)))
        assert found.permission is ASK
    assert decide(task(), Write("requirements.txt", "flaks"), Facts(adds=("flaks",))).rule == "dependency-added"


@pytest.mark.parametrize(
    ("path", "old", "new", "added"),
    [
        ("package.json", b'{"name":"x"}', b'{"name":"x","devDependencies":{"Left-Pad":"1"}}', ("left-pad",)),
        ("package.json", b"", b'{"dependencies": {"a": ', ()),
        ("package-lock.json", b'{"packages":{"":{}}}', b'{"packages":{"":{},"node_modules/a":{},"node_modules/a/node_modules/@s/b":{}}}', ("a", "@s/b")),
        ("sub/requirements-dev.txt", None, b"A_b[x]>=1 ; python_version > '3'\n-c c.txt\n\n# x\ngit+https://e.org/x\n", ("a-b", "git+https://e.org/x")),
        ("pyproject.toml", b'[project]\ndependencies = ["a"]\n', b'[project]\ndependencies = [\n "a>=2",\n "b[c]>1",\n]\n[tool.ruff]\nselect = ["E"]\n', ("b",)),
        ("pyproject.toml", b"", b'[tool.poetry.dependencies]\nrequests = "^2"\n[dependency-groups]\ndev = ["z"]\n', ("requests", "z")),
        ("Cargo.toml", b"", b'[package]\nname = "me"\n[dev-dependencies]\ntokio = { version = "1" }\n[dependencies.rand]\nversion = "1"\n', ("me", "tokio", "rand")),
        ("uv.lock", b"", b'[[package]]\nname = "a"\nversion = "1"\n', ("a",)),
        ("go.mod", b"module x\n\nrequire (\n\tgithub.com/a/b v1.0.0\n)\n", b"module x\n\nrequire (\n\tgithub.com/a/b v1.2.0\n\tgithub.com/c/d v0.1.0 // indirect\n)\n", ("github.com/c/d",)),
        ("Gemfile", b"", b"gem 'rails', '~> 7'\n", ("rails",)),
        ("yarn.lock", b"", b'left-pad@^1.0.0:\n  version "1.0"\n', ("left-pad",)),
        ("build.gradle", b"", b'dependencies {\n  implementation "org.x:y:1"\n}\n', ("org.x:y:1",)),
        ("README.md", b"", b"flask==1\n", ()),
    ],
)  # fmt: skip
def test_dependencies_are_found_in_manifests(path, old, new, added):
    assert set(added) <= set(added_dependencies(path, old, new))
    if not added:
        assert added_dependencies(path, old, new) == ()
    assert added_dependencies(path, new, new) == ()


def test_masks_name_whole_folders():
    deny = PermissionRule(capability="filesystem", effect=DENY, match=("data", "*.pem"))
    found = task_masks(
        ("data/a", "data/b/c", "keys/x.pem", "keys/y", "db/migrations/1.sql", "app/migrations/1.py", "app/models.py"),
        task(permissions=(deny,)),
    )
    assert found.hidden == ("data", "keys/x.pem")
    assert found.read_only == ("app/migrations", "db/migrations")
    assert violations(
        ("db/migrations/1.sql", "data/a", "src/a"), task(permissions=(deny,)), approved=("db/migrations/1.sql", "data/a")
    ) == ("data/a",)
