"""Knows which files an agent may never change, which need a person, and which it may not read.

Source: settings.md § 10; safety.md AT04 to AT06, AT09, AT10, AT12, AT20, AT42, AT43.
"""

from __future__ import annotations

import enum
import sys
import unicodedata
from collections.abc import Iterable

from msgspec import Struct

from setsquare.guard.globs import GlobSet, compiled
from setsquare.guard.paths import folded


class Protection(enum.Enum):
    """How a path is protected, from the strictest: by the platform, as a secret, as a rule or instruction, as code that others run later."""

    DENIED = "denied-path"
    SECRET = "secret-path"  # noqa: S105  (a rule's name)
    PROTECTED = "protected-path"
    RUNS_LATER = "runs-later"
    NONE = ""


def _built_in(globs: Iterable[str]) -> GlobSet:
    """Compile globs that are compared with folded paths."""
    return compiled(glob.casefold() for glob in globs)


def _anywhere(folders: str) -> tuple[str, ...]:
    """Cover folders or files at any depth, with all that is below them."""
    return tuple(glob for folder in folders.split() for glob in (f"**/{folder}", f"**/{folder}/**"))


_DENIED_FOLDERS = ".git .setsquare .kiro/settings .kiro/settings.json .kiro/mcp.json .kiro/permissions.yaml .kiro/permissions.yml .kiro/specs .kiro/task-log.md"
_DENIED = _built_in(
    (
        *_anywhere(_DENIED_FOLDERS),
        "openspec",
        "openspec/**",
        "**/openspec/{changes,specs}/**",
        "**/specs/**/{requirements,bugfix,design,tasks,spec,plan}.md",
    )
)
# Folders that hold denied files: replacing or moving them would replace what is in them.
_DENIED_PARENTS = _built_in(("**/.kiro", "**/openspec"))
_SECRET = _built_in(
    (
        *(
            ".env",
            ".env.*",
            ".env-*",
            ".env_*",
            ".envrc",
            "*.env",
            "*.pem",
            "*.key",
            "*.p12",
            "*.pfx",
            "*.jks",
            "*.keystore",
            "*.ppk",
            "*.kdbx",
        ),
        *(
            "id_rsa*",
            "id_dsa*",
            "id_ecdsa*",
            "id_ed25519*",
            ".netrc",
            "_netrc",
            ".pgpass",
            ".pypirc",
            ".npmrc",
            ".git-credentials",
            ".htpasswd",
        ),
        *("**/.git/config", "**/.git/credentials", "**/.docker/config.json", "**/.kube/config", "**/.aws/**", "**/.ssh/**", "**/.gnupg/**"),
        *(
            "credentials.json",
            "service-account*.json",
            "service_account*.json",
            "secrets.{json,yml,yaml,toml,env}",
            "*.tfvars",
            "*.tfstate",
        ),
    )
)
_NOT_SECRET = _built_in(
    (".env.{example,sample,template,dist,schema}", "{example,sample,template}.env", "*.pub", "*.{example,sample,template}")
)
_PROTECTED = _built_in(
    (
        *(".env*", "*.pem", "*.key", "id_rsa*", ".kiroignore", "CODEOWNERS", ".gitmodules", ".gitconfig", ".mailmap"),
        # What decides which files git, and with it a checkpoint, sees; and what makes a folder a bare repository with its own commands.
        *(".gitignore", ".gitattributes", "HEAD"),
        *_anywhere(".kiro .specify .vscode .idea .fleet .zed .devcontainer .cursor .windsurf .clinerules .claude .gemini .amazonq .codex"),
        *_anywhere(".continue .roo .junie .opencode .qwen .agents .factory .augment .trae"),
        *(
            "AGENTS.md",
            "AGENT.md",
            "CLAUDE.md",
            "CLAUDE.local.md",
            "GEMINI.md",
            "QWEN.md",
            ".cursorrules",
            ".windsurfrules",
            ".clinerules",
            ".rules",
        ),
        *("copilot-instructions.md", "*.instructions.md", "*.prompt.md", "*.chatmode.md", ".aider*", ".mcp.json", "mcp.json", "*.mcp.json"),
        *("*.code-workspace", ".editorconfig", ".dir-locals.el", ".exrc", ".nvimrc", ".vimrc", "*.sublime-project"),
    )
)
_RUNS_LATER = _built_in(
    (
        *_anywhere(
            ".github .gitlab .circleci .buildkite .woodpecker .teamcity .tekton .forgejo .gitea .husky .githooks git-hooks .bundle .yarn"
        ),
        *(
            ".gitlab-ci*.yml",
            ".travis.yml",
            "azure-pipelines*.y*ml",
            "Jenkinsfile*",
            "bitbucket-pipelines.yml",
            ".drone.y*ml",
            ".woodpecker.y*ml",
        ),
        *(
            "buildspec*.y*ml",
            "cloudbuild*.y*ml",
            "appveyor.yml",
            ".appveyor.yml",
            ".cirrus.y*ml",
            ".pre-commit-config.y*ml",
            "lefthook*.y*ml",
        ),
        *(
            ".lefthook*.y*ml",
            ".lintstagedrc*",
            ".huskyrc*",
            ".overcommit.yml",
            "Makefile*",
            "GNUmakefile",
            "*.mk",
            "[Jj]ustfile",
            "Taskfile.y*ml",
        ),
        *(
            "Rakefile",
            "*.rake",
            "Gemfile",
            "Vagrantfile",
            "Dockerfile*",
            "*.dockerfile",
            "Containerfile*",
            "docker-compose*.y*ml",
            "compose*.y*ml",
        ),
        *(
            "conftest.py",
            "sitecustomize.py",
            "usercustomize.py",
            "*.pth",
            "setup.py",
            "setup.cfg",
            "pyproject.toml",
            "tox.ini",
            "pytest.ini",
        ),
        *("noxfile.py", "dodo.py", "fabfile.py", "package.json", ".pnpmfile.cjs", ".yarnrc*", ".npmrc", "binding.gyp", "build.rs"),
        *(
            "*.config.{js,cjs,mjs,ts,mts,cts}",
            ".eslintrc*",
            ".prettierrc*",
            ".babelrc*",
            ".mocharc*",
            ".swcrc",
            "[Gg]runtfile.*",
            "[Gg]ulpfile.*",
        ),
        *("**/.cargo/config*", "build.gradle*", "settings.gradle*", "gradle.properties", "gradlew*", "mvnw*", "pom.xml", "CMakeLists.txt"),
        *("configure", "configure.ac", "meson.build", "BUILD.bazel", "WORKSPACE*", ".bazelrc", "mix.exs", "rebar.config", "composer.json"),
        *(
            ".tool-versions",
            ".python-version",
            ".nvmrc",
            ".ruby-version",
            "mise*.toml",
            ".mise*.toml",
            ".envrc",
            "*.service",
            "crontab",
            "Procfile*",
        ),
        *(".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv", ".inputrc", "**/.config/**"),
    )
)
_MANIFESTS = _built_in(
    (
        *(
            "package.json",
            "package-lock.json",
            "npm-shrinkwrap.json",
            "yarn.lock",
            "pnpm-lock.yaml",
            "bun.lock*",
            "requirements*.txt",
            "requirements/*.txt",
        ),
        *(
            "constraints*.txt",
            "pyproject.toml",
            "setup.py",
            "setup.cfg",
            "Pipfile*",
            "poetry.lock",
            "uv.lock",
            "pdm.lock",
            "go.mod",
            "go.sum",
            "Cargo.toml",
        ),
        *(
            "Cargo.lock",
            "Gemfile*",
            "*.gemspec",
            "composer.*",
            "pom.xml",
            "build.gradle*",
            "*.csproj",
            "packages.config",
            "mix.exs",
            "mix.lock",
            "Podfile*",
        ),
        *("Package.swift", "environment.y*ml", "deno.json*", "pubspec.*"),
    )
)

_MIGRATIONS = _built_in(
    (
        *("**/migrations/**", "**/migrate/**", "**/alembic/versions/**", "**/db/changelog/**", "**/liquibase/**", "**/flyway/**"),
        *("**/db/migration/**", "**/schema_migrations/**", "**/sqitch/{deploy,revert,verify}/**"),
        *("V[0-9]*__*.sql", "[RU]__*.sql", "U[0-9]*__*.sql", "db.changelog*.{xml,sql,yaml,yml,json}"),
    )
)

_TEST_PROGRAMS = frozenset(
    {"pytest", "_pytest", "pluggy", "coverage", "nose", "nose2", "tox", "nox", "hypothesis", "mypy", "ruff", "behave", "trial"}
)


# req: guarded-run/1.4
def protection(path: str, protected_paths: tuple[str, ...] = ()) -> Protection:
    r"""Tell how a path is protected against writing; `protected_paths` are the workspace's own globs.

    >>> [
    ...     protection(path).value
    ...     for path in (".kiro/settings.json", "a/.GIT/hooks/pre-commit", ".env.local", "AGENTS.md", "conftest.py", "src/a.py")
    ... ]
    ['denied-path', 'denied-path', 'secret-path', 'protected-path', 'runs-later', '']
    """
    return protection_by(path, listed(protected_paths))


class Listed(Struct, frozen=True):
    """A workspace's own protective globs, compiled as written and for folded paths."""

    plain: GlobSet
    tolerant: GlobSet

    def covers(self, path: str) -> bool:
        """Tell whether a glob covers a path in any spelling; one that cannot be compiled covers everything."""
        return bool(self.plain.broken) or self.plain.matches(path) or self.tolerant.matches(folded(path))


def listed(globs: tuple[str, ...]) -> Listed:
    """Compile protective globs once for many paths.

    >>> listed(("infra/**",)).covers("Infra/Main.tf")
    True
    """
    return Listed(compiled(globs), compiled(folded_glob(glob) for glob in globs))


def protection_by(path: str, own: Listed) -> Protection:
    """Tell the same with globs that were compiled before.

    >>> protection_by("infra/main.tf", listed(("infra/**",))).value
    'protected-path'
    """
    name = folded(path)
    if _DENIED.matches(name) or _DENIED_PARENTS.matches(name):
        return Protection.DENIED
    if _SECRET.matches(name) and not _NOT_SECRET.matches(name):
        return Protection.SECRET
    if _PROTECTED.matches(name) or own.covers(path):
        return Protection.PROTECTED
    return Protection.RUNS_LATER if _RUNS_LATER.matches(name) or shadows_module(name) else Protection.NONE


def shadows_module(path: str) -> bool:
    """Tell whether a file at the top takes the place of a module of Python or of its test programs: `python -m` looks there first.

    >>> (
    ...     shadows_module("unittest.py"),
    ...     shadows_module("pytest/__main__.py"),
    ...     shadows_module("src/unittest.py"),
    ...     shadows_module("test/__init__.py"),
    ... )
    (True, True, False, False)
    """
    first, _, rest = path.partition("/")
    name = first.removesuffix(".py") if not rest and first.endswith(".py") else first if rest in ("__init__.py", "__main__.py") else ""
    return name in _TEST_PROGRAMS or (name in sys.stdlib_module_names and name != "test")


def is_listed(path: str, globs: tuple[str, ...]) -> bool:
    """Tell whether a protective glob covers a path in any spelling; a glob that cannot be compiled covers everything.

    >>> is_listed("Infra/Main.tf", ("infra/**",)), is_listed("src/a.py", ("infra/**",))
    (True, False)
    """
    return bool(globs) and listed(globs).covers(path)


def folded_glob(glob: str) -> str:
    """Fold a glob as `folded` folds a path, keeping its anchor and its special characters.

    >>> folded_glob("./Infra/**")
    './infra/**'
    """
    anchor = "./" if glob.startswith(("./", "/")) else ""
    return anchor + unicodedata.normalize("NFKC", glob.casefold()).removeprefix("./").lstrip("/")


def is_secret(path: str) -> bool:
    """Tell whether a file's content must not reach a model. A model is never shown secrets, whoever would say yes.

    >>> is_secret("deploy/.ENV"), is_secret(".env.example"), is_secret("keys/id_ed25519"), is_secret("src/environment.py")
    (True, False, True, False)
    """
    name = folded(path)
    return _SECRET.matches(name) and not _NOT_SECRET.matches(name)


def is_manifest(path: str) -> bool:
    """Tell whether a file says which dependencies a project has.

    >>> is_manifest("package.json"), is_manifest("src/package.py")
    (True, False)
    """
    return _MANIFESTS.matches(folded(path))


def is_lock_file(path: str) -> bool:
    """Tell whether a file is a package manager's own record of what the manifests lead to.

    >>> is_lock_file("web/package-lock.json"), is_lock_file("uv.lock"), is_lock_file("package.json")
    (True, True, False)
    """
    name = folded(path).rpartition("/")[2]
    return is_manifest(path) and (name.endswith((".lock", ".lockb", ".sum", "-lock.json", "-lock.yaml")) or name == "npm-shrinkwrap.json")


def is_migration(path: str) -> bool:
    """Tell whether a file changes databases that others share when it is run: it stands in a folder of migrations, or is named like one.

    >>> (
    ...     is_migration("app/migrations/0001_initial.py"),
    ...     is_migration("db/migrate/2_add.rb"),
    ...     is_migration("sql/V2__add.sql"),
    ...     is_migration("src/a.py"),
    ... )
    (True, True, True, False)
    """
    return _MIGRATIONS.matches(folded(path))
