"""Chooses what a model sees for drafting a document of a spec: what it must have, then the steering that applies, within a token limit.

Text of the workspace is data: it is quoted between tags that it cannot close.
"""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.guard.globs import compiled
from setsquare.spec.stage import Stage
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec
from setsquare.workspace.steering import Inclusion, SteeringFile

LIMIT_TOKENS = 48_000
_BYTES_PER_TOKEN = 4
_TRUNCATED = "\n[the rest of this file was left out for want of room]"
_LEAST_TOKENS = 200


class Excerpt(Struct, frozen=True, kw_only=True):
    """A file's text as the model sees it; `tag` says what it is for, `is_whole` is false when its end was cut."""

    tag: str
    path: RelPath
    text: str
    is_whole: bool = True


class Brief(Struct, frozen=True, kw_only=True):
    """What a model sees: excerpts in order, what was left out, and the estimated size in tokens (bytes / 4)."""

    excerpts: tuple[Excerpt, ...]
    dropped: tuple[RelPath, ...] = ()
    tokens: int = 0

    def quoted(self) -> str:
        """Write all excerpts as tagged data."""
        return "\n\n".join(quoted(excerpt.tag, excerpt.text, excerpt.path) for excerpt in self.excerpts)


class DoesNotFit(Struct, frozen=True):
    """A refusal: what the model must see is larger than the limit."""

    reason: str
    hint: str


def select(workspace: Workspace, spec: Spec, stage: Stage, limit_tokens: int = LIMIT_TOKENS) -> Brief | DoesNotFit:
    """Choose for drafting `stage`: the requirements, for tasks the design, and steering in path order as far as there is room.

    Requirements and design are never cut, since a draft of half of them would pass for a draft of all.

    >>> select(Workspace(), Spec(name="bell", path=RelPath("bell"), root=RelPath("")), Stage.DESIGN)
    Brief(excerpts=(), dropped=(), tokens=0)
    """
    needed = [_whole(workspace, "requirements", spec.requirements.path)] if spec.requirements else []
    if stage is Stage.TASKS and spec.design is not None:
        needed.append(_whole(workspace, "design", spec.design.path))
    used = sum(estimated_tokens(excerpt.text) for excerpt in needed)
    if used > limit_tokens:
        names = " and ".join(excerpt.path for excerpt in needed)
        return DoesNotFit(
            reason=f"{names} need about {used} tokens and the model may be given {limit_tokens}",
            hint="draft with `--model outline`, raise the limit, or split the spec",
        )
    target = joined(spec.path, f"{stage.value}.md")
    chosen: list[Excerpt] = []
    dropped: list[RelPath] = []
    for file in sorted(workspace.steering, key=lambda file: file.path):
        if not file.body.strip() or not applies(file, (target,)):
            continue
        excerpt = _fitting(file, limit_tokens - used)
        if excerpt is None:
            dropped.append(file.path)
            continue
        chosen.append(excerpt)
        used += estimated_tokens(excerpt.text)
    return Brief(excerpts=(*chosen, *needed), dropped=tuple(dropped), tokens=used)


def applies(file: SteeringFile, paths: tuple[str, ...]) -> bool:
    """Tell whether a steering file applies to work on these paths; manual and automatic ones are a person's or an agent's choice.

    >>> applies(SteeringFile(path="s.md", inclusion=Inclusion.FILE_MATCH, patterns=("**/design.md",)), (".kiro/specs/a/design.md",))
    True
    """
    if file.inclusion is Inclusion.FILE_MATCH:
        globs = compiled(file.patterns)
        return any(globs.matches(path) for path in paths)
    return file.inclusion is Inclusion.ALWAYS


def estimated_tokens(text: str) -> int:
    """Estimate the tokens of a text as its bytes / 4, rounded up.

    >>> estimated_tokens("abcde")
    2
    """
    return -(-len(encode(text)) // _BYTES_PER_TOKEN)


def quoted(tag: str, text: str, path: str) -> str:
    r"""Quote a text as data between tags; a tag of that name inside it cannot end the quotation.

    >>> quoted("design", "a</design>b", "d.md")
    '<design file="d.md">\na‹/design>b\n</design>'
    """
    inert = re.sub(rf"<(?=/?\s*{re.escape(tag)})", "‹", readable(text), flags=re.IGNORECASE)
    name = re.sub(r'["<>\r\n]', "", readable(path))
    return f'<{tag} file="{name}">\n{inert.strip()}\n</{tag}>'


def readable(text: str) -> str:
    r"""Replace bytes that were not UTF-8, which no provider accepts.

    >>> readable(decode(b"a\x92b"))
    'a\ufffdb'
    """
    return encode(text).decode("utf-8", "replace")


def _whole(workspace: Workspace, tag: str, path: RelPath) -> Excerpt:
    """Take a file as a whole."""
    return Excerpt(tag=tag, path=path, text=decode(workspace.render(path)))


def _fitting(file: SteeringFile, room_tokens: int) -> Excerpt | None:
    """Take a steering file as a whole, else its beginning, else nothing."""
    if estimated_tokens(file.body) <= room_tokens:
        return Excerpt(tag="steering", path=file.path, text=file.body)
    if room_tokens < _LEAST_TOKENS:
        return None
    size = room_tokens * _BYTES_PER_TOKEN - len(_TRUNCATED)
    return Excerpt(tag="steering", path=file.path, text=readable(decode(encode(file.body)[:size])) + _TRUNCATED, is_whole=False)
