"""`setsquare openspec config`: this person's settings, in the file that OpenSpec uses too."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import click
import msgspec
from msgspec import Struct

from setsquare.journeys.openspec_settings import Settings, settings_of, write_settings
from setsquare.spec.openspec.settings import (
    CORE_WORKFLOWS,
    DEFAULTS,
    is_forbidden,
    key_problem,
    merged_defaults,
    outline,
    read_value,
    said,
    value_at,
    value_problem,
    with_value,
    without_value,
)
from setsquare.surfaces.cli.loading import Listed
from setsquare.surfaces.cli.openspec.answer import Answer, made, show
from setsquare.surfaces.cli.openspec.tabled import INTERRUPTED, OwnOptions, TabledGroup
from setsquare.wire import planning_app

_SEE_KEYS = 'Use "openspec config list" to see available keys.\n'


class NoOptions(Struct, frozen=True):
    """No option."""


class ListOptions(Struct, frozen=True):
    """How to print."""

    is_json: bool


class KeyOptions(Struct, frozen=True):
    """Which key."""

    key: str


class SetOptions(Struct, frozen=True, kw_only=True):
    """What to set, and how the value is read."""

    key: str
    value: str
    is_string: bool
    is_unknown_allowed: bool


class ResetOptions(Struct, frozen=True):
    """What to reset, and whether that was confirmed."""

    is_all: bool
    is_confirmed: bool


class ProfileOptions(Struct, frozen=True):
    """Which preset."""

    preset: str | None


_KEY = click.argument("key", metavar="<key>")


@made("path", NoOptions)
def path(_options: NoOptions) -> Answer:
    """Print where the settings are."""
    return Answer(text=settings_of(planning_app()).place)


@made("list", ListOptions, (click.option("--json", "is_json", is_flag=True, help="Print JSON."),))
def list_all(options: ListOptions) -> Answer:
    """Print all settings, defaults too."""
    found = settings_of(planning_app())
    values = merged_defaults(found.values)
    if options.is_json:
        return Answer(document=values, notes=_warned(found))
    return Answer(text="\n".join([*outline(values), "", *_profile_lines(found.values)]), notes=_warned(found))


@made("get", KeyOptions, (_KEY,))
def get(options: KeyOptions) -> Answer:
    """Print one value; prints nothing and ends with 1 where there is none."""
    found = settings_of(planning_app())
    value = value_at(merged_defaults(found.values), options.key)
    if value is None:
        return Answer(notes=_warned(found), exit_code=1)
    text = msgspec.json.encode(value).decode() if isinstance(value, (dict, list)) else said(value)
    return Answer(text=text + "\n", notes=_warned(found))


@made(
    "set",
    SetOptions,
    (
        _KEY,
        click.argument("value", metavar="<value>"),
        click.option("--string", "is_string", is_flag=True, help="Keep the value as text, whatever it looks like."),
        click.option("--allow-unknown", "is_unknown_allowed", is_flag=True, help="Set a key that nobody knows."),
    ),
)
def set_value(options: SetOptions) -> Answer:
    """Set a value; what looks like a switch, a number, a list or a mapping is read as one.

    Keys: featureFlags.<name>, profile, delivery, workflows, defaultStore, telemetry.enabled. There is no telemetry here, so that key does nothing;
    it is kept for OpenSpec itself.
    """
    problem = key_problem(options.key, is_unknown_allowed=options.is_unknown_allowed)
    if problem:
        way = "" if is_forbidden(options.key) else "Pass --allow-unknown to bypass this check.\n"
        return _error(f'Invalid configuration key "{options.key}". {problem}\n{_SEE_KEYS}{way}')
    app = planning_app()
    found = settings_of(app)
    if found.is_broken:
        return _untouched(found)
    value = read_value(options.value, is_string=options.is_string)
    values = with_value(merged_defaults(found.values), options.key, value)
    wrong = value_problem(values)
    if wrong:
        return _error(f"Invalid configuration - {wrong}\n")
    write_settings(app, values)
    shown = f'"{value}"' if isinstance(value, str) else said(value)
    return Answer(text=f"Set {options.key} = {shown}")


@made("unset", KeyOptions, (_KEY,))
def unset(options: KeyOptions) -> Answer:
    """Take a key out, so that its default holds."""
    app = planning_app()
    found = settings_of(app)
    if found.is_broken:
        return _untouched(found)
    values = merged_defaults(found.values)
    if value_at(values, options.key) is None:
        return Answer(text=f'Key "{options.key}" was not set')
    write_settings(app, without_value(values, options.key))
    return Answer(text=f"Unset {options.key} (reverted to default)")


@made(
    "reset",
    ResetOptions,
    (
        click.option("--all", "is_all", is_flag=True, help="Reset everything; needed, because nothing less can be."),
        click.option("-y", "--yes", "is_confirmed", is_flag=True, help="Do not ask."),
    ),
)
def reset(options: ResetOptions) -> Answer:
    """Put all settings back to their defaults."""
    if not options.is_all:
        return _error("--all flag is required for reset\nUsage: openspec config reset --all [-y]\n")
    if not options.is_confirmed and not _is_agreed("Reset all configuration to defaults?"):
        return Answer(text="Reset cancelled.", exit_code=INTERRUPTED)
    write_settings(planning_app(), dict(DEFAULTS))
    return Answer(text="Configuration reset to defaults")


@made("edit", NoOptions)
def edit(_options: NoOptions) -> Answer:
    """Open the settings in the editor that EDITOR or VISUAL names."""
    editor = os.environ.get("EDITOR") or os.environ.get("VISUAL")
    if not editor:
        return _error(
            "No editor configured\nSet the EDITOR or VISUAL environment variable to your preferred editor\nExample: export EDITOR=vim\n"
        )
    app = planning_app()
    found = settings_of(app)
    if not found.values and not found.is_broken:
        write_settings(app, dict(DEFAULTS))
    try:
        click.edit(filename=found.place, editor=editor)
    except click.ClickException as failure:
        return _error(f'Editor "{editor}" failed: {failure.format_message()}\n')
    after = settings_of(app)
    if after.is_broken:
        return _error(f"Invalid JSON in {after.place}\n{after.problem}\n")
    wrong = value_problem(after.values)
    return _error(f"Invalid configuration - {wrong}\n") if wrong else Answer()


@made("profile", ProfileOptions, (click.argument("preset", metavar="[preset]", required=False),))
def profile(options: ProfileOptions) -> Answer:
    """Choose which workflows `init` and `update` write: core. For a custom profile set `profile` and `workflows`."""
    if options.preset is None:
        notes = "Interactive mode required. Use `openspec config profile core` or set config via environment/flags.\n"
        return Answer(notes=notes, exit_code=1)
    if options.preset != "core":
        return _error(f'Unknown profile preset "{options.preset}". Available presets: core\n')
    app = planning_app()
    found = settings_of(app)
    if found.is_broken:
        return _untouched(found)
    write_settings(app, {**merged_defaults(found.values), "profile": "core", "workflows": list(CORE_WORKFLOWS)})
    return Answer(text="Config updated. Run `openspec update` in your projects to apply.")


def _profile_lines(values: Mapping[str, object]) -> list[str]:
    """Say which profile holds and why."""
    merged = merged_defaults(values)
    lines = ["Profile settings:"]
    lines += [f"  {key}: {said(merged[key])} ({'explicit' if key in values else 'default'})" for key in ("profile", "delivery")]
    if merged["profile"] == "core":
        return [*lines, f"  workflows: {', '.join(CORE_WORKFLOWS)} (from core profile)"]
    workflows = merged.get("workflows")
    named = ", ".join(map(said, workflows)) if isinstance(workflows, list) and workflows else ""
    return [*lines, f"  workflows: {named} (explicit)" if named else "  workflows: (none)"]


def _warned(found: Settings) -> str:
    return f"Warning: Invalid JSON in {found.place}, using defaults\n" if found.problem else ""


def _untouched(found: Settings) -> Answer:
    """Refuse to overwrite a file that cannot be read."""
    way = 'Fix it with "openspec config edit", or reset it with "openspec config reset --all".\n'
    return _error(f"{found.place} could not be parsed, so it was left unchanged.\n{way}")


def _error(message: str) -> Answer:
    return Answer(notes=f"Error: {message}", exit_code=1)


def _is_agreed(question: str) -> bool:
    """Ask the person at the terminal; nobody there means no."""
    return sys.stdin is not None and sys.stdin.isatty() and click.confirm(question, default=False)


def _checked(scope: str | None) -> None:
    """Refuse a scope that does not exist, before any command of the group runs."""
    if scope not in (None, "global"):
        show(_error("Project-local config is not yet implemented\n"))
        raise click.exceptions.Exit(1)


_LINES = {
    "path": "Print where the settings are.",
    "list": "Print all settings, defaults too.",
    "get": "Print one value.",
    "set": "Set a value.",
    "unset": "Take a key out, so that its default holds.",
    "reset": "Put all settings back to their defaults.",
    "edit": "Open the settings in your editor.",
    "profile": "Choose which workflows init and update write.",
}
command = TabledGroup(
    "config",
    {
        name: Listed(f"openspec.config:{attribute}", "Commands", _LINES[name])
        for name, attribute in zip(_LINES, ("path", "list_all", "get", "set_value", "unset", "reset", "edit", "profile"), strict=True)
    },
    "Show and change the settings of this person, in the file that OpenSpec itself uses. Keys about telemetry are kept and do nothing here.",
    own=OwnOptions((click.Option(["--scope"], metavar="<scope>", help="Which settings; only global there are."),), _checked),
)
