"""Holds the three files of a new spec; a workspace overrides them in `.kiro/templates/`."""

from __future__ import annotations

import re

from msgspec import Struct

REQUIREMENTS = """# Requirements Document

## Introduction

<!-- What is {{title}} for, and for whom? Two or three sentences. -->

## Glossary

<!-- - **Term**: what it means here. Name the acting parts of the system; criteria use the same names. -->

## Requirements

### Requirement 1: {{title}}

**User Story:** <!-- As a role, I want a capability, so that a benefit. -->

#### Acceptance Criteria

<!--
One EARS sentence per line, numbered:
1. WHEN a trigger happens, THE Part SHALL respond
2. IF something unwanted happens, THEN THE Part SHALL respond
3. WHILE a state holds, THE Part SHALL respond
4. WHERE a feature is included, THE Part SHALL respond
5. THE Part SHALL always do something
-->
"""

DESIGN = """# Design Document: {{title}}

<!-- `setsquare draft design {{name}}` writes this from approved requirements. -->

## Overview

## Architecture

## Components and Interfaces

## Data Models

## Correctness Properties

## Error Handling

## Testing Strategy
"""

TASKS = """# Implementation Plan: {{title}}

<!-- `setsquare draft tasks {{name}}` writes this from an approved design. -->

## Tasks
"""


class Templates(Struct, frozen=True, kw_only=True):
    """The three templates with `{{title}}` and `{{name}}` to fill."""

    requirements: str = REQUIREMENTS
    design: str = DESIGN
    tasks: str = TASKS


def filled(template: str, name: str) -> str:
    """Fill a template for a spec's name.

    >>> filled("# {{title}} ({{name}})", "user-authentication")
    '# User Authentication (user-authentication)'
    """
    return template.replace("{{title}}", title_of(name)).replace("{{name}}", name)


def title_of(name: str) -> str:
    """Make a title of a spec's name.

    >>> title_of("01-user-authentication")
    'User Authentication'
    """
    words = re.sub(r"^\d+[-_. ]+", "", name.rpartition("/")[2])
    return " ".join(word[:1].upper() + word[1:] for word in re.split(r"[-_ ]+", words) if word) or name
