"""Finds the policies of one folder of Terraform files, which is a module: what hangs on which role, however the policy is written.

Source: Terraform AWS provider, `aws_iam_role`, `aws_iam_role_policy`, `aws_iam_policy`, `aws_iam_role_policy_attachment`, `aws_iam_policy_document`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.document_blocks import document_node
from setsquare.powers.iam.infrastructure.hcl import Block, Call, Expression, Heredoc, NotHcl, blocks_of
from setsquare.powers.iam.infrastructure.model import Form
from setsquare.powers.iam.infrastructure.nodes import Dialect, Found, ListNode, Located, MapNode, Place, TextNode, Unread, located, words_of
from setsquare.powers.iam.infrastructure.reading_json import Broken, Reading, json_node
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

LIMIT_STEPS = 8

_REFERENCE = LazyPattern(r"\$\{(?P<data>data\.)?(?P<type>[a-z]\w*+)\.(?P<name>[\w-]++)(?:\[[^\]]*+\])?(?:\.(?P<what>\w++))?\}\Z")
_LOCAL = LazyPattern(r"\$\{local\.(?P<name>[\w-]++)\}\Z")
_IDENTITY = frozenset({"name", "id", "arn", "unique_id"})
_INLINE: Mapping[str, str] = {"aws_iam_role_policy": "role", "aws_iam_user_policy": "user", "aws_iam_group_policy": "group"}
_ATTACHED: Mapping[str, tuple[str, ...]] = {
    "aws_iam_role_policy_attachment": ("role",),
    "aws_iam_user_policy_attachment": ("user",),
    "aws_iam_group_policy_attachment": ("group",),
    "aws_iam_policy_attachment": ("roles", "users", "groups"),
}


class _Home(Struct, frozen=True):
    """A block and the file it stands in."""

    path: RelPath
    block: Block

    @property
    def name(self) -> str:
        """Give the second label."""
        return self.block.labels[1] if len(self.block.labels) > 1 else ""


class _Written(Struct, frozen=True):
    """An expression and the file it stands in."""

    path: RelPath
    value: Expression


def module_policies(files: Mapping[RelPath, bytes], others: Mapping[RelPath, bytes]) -> Found:
    r"""Read the files of one folder; `others` are those that `file("…")` may name.

    >>> text = b'resource "aws_iam_role_policy" "x" {\n role = "ecs"\n policy = jsonencode({Statement = [{Effect = "Allow", Action = "s3:*", Resource = "*"}]})\n}'
    >>> [(each.source.owner, each.source.address) for each in module_policies({RelPath("a.tf"): text}, {}).located]
    [('ecs', 'aws_iam_role_policy.x')]
    """
    module = _Module(others)
    unread: list[Unread] = []
    for path, raw in sorted(files.items()):
        try:
            module.take(path, raw, blocks_of(raw))
        except NotHcl as error:
            unread.append(Unread(path=path, start=error.start, reason=error.reason))
    found = tuple(module.found())
    return Found(
        tuple([each for each in found if isinstance(each, Located)]), (*unread, *[each for each in found if isinstance(each, Unread)])
    )


class _Module:
    """The blocks of a folder, by what refers to them."""

    __slots__ = ("data", "locals", "others", "raws", "resources")

    def __init__(self, others: Mapping[RelPath, bytes]) -> None:
        self.others = others
        self.raws: dict[RelPath, bytes] = {}
        self.resources: dict[tuple[str, str], _Home] = {}
        self.data: dict[tuple[str, str], _Home] = {}
        self.locals: dict[str, _Written] = {}

    def take(self, path: RelPath, raw: bytes, blocks: tuple[Block, ...]) -> None:
        """Add the blocks of a file."""
        self.raws[path] = raw
        for block in blocks:
            if block.type == "locals":
                self.locals |= {each.name: _Written(path, each.value) for each in block.attributes}
            elif len(block.labels) == 2 and block.type in {"resource", "data"}:
                kind = self.resources if block.type == "resource" else self.data
                kind.setdefault((block.labels[0], block.labels[1]), _Home(path, block))

    def found(self) -> Iterator[Located | Unread]:
        """Give every policy, in the order of the files; one that hangs on several is given for each."""
        attached, boundaries = self._attachments()
        for (type_, name), home in self.resources.items():
            address = f"{type_}.{name}"
            named = self._text(home, "name")
            if type_ in _INLINE:
                owner = self._owner(home.block.value(_INLINE[type_]))
                yield from self._policies(home, "policy", (owner,), _About(name=named, address=address))
            elif type_ == "aws_iam_policy":
                about = _About(name=named, address=address)
                owners, bounded = attached.get(name, []), boundaries.get(name, [])
                if owners or not bounded:
                    yield from self._policies(home, "policy", tuple(owners) or ("",), about)
                yield from self._policies(home, "policy", tuple(bounded), _About(name=named, address=address, is_boundary=True))
            elif type_ == "aws_iam_role":
                owner = self._owner(None, ("aws_iam_role", name))
                yield from self._policies(home, "assume_role_policy", (owner,), _About(address=address, is_trust=True))
                for inner in home.block.each("inline_policy"):
                    at = _Home(home.path, inner)
                    yield from self._policies(at, "policy", (owner,), _About(name=self._text(at, "name"), address=address))

    def _policies(self, home: _Home, key: str, owners: tuple[str, ...], about: _About) -> Iterator[Located | Unread]:
        value = home.block.value(key)
        if value is None:
            return
        for owner in owners:
            yield self._policy(_Written(home.path, value), _About.of(about, owner), 0)

    def _policy(self, written: _Written, about: _About, steps: int) -> Located | Unread:
        """Follow an expression to a policy's words."""
        value, path = written.value, written.path
        if isinstance(value, Call):
            return self._called(path, value, about, steps)
        if isinstance(value, Heredoc):
            return self._heredoc(path, value, about)
        if isinstance(value, TextNode) and steps < LIMIT_STEPS:
            local = _LOCAL.match(value.value) if value.is_whole else None
            if local and local["name"] in self.locals:
                return self._policy(self.locals[local["name"]], about, steps + 1)
            found = _REFERENCE.match(value.value) if value.is_whole else None
            home = self.data.get((found["type"], found["name"])) if found and found["data"] else None
            if found and home and found["type"] == "aws_iam_policy_document" and found["what"] in {"json", "minified_json"}:
                return self._document(home, about)
            if not value.is_open:
                node = json_node(value.value.encode(), Reading())
                if isinstance(node, MapNode):
                    return located(about.place(path, Form.TERRAFORM_HEREDOC, Dialect.SEALED), _all_at(node, value.span))
        return about.unread(path, value.span.start, "the policy is put together elsewhere")

    def _called(self, path: RelPath, call: Call, about: _About, steps: int) -> Located | Unread:
        first = call.arguments[0] if len(call.arguments) == 1 else None
        if call.name == "jsonencode" and isinstance(first, MapNode):
            return located(about.place(path, Form.TERRAFORM_JSONENCODE, Dialect.HCL), first)
        if call.name == "jsonencode" and isinstance(first, TextNode) and steps < LIMIT_STEPS:
            local = _LOCAL.match(first.value)
            target = self.locals.get(local["name"]) if local else None
            if target and isinstance(target.value, MapNode):
                return located(about.place(target.path, Form.TERRAFORM_JSONENCODE, Dialect.HCL), target.value)
        if call.name == "file" and isinstance(first, TextNode):
            return self._file(path, first, about)
        return about.unread(path, call.span.start, f"the policy is put together by {call.name}()")

    def _file(self, path: RelPath, named: TextNode, about: _About) -> Located | Unread:
        folder = path.rpartition("/")[0]
        inside = named.value.removeprefix("${path.module}/")
        target = _reached(folder, inside)
        raw = self.others.get(target) if target is not None else None
        if target is None or raw is None or "${" in inside:
            return about.unread(path, named.span.start, f"the file {inside[:120]} is not at hand")
        node = json_node(raw, Reading())
        if isinstance(node, Broken) or not isinstance(node, MapNode):
            return about.unread(target, 0, "it holds no JSON object")
        return located(about.place(target, Form.JSON, Dialect.JSON), node)

    def _heredoc(self, path: RelPath, value: Heredoc, about: _About) -> Located | Unread:
        start, end = value.content.start, value.content.end
        masked = bytearray(self.raws[path][start:end])
        for span, _ in value.holes:
            masked[span.start - start : span.end - start] = b"${" + b"_" * (len(span) - 3) + b"}"
        holes = {span.start: name for span, name in value.holes}
        node = json_node(bytes(masked), Reading(offset=start, holes=holes, is_template=True))
        if isinstance(node, Broken):
            return about.unread(path, node.start, f"the text is no JSON: {node.reason}")
        if not isinstance(node, MapNode):
            return about.unread(path, start, "the text is no policy")
        return located(about.place(path, Form.TERRAFORM_HEREDOC, Dialect.HEREDOC), node)

    def _document(self, home: _Home, about: _About) -> Located | Unread:
        node = document_node(home.block)
        if isinstance(node, Broken):
            return about.unread(home.path, node.start, node.reason)
        return located(about.place(home.path, Form.TERRAFORM_DOCUMENT, Dialect.BLOCKS), node)

    def _attachments(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Say on whom managed policies hang, and whom they bound, by the policies' labels."""
        attached: dict[str, list[str]] = {}
        bounded: dict[str, list[str]] = {}
        for (type_, name), home in self.resources.items():
            block = home.block
            for key in _ATTACHED.get(type_, ()):
                target = _managed(block.value("policy_arn"))
                owners = [self._owner(each) for each in _words(block.value(key))]
                attached.setdefault(target, []).extend(owners)
            if type_ == "aws_iam_role":
                owner = self._owner(None, ("aws_iam_role", name))
                for each in _words(block.value("managed_policy_arns")):
                    attached.setdefault(_managed(each), []).append(owner)
                bounded.setdefault(_managed(block.value("permissions_boundary")), []).append(owner)
        return {key: list(dict.fromkeys(each)) for key, each in attached.items() if key}, {
            key: each for key, each in bounded.items() if key
        }

    def _owner(self, value: Expression | None, key: tuple[str, str] | None = None) -> str:
        """Name a role, user or group: as it is written, or as the block that a reference leads to names it."""
        if key is None:
            if not isinstance(value, TextNode):
                return ""
            local = _LOCAL.match(value.value)
            if local and local["name"] in self.locals:
                value = self.locals[local["name"]].value
            found = _REFERENCE.match(value.value) if isinstance(value, TextNode) else None
            if not isinstance(value, TextNode):
                return ""
            if not (found and found["what"] in _IDENTITY and not found["data"]):
                return value.value
            key = (found["type"], found["name"])
        target = self.resources.get(key)
        if target is None:
            return ""
        named = self._text(target, "name")
        prefix = self._text(target, "name_prefix")
        return named or (f"{prefix}${{…}}" if prefix else "")

    def _text(self, home: _Home, key: str) -> str:
        value = home.block.value(key)
        if isinstance(value, TextNode):
            local = _LOCAL.match(value.value)
            if local and local["name"] in self.locals:
                value = self.locals[local["name"]].value
        return value.value if isinstance(value, TextNode) else ""


class _About(Struct, frozen=True, kw_only=True):
    """What the blocks around a policy say about it."""

    owner: str = ""
    name: str = ""
    address: str = ""
    is_trust: bool = False
    is_boundary: bool = False

    @staticmethod
    def of(about: _About, owner: str) -> _About:
        """Say it of one owner."""
        return _About(owner=owner, name=about.name, address=about.address, is_trust=about.is_trust, is_boundary=about.is_boundary)

    def place(self, path: RelPath, form: Form, dialect: Dialect) -> Place:
        """Say where the policy's words stand."""
        return Place(
            path=path,
            form=form,
            dialect=dialect,
            owner=self.owner,
            name=self.name,
            address=self.address,
            is_trust=self.is_trust,
            is_boundary=self.is_boundary,
        )

    def unread(self, path: RelPath, start: int, reason: str) -> Unread:
        """Say why the policy cannot be read."""
        return Unread(path=path, start=start, reason=reason, address=self.address, owner=self.owner)


def _reached(folder: str, inside: str) -> RelPath | None:
    """Follow a path from a folder; `None` where it leads out of the repository."""
    parts = folder.split("/") if folder else []
    for part in inside.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return RelPath("/".join(parts))


def _words(value: Expression | None) -> tuple[TextNode, ...]:
    return () if isinstance(value, (Call, Heredoc)) else words_of(value)


def _all_at(node: MapNode, span: Span) -> MapNode:
    """Give every part of JSON inside a quoted string the string's own place: nothing smaller can be pointed at."""
    fields = []
    for field in node.fields:
        value = field.value
        if isinstance(value, ListNode):
            items = tuple([_all_at(item, span) if isinstance(item, MapNode) else item for item in value.items])
            value = ListNode(span, items)
        elif isinstance(value, MapNode):
            value = _all_at(value, span)
        fields.append(type(field)(field.key, span, value, span))
    return MapNode(span, tuple(fields))


def _managed(value: Expression | None) -> str:
    """Give the label of the policy that a reference names; empty for another's."""
    found = _REFERENCE.match(value.value) if isinstance(value, TextNode) else None
    return found["name"] if found and found["type"] == "aws_iam_policy" and not found["data"] else ""
