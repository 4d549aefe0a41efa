"""Finds other places that take in the text of a policy and cannot be followed: what stands there would change with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.nodes import Located, Part
from setsquare.powers.iam.infrastructure.terraform_module import Module
from setsquare.text.paths import RelPath, base_name

_NAME = re.compile(rb"(?<![A-Za-z0-9_.-])(?:data\.aws_iam_policy_document|module\.[A-Za-z0-9_-]+|local|var)\.[A-Za-z0-9_-]+")
_FILE = re.compile(rb'["/]([^"/\n${}]+\.[A-Za-z0-9]+)"')
_WORD = rb"[A-Za-z0-9_-]"


def with_uses(found: Sequence[Located], modules: Mapping[str, Module], steps: Collection[tuple[RelPath, int]]) -> Iterator[Located]:
    """Say of each part of policies where else its names stand; `steps` are the places that were followed, by path and byte."""
    if not found:
        return
    names, files = _index(modules, steps)
    own = {path for module in modules.values() for path in module.raws}
    for each in found:
        yield replace(each, parts=tuple([_with_use(part, own, names, files) for part in each.parts]))


def _with_use(part: Part, own: Collection[RelPath], names: Mapping[tuple[str, str], str], files: Mapping[str, str]) -> Part:
    if part.path not in own:
        return replace(part, also=files.get(base_name(part.path), ""))
    return replace(part, also=next((names[name] for name in part.names if name in names), ""))


def _index(
    modules: Mapping[str, Module], steps: Collection[tuple[RelPath, int]]
) -> tuple[Mapping[tuple[str, str], str], Mapping[str, str]]:
    """Give the first place of each name, by folder, and of each file, by the end of a quoted text, that was not followed."""
    names: dict[tuple[str, str], str] = {}
    files: dict[str, str] = {}
    for folder, module in modules.items():
        for path, raw in module.raws.items():
            for found in _NAME.finditer(raw):
                key = (folder, found[0].decode("utf-8", "surrogateescape"))
                # A reference in quotes, "${…}", was followed where its quotes begin.
                is_followed = any((path, found.start() - before) in steps for before in (0, 3))
                if key not in names and not is_followed and not _is_remark(raw, found.start()):
                    names[key] = _place(path, raw, found.start())
            for found in _FILE.finditer(raw):
                name, quote = found[1].decode("utf-8", "surrogateescape"), raw.rfind(b'"', 0, found.start(1))
                if name not in files and (path, quote) not in steps and not _is_remark(raw, quote):
                    files[name] = _place(path, raw, quote)
    return names, files


def _place(path: RelPath, raw: bytes, at: int) -> str:
    line = raw.count(b"\n", 0, at) + 1
    return f"{path}:{line}"


def occurrences(raws: Mapping[RelPath, bytes], name: str) -> Iterator[tuple[RelPath, int]]:
    r"""Give every place where a name of Terraform stands as code, by path and byte.

    >>> list(occurrences({RelPath("a.tf"): b"x = local.a # local.a\ny = local.ab"}, "local.a"))
    [('a.tf', 4)]
    """
    if not name:
        return
    pattern = re.compile(rb"(?<![A-Za-z0-9_.-])" + re.escape(name.encode("utf-8", "surrogateescape")) + rb"(?!" + _WORD + rb")")
    for path, raw in raws.items():
        for found in pattern.finditer(raw):
            if not _is_remark(raw, found.start()):
                yield path, found.start()


def _is_remark(raw: bytes, at: int) -> bool:
    """Tell whether a place stands in a remark. What may be code, such as in a text between marks, is taken for code."""
    line = raw[raw.rfind(b"\n", 0, at) + 1 : at]
    if b"${" in line:
        return False
    bare = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", line)
    if b"#" in bare or b"//" in bare:
        return True
    opened = max(raw.rfind(b"\n/*", 0, at), raw.rfind(b" /*", 0, at))
    return opened > raw.rfind(b"*/", 0, at) and b'"' not in raw[opened : raw.find(b"\n", opened + 1)]
