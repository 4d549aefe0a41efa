"""`setsquare openspec config, completion, feedback`: a person's own files, and nothing is sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.e2e.planning import OpenSpec

pytestmark = pytest.mark.usefixtures("nowhere")

DEFAULTS = {"featureFlags": {}, "profile": "core", "delivery": "both"}


@pytest.fixture(autouse=True)
def _no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "home" / "config" / "openspec" / "config.json"


def test_the_defaults_are_shown_without_a_file(openspec: OpenSpec, settings: Path) -> None:
    assert openspec("config", "path").out == f"{settings}\n"
    assert json.loads(openspec("config", "list", "--json").out) == DEFAULTS
    assert openspec("config", "list").out == (
        "featureFlags: {}\nprofile: core\ndelivery: both\n\nProfile settings:\n  profile: core (default)\n  delivery: both (default)\n"
        "  workflows: propose, explore, apply, update, sync, archive (from core profile)\n"
    )
    assert openspec("config", "get", "profile").out == "core\n"
    assert openspec("config", "get", "foo") == (1, "", "")
    assert not settings.exists()


@pytest.mark.parametrize(
    ("argv", "said", "key", "value"),
    [
        (["delivery", "skills"], 'Set delivery = "skills"', "delivery", "skills"),
        (["featureFlags.a", "true"], "Set featureFlags.a = true", "featureFlags", {"a": True}),
        (["workflows", '["apply","new"]'], "Set workflows = apply,new", "workflows", ["apply", "new"]),
        (["telemetry.enabled", "false"], "Set telemetry.enabled = false", "telemetry", {"enabled": False}),
        (["defaultStore", "3", "--string"], 'Set defaultStore = "3"', "defaultStore", "3"),
        (["foo", "0x10", "--allow-unknown"], "Set foo = 16", "foo", 16),
        (["foo", " 12 ", "--allow-unknown"], "Set foo = 12", "foo", 12),
        (["foo", "[1,", "--allow-unknown"], 'Set foo = "[1,"', "foo", "[1,"),
        (["foo", '{"a":1}', "--allow-unknown"], "Set foo = [object Object]", "foo", {"a": 1}),
    ],
)
def test_values_are_read_as_what_they_look_like(
    openspec: OpenSpec, settings: Path, argv: list[str], said: str, key: str, value: object
) -> None:
    assert openspec("config", "set", *argv) == (0, f"{said}\n", "")
    assert json.loads(settings.read_text()) == {**DEFAULTS, key: value}
    assert openspec("config", "unset", argv[0]).out == f"Unset {argv[0]} (reverted to default)\n"
    assert openspec("config", "unset", argv[0]).out == f'Key "{argv[0]}" was not set\n' or argv[0] in DEFAULTS


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["foo", "1"], 'Invalid configuration key "foo". Unknown top-level key "foo".'),
        (["telemetry", "true"], 'Invalid configuration key "telemetry". Set nested keys under telemetry (e.g. telemetry.enabled).'),
        (["telemetry.x", "1"], 'Invalid configuration key "telemetry.x". Unknown telemetry key "x" (allowed: enabled).'),
        (["profile.x", "1"], 'Invalid configuration key "profile.x". "profile" does not support nested keys.'),
        (["__proto__.x", "1", "--allow-unknown"], 'Invalid configuration key "__proto__.x". Key segment "__proto__" is not allowed.'),
        (["profile", "x"], 'Invalid configuration - profile: Invalid option: expected one of "core"|"custom"'),
        (["workflows", "[1]"], "Invalid configuration - workflows.0: Invalid input: expected string, received number"),
        (["defaultStore", "3"], "Invalid configuration - defaultStore: Invalid input: expected string, received number"),
        (["featureFlags.b", "1", "--string"], "Invalid configuration - featureFlags.b: Invalid input: expected boolean, received string"),
    ],
)
def test_what_cannot_be_set_is_refused_and_nothing_written(openspec: OpenSpec, settings: Path, argv: list[str], message: str) -> None:
    ran = openspec("config", "set", *argv)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.split("\n")[0] == f"Error: {message}"
    assert not settings.exists()


def test_a_file_that_cannot_be_read_is_never_overwritten_but_by_a_reset(openspec: OpenSpec, settings: Path) -> None:
    settings.parent.mkdir(parents=True)
    settings.write_text("{bad")
    listed = openspec("config", "list", "--json")
    assert (listed.code, json.loads(listed.out)) == (0, DEFAULTS)
    assert listed.err == f"Warning: Invalid JSON in {settings}, using defaults\n"
    for argv in (["set", "profile", "core"], ["unset", "profile"], ["profile", "core"]):
        ran = openspec("config", *argv)
        assert (ran.code, settings.read_text()) == (1, "{bad")
        assert ran.err.startswith(f"Error: {settings} could not be parsed, so it was left unchanged.\n")
    assert openspec("config", "reset").code == 1
    assert openspec("config", "reset", "--all").code == 130
    assert settings.read_text() == "{bad"
    assert openspec("config", "reset", "--all", "-y").out == "Configuration reset to defaults\n"
    assert json.loads(settings.read_text()) == DEFAULTS


def test_presets_scopes_and_editors(openspec: OpenSpec, settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert openspec("config", "profile").code == 1
    assert openspec("config", "profile", "x").err == 'Error: Unknown profile preset "x". Available presets: core\n'
    assert openspec("config", "profile", "core").code == 0
    assert json.loads(settings.read_text())["workflows"] == ["propose", "explore", "apply", "update", "sync", "archive"]
    assert openspec("config", "--scope", "project", "list").err == "Error: Project-local config is not yet implemented\n"
    assert openspec("config", "--scope", "global", "path").code == 0
    assert openspec("config", "edit").err.startswith("Error: No editor configured\n")
    monkeypatch.setenv("EDITOR", "true")
    assert openspec("config", "edit") == (0, "", "")
    monkeypatch.setenv("EDITOR", "false")
    assert openspec("config", "edit").code == 1


@pytest.mark.parametrize(
    ("shell", "name"),
    [
        ("bash", "home/data/bash-completion/completions/setsquare"),
        ("zsh", "home/data/zsh/site-functions/_setsquare"),
        ("fish", "home/config/fish/completions/setsquare.fish"),
        ("powershell", "home/config/powershell/setsquare.ps1"),
    ],
)
def test_completion_is_a_file_of_its_own_that_goes_again(openspec: OpenSpec, tmp_path: Path, shell: str, name: str) -> None:
    generated = openspec("completion", "generate", shell)
    assert (generated.code, generated.err) == (0, "")
    assert openspec("completion", "uninstall", shell).code == 1
    assert openspec("completion", "install", shell, "--verbose").code == 0
    assert (tmp_path / name).read_text() == generated.out
    assert openspec("completion", "install", shell).code == 0
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == [tmp_path / name], "no start-up file was touched"
    assert openspec("completion", "uninstall", shell, "-y").code == 0
    assert not (tmp_path / name).exists()


def test_a_script_that_somebody_else_wrote_stays(openspec: OpenSpec, tmp_path: Path) -> None:
    place = tmp_path / "home" / "config" / "fish" / "completions" / "setsquare.fish"
    place.parent.mkdir(parents=True)
    place.write_text("# mine\n")
    assert openspec("completion", "uninstall", "fish").code == 1
    assert place.read_text() == "# mine\n"


def test_other_shells_are_not_supported(openspec: OpenSpec) -> None:
    for action in ("generate", "install", "uninstall"):
        assert openspec("completion", action, "foo") == (
            1,
            "",
            "Error: Shell 'foo' is not supported yet. Currently supported: zsh, bash, fish, powershell\n",
        )


def test_feedback_is_laid_out_and_stays_here(openspec: OpenSpec) -> None:
    ran = openspec("feedback", "hello", "--body", "more of it")
    assert ran.code == 0
    assert ran.out.startswith("Nothing was sent.")
    assert "Title: Feedback: hello\n" in ran.out
    assert "more of it" in ran.out
