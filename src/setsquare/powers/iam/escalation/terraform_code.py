"""Reads from Terraform's blocks who the principals are, who is in which group, and which managed policies are attached to them.

Source: Terraform AWS provider, `aws_iam_role_policy_attachment` and its like, `aws_iam_role`, `aws_iam_user_group_membership`, `aws_ssoadmin_managed_policy_attachment`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from setsquare.powers.iam.escalation.code import Attachment, Code, Owner, scope_of
from setsquare.powers.iam.escalation.terraform_blocks import Blocks, Home, blocks_in
from setsquare.powers.iam.escalation.terraform_mentions import QUOTED, Mentions
from setsquare.powers.iam.infrastructure.hcl import Expression
from setsquare.powers.iam.infrastructure.nodes import TextNode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_KINDS: Mapping[str, str] = {"aws_iam_role": "role", "aws_iam_user": "user", "aws_iam_group": "group"}
_SET = "aws_ssoadmin_permission_set"
ATTACHING: Mapping[str, tuple[tuple[str, ...], str]] = {
    "aws_iam_role_policy_attachment": (("role",), "policy_arn"),
    "aws_iam_user_policy_attachment": (("user",), "policy_arn"),
    "aws_iam_group_policy_attachment": (("group",), "policy_arn"),
    "aws_iam_policy_attachment": (("roles", "users", "groups"), "policy_arn"),
    "aws_iam_role_policy_attachments_exclusive": (("role_name",), "policy_arns"),
    "aws_iam_user_policy_attachments_exclusive": (("user_name",), "policy_arns"),
    "aws_iam_group_policy_attachments_exclusive": (("group_name",), "policy_arns"),
    "aws_ssoadmin_managed_policy_attachment": (("permission_set_arn",), "managed_policy_arn"),
}
"""Blocks that attach managed policies: the words that say on whom, and the one that says which."""
_MEMBERS: Mapping[str, tuple[str, str]] = {
    "aws_iam_user_group_membership": ("user", "groups"),
    "aws_iam_group_membership": ("users", "group"),
}
_INLINE: Mapping[str, str] = {"aws_iam_role_policy": "role", "aws_iam_user_policy": "user", "aws_iam_group_policy": "group"}
_REFERENCE = LazyPattern(r"(?P<address>aws_iam_(?:role|user|group)\.[\w-]+)(?:\[[^\]]*\])?\.(?P<what>arn|name|id)\Z")
_TOLD = LazyPattern(r":policy/|\baws_iam_policy\.|\[\s*\]|\{\s*\}|\bnull\b")
_ITSELF = frozenset({"each.key", "each.value"})
_TARGET = LazyPattern(r"\b(?P<type>aws_iam_role|aws_iam_user|aws_iam_group|aws_ssoadmin_permission_set)\.(?P<name>[\w-]+)")


def module_code(files: Mapping[RelPath, bytes], folder: str, passed: frozenset[str] = frozenset()) -> Code:
    r"""Read the files of one folder; `passed` are variables that a module call of the same code sets, so that what they hold is told there.

    >>> text = b'resource "aws_iam_role_policy_attachment" "x" {\n role = "ecs"\n policy_arn = "arn:aws:iam::aws:policy/AWSLambda_FullAccess"\n}'
    >>> [(each.owner, each.word) for each in module_code({RelPath("a.tf"): text}, "").attachments]
    [('ecs', 'arn:aws:iam::aws:policy/AWSLambda_FullAccess')]
    """
    return _Module(Blocks(files), folder, passed).code()


def passed_to(files: Mapping[RelPath, bytes]) -> dict[str, set[str]]:
    r"""Say which variables of which folders calls of modules set to policies that the call names, or to nothing; the files are Terraform's.

    >>> passed_to({RelPath("a/m.tf"): b'module "x" {\n source = "../b"\n arns = []\n}'})
    {'b': {'arns'}}
    """
    found: dict[str, set[str]] = {}
    for path, raw in files.items():
        text = raw.decode("latin-1")
        for block in blocks_in(raw) if b"module" in raw else ():
            source = block.value("source") if block.type == "module" else None
            if isinstance(source, TextNode) and source.value.startswith("."):
                folder = _reached(path.rpartition("/")[0], source.value)
                told = (each.name for each in block.attributes if _TOLD.search(text, each.value.span.start, each.value.span.end))
                found.setdefault(folder, set()).update(told)
    return found


def _reached(folder: str, inside: str) -> str:
    parts = folder.split("/") if folder else []
    for part in inside.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


class _Module:
    """One folder."""

    def __init__(self, blocks: Blocks, folder: str, passed: frozenset[str]) -> None:
        self._blocks = blocks
        self._folder = folder
        self._mentions = Mentions(blocks, passed)
        self._made_up = {home.address for home in blocks.resources.values() if home.block.labels[0] == _SET or not blocks.given(home)}

        self._locals: dict[tuple[str, str], list[str]] = {}
        for name, (path, attribute) in blocks.locals.items():
            found = _REFERENCE.match(blocks.written(path, attribute).strip())
            if found:
                what = "arn" if found["what"] == "arn" else "name"
                self._locals.setdefault((found["address"], what), []).append(f"local.{name}")

    def code(self) -> Code:
        """Give all that was read."""
        attachments = tuple(self._attachments())
        return Code(
            owners=tuple(self._owner(home, _KINDS[type_]) for (type_, _), home in self._blocks.resources.items() if type_ in _KINDS),
            attachments=attachments,
            members=tuple(self._members()),
            spans={path: tuple(spans) for path, spans in self._mentions.spans.items()},
            modules={path: tuple(each) for path, each in self._blocks.modules.items()},
            homes=dict(self._homes()),
        )

    def _owner(self, home: Home, kind: str) -> Owner:
        """Describe a role, user or group."""
        given = self._blocks.given(home)
        name = given or home.address
        return Owner(
            name=name,
            scope=self._scope(name),
            kind=kind,
            home=self._folder,
            path=self._blocks.text(home, "path") or "/",
            given=given,
            arn_words=(f"{home.address}.arn", *self._locals.get((home.address, "arn"), ())),
            name_words=(f"{home.address}.name", f"{home.address}.id", *self._locals.get((home.address, "name"), ())),
        )

    def _scope(self, owner: str) -> str:
        return self._folder if owner in self._made_up else scope_of(owner, self._folder)

    def _homes(self) -> Iterator[tuple[tuple[str, str], str]]:
        """Say on whom policies hang, by their blocks: their own reading does not name a role without a name."""
        for (type_, _), home in self._blocks.resources.items():
            if type_ in _KINDS and home.address in self._made_up:
                yield (self._folder, home.address), home.address
            elif type_ in _INLINE:
                owners = self._named(home, _INLINE[type_])
                if len(owners) == 1:
                    yield (self._folder, home.address), owners[0]

    def _named(self, home: Home, key: str) -> list[str]:
        """Name the principals of an attribute; nothing where they change with what is attached."""
        attribute = home.attribute(key)
        if attribute is None:
            return []
        text = self._blocks.written(home.path, attribute)
        return self._meant(text) if _TARGET.search(text) else self._written(home, key, attribute.value, text)

    def _meant(self, text: str) -> list[str]:
        """Name the principals that references mean."""
        targets = [(found["type"], found["name"]) for found in _TARGET.finditer(text)]
        homes = [self._blocks.resources[target] for target in targets if target in self._blocks.resources]
        return [each.address if each.address in self._made_up else self._blocks.given(each) for each in homes]

    def _written(self, home: Home, key: str, value: Expression, text: str) -> list[str]:
        """Name the principals that are written by name; of a loop over names all, unless what is attached changes with it."""
        if not isinstance(value, TextNode):
            return [found["text"] for found in QUOTED.finditer(text)]
        if "each." not in value.value:
            return [self._blocks.text(home, key)]
        loop = home.attribute("for_each")
        changing = sum("each." in self._blocks.written(home.path, each) for each in home.block.attributes)
        if loop is None or text.strip() not in _ITSELF or changing > 1:
            return []
        names = self._blocks.written(home.path, loop)
        return [*self._meant(names), *(found["text"] for found in QUOTED.finditer(names))]

    def _members(self) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
        for (type_, _), home in self._blocks.resources.items():
            users, groups = _MEMBERS.get(type_, ("", ""))
            for user in self._named(home, users):
                for group in self._named(home, groups):
                    yield (self._scope(user), user), (self._scope(group), group)

    def _attachments(self) -> Iterator[Attachment]:
        for (type_, _), home in self._blocks.resources.items():
            if type_ in ATTACHING:
                keys, arns = ATTACHING[type_]
                owners = [owner for key in keys for owner in self._named(home, key)]
                yield from self._attached(home, owners or [""], arns)
            elif type_ in _KINDS:
                owner = home.address if home.address in self._made_up else self._blocks.given(home)
                yield from self._attached(home, [owner], "managed_policy_arns")
                yield from self._attached(home, [owner], "permissions_boundary", is_boundary=True)

    def _attached(self, home: Home, owners: list[str], key: str, *, is_boundary: bool = False) -> Iterator[Attachment]:
        for mention in self._mentions.of(home, key):
            for owner in owners:
                yield Attachment(
                    path=mention.path,
                    start=mention.start,
                    scope=self._scope(owner),
                    owner=owner,
                    word=mention.word,
                    is_name=mention.is_name,
                    is_boundary=is_boundary,
                    is_open=mention.is_open,
                    address=mention.address,
                    place=home.address,
                )
