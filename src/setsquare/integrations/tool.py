"""Describes where a tool looks for skills and commands, and in which form."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.text.paths import RelPath


class Kind(enum.Enum):
    """What a file is to its tool: a skill that the model chooses, a command that a person types, a rule, or a block in a shared file."""

    SKILL = "skill"
    COMMAND = "command"
    RULE = "rule"
    BLOCK = "block"


class Format(enum.Enum):
    """How a file is written."""

    SKILL = "SKILL.md"
    MARKDOWN = "Markdown"
    PROMPT = "prompt.md"
    TOML = "TOML"
    MDC = "mdc"
    BLOCK = "marked block"


class Source(Struct, frozen=True):
    """Where a format is documented, and the day on which that was read; unverified where the tool's own maker does not say it."""

    url: str
    read_on: str
    is_verified: bool = True


class Form(Struct, frozen=True, kw_only=True):
    """One kind of file that a tool reads. `path` holds `{id}` for a workflow's id.

    `required` and `allowed` are keys of the front matter (of the table in TOML); none means that there is no front matter. `argument` is what
    the tool replaces by the words that a person typed after the command; empty where it adds them itself. A limit of 0 is none.
    """

    kind: Kind
    format: Format
    path: str
    source: Source
    required: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    argument: str = ""
    limit_characters: int = 0
    limit_name: int = 0

    def place(self, workflow: str) -> RelPath:
        """Name the file of a workflow.

        >>> source = Source("https://example.org", "2026-11-25")
        >>> Form(kind=Kind.COMMAND, format=Format.MARKDOWN, path=".x/commands/setsquare-{id}.md", source=source).place("run")
        '.x/commands/setsquare-run.md'
        """
        return RelPath(self.path.replace("{id}", workflow))

    @property
    def folder(self) -> RelPath:
        """Name the folder that holds all files of this form, and may hold those of others."""
        return RelPath(self.path.partition("{id}")[0].rpartition("/")[0] or self.path.rpartition("/")[0])

    @property
    def is_for_each_workflow(self) -> bool:
        """Tell whether there is one file for each workflow, not one for all."""
        return "{id}" in self.path


class Tool(Struct, frozen=True, kw_only=True):
    """A tool: its id, other names for it, what people call it, its forms, and the files and folders that show that a repository uses it.

    `note` says what to know of it.
    """

    id: str
    title: str
    forms: tuple[Form, ...]
    marks: tuple[str, ...]
    names: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_verified(self) -> bool:
        """Tell whether every form of the tool is documented by its maker."""
        return all(form.source.is_verified for form in self.forms)
