"""Writes guidance of other tools as steering files, word for word.

Source: Kiro's steering page (`inclusion`, `fileMatchPattern`; `auto` needs `name` and `description`; `#[[file:…]]`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

import msgspec
from msgspec import Struct

from setsquare.migrate.fences import outside_fences
from setsquare.migrate.guidance import Guidance
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.steering import Inclusion

_SECTION = LazyPattern(r"##[ \t]+(.+?)[ \t]*#*\Z")
_ORNAMENT = LazyPattern(r"\A[\W\d_]+|[\W_]+\Z")
_SHARED = {
    "product": (
        "overview|project overview|product overview|product|about|about the project|about this project|project description|purpose|"
        "what is this|project summary|项目概述|项目介绍|项目简介|プロジェクト概要|概要|프로젝트 개요|descripción del proyecto|visão geral|обзор проекта"
    ),
    "tech": (
        "tech stack|technology stack|technical stack|technologies|stack|tech|technology|commands|common commands|development commands|"
        "key commands|build commands|essential commands|技术栈|常用命令|開発コマンド|技術スタック|기술 스택|стек технологий|технологический стек"
    ),
    "structure": (
        "project structure|directory structure|repository structure|folder structure|file structure|code structure|project layout|"
        "repository layout|code organization|项目结构|目录结构|ディレクトリ構成|プロジェクト構造|프로젝트 구조|структура проекта"
    ),
}
SHARED = tuple(_SHARED)
"""The steering files that Kiro itself writes: what the product is, what it is built with, where things lie."""
_HOME = {heading: name for name, headings in _SHARED.items() for heading in headings.split("|")}


class SteeringText(Struct, frozen=True, kw_only=True):
    """One steering file to be: its name without ending, and its text."""

    name: str
    text: str


def steering_texts(guidance: Guidance, free: Collection[str]) -> tuple[SteeringText, ...]:
    r"""Write guidance as steering files; sections whose heading says so go to those of the shared files that are free.

    >>> from setsquare.text.paths import RelPath
    >>> body = "# Rules\nBe strict.\n## Tech stack\nPython\n"
    >>> found = steering_texts(Guidance(path=RelPath("CLAUDE.md"), source="claude", name="claude", body=body), {"tech"})
    >>> [(file.name, file.text) for file in found]
    [('claude', '---\ninclusion: always\n---\n\n# Rules\nBe strict.\n'), ('tech', '---\ninclusion: always\n---\n\n## Tech stack\nPython\n')]
    """
    body = guidance.body.removeprefix("\ufeff")
    parts = _by_home(body, free) if guidance.inclusion is Inclusion.ALWAYS else {"": body}
    own = _with_references(parts.pop("", ""), guidance)
    newline = "\r\n" if body.count("\r\n") * 2 > body.count("\n") else "\n"
    named = {**({guidance.name: own} if own.strip() else {}), **parts}
    return tuple(SteeringText(name=name, text=_front(guidance, name, newline) + text) for name, text in named.items())


def _by_home(body: str, free: Collection[str]) -> dict[str, str]:
    """Split a text into the sections that have a home and the rest, which has the empty name."""
    parts: dict[str, list[str]] = {}
    for home, text in _sections(body):
        parts.setdefault(home if home in free else "", []).append(text)
    return {name: "".join(texts) for name, texts in parts.items()}


def _sections(body: str) -> Iterator[tuple[str, str]]:
    """Give the text before the first section and each section, with the home that its heading names."""
    lines = body.split("\n")
    starts = [(number, match[1]) for number, line in outside_fences(body) if (match := _SECTION.match(line))]
    bounds = [(1, ""), *starts, (len(lines) + 1, "")]
    for (start, heading), (end, _) in pairwise(bounds):
        text = "\n".join(lines[start - 1 : end - 1])
        is_last = end == len(lines) + 1
        if text or not is_last:
            yield _HOME.get(_ORNAMENT.sub("", heading).lower(), ""), text if is_last else f"{text}\n" if start < end else ""


def _with_references(text: str, guidance: Guidance) -> str:
    """Add live references to the files that the text imports."""
    if not guidance.references:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    ended = text if not text or text.endswith("\n") else text + newline
    return ended + newline + "".join(f"#[[file:{path}]]{newline}" for path in guidance.references)


def _front(guidance: Guidance, name: str, newline: str) -> str:
    """Write the front matter."""
    match guidance.inclusion:
        case Inclusion.ALWAYS:
            lines = ["inclusion: always"]
        case Inclusion.FILE_MATCH:
            patterns = guidance.patterns
            lines = ["inclusion: fileMatch", f"fileMatchPattern: {_quoted(patterns[0] if len(patterns) == 1 else list(patterns))}"]
        case Inclusion.AUTO:
            lines = ["inclusion: auto", f"name: {_quoted(name)}"]
        case Inclusion.MANUAL:
            lines = ["inclusion: manual"]
    if guidance.description:
        lines.append(f"description: {_quoted(guidance.description)}")
    return newline.join(("---", *lines, "---", "", ""))


def _quoted(value: str | list[str]) -> str:
    """Write a text or a list so that YAML reads it as it is: JSON is YAML, once what YAML calls unprintable is escaped."""
    written = msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
    if written.isprintable():
        return written
    return "".join(letter if letter.isprintable() or letter > "\uffff" else f"\\u{ord(letter):04x}" for letter in written)
