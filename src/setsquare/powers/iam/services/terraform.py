"""Reads services and their roles from the Terraform files of one folder.

Only blocks and their literal attributes are read; what a variable or a module decides stays unresolved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.services.model import ServiceRole, role_in
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_TOKEN = LazyPattern(
    r'(?P<comment>\#[^\n]*+|//[^\n]*+|/\*(?s:.*?)(?:\*/|\Z))|<<-?(?P<tag>\w++)[^\n]*+\n|(?P<string>"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+")|(?P<open>[{\[(])|(?P<close>[}\])])'
)
_BLOCK = LazyPattern(r'(?m)^[ \t]*resource[ \t]++"(?P<type>[\w-]++)"[ \t]++"(?P<name>[\w-]++)"[ \t]*+\{')
_ATTRIBUTE = LazyPattern(r"(?m)^[ \t]*(?P<key>[\w-]++)[ \t]*+=[ \t]*+(?P<value>[^\n]++)")
_REFERENCE = LazyPattern(r"(?P<type>aws_\w++)\.(?P<name>[\w-]++)(?:\[[^\]]*+\])?\.(?P<what>\w++)")
_RUNNERS = {"aws_ecs_task_definition": ("ecs-task", "task_role_arn", "family"), "aws_lambda_function": ("lambda", "role", "function_name")}


class _Block(Struct, frozen=True, kw_only=True):
    """A resource with its attributes as written."""

    type: str
    name: str
    path: RelPath
    line: int
    attributes: Mapping[str, str]

    def text(self, key: str) -> str:
        """Give a literal string without its quotes; empty for anything else."""
        value = self.attributes.get(key, "")
        return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' and "${" not in value else ""


def roles_of_module(files: Mapping[RelPath, bytes]) -> list[ServiceRole]:
    r"""List the services of one folder of Terraform files.

    >>> text = b'resource "aws_iam_role" "x" {\n  name = "ecs-auth"\n}\nresource "aws_ecs_task_definition" "auth" {\n  family = "auth"\n  task_role_arn = aws_iam_role.x.arn\n}\n'
    >>> [(found.names, found.role, found.line) for found in roles_of_module({RelPath("a.tf"): text})]
    [(('auth',), 'ecs-auth', 4)]
    """
    blocks = {(block.type, block.name): block for path, raw in files.items() for block in _blocks(path, raw.decode("utf-8", "replace"))}
    services: dict[str, list[str]] = {}
    for block in blocks.values():
        reference = _REFERENCE.search(block.attributes.get("task_definition", ""))
        if block.type == "aws_ecs_service" and reference:
            services.setdefault(reference["name"], []).append(block.text("name") or block.name)
    found = []
    for block in blocks.values():
        if block.type in _RUNNERS:
            kind, role_key, name_key = _RUNNERS[block.type]
            written = block.attributes.get(role_key, "")
            if written:
                names = (block.text(name_key), block.name, *(services.get(block.name, ()) if kind == "ecs-task" else ()))
                role = _role(written, block.text(role_key), blocks)
                found.append(
                    ServiceRole(
                        names=tuple(dict.fromkeys(name for name in names if name)),
                        role=role,
                        kind=kind,
                        path=block.path,
                        line=block.line,
                        address=f"{block.type}.{block.name}",
                        unresolved="" if role else written[:200],
                    )
                )
    return found


def _role(written: str, literal: str, blocks: Mapping[tuple[str, str], _Block]) -> str:
    """Follow an attribute to the role's name."""
    if literal:
        return role_in(literal)
    reference = _REFERENCE.search(written)
    block = blocks.get((reference["type"], reference["name"])) if reference and reference["type"] == "aws_iam_role" else None
    return block.text("name") if block else ""


def _blocks(path: RelPath, text: str) -> Iterator[_Block]:
    """Find the resources of a file; what is never closed ends the reading."""
    position = 0
    while (head := _BLOCK.search(text, position)) is not None:
        end = _end(text, head.end())
        inside = _outermost(text[head.end() : end])
        attributes: dict[str, str] = {}
        for found in _ATTRIBUTE.finditer(inside):
            attributes.setdefault(found["key"], found["value"].split(" #")[0].split(" //")[0].strip())
        yield _Block(
            type=head["type"], name=head["name"], path=path, line=text.count("\n", 0, head.start("type")) + 1, attributes=attributes
        )
        position = end


def _outermost(inside: str) -> str:
    """Leave out what stands in inner blocks."""
    parts, depth, kept = [], 0, 0
    for at, bracket in _tokens(inside, 0):
        if bracket in "{[(":
            if depth == 0:
                parts.append(inside[kept:at])
            depth += 1
        elif bracket in "}])" and depth:
            depth -= 1
            kept = at + 1
    return "".join((*parts, inside[kept:] if depth == 0 else ""))


def _end(text: str, start: int) -> int:
    """Find the bracket that closes a block; the text's end where there is none."""
    depth = 1
    for at, bracket in _tokens(text, start):
        depth += 1 if bracket in "{[(" else -1
        if depth == 0:
            return at
    return len(text)


def _tokens(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Find brackets outside of strings, comments and here-documents."""
    position = start
    while (found := _TOKEN.search(text, position)) is not None:
        position = found.end()
        if found["tag"]:
            closing = text.find("\n" + found["tag"], position - 1)
            indented = LazyPattern(rf"(?m)^[ \t]*{found['tag']}[ \t]*$").search(text, position) if closing < 0 else None
            position = closing + 1 + len(found["tag"]) if closing >= 0 else indented.end() if indented else len(text)
        elif found["open"] or found["close"]:
            yield found.start(), found[0]
