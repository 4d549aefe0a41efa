"""What infrastructure code says of principals besides the words of policies: who they are, and which managed policies hang on them by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_AWS_ARN = LazyPattern(r":iam::aws:policy/(?:[\w+=,.@-]+/)*(?P<name>[\w+=,.@-]+)(?![\w+=,.@/${-])")
_NEAR = 400
_COMMENT = LazyPattern(r"(?:^|\s)(?:#|//)")
HOLE = LazyPattern(r"\$\{(?P<inside>[^}]{0,300})\}")
"""What only the language's engine knows."""


class Owner(Struct, frozen=True, kw_only=True):
    """A role, user or group of the code. `name` is what its policies are filed under; with `scope`, the folder or template, where the name alone does not tell it apart.

    `home` is the folder or template that it stands in. `kind` is `role`, `user` or `group`; `path` begins and ends with `/`; `given` is the name that it will have, with holes, empty where the engine makes one up.
    `arn_words` stand for its ARN in its scope and `name_words` for its name, each as a hole: `${aws_iam_role.x.arn}`.
    """

    name: str
    scope: str
    kind: str
    home: str = ""
    path: str = "/"
    given: str = ""
    arn_words: tuple[str, ...] = ()
    name_words: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Give what tells it apart."""
        return self.scope, self.name


class Attachment(Struct, frozen=True, kw_only=True):
    """A managed policy that the code hangs on somebody. `word` is an ARN, a name where `is_name`, or the words that nobody could follow.

    `address` is the code's own policy, `aws_iam_policy.x`, empty for others'. `owner` is empty where it is not known on whom it hangs; `place` names the block.
    """

    path: RelPath
    start: int
    scope: str
    owner: str
    word: str
    is_name: bool = False
    is_boundary: bool = False
    is_open: bool = False
    address: str = ""
    place: str = ""


class Code(Struct, frozen=True, kw_only=True):
    """All of it. `members` are users with the groups they are in, by their keys; `spans` are the bytes, by file, that were understood as attachments.

    `modules` are the places of module calls with their addresses: these hand policies to code that is elsewhere. `homes` tell by folder and address on whom a block's policy hangs, where the reading of policies does not name it.
    """

    owners: tuple[Owner, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    members: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = ()
    spans: Mapping[RelPath, tuple[tuple[int, int], ...]] = {}
    modules: Mapping[RelPath, tuple[tuple[int, int, str], ...]] = {}
    homes: Mapping[tuple[str, str], str] = {}


def joined(parts: Iterable[Code]) -> Code:
    """Join what was read of several folders and files.

    >>> joined([Code(), Code(owners=(Owner(name="a", scope="", kind="role"),))]).owners[0].name
    'a'
    """
    owners: list[Owner] = []
    attachments: list[Attachment] = []
    members: list[tuple[tuple[str, str], tuple[str, str]]] = []
    spans: dict[RelPath, tuple[tuple[int, int], ...]] = {}
    modules: dict[RelPath, tuple[tuple[int, int, str], ...]] = {}
    homes: dict[tuple[str, str], str] = {}
    for each in parts:
        owners += each.owners
        attachments += each.attachments
        members += each.members
        for path, found in each.spans.items():
            spans[path] = (*spans.get(path, ()), *found)
        modules |= each.modules
        homes |= each.homes
    return Code(owners=tuple(owners), attachments=tuple(attachments), members=tuple(members), spans=spans, modules=modules, homes=homes)


def scope_of(name: str, scope: str) -> str:
    """Give the scope that a name needs: none where it says all by itself.

    >>> scope_of("deployer", "modules/a"), scope_of("${var.name}", "modules/a")
    ('', 'modules/a')
    """
    return scope if "${" in name else ""


def named_in(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """Find the policies of AWS that a part of a text names, in whichever partition, each with its place; what is commented out names none.

    >>> text = 'a = "arn:aws:iam::aws:policy/job-function/Billing" # not arn:aws:iam::aws:policy/Other'
    >>> list(named_in(text, 0, len(text)))
    [('Billing', 12)]
    """
    for found in _AWS_ARN.finditer(text, start, end):
        before = text[max(0, found.start() - _NEAR) : found.start()]
        if not _COMMENT.search(before[before.rfind("\n") + 1 :]):
            # A name that ends a sentence has none of its marks.
            yield found["name"].rstrip(".,"), found.start()
