"""The blocks of one folder of Terraform, by what refers to them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.hcl import Attribute, Block, NotHcl, blocks_of
from setsquare.powers.iam.infrastructure.json_code import json_blocks
from setsquare.powers.iam.infrastructure.nodes import TextNode
from setsquare.text.paths import RelPath


class Home(Struct, frozen=True):
    """A block and the file that it stands in."""

    path: RelPath
    block: Block

    @property
    def address(self) -> str:
        """Give its address."""
        return ".".join(self.block.labels[:2])

    def attribute(self, name: str) -> Attribute | None:
        """Give an attribute; `None` where there is none."""
        return next((each for each in self.block.attributes if each.name == name), None)


class Blocks:
    """A folder's files, read once. What cannot be read is left out: the reading of policies names it."""

    def __init__(self, files: Mapping[RelPath, bytes]) -> None:
        """Take the files of one folder."""
        self._raws = dict(files)
        self._texts: dict[RelPath, str] = {}
        self.resources: dict[tuple[str, str], Home] = {}
        self.policies: dict[str, Home] = {}
        self.locals: dict[str, tuple[RelPath, Attribute]] = {}
        self.variables: dict[str, Home] = {}
        self.modules: dict[RelPath, list[tuple[int, int, str]]] = {}
        for path, raw in sorted(files.items()):
            for block in blocks_in(raw, is_json=path.endswith(".json")):
                self._take(path, block)

    def _take(self, path: RelPath, block: Block) -> None:
        match block.type, block.labels:
            case "resource", (type_, name):
                self.resources.setdefault((type_, name), Home(path, block))
            case "data", ("aws_iam_policy", name):
                self.policies.setdefault(name, Home(path, block))
            case "locals", _:
                self.locals |= {each.name: (path, each) for each in block.attributes}
            case "variable", (name,):
                self.variables.setdefault(name, Home(path, block))
            case "module", (name,):
                self.modules.setdefault(path, []).append((block.span.start, block.span.end, f"module.{name}"))
            case _:
                pass

    def text(self, home: Home, key: str) -> str:
        """Give the text of an attribute, through one local; empty where it is none."""
        value = home.block.value(key)
        if isinstance(value, TextNode) and value.value.startswith("${local.") and value.value[8:-1] in self.locals:
            value = self.locals[value.value[8:-1]][1].value
        return value.value if isinstance(value, TextNode) else ""

    def whole(self, path: RelPath) -> str:
        """Give a file's text, one character for each byte."""
        if path not in self._texts:
            self._texts[path] = self._raws[path].decode("latin-1")
        return self._texts[path]

    def written(self, path: RelPath, attribute: Attribute) -> str:
        """Give an expression as it is written, without lines that are comments."""
        text = self._raws[path][attribute.value.span.start : attribute.value.span.end].decode("utf-8", "replace")
        return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(("#", "//")))

    def given(self, home: Home) -> str:
        """Give the name of a role, user or group, empty where the provider makes one up."""
        prefix = self.text(home, "name_prefix")
        return self.text(home, "name") or (f"{prefix}${{…}}" if prefix else "")


def blocks_in(raw: bytes, *, is_json: bool = False) -> tuple[Block, ...]:
    """Give the blocks of a file, none of one that cannot be read.

    >>> blocks_in(b"{{{")
    ()
    """
    try:
        return json_blocks(raw) if is_json else blocks_of(raw)
    except NotHcl:
        return ()
