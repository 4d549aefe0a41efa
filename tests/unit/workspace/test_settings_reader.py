"""Settings are decoded fail-closed: nothing that is wrong permits more than its absence."""

from __future__ import annotations

import json

import pytest

from setsquare.text import json_document
from setsquare.text.paths import RelPath
from setsquare.workspace.settings import (
    AgentSettings,
    Autonomy,
    BudgetAction,
    BudgetWindow,
    ModelProfile,
    SessionAllow,
    Settings,
    VerifySettings,
)
from setsquare.workspace.settings_keys import PURPOSES
from setsquare.workspace.settings_reader import read_settings

PATH = RelPath(".kiro/settings.json")


def of_raw(raw: bytes) -> Settings:
    return read_settings(json_document.scan(PATH, raw))


def of(value: object) -> Settings:
    return of_raw(json.dumps(value).encode())


def agent_of(value: object) -> AgentSettings:
    return of({"agent": value}).agent


def test_absent_keys_have_their_defaults() -> None:
    for settings in (of({}), of({"agent": {}})):
        assert settings.agent == AgentSettings()
        assert settings.problems == ()
    assert AgentSettings().autonomy is Autonomy.CAUTIOUS
    assert (AgentSettings().max_file_edits_per_task, AgentSettings().max_self_corrections) == (20, 3)


def test_comments_a_mark_and_line_ends_are_accepted() -> None:
    raw = b'\xef\xbb\xbf// team\r\n{ /* how far */ "agent": { "autonomyLevel": "FULL" } // end\r\n}\r\n'
    settings = of_raw(raw)
    assert settings.agent.autonomy is Autonomy.FULL
    assert settings.problems == ()


def test_a_trailing_comma_is_a_warning() -> None:
    settings = of_raw(b'{"agent": {"autonomyLevel": "full",},}')
    assert settings.agent.autonomy is Autonomy.FULL
    assert [problem.is_warning for problem in settings.problems] == [True, True]


@pytest.mark.parametrize("written", ["Balanced", "BALANCED", "balanced"])
def test_the_level_is_read_in_any_letter_case(written: str) -> None:
    assert agent_of({"autonomyLevel": written}).autonomy is Autonomy.BALANCED


@pytest.mark.parametrize("value", ["", "autopilot", "full ", 3, None, True, ["full"], {"level": "full"}])
def test_a_wrong_level_is_cautious(value: object) -> None:
    settings = of({"agent": {"autonomyLevel": value}})
    assert settings.agent.autonomy is Autonomy.CAUTIOUS
    assert len(settings.problems) == 1


@pytest.mark.parametrize("value", ["npm test", 1, None, {}, ["npm test", 3], ["npm test", ""], ["npm test", None], [["npm"]]])
def test_wrong_lists_of_commands_and_paths(value: object) -> None:
    assert agent_of({"allowedCommands": value}).allowed_commands == ()
    forbidden = agent_of({"forbiddenCommands": value})
    assert (forbidden.forbidden_commands, forbidden.denies_all_commands) == ((), True)
    protected = agent_of({"protectedPaths": value})
    assert (protected.protected_paths, protected.asks_for_all_writes) == ((), True)
    assert len(of({"agent": {"allowedCommands": value, "forbiddenCommands": value, "protectedPaths": value}}).problems) == 3


def test_right_lists() -> None:
    agent = agent_of({"allowedCommands": ["npm test"], "forbiddenCommands": ["curl"], "protectedPaths": ["db/**"]})
    assert (agent.allowed_commands, agent.forbidden_commands, agent.protected_paths) == (("npm test",), ("curl",), ("db/**",))
    assert (agent.denies_all_commands, agent.asks_for_all_writes) == (False, False)


@pytest.mark.parametrize("value", [-1, 1.5, "20", None, True, [20], 10**30])
def test_wrong_counts_are_zero(value: object) -> None:
    agent = agent_of({"maxFileEditsPerTask": value, "maxSelfCorrections": value})
    assert (agent.max_file_edits_per_task, agent.max_self_corrections) == (0, 0)


@pytest.mark.parametrize("value", ["true", "false", 0, 1, None, []])
def test_a_wrong_approval_switch_is_on(value: object) -> None:
    assert agent_of({"requireApprovalForNewFiles": value}).requires_approval_for_new_files is True


def test_the_span_of_a_problem_is_the_wrong_value() -> None:
    raw = b'{"agent": {"maxFileEditsPerTask": "many"}}'
    (problem,) = of_raw(raw).problems
    assert raw[problem.span.start : problem.span.end] == b'"many"'
    assert problem.path == PATH


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"full"',
        b'{"agent": {"autonomyLevel": "full"}, "agent": {"autonomyLevel": "full"}}',
        b'{"agent": {"autonomyLevel": "cautious", "autonomyLevel": "full"}}',
        b'{"agent": {"autonomyLevel": "full"}} x',
        b"{'agent': {}}",
        b'{"agent": {"autonomyLevel": "full"} /* \xff */}',
        b'{"agent": {"autonomyLevel": "full"}}\x00',
    ],
)
def test_a_file_that_cannot_be_read_in_one_way_only_permits_nothing(raw: bytes) -> None:
    settings = of_raw(raw)
    assert settings.agent == AgentSettings(
        max_file_edits_per_task=0,
        requires_approval_for_new_files=True,
        max_self_corrections=0,
        denies_all_commands=True,
        asks_for_all_writes=True,
        limit_minutes_per_task=1,
        session_allow=SessionAllow.NONE,
        broken=settings.agent.broken,
    )
    assert settings.agent.broken.startswith("`.kiro/settings.json` cannot be read as JSON (line 1: ")
    assert (settings.models, settings.verify) == ((), VerifySettings())
    assert settings.daily.action is BudgetAction.PAUSE
    assert settings.problems


@pytest.mark.parametrize("value", [None, [], "full", 1])
def test_an_agent_that_is_no_object_permits_nothing(value: object) -> None:
    assert agent_of(value).denies_all_commands


def test_models_and_routing() -> None:
    settings = of(
        {
            "models": {
                "primary": {"provider": "anthropic", "model": "m-1"},
                "fast": {
                    "provider": "openai",
                    "model": "m-2",
                    "maxTokens": 512,
                    "temperature": 0,
                    "baseUrl": "http://x",
                    "apiKeyVariable": "K",
                },
                "routing": {"codeReview": "fast", "hookActions": "nobody", "juggling": "fast"},
            }
        }
    )
    assert settings.models == (
        ModelProfile(name="primary", provider="anthropic", model="m-1", limit_tokens=8192, temperature=0.1),
        ModelProfile(
            name="fast", provider="openai", model="m-2", limit_tokens=512, temperature=0.0, base_url="http://x", api_key_variable="K"
        ),
    )
    assert settings.routing == (("codeReview", "fast"), ("hookActions", "primary"), ("juggling", "fast"))
    assert [(problem.is_warning, "juggling" in problem.reason) for problem in settings.problems] == [(False, False), (True, True)]


def test_each_purpose_finds_its_profile() -> None:
    profile = {"provider": "p", "model": "m"}
    settings = of(
        {"models": {"primary": profile, "fast": profile, "other": profile, "routing": {"codeReview": "other", "hookActions": "primary"}}}
    )
    found = {purpose: chosen.name for purpose in PURPOSES if (chosen := settings.profile(purpose))}
    assert found == {
        "specGeneration": "primary",
        "taskExecution": "primary",
        "codeReview": "other",
        "interactiveChat": "fast",
        "hookActions": "primary",
        "codeExplanation": "fast",
        "documentationUpdate": "fast",
    }
    assert of({}).profile("taskExecution") is None
    assert of({"models": {"fast": profile}}).profile("taskExecution") is None


def test_broken_profiles_are_left_out_and_said() -> None:
    settings = of(
        {"models": {"primary": {"provider": "x"}, "fast": 3, "extra": {"provider": "p", "model": "m", "temperature": 9, "maxTokens": 0}}}
    )
    assert settings.models == (ModelProfile(name="extra", provider="p", model="m", limit_tokens=1, temperature=0.0),)
    assert len(settings.problems) == 4


def test_primary_and_fast_are_demanded_where_there_are_models() -> None:
    assert len(of({"models": {}}).problems) == 2
    assert of({"models": []}).models == ()


def test_verify() -> None:
    assert of({"verify": {"command": "make test", "timeoutSeconds": 30}}).verify == VerifySettings(command="make test", limit_s=30)
    assert of({"verify": {"command": ["make"], "timeoutSeconds": 0}}).verify == VerifySettings(command="", limit_s=1)
    assert of({"verify": "make test"}).verify == VerifySettings()


def test_budget() -> None:
    settings = of({"budget": {"daily": {"inputTokens": 5, "alertThreshold": 1, "action": "Restrict"}}})
    assert settings.daily == BudgetWindow(input_tokens=5, alert_threshold=1.0, action=BudgetAction.RESTRICT)
    assert settings.monthly == BudgetWindow()
    wrong = of({"budget": {"daily": {"inputTokens": -1, "outputTokens": "x", "alertThreshold": 0, "action": "stop"}, "monthly": 3}})
    strictest = BudgetWindow(input_tokens=0, output_tokens=0, alert_threshold=0.5, action=BudgetAction.PAUSE)
    assert (wrong.daily, wrong.monthly) == (strictest, strictest)
    assert len(wrong.problems) == 5
