"""What an agent may ask of Setsquare itself as freely as it reads."""

from __future__ import annotations

import shlex

import pytest

from setsquare.guard.classify import effect_of
from setsquare.guard.own_commands import is_looking_at_usage
from setsquare.guard.shell import Script, parse


def kind_of(command: str) -> str:
    found = parse(command)
    assert isinstance(found, Script)
    return effect_of(found.commands[-1].words).kind.value


FILES = "--trail trail --policies account.json"


@pytest.mark.parametrize(
    "command",
    [
        f"setsquare iam analyze ecs-api {FILES}",
        f"setsquare iam analyze --all {FILES} --days 90 --until 2026-01-01 --format json --fail-on-unused",
        f"setsquare iam explain ecs-api iam:PassRole {FILES}",
        "setsquare iam explain ecs-api iam:PassRole --trail=logs/trail --policies=account.json",
        "setsquare iam coverage --trail trail",
    ],
)
def test_looking_at_files_is_reading(command):
    assert is_looking_at_usage(tuple(shlex.split(command)))
    assert kind_of(command) == "read"


@pytest.mark.parametrize(
    "command",
    [
        "setsquare iam analyze ecs-api",
        "setsquare iam analyze ecs-api --trail trail",
        "setsquare iam analyze ecs-api --policies account.json",
        f"setsquare iam analyze ecs-api {FILES} --html page.html",
        f"setsquare iam analyze ecs-api {FILES} --trail-is-complete",
        f"setsquare iam analyze ecs-api {FILES} --trail-is-comp",
        f"setsquare iam analyze ecs-api {FILES} --trail s3://bucket",
        "setsquare iam analyze ecs-api --trail --policies account.json",
        "setsquare iam analyze ecs-api --trail s3://bucket --policies account.json",
        "setsquare iam analyze ecs-api --trail lookup --policies account.json",
        "setsquare iam analyze ecs-api --trail lookup:us-east-1 --policies account.json",
        "setsquare iam analyze ecs-api --trail logs:group --policies account.json",
        "setsquare iam analyze ecs-api --trail= --policies account.json",
        "setsquare iam coverage",
        f"setsquare iam recommend ecs-api {FILES} --output out",
        f"setsquare iam pr ecs-api {FILES}",
        f"setsquare --debug iam analyze ecs-api {FILES}",
        "setsquare iam",
        "setsquare approve x",
        # What lies in the workspace may have been written by an agent.
        "./setsquare iam coverage --trail trail",
        ".venv/bin/setsquare iam coverage --trail trail",
        "node_modules/.bin/setsquare iam coverage --trail trail",
    ],
)
def test_everything_else_asks(command):
    assert not is_looking_at_usage(tuple(shlex.split(command)))
    assert kind_of(command) == "unknown"
