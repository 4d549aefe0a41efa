"""Merges a delta into a main spec: renamed, then removed, then modified, then added.

Nothing is guessed: a name that is only nearly right, a scenario that would be lost and a header that is in the way are refused.

Source: the behaviour of `openspec archive` 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.spec.openspec.clash import Clash
from setsquare.spec.openspec.layout import foreign_part, laid_out
from setsquare.spec.openspec.purpose import chosen_purpose
from setsquare.spec.openspec.scenario_loss import refused_loss
from setsquare.spec.openspec.structure import structure_issues
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.model import Delta, MainSpec, NamedLine, Rename, RequirementBlock
from setsquare.workspace.openspec.text import trimmed

_NO_BASES: Mapping[str, str] = {}


class Totals(Struct, frozen=True, kw_only=True):
    """How many requirements a merge really changed; what was there already is not counted."""

    added: int = 0
    modified: int = 0
    removed: int = 0
    renamed: int = 0

    def __add__(self, other: Totals) -> Totals:
        """Add up two capabilities."""
        return Totals(
            added=self.added + other.added,
            modified=self.modified + other.modified,
            removed=self.removed + other.removed,
            renamed=self.renamed + other.renamed,
        )

    @property
    def is_nothing(self) -> bool:
        """Tell whether nothing changed."""
        return not (self.added or self.modified or self.removed or self.renamed)


class Merged(Struct, frozen=True, kw_only=True):
    """What a capability becomes. `text` has LF line ends; `is_emptied` says that no requirement is left of those that were there."""

    capability: str
    text: str
    totals: Totals
    warnings: tuple[str, ...] = ()
    is_new: bool = False
    is_emptied: bool = False


class MergeRefused(Struct, frozen=True):
    """Why a delta cannot be merged, in one message that begins with the capability; `clashes` are the lines that another change wrote meanwhile.

    `missing` is the name that the delta goes by and the main spec does not have, where that is the reason.
    """

    message: str
    clashes: tuple[Clash, ...] = ()
    missing: str = ""


class _Held(Struct):
    """A requirement on its way through the merge: `raw` is its block as it will be written, `old` the block it came from."""

    name: str
    raw: str
    old: RequirementBlock | None = None


class _State:
    """The requirements of one capability while the operations are applied, in the order in which they will stand."""

    def __init__(self, spec: MainSpec, bases: Mapping[str, str], renamed: tuple[Rename, ...]) -> None:
        self.held: dict[str, _Held] = {}
        self.alike: dict[str, set[str]] = {}
        for block in spec.requirements:
            self.put(_Held(block.name, block.raw, block))
        # A rename that was carried out before leaves the base under the old name.
        self.bases = {**{target: bases[source] for source, target in _pairs(renamed) if source in bases}, **bases} if bases else bases
        self.warnings: list[str] = []
        self.clashes: tuple[Clash, ...] = ()
        self.missing = ""

    def near(self, name: str, but: str | None = None) -> str | None:
        """Give a name that differs from `name` only in case or spacing."""
        found = self.alike.get(folded(name), set()) - {name, but}
        return next((held for held in self.held if held in found), None) if len(found) > 1 else next(iter(found), None)

    def put(self, held: _Held) -> None:
        """Hold a requirement: in the place of the one with its name, else last."""
        self.held[held.name] = held
        self.alike.setdefault(folded(held.name), set()).add(held.name)

    def drop(self, name: str) -> None:
        """Let go of a requirement."""
        del self.held[name]
        self.alike[folded(name)].discard(name)

    def rename(self, source: str, target: str) -> None:
        """Give a requirement another name; it keeps its place."""
        renamed: dict[str, _Held] = {}
        for name, held in self.held.items():
            if name == source:
                _, _, rest = held.raw.partition("\n")
                raw = f"{header(target)}\n{rest}" if rest else header(target)
                renamed[target] = _Held(target, raw, held.old)
            else:
                renamed[name] = held
        self.held = renamed
        self.alike[folded(source)].discard(source)
        self.alike.setdefault(folded(target), set()).add(target)


# req: openspec-interop/3.4
def merged(
    capability: str,
    main_text: str | None,
    delta: Delta,
    change_id: str,
    *,
    shown_path: str = "",
    bases: Mapping[str, str] = _NO_BASES,
) -> Merged | MergeRefused:
    r"""Merge a delta into a capability's main spec; `main_text` is `None` where there is none yet.

    `shown_path` names the main spec's file in a warning; it is worked out from the capability when it is empty. `bases` are the blocks of requirements as
    they were when the delta was written, by name: what the main spec says otherwise since then is merged with the delta. A requirement without one
    is replaced whole, as OpenSpec does.

    >>> from setsquare.workspace.openspec.delta import read_delta
    >>> delta = read_delta("a", RelPath("spec.md"), "## ADDED Requirements\n### Requirement: B\nIt SHALL.\n#### Scenario: C\n- d\n")
    >>> done = merged("a", "# a\n\n## Purpose\nx\n\n## Requirements\n", delta, "c")
    >>> done.text
    '# a\n\n## Purpose\nx\n\n## Requirements\n\n### Requirement: B\nIt SHALL.\n#### Scenario: C\n- d\n'
    >>> merged("a", done.text, delta, "c").totals
    Totals(added=0, modified=0, removed=0, renamed=0)
    """
    refusal = contradiction(delta)
    if refusal:
        return MergeRefused(f"{capability} validation failed - {refusal}")
    if not (delta.added or delta.modified or delta.removed or delta.renamed):
        sections = "Provide ADDED/MODIFIED/REMOVED/RENAMED sections in change spec."
        return MergeRefused(f"Delta parsing found no operations for {capability}. {sections}")
    path = shown_path or f"openspec/specs/{capability}/spec.md"
    warnings = [f"{capability} - {_orphaned(orphan)}" for orphan in delta.orphans]
    if main_text is None and (delta.modified or delta.renamed):
        return MergeRefused(
            f"{capability}: target spec does not exist; only ADDED requirements are allowed for new specs. "
            "MODIFIED and RENAMED operations require an existing spec."
        )
    purpose, said = chosen_purpose(capability, delta.purpose, main_text, change_id, path)
    warnings += said
    text = main_text
    if text is None:
        text = skeleton(capability, purpose)
        if delta.removed:
            warnings.append(f"{capability} - {len(delta.removed)} REMOVED requirement(s) ignored for new spec (nothing to remove).")
    else:
        lines = "".join(f"\nline {issue.line}: {issue.message}" for issue in structure_issues(text))
        if lines:
            return MergeRefused(f"{capability}: target spec is structurally invalid and cannot be updated until fixed:{lines}")
    spec = read_main_spec(capability, RelPath(path), text)
    state = _State(spec, bases, delta.renamed)
    totals = _applied(delta, state, is_new=main_text is None)
    if isinstance(totals, str):
        return MergeRefused(f"{capability} {totals}", state.clashes, state.missing)
    return Merged(
        capability=capability,
        text=laid_out(spec, [held.raw for held in state.held.values()]),
        totals=totals,
        warnings=(*warnings, *(f"{capability} - {warning}" for warning in (*state.warnings, *_lost_parts(spec, state)))),
        is_new=main_text is None,
        is_emptied=not state.held and bool(spec.requirements),
    )


def skeleton(capability: str, purpose: str) -> str:
    r"""Write the main spec of a new capability, without requirements.

    >>> skeleton("a/b", "Why.")
    '# a/b Specification\n\n## Purpose\nWhy.\n\n## Requirements\n'
    """
    return f"# {capability} Specification\n\n## Purpose\n{purpose}\n\n## Requirements\n"


def header(name: str) -> str:
    """Write a requirement's header.

    >>> header("Login")
    '### Requirement: Login'
    """
    return f"### Requirement: {name}"


def folded(name: str) -> str:
    """Write a name so that names which differ only in case or spacing become one.

    >>> folded("Two  Words") == folded("two words")
    True
    """
    return " ".join(name.lower().split())


def contradiction(delta: Delta) -> str:
    r"""Say what in a delta contradicts itself: a name twice in one section, in two sections, half a rename; empty when nothing does.

    >>> from setsquare.workspace.openspec.delta import read_delta
    >>> contradiction(read_delta("a", RelPath("spec.md"), "## REMOVED Requirements\n### Requirement: B\n### Requirement: B\n"))
    'duplicate requirement in REMOVED for header "### Requirement: B"'
    """
    return _half_rename(delta.renamed) or _twice(delta) or _crossed(delta)


def _twice(delta: Delta) -> str:
    for section, names in (("ADDED", delta.added), ("MODIFIED", delta.modified), ("REMOVED", delta.removed)):
        name = _repeated(entry.name for entry in names)
        if name is not None:
            return f'duplicate requirement in {section} for header "{header(name)}"'
    seen_sources: set[str] = set()
    seen_targets: set[str] = set()
    for source, target in _pairs(delta.renamed):
        if source in seen_sources:
            return f'duplicate FROM in RENAMED for header "{header(source)}"'
        if target in seen_targets:
            return f'duplicate TO in RENAMED for header "{header(target)}"'
        seen_sources.add(source)
        seen_targets.add(target)
    return ""


def _crossed(delta: Delta) -> str:
    added = {block.name for block in delta.added}
    removed = [entry.name for entry in delta.removed]
    both = 'requirement present in multiple sections ({} and {}) for header "{}"'
    for block in delta.modified:
        if block.name in removed:
            return both.format("MODIFIED", "REMOVED", header(block.name))
        if block.name in added:
            return both.format("MODIFIED", "ADDED", header(block.name))
    for block in delta.added:
        if block.name in removed:
            return both.format("ADDED", "REMOVED", header(block.name))
    modified = {block.name for block in delta.modified}
    for source, target in _pairs(delta.renamed):
        if source in modified:
            return f'when a rename exists, MODIFIED must reference the NEW header "{header(target)}"'
        spelled = next((name for name in removed if name == source or folded(name) == folded(source)), None)
        if spelled is not None:
            note = "" if spelled == source else f' (REMOVED spells it "{spelled}")'
            return both.format("RENAMED", "REMOVED", header(source)) + note
        if target in added:
            return f'RENAMED TO header collides with ADDED for "{header(target)}"'
    return ""


def _half_rename(renamed: tuple[Rename, ...]) -> str:
    for rename in renamed:
        if rename.source is not None and rename.target is not None:
            continue
        half = rename.source or rename.target
        if half is None:
            continue
        missing = "FROM" if rename.source is None else "TO"
        return (
            f'RENAMED entry on line {half.line} has no matching {missing}: for header "{header(half.name)}". '
            "Write each rename as a FROM: line followed immediately by its TO: line."
        )
    return ""


def _repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _pairs(renamed: tuple[Rename, ...]) -> list[tuple[str, str]]:
    return [(pair.source.name, pair.target.name) for pair in renamed if pair.source is not None and pair.target is not None]


def _orphaned(orphan: NamedLine) -> str:
    place = f'under "## {orphan.under}"' if orphan.under else 'above the first "## " section'
    return (
        f'requirement "{orphan.name}" (line {orphan.line}) is {place}, which is not a delta section, so it was not applied. '
        "Move it under ADDED/MODIFIED/REMOVED/RENAMED Requirements."
    )


def _applied(delta: Delta, state: _State, *, is_new: bool) -> Totals | str:
    """Apply all operations in order; the answer is what changed, or why one of them failed."""
    counts = [0, 0, 0, 0]
    steps = (
        (_renamed(state, source, target) for source, target in _pairs(delta.renamed)),
        (_removed(state, entry.name) for entry in (() if is_new else delta.removed)),
        (_modified(state, block) for block in delta.modified),
        (_added(state, block) for block in delta.added),
    )
    for at, step in enumerate(steps):
        for outcome in step:
            if isinstance(outcome, str):
                return outcome
            counts[at] += outcome
    return Totals(renamed=counts[0], removed=counts[1], modified=counts[2], added=counts[3])


def _failed(operation: str, name: str, why: str) -> str:
    return f'{operation} failed for header "{header(name)}" - {why}'


def _renamed(state: _State, source: str, target: str) -> bool | str:
    if source not in state.held:
        near = state.near(source)
        if target not in state.held:
            state.missing = source
            return _failed("RENAMED", source, "source not found")
        if near is not None and near != target:
            return _failed("RENAMED", source, f'source not found, but "{header(near)}" exists; fix the header to match it exactly')
        return False
    if target in state.held:
        return _failed("RENAMED", target, "target already exists")
    near = state.near(target, source)
    if near is not None:
        return _failed("RENAMED", target, f'"{header(near)}" already exists and differs only in case or spacing; choose a distinct name')
    state.rename(source, target)
    return True


def _removed(state: _State, name: str) -> bool | str:
    held = state.held.get(name)
    if held is None:
        near = state.near(name)
        if near is not None:
            return _failed("REMOVED", name, f'not found, but "{header(near)}" exists; fix the header to match it exactly')
        state.warnings.append(f'REMOVED requirement "{name}" is not in the current spec; treating it as already removed.')
        return False
    base = state.bases.get(name)
    if base is not None and held.old is not None and base != held.old.raw:
        from setsquare.spec.openspec.three_way import removal  # noqa: PLC0415  (start-up: few changes meet another one)

        clash = removal(name, base, held.old.raw)
        if clash is not None:
            state.clashes = (clash,)
            return _failed("REMOVED", name, "the requirement has changed since this change was written")
    state.drop(name)
    return True


def _modified(state: _State, block: RequirementBlock) -> bool | str:
    held = state.held.get(block.name)
    if held is None:
        state.missing = block.name
        return _failed("MODIFIED", block.name, "not found")
    base = state.bases.get(held.old.name) if held.old is not None else None
    if base is not None and held.old is not None and base != held.old.raw:
        combined = _combined(state, base, held, block)
        if isinstance(combined, str):
            return combined
        block = combined
    lost = refused_loss(held.old, block)
    if lost:
        return _failed("MODIFIED", block.name, lost)
    if trimmed(held.raw) == trimmed(block.raw):
        return False
    state.put(_Held(block.name, block.raw, held.old))
    return True


def _combined(state: _State, base: str, held: _Held, block: RequirementBlock) -> RequirementBlock | str:
    """Merge a MODIFIED block with what the main spec has come to say since it was written."""
    from setsquare.spec.openspec.block_parts import block_of  # noqa: PLC0415  (start-up: few changes meet another one)
    from setsquare.spec.openspec.three_way import three_way  # noqa: PLC0415

    found = three_way(block.name, base, held.raw, block.raw)
    if not isinstance(found, str):
        state.clashes = found
        return _failed("MODIFIED", block.name, "the requirement has changed since this change was written, and both changed the same lines")
    new = block_of(found)
    if new is not None and new.raw != block.raw:
        state.warnings.append(
            f'MODIFIED requirement "{block.name}" was merged with what the spec has come to say since the change was written.'
        )
    return replace(new, line=block.line, dropped=block.dropped) if new is not None else block


def _added(state: _State, block: RequirementBlock) -> bool | str:
    held = state.held.get(block.name)
    if held is not None:
        return False if trimmed(held.raw) == trimmed(block.raw) else _failed("ADDED", block.name, "already exists")
    near = state.near(block.name)
    if near is not None:
        return _failed(
            "ADDED",
            block.name,
            f'"{header(near)}" already exists and differs only in case or spacing; use MODIFIED with that exact header to change it, '
            "or choose a distinct name",
        )
    state.put(_Held(block.name, block.raw))
    return True


def _lost_parts(spec: MainSpec, state: _State) -> list[str]:
    """Warn where something that is no part of a requirement goes with its block."""
    kept = {held.old.name: held.raw for held in state.held.values() if held.old is not None}
    warnings: list[str] = []
    for block in spec.requirements:
        found = foreign_part(block.raw)
        if found is not None and found.text not in kept.get(block.name, ""):
            warnings.append(
                f'"{found.header}" sits inside requirement "{block.name}" and goes with it. Move it under its own requirement, '
                "or above `## Requirements`, to keep it."
            )
    return warnings
