"""Tells what a repository is from its file names and manifests: languages, test command, frameworks, folders."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from setsquare.text.document import decode
from setsquare.text.paths import base_name
from setsquare.text.toml_table import toml_table

MANIFESTS = (
    "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "pytest.ini", "tox.ini", "package.json", "Cargo.toml", "go.mod", "pom.xml",
    "build.gradle", "build.gradle.kts", "Gemfile", "composer.json", "mix.exs", "Makefile", "README.md", "README.rst", "README", "deno.json",
)  # fmt: skip
"""Files at the top of a repository whose content is read."""

_LANGUAGES = {
    "py": "Python", "ts": "TypeScript", "tsx": "TypeScript", "js": "JavaScript", "jsx": "JavaScript", "mjs": "JavaScript", "go": "Go", "rs": "Rust",
    "java": "Java", "kt": "Kotlin", "rb": "Ruby", "php": "PHP", "cs": "C#", "swift": "Swift", "c": "C", "h": "C", "cpp": "C++", "cc": "C++",
    "hpp": "C++", "scala": "Scala", "ex": "Elixir", "exs": "Elixir", "dart": "Dart", "vue": "Vue", "svelte": "Svelte", "sh": "Shell",
    "tf": "Terraform", "sol": "Solidity", "lua": "Lua", "hs": "Haskell", "clj": "Clojure", "jl": "Julia", "r": "R", "sql": "SQL",
}  # fmt: skip

_FRAMEWORKS = {
    "fastapi": "FastAPI", "flask": "Flask", "django": "Django", "starlette": "Starlette", "click": "click", "typer": "Typer", "sqlalchemy": "SQLAlchemy",
    "pydantic": "pydantic", "pytest": "pytest", "hypothesis": "Hypothesis", "react": "React", "next": "Next.js", "vue": "Vue", "nuxt": "Nuxt",
    "svelte": "Svelte", "@angular/core": "Angular", "express": "Express", "@nestjs/core": "NestJS", "hono": "Hono", "fastify": "Fastify",
    "jest": "Jest", "vitest": "Vitest", "mocha": "Mocha", "@playwright/test": "Playwright", "tailwindcss": "Tailwind CSS", "prisma": "Prisma",
    "electron": "Electron", "vite": "Vite", "axum": "axum", "actix-web": "Actix Web", "tokio": "Tokio", "serde": "serde", "clap": "clap",
    "github.com/gin-gonic/gin": "Gin", "github.com/labstack/echo/v4": "Echo", "github.com/spf13/cobra": "Cobra", "spring-boot": "Spring Boot",
    "rails": "Ruby on Rails", "rspec": "RSpec", "laravel/framework": "Laravel", "phpunit/phpunit": "PHPUnit", "phoenix": "Phoenix",
}  # fmt: skip


_DEPENDENCIES = r"(?i)dependenc|^require(-dev)?$|^imports$"
_PROSE = re.compile(r"""\s*(#|//|["']?(long_|short_)?(description|summary|keywords|classifiers)\b)""", re.IGNORECASE)


class Repository(Struct, frozen=True, kw_only=True):
    """What was recognised. `languages` come most used first with their file counts; `test_command` is empty when none is certain."""

    name: str
    summary: str = ""
    languages: tuple[tuple[str, int], ...] = ()
    frameworks: tuple[str, ...] = ()
    test_command: str = ""
    folders: tuple[tuple[str, int], ...] = ()
    manifests: tuple[str, ...] = ()


def recognise(name: str, paths: Iterable[str], manifests: Mapping[str, bytes], tests: Iterable[bytes] = ()) -> Repository:
    """Recognise a repository from all its paths, the bytes of its top manifests, and of some of its Python test files.

    >>> recognise("app", ["pyproject.toml", "tests/test_a.py"], {"pyproject.toml": b"[tool.pytest.ini_options]"}).test_command
    'python3 -m pytest -q'
    """
    listed = tuple(paths)
    suffixes = Counter(base_name(path).rpartition(".")[2].lower() for path in listed if "." in base_name(path))
    languages: Counter[str] = Counter()
    for suffix, count in suffixes.items():
        if suffix in _LANGUAGES:
            languages[_LANGUAGES[suffix]] += count
    folders = Counter(path.partition("/")[0] for path in listed if "/" in path)
    return Repository(
        name=name,
        summary=_summary(manifests),
        languages=tuple(sorted(languages.items(), key=lambda item: (-item[1], item[0]))[:6]),
        frameworks=_frameworks(manifests),
        test_command=_test_command(listed, manifests, tuple(tests)),
        folders=tuple(sorted((name, count) for name, count in folders.items() if not name.startswith("."))[:20]),
        manifests=tuple(name for name in MANIFESTS if name in manifests and not name.startswith("README")),
    )


def _summary(manifests: Mapping[str, bytes]) -> str:
    """Take the first prose paragraph of the README, at most 400 characters."""
    for name in ("README.md", "README.rst", "README"):
        for paragraph in re.split(r"\n\s*\n", decode(manifests.get(name, b"")).replace("\r\n", "\n")):
            line = " ".join(paragraph.split())
            if len(line) > 30 and line[0].isalpha() and "](" not in line[:40]:
                return line if len(line) <= 400 else line[:397].rsplit(" ", 1)[0] + " …"
    return ""


def _dependencies(manifests: Mapping[str, bytes]) -> str:
    """Join the text of all manifests that name dependencies."""
    return "\n".join(decode(raw) for name, raw in manifests.items() if not name.startswith(("README", "Makefile")))


def _frameworks(manifests: Mapping[str, bytes]) -> tuple[str, ...]:
    """List the frameworks that the manifests depend on, in the table's order."""
    text = "\n".join(_named(name, raw) for name, raw in manifests.items() if not name.startswith(("README", "Makefile"))).lower()
    return tuple(label for key, label in _FRAMEWORKS.items() if re.search(rf"(?<![\w./@-]){re.escape(key)}(?![\w/-])", text))


def _named(name: str, raw: bytes) -> str:
    """Give the part of a manifest that names dependencies; a description may say anything.

    >>> _named("package.json", b'{"description": "react", "dependencies": {"vue": "3"}}')
    'vue'
    """
    text = decode(raw)
    if not name.endswith((".toml", ".json")):
        return "\n".join(line for line in text.splitlines() if not _PROSE.match(line))
    try:
        manifest = toml_table(text) if name.endswith(".toml") else json.loads(text)
        return "\n".join(_below(manifest, is_inside=False))
    except (ValueError, RecursionError):
        return ""


def _below(value: object, *, is_inside: bool) -> Iterator[str]:
    """Give the names in every table or list of dependencies: keys of tables, entries of lists."""
    if isinstance(value, dict):
        for key, item in value.items():
            named = re.search(_DEPENDENCIES, str(key)) is not None
            if is_inside:
                yield str(key)
            if isinstance(item, (dict, list)):
                yield from _below(item, is_inside=is_inside or named)
    elif isinstance(value, list) and is_inside:
        yield from (item for item in value if isinstance(item, str))


def _test_command(paths: tuple[str, ...], manifests: Mapping[str, bytes], tests: tuple[bytes, ...]) -> str:
    """Name the command that runs the tests, if one is certain."""
    for command, is_certain in (
        ("python3 -m pytest -q", _has_pytest(paths, manifests) or _are_plain_functions(tests)),
        (_unittest_command(paths), _has_python_tests(paths)),
        (_node_command(paths, manifests), "package.json" in manifests),
        ("cargo test", "Cargo.toml" in manifests),
        ("go test ./...", "go.mod" in manifests),
        ("./gradlew test", "gradlew" in paths),
        ("mvn -q test", "pom.xml" in manifests),
        ("bundle exec rspec", "Gemfile" in manifests and any(path.startswith("spec/") for path in paths)),
        ("composer test", b'"test"' in manifests.get("composer.json", b"")),
        ("mix test", "mix.exs" in manifests),
        ("dotnet test", any(path.endswith((".sln", ".csproj")) for path in paths)),
        ("make test", re.search(rb"^test\s*:", manifests.get("Makefile", b""), re.MULTILINE) is not None),
    ):
        if is_certain and command:
            return command
    return ""


def _has_python_tests(paths: tuple[str, ...]) -> bool:
    """Tell whether files look like Python tests."""
    return any(is_python_test(path) for path in paths)


def _unittest_command(paths: tuple[str, ...]) -> str:
    """Name the command that finds the tests: a folder that is no package must be named, else no test runs and none fails."""
    folders = sorted({path.partition("/")[0] for path in paths if "/" in path and is_python_test(path)})
    loose = [folder for folder in folders if f"{folder}/__init__.py" not in paths]
    start = f" -s {loose[0]}" if loose and not any("/" not in path and base_name(path).startswith("test_") for path in paths) else ""
    pattern = " -p '*_test.py'" if not any(base_name(path).startswith("test_") for path in paths) else ""
    return f"python3 -m unittest discover{start}{pattern}"


def is_python_test(path: str) -> bool:
    """Tell whether a path looks like a Python test.

    >>> is_python_test("tests/test_a.py"), is_python_test("a.py")
    (True, False)
    """
    return re.fullmatch(r"(test_.*|.*_test)\.py", base_name(path)) is not None


def _are_plain_functions(tests: tuple[bytes, ...]) -> bool:
    """Tell whether tests are functions of their own, which unittest does not find."""
    return any(re.search(rb"^def test_|^import pytest|^from pytest", raw, re.MULTILINE) and b"unittest" not in raw for raw in tests)


def _has_pytest(paths: tuple[str, ...], manifests: Mapping[str, bytes]) -> bool:
    """Tell whether the tests are written for pytest."""
    if {"pytest.ini", "conftest.py", "tests/conftest.py"} & set(paths):
        return True
    try:
        tool = toml_table(decode(manifests.get("pyproject.toml", b""))).get("tool", {})
    except ValueError:
        tool = {}
    named = re.search(r"(?<![\w-])pytest(?![\w-])", _dependencies(manifests))
    return (isinstance(tool, dict) and "pytest" in tool) or (named is not None and _has_python_tests(paths))


def _node_command(paths: tuple[str, ...], manifests: Mapping[str, bytes]) -> str:
    """Name the package manager's test command when package.json has a real test script."""
    try:
        manifest = json.loads(manifests.get("package.json", b"{}"))
    except (ValueError, RecursionError):
        return ""
    scripts = manifest.get("scripts") if isinstance(manifest, dict) else None
    script = scripts.get("test") if isinstance(scripts, dict) else None
    if not isinstance(script, str) or "no test specified" in script:
        return ""
    for lock, manager in (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lockb", "bun"), ("bun.lock", "bun")):
        if lock in paths:
            return f"{manager} test"
    return "npm test"
