"""What rules judge: the workspace and what several rules need to know of it, computed once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct

from setsquare.rules.config import Config, ConfigProblem
from setsquare.rules.directives import Directive, Named, read_directives
from setsquare.rules.finding import Finding
from setsquare.spec.ears import parse
from setsquare.spec.identity import identify
from setsquare.spec.link_state import LockedWorkspace
from setsquare.spec.statement import Statement
from setsquare.spec.trace import TraceGraph, trace
from setsquare.text.document import decode
from setsquare.text.span import Span
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Criterion, Spec

_MARKDOWN: Final = (".md", ".mdc", ".markdown")
_WORD: Final = re.compile(r"[a-z][a-z'-]*")


class Sentence(Struct, frozen=True):
    """A criterion with its parsed statement, its spec and the criterion that follows it in the same requirement."""

    spec: Spec
    criterion: Criterion
    statement: Statement
    following: Criterion | None


# req: check/1.2, check/1.3
class Evidence(Struct, frozen=True, dict=True):
    """One workspace under judgement. Everything derived is computed when a rule first asks for it.

    `problems` are those of the rules' settings, `known` the codes, names and families of all rules, `unused` the names in comments that
    switched nothing off; they come from the engine. `parts` are evidence of pieces that make up the workspace, whose sentences are parsed.
    """

    workspace: Workspace
    config: Config = Config()
    problems: tuple[ConfigProblem, ...] = ()
    known: tuple[str, ...] = ()
    unused: tuple[tuple[Directive, Named], ...] = ()
    parts: tuple[Evidence, ...] = ()

    def under(self, config: Config, unused: tuple[tuple[Directive, Named], ...] | None = None) -> Evidence:
        """Give the same evidence under other settings of rules, or with the names in comments that switched nothing off; what was computed is kept.

        The team's sentence forms must be the same: sentences are parsed by them.
        """
        known = self.unused if unused is None else unused
        return _carried(self, Evidence(self.workspace, config, self.problems, self.known, known, self.parts))

    @cached_property
    def directives(self) -> tuple[Directive, ...]:
        """List the comments that switch rules off."""
        if self.parts:
            return tuple(directive for part in self.parts for directive in part.directives)
        found: list[Directive] = []
        for artefact in self.workspace.artefacts:
            if artefact.path.endswith(_MARKDOWN):
                raw = self.raw(artefact.path)
                if b"disable" in raw and b"<!--" in raw:
                    found += read_directives(artefact.document, raw)
        return tuple(found)

    @cached_property
    def graph(self) -> TraceGraph:
        """Give the trace links between requirements, properties and tasks."""
        return trace(self.workspace)

    @cached_property
    def locks(self) -> LockedWorkspace:
        """Find the criteria of every lock again, and state the links to them; costs nothing where there is no lock."""
        return LockedWorkspace(identify(self.workspace), self.graph)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """List every criterion of Kiro's specs that demands something, parsed; who writes scenarios did not write EARS."""
        if self.parts:
            by_spec: dict[str, list[Sentence]] = {}
            for part in self.parts:
                for sentence in part.sentences:
                    by_spec.setdefault(sentence.spec.path, []).append(sentence)
            return tuple(sentence for spec in self.workspace.specs for sentence in by_spec.get(spec.path, ()))
        return tuple(
            Sentence(spec, criterion, parse(criterion.text, self.config.templates), following)
            for spec in self.workspace.kiro_specs
            if spec.requirements
            for requirement in spec.requirements.requirements
            for criterion, following in zip(requirement.criteria, (*requirement.criteria[1:], None), strict=False)
            if criterion.demands
        )

    @cached_property
    def _by_word(self) -> dict[str, list[int]]:
        """Index the English sentences by the lower-case words of their prose."""
        index: defaultdict[str, list[int]] = defaultdict(list)
        for position, sentence in enumerate(self.sentences):
            if sentence.statement.language == "en":
                for word in set(_WORD.findall(sentence.statement.prose.lower())):
                    index[word].append(position)
        return dict(index)

    def having(self, *words: str) -> tuple[Sentence, ...]:
        """List the English sentences whose prose has one of these lower-case words, in order; costs only what it finds."""
        found = sorted({position for word in words for position in self._by_word.get(word, ())})
        return tuple(self.sentences[position] for position in found)

    @cached_property
    def active_specs(self) -> tuple[Spec, ...]:
        """List the specs of Kiro's form that are not archived."""
        return tuple(spec for spec in self.workspace.kiro_specs if not spec.is_archived)

    @cached_property
    def openspec(self) -> Mapping[str, tuple[Finding, ...]]:
        """Give what is wrong in OpenSpec folders, by the code of the rule that says so."""
        if not self.workspace.openspec:
            return {}
        from setsquare.rules.openspec_judging import judged_folders  # noqa: PLC0415  (start-up: most workspaces have no such folder)

        return judged_folders(self.workspace)

    @cached_property
    def _raws(self) -> dict[str, bytes]:
        return {}

    def raw(self, path: str) -> bytes:
        """Give a file's bytes, written once."""
        if path not in self._raws:
            self._raws[path] = self.workspace.render(path)
        return self._raws[path]

    def span_in(self, criterion: Criterion, start: int, end: int) -> Span:
        """Find the bytes of a character range of a criterion's text; the whole text where they do not correspond."""
        raw = self.raw(criterion.path)[criterion.text_span.start : criterion.text_span.end]
        found = character_span(decode(raw), criterion.text, start, end)
        if found is None:
            return criterion.text_span
        first = criterion.text_span.start + len(_bytes(decode(raw)[: found[0]]))
        return Span(first, first + len(_bytes(decode(raw)[found[0] : found[1]])))


def _carried(old: Evidence, new: Evidence) -> Evidence:
    """Keep what was computed."""
    new.__dict__.update(old.__dict__)
    return new


def character_span(written: str, joined: str, start: int, end: int) -> tuple[int, int] | None:
    r"""Find a range of a text that was joined from lines in the text as written; `None` when they differ in more than white space.

    >>> character_span("a\n   b c", "a b c", 2, 5)
    (5, 8)
    """
    if written.startswith(joined[:end]):
        return start, end
    places = [index for index, char in enumerate(written) if not char.isspace()]
    wanted = [index for index, char in enumerate(joined) if not char.isspace()]
    if len(places) < len(wanted) or any(written[place] != joined[index] for place, index in zip(places, wanted, strict=False)):
        return None
    inside = [place for place, index in zip(places, wanted, strict=False) if start <= index < end]
    return (inside[0], inside[-1] + 1) if inside else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def line_span(raw: bytes, start: int) -> Span:
    r"""Give the bytes from an offset to the end of its line, without trailing white space.

    >>> line_span(b"- [ ] 1. Go \n  - x", 0)
    Span(start=0, end=11)
    """
    end = raw.find(b"\n", start)
    line = raw[start : len(raw) if end < 0 else end].rstrip()
    return Span(start, start + len(line))
