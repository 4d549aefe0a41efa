"""Resolves what code and tests name to criteria: links, and strays that name nothing.

Forms: `# req: login/1.2`, `Validates: Requirements 1.2` (with `Feature: login` nearby), `@pytest.mark.req("login/1.2")`,
`Feature: login, Property 4`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from setsquare.spec.code_notes import CodeNote, NoteForm, code_notes
from setsquare.spec.link import LinkKind, TraceLink
from setsquare.spec.resolving import CriterionIndex, bare, indexed, qualifier, resolve
from setsquare.spec.spec_names import bearers, is_elsewhere, spellings
from setsquare.text.paths import RelPath, parent
from setsquare.workspace.model import Workspace
from setsquare.workspace.sources import mount_of
from setsquare.workspace.spec import Property, Reference, Spec, SpecForm


class Stray(Struct, frozen=True, kw_only=True):
    """A place that names a criterion, property or task which does not exist; `spec` is the one it means, empty where none is known."""

    path: RelPath
    line: int
    symbol: str
    written: str
    spec: str
    reason: str


class PropertyTest(Struct, frozen=True, kw_only=True):
    """A test of one correctness property of a design."""

    spec: str
    number: str
    path: RelPath
    line: int
    symbol: str


class CodeTrace(Struct, frozen=True, kw_only=True):
    """What code and tests name."""

    links: tuple[TraceLink, ...] = ()
    strays: tuple[Stray, ...] = ()
    properties: tuple[PropertyTest, ...] = ()


def code_links(files: Mapping[RelPath, str], workspace: Workspace) -> tuple[TraceLink, ...]:
    r"""Read the links that source files hold; one that names no spec belongs to the only spec that has such a criterion, else to none.

    A link from a test or a test mark is `VERIFIES`, any other is `IMPL`.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> needs = read_requirements(scan(RelPath("r.md"), b"## Requirement 1\n### Acceptance Criteria\n1. THE Bell SHALL ring"))
    >>> workspace = Workspace(specs=(Spec(name="bell", path=RelPath("bell"), root=RelPath(""), requirements=needs),))
    >>> [(link.kind.value, link.source, link.target) for link in code_links({RelPath("bell.py"): "# req: bell/1.1"}, workspace)]
    [('impl', 'bell.py', '1.1')]
    """
    return code_trace((note for path in sorted(files) for note in code_notes(path, files[path])), workspace).links


# req: check/2.4
def code_trace(notes: Iterable[CodeNote], workspace: Workspace) -> CodeTrace:
    """Resolve notes, in time linear in their number.

    >>> code_trace((), Workspace())
    CodeTrace(links=(), strays=(), properties=())
    """
    noted = tuple(notes)
    names = _Names(workspace)
    links: list[TraceLink] = []
    strays: list[Stray] = []
    properties: list[PropertyTest] = []
    validating = {(note.path, note.symbol, note.feature) for note in noted if note.form is NoteForm.VALIDATES}
    for note in noted:
        if note.form is NoteForm.PROPERTY:
            found = names.property(note)
            if isinstance(found, str):
                strays.append(_stray(note, f"Property {note.property}", note.feature, found))
                continue
            spec, item = found
            properties.append(PropertyTest(spec=spec.name, number=item.number, path=note.path, line=note.line, symbol=note.symbol))
            if (note.path, note.symbol, note.feature) not in validating:
                links += names.of_property(note, spec, item)
            continue
        for named, reference in note.named:
            wanted = named or qualifier(reference.first) or note.feature
            target = names.target(note, reference, wanted)
            if not isinstance(target, str):
                links += _links(note, *target, reference)
            elif not note.is_loose and not names.is_elsewhere(wanted) and (is_number(reference) or names.knows(wanted, note.path)):
                strays.append(_stray(note, reference.written, wanted, target))
    return CodeTrace(links=tuple(dict.fromkeys(links)), strays=tuple(dict.fromkeys(strays)), properties=tuple(properties))


def is_number(reference: Reference) -> bool:
    """Tell whether a reference names its target by an id, which has a digit, and not by a title.

    >>> from setsquare.workspace.references import read_value
    >>> [is_number(one) for one in read_value("1.2", RelPath("a.py"), 1)]
    [True]
    """
    return any(char.isdigit() for char in reference.first)


class _Names:
    """A workspace's specs by the names that code uses for them."""

    def __init__(self, workspace: Workspace) -> None:
        """Index every spec that has requirements."""
        self._pairs = tuple((spec, index) for spec in workspace.specs if (index := indexed(spec)))
        self._index = {spec.path: index for spec, index in self._pairs}
        self._by_name: dict[str, list[Spec]] = {}
        for name, spec in bearers(workspace.specs, workspace.declared.name):
            self._by_name.setdefault(name.casefold(), []).append(spec)
        self._declared = workspace.declared.ids
        self._bearers: dict[tuple[str, str], tuple[Spec, ...]] = {}

    def target(self, note: CodeNote, reference: Reference, wanted: str) -> tuple[Spec, CriterionIndex] | str:
        """Find the spec that a reference belongs to, or say why there is none."""
        name = bare(reference.first)
        if wanted:
            spec = self._named(wanted, note.path)
            index = self._index.get(spec.path) if spec else None
            if spec is None or index is None:
                return f"There is no spec `{wanted}` with requirements."
            return (spec, index) if resolve(index, reference).positions else f"`{spec.name}` has no {name}."
        bearing = _nearest(self._bearing(name, mount_of(note.path)), note.path)
        if len(bearing) == 1:
            return bearing[0], self._index[bearing[0].path]
        if not bearing:
            return f"No spec has {name}."
        return f"It names no spec, and {len(bearing)} have {name}: {', '.join(spec.name for spec in bearing[:4])}."

    def knows(self, name: str, path: str) -> bool:
        """Tell whether there is a spec of a name; two words with a slash between them may be no reference at all."""
        return self._named(name, path) is not None

    def is_elsewhere(self, name: str) -> bool:
        """Tell whether a name means a spec of a declared source that was not loaded: what it has is not known here."""
        return is_elsewhere(name, self._by_name, self._declared)

    def property(self, note: CodeNote) -> tuple[Spec, Property] | str:
        """Find the property that a test is for, or say why there is none."""
        spec = self._named(note.feature, note.path)
        if spec is None:
            return f"There is no spec `{note.feature}`."
        items = spec.design.properties if spec.design else ()
        found = next((item for item in items if item.number == note.property), None)
        return (spec, found) if found else f"The design of `{spec.name}` has no Property {note.property}."

    def of_property(self, note: CodeNote, spec: Spec, item: Property) -> Iterator[TraceLink]:
        """Link a test to what its property validates."""
        for reference in item.validates:
            own = self._named(qualifier(reference.first), note.path) if qualifier(reference.first) else spec
            if own and (index := self._index.get(own.path)):
                yield from _links(note, own, index, reference)

    def _named(self, name: str, path: str) -> Spec | None:
        """Find a spec by name; of several, the one whose root is nearest to the file."""
        bearing = next((self._by_name[written] for written in spellings(name, path) if written in self._by_name), ())
        return next(iter(_nearest(tuple(bearing), path)), None)

    def _bearing(self, name: str, mount: str) -> tuple[Spec, ...]:
        """List the specs of one checkout that have such a criterion."""
        key = name, mount
        if key not in self._bearers:
            bearing = tuple(spec for spec, index in self._pairs if mount_of(spec.path) == mount and index.find(name).is_found)
            # A number alone means what people number themselves; only where no such spec has it, the places of OpenSpec's requirements.
            numbered = tuple(spec for spec in bearing if spec.is_kiro)
            capabilities = tuple(spec for spec in bearing if spec.form is SpecForm.CAPABILITY)
            self._bearers[key] = numbered or capabilities or bearing
        return self._bearers[key]


def _nearest(specs: tuple[Spec, ...], path: str) -> tuple[Spec, ...]:
    """Keep the specs whose root is nearest above a file, those that are not archived first."""
    kept = tuple(spec for spec in specs if not spec.is_archived) or specs
    if len(kept) < 2:
        return kept
    depths = [_depth(parent(spec.root), path) for spec in kept]
    return tuple(spec for spec, depth in zip(kept, depths, strict=True) if depth == max(depths))


def _depth(folder: str, path: str) -> int:
    """Count the folders of `folder` when it holds `path`, -1 when it does not."""
    if not folder:
        return 0
    return folder.count("/") + 1 if path.startswith(f"{folder}/") else -1


def _links(note: CodeNote, spec: Spec, index: CriterionIndex, reference: Reference) -> Iterator[TraceLink]:
    """Write one reference as links."""
    for position in resolve(index, reference).positions:
        yield TraceLink(
            kind=LinkKind.VERIFIES if note.is_test else LinkKind.IMPL,
            spec=spec.name,
            source=note.path,
            target=index.criteria[position].id,
            target_spec=spec.name,
            path=note.path,
            line=note.line,
            symbol=note.symbol,
        )


def _stray(note: CodeNote, written: str, spec: str, reason: str) -> Stray:
    return Stray(path=note.path, line=note.line, symbol=note.symbol, written=written, spec=spec, reason=reason)
