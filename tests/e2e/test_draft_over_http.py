"""`setsquare draft` against a real HTTP server in both wire formats."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.network

DESIGN = """# Design Document: Sum

## Overview

Sums of two numbers, products of three.

## Architecture

One module.

## Components and Interfaces

`add` returns the sum (1.1), `times` the product (1.2).

## Data Models

Two numbers.

## Error Handling

None.

## Testing Strategy

Unit tests.

## Scope Boundary

Sums only.
"""
PATH = ".kiro/specs/sum/design.md"


@pytest.fixture
def project(sum_project, spoken):
    return sum_project(spoken.provider, spoken.origin, "requirements")


def test_a_good_draft_is_applied(run, project, spoken):
    spoken.says(spoken.text(*DESIGN.splitlines(keepends=True)))
    made = run("draft", "design", "sum", "--write", "--format", "json")
    assert (made.code, made.json["outcome"], made.json["attempts"], made.err) == (0, "applied", 1, "")
    assert (made.json["input_tokens"], made.json["output_tokens"]) == (100, 10)
    assert (project.folder / PATH).read_text() == DESIGN
    (asked,) = spoken.requests
    assert asked["model"] == "m-1"
    assert "return their sum" in json.dumps(asked["messages"])
    assert not asked.get("tools")


def test_a_bad_draft_is_repaired(run, project, spoken):
    spoken.says(spoken.text("Hello!"), spoken.text(DESIGN))
    made = run("draft", "design", "sum", "--write", "--format", "json").json
    assert (made["outcome"], made["attempts"]) == ("applied", 2)
    assert (project.folder / PATH).read_text() == DESIGN
    told = spoken.requests[1]["messages"]
    assert [message["role"] for message in told if message["role"] != "system"] == ["user", "assistant", "user"]
    assert "title" in json.dumps(told[-1])


def test_after_two_repairs_it_escalates_and_writes_nothing(run, project, spoken):
    before = project.files()
    spoken.says(spoken.text("Hello!"))
    made = run("draft", "design", "sum", "--write", "--format", "json")
    assert (made.code, made.json["outcome"], made.json["attempts"], len(spoken.requests)) == (1, "escalated", 3, 3)
    assert made.json["reasons"]
    assert "--model outline" in run("draft", "design", "sum", "--write").out
    assert project.files() == before


def test_a_cut_stream_is_retried(run, project, spoken):
    spoken.says(spoken.text(DESIGN, is_cut=True), spoken.text(DESIGN))
    made = run("draft", "design", "sum", "--write", "--format", "json").json
    assert (made["outcome"], made["attempts"], len(spoken.requests)) == ("applied", 1, 2)
    assert (project.folder / PATH).read_text() == DESIGN


@pytest.mark.parametrize(("status", "code", "asked"), [(401, "model-auth", 1), (429, "model-rate-limited", 4), (500, "model-", 4)])
def test_a_failing_server_ends_with_4_and_a_hint(status, code, asked, run, project, spoken):
    before = project.files()
    spoken.says(spoken.error(status))
    failed = run("draft", "design", "sum", "--write", "--format", "json")
    assert (failed.code, failed.err, len(spoken.requests)) == (4, "", asked)
    assert failed.json["error"]["code"].startswith(code)
    assert failed.json["error"]["hint"]
    assert project.files() == before


def test_a_server_that_fails_after_an_answer_tells_both(run, project, spoken):
    spoken.says(spoken.text("Hello!"), spoken.error(401))
    failed = run("draft", "design", "sum", "--write", "--format", "json")
    assert (failed.code, failed.json["outcome"], failed.json["attempts"]) == (4, "escalated", 1)
    assert len(failed.json["reasons"]) > 1


def test_a_dead_server_ends_with_4(run, project, spoken):
    spoken.dies()
    failed = run("draft", "design", "sum", "--write")
    assert (failed.code, failed.out) == (4, "")
    assert spoken.origin.removeprefix("http://") in failed.err
    assert "Traceback" not in failed.err


def test_without_write_and_without_a_terminal_it_is_only_shown(run, project, spoken):
    before = project.files()
    spoken.says(spoken.text(DESIGN))
    made = run("draft", "design", "sum", "--format", "json")
    assert (made.code, made.json["outcome"]) == (3, "proposed")
    assert "+Sums of two numbers" in made.json["diff"]
    assert "--write" in run("draft", "design", "sum").out
    assert project.files() == before


def test_an_untrusted_workspace_asks_no_server(run, project, spoken):
    run("trust", "--revoke")
    spoken.says(spoken.text(DESIGN))
    made = run("draft", "design", "sum", "--format", "json").json
    assert (made["model"], spoken.requests) == ("outline", [])
    assert run("draft", "design", "sum", "--model", "primary").code == 3
    assert spoken.requests == []


@pytest.mark.parametrize("provider", ["openai-compatible", "anthropic"])
def test_the_scripted_server_beside_the_project(provider, run, sum_project, peers):
    script = peers / "fake_llm.py"
    with subprocess.Popen(
        [sys.executable, str(script), "--done", DESIGN], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as serving:
        assert serving.stdout
        try:
            port = serving.stdout.readline().split()[-1]
            project = sum_project(provider, f"http://127.0.0.1:{port}", "requirements")
            assert run("draft", "design", "sum", "--write", "--format", "json").json["outcome"] == "applied"
        finally:
            serving.terminate()
    assert Path(project.folder / PATH).read_text() == DESIGN
