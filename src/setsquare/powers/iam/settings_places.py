"""Collects what is wrong with a settings file, each with the line and the bytes that it stands at."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from setsquare.powers.iam.settings import POWER, Need, Reason
from setsquare.powers.iam.settings_keys import KEYS, nearest_key
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonArray, JsonMember, JsonObject, JsonProblem, JsonTree, JsonValue
from setsquare.text.span import Span

_MOST_SHOWN = 80


class Missing(Struct, frozen=True):
    """Where a reason stands that is no value's own: at the key that is misspelt, with its value, or at what should hold something."""

    span: Span
    value: JsonValue | None = None


class Fault(Struct, frozen=True):
    """What is wrong, as a clause, and how to mend it, as a sentence."""

    problem: str
    mend: str


class Places:
    """The file under judgement and the reasons found so far."""

    __slots__ = ("document", "path", "raw", "reasons", "tree")

    def __init__(self, document: Document, tree: JsonTree) -> None:
        """Start with no reason."""
        self.document = document
        self.tree = tree
        self.path = document.path
        self.raw = document.render()
        self.reasons: list[Reason] = []

    def line(self, span: Span) -> int:
        """Count the line that a span begins in."""
        return self.raw.count(b"\n", 0, span.start) + 1

    def shown(self, value: JsonValue | None) -> str:
        """Write a value as it stands in the file, in one short line of printable text."""
        if value is None:
            return ""
        text = " ".join(self.raw[value.span.start : value.span.end][: 4 * _MOST_SHOWN].decode("utf-8", "replace").split())
        shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
        return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…"

    def add(self, code: str, key: str, at: JsonValue | Missing, fault: Fault, need: Need = Need.ANALYSING) -> None:
        """Take a reason; `at` is the value that is wrong, or where one is missing or its key is wrong."""
        value = at.value if isinstance(at, Missing) else at
        self.reasons.append(
            Reason(
                code=code,
                path=self.path,
                line=self.line(at.span),
                key=key,
                value=self.shown(value),
                problem=fault.problem,
                mend=fault.mend,
                need=need,
                span=at.span,
            )
        )

    def broken(self) -> tuple[Reason, ...]:
        """Say why the file as a whole cannot be followed: it is no JSON, or says something twice, at any depth."""
        found = [self._problem(problem) for problem in self.tree.problems if not problem.is_warning]
        if not found:
            try:
                self.raw.decode("utf-8")
            except UnicodeDecodeError as error:
                found.append(self._problem(JsonProblem(Span(error.start, error.end), "it holds bytes that are not UTF-8")))
        return tuple(found)

    def _problem(self, problem: JsonProblem) -> Reason:
        """Write one problem of the file as a reason: of a key that stands twice, with the whole path to it and its second value."""
        named = next(((path, member) for path, member in _members(self.tree.root) if member.key_span == problem.span), None)
        path, member = named or ("", None)
        is_twice = member is not None and problem.reason.startswith("duplicate")
        return Reason(
            code="duplicate-key" if is_twice else "broken-file",
            path=self.path,
            line=self.line(problem.span),
            key=path or POWER,
            value=self.shown(member.value) if member else "",
            problem="the key stands there twice, so two readers may see two different settings; the whole file is refused"
            if is_twice
            else f"the file cannot be read: {problem.reason}",
            mend="Keep one of the two." if is_twice else "Mend the file; until then nothing in it counts.",
            span=problem.span,
        )


class PowerObject:
    """The Power's object, read key by key."""

    __slots__ = ("member", "places", "value")

    def __init__(self, places: Places, member: JsonMember, value: JsonObject) -> None:
        """Take the member that holds the object, and the object."""
        self.places = places
        self.member = member
        self.value = value

    @property
    def missing(self) -> Missing:
        """Give where something that is missing would stand."""
        return Missing(self.member.key_span)

    def get(self, key: str) -> JsonValue | None:
        """Find the value of a key."""
        found = self.value.member(key)
        return found.value if found else None

    def is_misspelt(self, key: str) -> bool:
        """Tell whether another key stands there that means this one; it is reported itself."""
        return any(member.key not in KEYS and nearest_key(member.key, KEYS) == key for member in self.value.members)

    def add(self, code: str, key: str, at: JsonValue | Missing, fault: Fault, need: Need = Need.ANALYSING) -> None:
        """Take a reason about a key of the object, or about `key[0]`."""
        self.places.add(code, f"{POWER}.{key}", at, fault, need)


def _members(root: JsonValue | None) -> Iterator[tuple[str, JsonMember]]:
    """Walk every member of a tree with its dotted path, without recursion."""
    waiting: list[tuple[str, JsonValue]] = [("", root)] if root is not None else []
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, JsonObject):
            for member in value.members:
                here = f"{path}.{member.key}" if path else member.key
                yield here, member
                waiting.append((here, member.value))
        elif isinstance(value, JsonArray):
            waiting += [(f"{path}[{index}]", item) for index, item in enumerate(value.items)]
