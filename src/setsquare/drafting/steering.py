"""Writes the first steering files and settings of a repository from what was recognised in it."""

from __future__ import annotations

import json

from setsquare.drafting.repository import Repository


def product(repository: Repository) -> bytes:
    """Write `product.md`.

    >>> product(Repository(name="bell", summary="It rings.")).decode().splitlines()[4:9]
    ['# Product', '', '## Purpose', '', 'It rings.']
    """
    purpose = (
        repository.summary or "The README does not say yet what this product is for and for whom. One paragraph here helps every draft."
    )
    return f"""---
inclusion: always
---

# Product

## Purpose

{purpose}

## How work is specified

- Every feature has a folder in `.kiro/specs/` with `requirements.md` (EARS sentences), `design.md` and `tasks.md`.
- A design is drafted from approved requirements, a task list from an approved design, code from approved tasks.
- Requirements say what is observable from outside; how it is built belongs to the design.
""".encode()


def _files(count: int) -> str:
    """Count files in words.

    >>> _files(1), _files(2)
    ('1 file', '2 files')
    """
    return "1 file" if count == 1 else f"{count} files"


def tech(repository: Repository) -> bytes:
    """Write `tech.md`.

    >>> tech(Repository(name="bell", languages=(("Python", 3),))).decode().splitlines()[8]
    '- Python (3 files)'
    """
    languages = "\n".join(f"- {name} ({_files(count)})" for name, count in repository.languages) or "- none recognised yet"
    frameworks = "\n".join(f"- {name}" for name in repository.frameworks) or "- none recognised in the manifests"
    command = (
        f"`{repository.test_command}`"
        if repository.test_command
        else "none recognised; name it in `.kiro/settings.json` as `verify.command`"
    )
    manifests = ", ".join(f"`{name}`" for name in repository.manifests) or "none"
    return f"""---
inclusion: always
---

# Technology

## Languages

{languages}

## Frameworks and libraries

{frameworks}

## Verification

- Test command: {command}
- Manifests: {manifests}
- A new dependency needs a person's approval.
""".encode()


def structure(repository: Repository) -> bytes:
    """Write `structure.md`.

    >>> structure(Repository(name="bell", folders=(("src", 3),))).decode().splitlines()[8]
    '- `src/` (3 files)'
    """
    folders = "\n".join(f"- `{name}/` ({_files(count)})" for name, count in repository.folders) or "- everything lies at the top"
    return f"""---
inclusion: always
---

# Structure

## Folders

{folders}

## Conventions

- New code goes beside the code that it resembles; its tests go beside the tests of that code.
- A change stays inside the files that its task names.
""".encode()


def settings(repository: Repository) -> bytes:
    """Write a commented `settings.json`; models stand in comments only, so that nothing calls a model before a person names one.

    >>> settings(Repository(name="bell", test_command="make test")).decode().splitlines()[2].strip()
    '"verify": { "command": "make test", "timeoutSeconds": 600 },'
    """
    allowed = json.dumps([command for command in (repository.test_command, "git status", "git diff") if command])
    command = json.dumps(repository.test_command or "make test")
    verify = f'  "verify": {{ "command": {command}, "timeoutSeconds": 600 }},'
    if not repository.test_command:
        verify = f"  // None was recognised; without one no task can be verified.\n  //{verify[1:]}"
    return f"""{{
  // The command that decides whether a task is done. Setsquare runs it itself, in the sandbox.
{verify}

  // Models. Without this object drafts come from the deterministic outline and no model is ever called.
  // Keys are read from environment variables, never from this file.
  // "models": {{
  //   "primary": {{ "provider": "anthropic", "model": "claude-sonnet-4-5", "maxTokens": 8192, "temperature": 0.1 }},
  //   "fast":    {{ "provider": "ollama", "model": "qwen2.5-coder" }},
  //   "routing": {{ "specGeneration": "primary", "taskExecution": "primary" }}
  // }},

  // What an agent may do. Levels: "cautious" stops at every write and command, "balanced" before destructive ones and large
  // rewrites, "full" only on errors and completion.
  "agent": {{
    "autonomyLevel": "balanced",
    "allowedCommands": {allowed},
    "forbiddenCommands": ["rm -rf", "git push --force", "npm publish"],
    "maxFileEditsPerTask": 20,
    "requireApprovalForNewFiles": false
  }}
}}
""".encode()
