"""The defaults of Terraform's variables, and the values that files of the repository record for them.

Source: Terraform language, "Input Variables"; "Variable Definitions (.tfvars) Files"; Terragrunt, "inputs".
"""

from __future__ import annotations

from collections.abc import Mapping

from setsquare.powers.iam.infrastructure.hcl import NotHcl, blocks_of, expression_at
from setsquare.powers.iam.infrastructure.json_code import json_blocks
from setsquare.powers.iam.infrastructure.nodes import MapNode
from setsquare.powers.iam.infrastructure.reading import LIMIT_BYTES, is_code
from setsquare.text.json_document import read, scan
from setsquare.text.json_tree import JsonObject
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent
from setsquare.text.span import Span

Place = tuple[RelPath, Span]
_INPUTS = LazyPattern(r"(?m)^inputs[ \t]*=[ \t]*")
_ARGUMENT = LazyPattern(r"(?m)^[ \t]*(?P<name>[^\W\d][\w-]*)[ \t]*=(?!=)[ \t]*")


class Variables:
    """Where the values of variables are written. What is recorded may hold for any module that nobody calls: which file is used is said on the command line."""

    def __init__(self, files: Mapping[RelPath, bytes]) -> None:
        """Take all files."""
        self._defaults: dict[tuple[str, str], Place] = {}
        self._recorded: dict[str, list[Place]] = {}
        for path, raw in sorted(files.items()):
            if len(raw) > LIMIT_BYTES:
                continue
            if is_code(path) and b"variable" in raw:
                self._declared(path, raw)
            elif path.endswith(".tfvars"):
                self._record(path, raw)
            elif path.endswith(".tfvars.json"):
                self._record_json(path, raw)
            elif path.endswith(".hcl") and b"inputs" in raw:
                self._record_inputs(path, raw)

    def default(self, folder: str, name: str) -> Place | None:
        """Give the place of a default."""
        return self._defaults.get((folder, name))

    def recorded(self, name: str) -> tuple[Place, ...]:
        """Give the places of the recorded values."""
        return tuple(self._recorded.get(name, ()))

    def _declared(self, path: RelPath, raw: bytes) -> None:
        try:
            blocks = json_blocks(raw) if path.endswith(".json") else blocks_of(raw)
        except NotHcl:
            return
        for block in blocks:
            value = block.value("default") if block.type == "variable" and block.labels else None
            if value is not None:
                self._defaults[parent(path), block.labels[0]] = (path, value.span)

    def _record(self, path: RelPath, raw: bytes) -> None:
        """Read a file of arguments alone."""
        text = raw.decode("latin-1")
        at = 0
        while (found := _ARGUMENT.search(text, at)) is not None:
            try:
                value = expression_at(raw, Span(found.end(), len(raw)))
            except NotHcl:
                return
            self._recorded.setdefault(found["name"], []).append((path, value.span))
            at = max(value.span.end, found.end())

    def _record_inputs(self, path: RelPath, raw: bytes) -> None:
        """Read the inputs that Terragrunt hands to a module."""
        found = _INPUTS.search(raw.decode("latin-1"))
        try:
            value = expression_at(raw, Span(found.end(), len(raw))) if found else None
        except NotHcl:
            return
        for field in value.fields if isinstance(value, MapNode) else ():
            self._recorded.setdefault(field.key, []).append((path, field.value.span))

    def _record_json(self, path: RelPath, raw: bytes) -> None:
        root = read(scan(path, raw)).root
        for member in root.members if isinstance(root, JsonObject) else ():
            self._recorded.setdefault(member.key, []).append((path, member.value.span))
