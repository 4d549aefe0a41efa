"""Follows an expression of Terraform to the managed policies that it mentions.

An expression is not computed: what it mentions may be attached. Locals, defaults of variables, data sources and `for_each` are followed; what leads elsewhere is named.

Source: Terraform language, "References to Named Values"; Terraform AWS provider, data source `aws_iam_policy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.escalation.code import named_in
from setsquare.powers.iam.escalation.terraform_blocks import Blocks, Home
from setsquare.powers.iam.infrastructure.hcl import Attribute
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

QUOTED = LazyPattern(r'"(?P<text>[^"\\$\n]*)"')
"""A text without anything for the engine in it."""
_PART = LazyPattern(
    r"\bdata\.aws_iam_policy\.(?P<data>[\w-]+)|(?<!data\.)\baws_iam_policy\.(?P<own>[\w-]+)|\blocal\.(?P<local>[\w-]+)|\bvar\.(?P<var>[\w-]+)"
    r"|\b(?P<each>each)\.(?:key|value)|\b(?P<other>module\.[\w.-]+|data\.[\w.-]+)"
)
_HARMLESS = LazyPattern(r"data\.aws_(?:partition|caller_identity|region)\b|data\.aws_iam_policy_document\b")
_BUILT = LazyPattern(
    r":iam::(?P<account>[^\":\n]{0,200}):policy/(?P<path>[\w+=,.@/-]{0,200})\$\{(?P<hole>[^}]{1,200})\}(?P<rest>[^\"\n]{0,200})\""
)
_OWN_ARN = LazyPattern(r"arn:[^\"\s:]{0,100}(?:\$\{[^}]{0,100}\})?:iam::(?:\d{12}|\$\{[^}]{0,200}\}):policy/[\w+=,.@/-]+(?=\")")
_AWS = "arn:aws:iam::aws:policy/"
_NOTHING = frozenset({"", "null", "[]", "{}", '""'})
_MOST_STEPS = 8
_MOST_SHOWN = 120


class Mention(Struct, frozen=True):
    """One policy that an expression mentions, and where; `word`, `is_name`, `is_open` and `address` as an attachment has them."""

    path: RelPath
    start: int
    word: str
    is_name: bool = False
    is_open: bool = False
    address: str = ""


class Mentions:
    """Follows the expressions of one folder, and keeps the bytes that it has seen."""

    def __init__(self, blocks: Blocks, passed: frozenset[str]) -> None:
        """Take the folder's blocks, and the variables that a call of the module sets."""
        self._blocks = blocks
        self._passed = passed
        self.spans: dict[RelPath, list[tuple[int, int]]] = {}

    def of(self, home: Home, key: str) -> tuple[Mention, ...]:
        """Give the policies that an attribute mentions, each once, and whatever of it cannot be followed."""
        attribute = home.attribute(key)
        return () if attribute is None else tuple(dict.fromkeys(self._found(home, home.path, attribute, 0)))

    def _found(self, home: Home, path: RelPath, attribute: Attribute, steps: int) -> Iterator[Mention]:
        span, text = attribute.value.span, self._blocks.written(path, attribute)
        self.spans.setdefault(path, []).append((span.start, span.end))
        if text.strip() in _NOTHING:
            return
        found = [Mention(path, at, f"{_AWS}{name}") for name, at in named_in(self._blocks.whole(path), span.start, span.end)]
        found += [Mention(path, span.start, match[0]) for match in _OWN_ARN.finditer(text)]
        built = _BUILT.search(text)
        if built:
            head = f"arn:aws:iam::{built['account']}:policy/{built['path']}"
            found += self._built(home, Mention(path, span.start, head), built["hole"], built["rest"])
        parts = [part for part in (() if built else _PART.finditer(text)) if not _HARMLESS.match(part[0])]
        for part in parts:
            found += self._followed(home, Mention(path, span.start, part[0]), part.groupdict(), steps)
        yield from found if found or parts else [Mention(path, span.start, " ".join(text.split())[:_MOST_SHOWN], is_open=True)]

    def _followed(self, home: Home, at: Mention, part: Mapping[str, str | None], steps: int) -> Iterator[Mention]:
        """Follow one reference; what a call of the module hands over is told where it is called."""
        if part["own"] and ("aws_iam_policy", part["own"]) in self._blocks.resources:
            yield Mention(at.path, at.start, at.word, address=f"aws_iam_policy.{part['own']}")
        elif part["data"]:
            yield self._looked_up(at, part["data"])
        elif (reached := self._reached(home, part)) is not None and steps < _MOST_STEPS:
            yield from self._found(home, *reached, steps + 1)
        elif part["var"] not in self._passed:
            yield Mention(at.path, at.start, at.word, is_open=True)

    def _reached(self, home: Home, part: Mapping[str, str | None]) -> tuple[RelPath, Attribute] | None:
        """Give the expression that a local, a loop or a variable's default stands for."""
        if part["each"]:
            loop = home.attribute("for_each")
            return None if loop is None else (home.path, loop)
        if part["local"]:
            return self._blocks.locals.get(part["local"])
        variable = self._blocks.variables.get(part["var"] or "")
        default = variable.attribute("default") if variable and part["var"] not in self._passed else None
        return (variable.path, default) if variable and default else None

    def _looked_up(self, at: Mention, name: str) -> Mention:
        """Give the policy that a data source looks up by its name or ARN."""
        home = self._blocks.policies.get(name)
        for key in ("arn", "name"):
            text = self._blocks.text(home, key) if home else ""
            if home and text and "${" not in text:
                self.spans.setdefault(home.path, []).append((home.block.span.start, home.block.span.end))
                return Mention(at.path, at.start, text, is_name=key == "name")
        return Mention(at.path, at.start, at.word, is_open=True)

    def _built(self, home: Home, head: Mention, hole: str, rest: str) -> Iterator[Mention]:
        """Give the policies of an ARN that ends with a text of a loop, a local or a variable."""
        part = _PART.search(hole)
        texts = tuple(self._texts(home, part.groupdict(), 0)) if part else ()
        if not texts or "${" in rest:
            yield Mention(head.path, head.start, f"{head.word}${{{hole}}}{rest}", is_open=True)
            return
        yield from (Mention(head.path, head.start, f"{head.word}{text}{rest}") for text in texts)

    def _texts(self, home: Home, part: Mapping[str, str | None], steps: int) -> Iterator[str]:
        """Give the quoted texts of what a reference stands for."""
        reached = self._reached(home, part)
        if reached is None or steps > _MOST_STEPS:
            return
        text = self._blocks.written(*reached)
        yield from (found["text"] for found in QUOTED.finditer(text))
        for inner in _PART.finditer(text):
            yield from self._texts(home, inner.groupdict(), steps + 1)
