"""An approved workspace in memory with every port as a small fake, so that faults can be planted anywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.journeys.keeping import KilledError
from tests.unit.journeys.world import World

from setsquare.events.conversation import Reply, ToolCall
from setsquare.journeys.approving import approve_stage
from setsquare.journeys.opening import opened
from setsquare.journeys.trusting import grant
from setsquare.spec.stage import APPROVED_STAGES

REQUIREMENTS = b"""# Requirements Document

## Introduction

A login.

## Requirements

### Requirement 1: Login

**User Story:** As a user, I want to log in, so that I can work.

#### Acceptance Criteria

1. WHEN a user logs in THEN the system SHALL issue a token.
2. IF the password is wrong THEN the system SHALL refuse the login.
"""
DESIGN = b"# Design Document\n\n## Overview\n\nA module `src/login.py`.\n\n## Tokens\n\nRequirement 1.1 is met by `issue`.\n"
TASKS = b"""# Implementation Plan

- [ ] 1. Issue a token
  - Write `src/login.py`
  - _Requirements: 1.1_
- [ ] 2. Refuse wrong passwords
  - [ ] 2.1 Compare the password
    - _Requirements: 1.2_
  - [ ] 2.2 Count the refusals
    - _Requirements: 1.2_
  - [ ]* 2.3 Write a property test
    - _Requirements: 1.2_
"""
SETTINGS = b"""{
  "agent": {"autonomyLevel": "full", "maxSelfCorrections": 2},
  "models": {
    "primary": {"provider": "scripted", "model": "recorded"},
    "fast": {"provider": "scripted", "model": "recorded"}
  },
  "verify": {"command": "check"}
}
"""


def call(tool: str, arguments: str, number: int = 1) -> Reply:
    """A reply with one tool call."""
    return Reply(calls=(ToolCall(f"{tool}-{number}", tool, arguments),), stop="tools")


@pytest.fixture
def calling() -> Callable[..., Reply]:
    """Makes a reply with one tool call."""
    return call


@pytest.fixture
def working() -> Callable[[World], Reply]:
    """A turn that does some of each task's own work: the file that it writes differs from task to task."""
    return lambda world: call("write", f'{{"path": "src/login.py", "content": "def issue(): return {len(world.commits)}\\n"}}', 9)


@pytest.fixture
def killed() -> type[BaseException]:
    """What a planted kill raises."""
    return KilledError


@pytest.fixture
def make_world() -> Callable[..., World]:
    """Makes approved, trusted, committed workspaces."""

    def make(tasks: bytes = TASKS, settings: bytes = SETTINGS) -> World:
        world = World()
        world.files.update(
            {
                ".kiro/specs/login/requirements.md": REQUIREMENTS,
                ".kiro/specs/login/design.md": DESIGN,
                ".kiro/specs/login/tasks.md": tasks,
                ".kiro/settings.json": settings,
                "src/app.py": b"import login\n",
                "README.md": b"# App\n",
            }
        )
        world.person_commits()
        app = world.app()
        grant(app, opened(app))
        for stage in APPROVED_STAGES:
            approve_stage(app, "login", stage, "owner")
        return world

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """An approved, trusted, committed workspace with two tasks, whose model does the first one right."""
    made = make_world()
    made.turns = [
        call("read", '{"path": "src/app.py"}'),
        call("write", '{"path": "src/login.py", "content": "def issue(): return 1\\n"}'),
        Reply(text="Wrote issue(). Changed src/login.py."),
    ]
    return made
