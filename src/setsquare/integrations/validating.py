"""Holds a file against its tool's documented format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from setsquare.integrations.rendering import Rendered
from setsquare.integrations.stamp import plain
from setsquare.integrations.tool import Form, Format
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import base_name, parent
from setsquare.text.toml_table import toml_table

_NAME: Final = LazyPattern(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FRONT: Final = LazyPattern(r"---\n(?P<yaml>.*?)^---\n", 16 | 8)  # DOTALL | MULTILINE
_LIMIT_DESCRIPTION: Final = 1024
_LIMIT_COMPATIBILITY: Final = 500
_LIMIT_LINES: Final = 500
# What Claude Code, Gemini CLI and OpenCode replace before a model sees it: shell output, files, arguments.
_REPLACED: Final = LazyPattern(r"!`|!\{|@\{|(?<![\w`])@[\w./]|\$\d|\$ARGUMENTS|\{\{")
_RESERVED: Final = LazyPattern(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_UNPORTABLE: Final = LazyPattern(r'[<>:"|?*\\\x00-\x1f]|[. ]$')


def problems(file: Rendered) -> tuple[str, ...]:
    """List what in a file is against its tool's format; nothing where all is well.

    Source: the pages that the table of tools names; agentskills.io for skills.

    >>> from setsquare.integrations.rendering import rendered
    >>> from setsquare.integrations.tools import TOOLS
    >>> [problem for tool in TOOLS for file in rendered(tool, "1.0.0") for problem in problems(file)]
    []
    """
    found = list(_of_path(file.path, file.form))
    if file.form.format is Format.TOML:
        found += _of_toml(file.text, file.form)
    elif file.form.format is not Format.BLOCK:
        found += _of_markdown(file)
    if file.form.limit_characters and len(file.text) > file.form.limit_characters:
        found.append(f"{len(file.text)} characters; at most {file.form.limit_characters} are read")
    return tuple(found)


def _of_path(path: str, form: Form) -> list[str]:
    """Judge the file's name and place, also for other systems than this one."""
    found = [
        f"the name {part!r} cannot stand on Windows" for part in path.split("/") if _RESERVED.fullmatch(part) or _UNPORTABLE.search(part)
    ]
    if form.limit_name and len(_given_name(path, form)) > form.limit_name:
        found.append(f"the name is longer than {form.limit_name} characters")
    return found


def _given_name(path: str, form: Form) -> str:
    """Give the name under which the tool knows the file: its folder's for a skill, its own without the ending otherwise."""
    return base_name(parent(path)) if form.format is Format.SKILL else base_name(path).partition(".")[0]


def _of_markdown(file: Rendered) -> list[str]:
    text, form = plain(file.text.encode("utf-8", "surrogateescape")), file.form
    match = _FRONT.match(text)
    found: list[str] = []
    if match is None:
        if form.required:
            return ["there is no front matter, or it is not closed"]
        if text.startswith("---\n"):
            return ["the front matter is not closed"]
        body = text
    else:
        if not (form.allowed or form.required):
            found.append("this format has no front matter")
        fields = _yaml(match["yaml"])
        if isinstance(fields, str):
            return [fields]
        found += _of_keys(fields, form)
        found += _of_values(fields, file)
        body = text[match.end() :]
    if not body.strip():
        found.append("there is no text after the front matter")
    if form.format is Format.SKILL and body.count("\n") > _LIMIT_LINES:
        found.append(f"more than {_LIMIT_LINES} lines")
    return found + _of_replaced(body, form)


def _of_replaced(body: str, form: Form) -> list[str]:
    """List what a tool would replace although it is not meant so."""
    without = body.replace(form.argument, "") if form.argument else body
    return [f"{match[0]!r} would be replaced by the tool" for match in _REPLACED.finditer(without)]


def _of_toml(text: str, form: Form) -> list[str]:
    try:
        table = toml_table(text)
    except ValueError as error:
        return [f"not valid TOML: {error}"]
    found = _of_keys(table, form)
    found += [f"`{key}` is no text" for key, value in table.items() if not isinstance(value, str)]
    if "\n" in str(table.get("description", "")):
        found.append("`description` has more than one line")
    prompt = table.get("prompt")
    return found + (_of_replaced(prompt, form) if isinstance(prompt, str) else [])


def _of_keys(fields: Mapping[str, object], form: Form) -> list[str]:
    missing = [f"`{key}` is missing" for key in form.required if not fields.get(key)]
    return missing + [f"`{key}` is no key of this format" for key in fields if key not in form.allowed]


def _of_values(fields: Mapping[str, object], file: Rendered) -> list[str]:
    """Judge the values of a front matter."""
    found: list[str] = []
    description = fields.get("description", "")
    if not isinstance(description, str) or len(description) > _LIMIT_DESCRIPTION or "\n" in description:
        found.append(f"`description` is no line of at most {_LIMIT_DESCRIPTION} characters")
    if file.form.format is Format.MDC and fields.get("alwaysApply") not in ("true", "false"):
        found.append("`alwaysApply` is neither true nor false")
    if file.form.format is not Format.SKILL:
        return found
    name = str(fields.get("name", ""))
    if not _NAME.fullmatch(name) or len(name) > file.form.limit_name:
        found.append(f"`name` is not made of small letters, digits and single hyphens, at most {file.form.limit_name}")
    if name != base_name(parent(file.path)):
        found.append(f"`name` is {name!r}, the folder is {base_name(parent(file.path))!r}")
    if len(str(fields.get("compatibility", ""))) > _LIMIT_COMPATIBILITY:
        found.append(f"`compatibility` is longer than {_LIMIT_COMPATIBILITY} characters")
    metadata = fields.get("metadata", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        found.append("`metadata` is no table of texts")
    return found


def _yaml(text: str) -> Mapping[str, object] | str:
    """Read YAML with every scalar as the text that was written, or say why it cannot be read."""
    import yaml  # noqa: PLC0415  (start-up: only generated files are judged)

    try:
        value = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506  (BaseLoader builds strings, lists and mappings only)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return f"the front matter is not valid YAML: {getattr(error, 'problem', None) or 'it cannot be read'}"
    return {str(key): entry for key, entry in value.items()} if isinstance(value, dict) else "the front matter is no list of keys"
