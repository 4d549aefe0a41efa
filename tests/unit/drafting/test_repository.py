from __future__ import annotations

import json

import pytest

from setsquare.drafting import steering
from setsquare.drafting.repository import recognise
from setsquare.drafting.templates import filled, title_of
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load


@pytest.mark.parametrize(
    ("paths", "manifests", "command"),
    [
        (["pyproject.toml", "tests/test_a.py"], {"pyproject.toml": b"[project]\ndependencies = ['pytest']\n"}, "python3 -m pytest -q"),
        (["tests/test_a.py"], {}, "python3 -m unittest discover -s tests"),
        (["tests/test_a.py", "tests/__init__.py"], {}, "python3 -m unittest discover"),
        (["test_a.py"], {}, "python3 -m unittest discover"),
        (["tests/a_test.py"], {}, "python3 -m unittest discover -s tests -p '*_test.py'"),
        (["package.json"], {"package.json": b'{"scripts": {"test": "vitest run"}}'}, "npm test"),
        (["package.json", "pnpm-lock.yaml"], {"package.json": b'{"scripts": {"test": "vitest run"}}'}, "pnpm test"),
        (["package.json"], {"package.json": b'{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'}, ""),
        (["package.json"], {"package.json": b"{broken"}, ""),
        (["Cargo.toml"], {"Cargo.toml": b"[package]"}, "cargo test"),
        (["go.mod"], {"go.mod": b"module x"}, "go test ./..."),
        (["Makefile"], {"Makefile": b"build:\n\ttrue\ntest: build\n\ttrue\n"}, "make test"),
        (["a.c"], {}, ""),
        ([], {}, ""),
    ],
)
def test_the_test_command_is_named_only_when_it_is_certain(paths: list[str], manifests: dict[str, bytes], command: str):
    assert recognise("app", paths, manifests).test_command == command


def test_languages_come_most_used_first():
    repository = recognise("app", ["a.py", "b.py", "c.ts", "README.md"], {})
    assert repository.languages == (("Python", 2), ("TypeScript", 1))


def test_frameworks_are_whole_names():
    manifests = {"package.json": b'{"dependencies": {"react": "1", "next": "1", "express-rate-limit": "1"}}'}
    assert recognise("app", [], manifests).frameworks == ("React", "Next.js")


def test_the_settings_parse_and_name_no_model():
    workspace = load({RelPath(".kiro/settings.json"): steering.settings(recognise("app", ["Cargo.toml"], {"Cargo.toml": b""}))})
    (settings,) = workspace.settings
    assert (settings.problems, settings.models, settings.verify.command) == ((), (), "cargo test")
    assert settings.profile("specGeneration") is None


def test_without_a_test_command_the_settings_name_none():
    (settings,) = load({RelPath(".kiro/settings.json"): steering.settings(recognise("app", [], {}))}).settings
    assert (settings.problems, settings.verify.command) == ((), "")


def test_a_test_command_with_quotes_stays_json():
    raw = steering.settings(recognise('we"ird', [], {"package.json": json.dumps({"scripts": {"test": "x"}}).encode()}))
    assert load({RelPath(".kiro/settings.json"): raw}).settings[0].problems == ()


def test_steering_has_no_placeholder():
    repository = recognise("app", [], {})
    for write in (steering.product, steering.tech, steering.structure):
        assert b"[" not in write(repository)


@pytest.mark.parametrize(
    ("name", "title"), [("user-authentication", "User Authentication"), ("01-mvp", "Mvp"), ("a/b-c", "B C"), ("7", "7")]
)
def test_titles(name: str, title: str):
    assert title_of(name) == title
    assert filled("{{title}}|{{name}}", name) == f"{title}|{name}"


@pytest.mark.parametrize(
    ("name", "raw", "frameworks"),
    [
        (
            "pyproject.toml",
            b'[project]\ndescription = "code under guard rails"\nkeywords = ["react"]\ndependencies = ["click>=8"]\n',
            ("click",),
        ),
        ("pyproject.toml", b'[dependency-groups]\ndev = ["pytest>=8", {include-group = "x"}]\n', ("pytest",)),
        ("pyproject.toml", b'[tool.poetry.group.dev.dependencies]\nDjango = "^5"\n', ("Django",)),
        ("pyproject.toml", b"[broken", ()),
        ("package.json", b'{"description": "like rails", "devDependencies": {"vitest": "1"}}', ("Vitest",)),
        ("Cargo.toml", b'[package]\ndescription = "next express"\n[target.x.dependencies]\ntokio = { features = ["full"] }\n', ("Tokio",)),
        ("composer.json", b'{"require": {"laravel/framework": "11"}}', ("Laravel",)),
        ("Gemfile", b"# not rspec\ngem 'rails'\n", ("Ruby on Rails",)),
        ("setup.cfg", b"description = guard rails\ninstall_requires =\n  flask\n", ("Flask",)),
    ],
)
def test_a_description_names_no_framework(name: str, raw: bytes, frameworks: tuple[str, ...]):
    assert recognise("app", [name], {name: raw}).frameworks == frameworks


def test_tests_that_are_plain_functions_need_pytest():
    plain, classes = b"def test_a():\n    assert True\n", b"import unittest\n\n\nclass T(unittest.TestCase): ...\n"
    assert recognise("app", ["tests/test_a.py"], {}, [plain]).test_command == "python3 -m pytest -q"
    assert recognise("app", ["tests/test_a.py"], {}, [classes]).test_command == "python3 -m unittest discover -s tests"
