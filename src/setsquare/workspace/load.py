"""Turns the bytes of a snapshot into one `Workspace`; what cannot be read becomes a `Malformed`, never an exception."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from setsquare.text import json_document, markdown, plain
from setsquare.text.document import Document, NodeKind
from setsquare.text.paths import RelPath, base_name, joined, parent
from setsquare.text.span import Span
from setsquare.workspace.artefact import Artefact, ArtefactKind, Malformed, Root
from setsquare.workspace.discovery import discover
from setsquare.workspace.layout import classify, local, openspec_root, packages, roots
from setsquare.workspace.mcp import McpFile, read_mcp
from setsquare.workspace.model import Workspace
from setsquare.workspace.openspec.model import OpenSpecTree
from setsquare.workspace.settings import Settings
from setsquare.workspace.settings_reader import read_settings
from setsquare.workspace.sources import NO_DECLARATIONS, Declarations, read_declarations
from setsquare.workspace.spec import Spec
from setsquare.workspace.steering import SteeringFile, read_steering

LIMIT_TEXT_BYTES = 64 * 1024 * 1024
"""The longest file that is split into lines; a longer one is kept whole and reported."""

_MARKDOWN = (".md", ".mdc", ".markdown")
_MARKDOWN_NAMES = frozenset({".cursorrules", ".windsurfrules", ".clinerules", ".roorules"})
_JSON = (".json", ".jsonc", ".hook", ".config.kiro")
_TEXT = (*_MARKDOWN, *_JSON, ".yaml", ".yml", ".toml", ".txt", ".jsonl")
_TEXT_KINDS = frozenset({ArtefactKind.CODEOWNERS, ArtefactKind.IGNORE, ArtefactKind.INSTRUCTIONS})
# In these kinds a broken JSON file changes what an agent does; elsewhere it may be a fixture that is meant to be broken.
_SPEC_KINDS = frozenset({ArtefactKind.REQUIREMENTS, ArtefactKind.BUGFIX, ArtefactKind.DESIGN, ArtefactKind.TASKS})
_JSON_KINDS = frozenset(
    {
        ArtefactKind.SPEC_CONFIG,
        ArtefactKind.HOOK,
        ArtefactKind.AGENT,
        ArtefactKind.MCP,
        ArtefactKind.POWER,
        ArtefactKind.PERMISSIONS,
        ArtefactKind.TEAM_STATE,
    }
)


# req: workspace/1.1
def load(files: Mapping[RelPath, bytes], skipped: Iterable[tuple[RelPath, str]] = (), inside: str = "") -> Workspace:
    r"""Load files as a workspace; every file given is kept, whatever it holds.

    `inside` says where in a root the folder of the files itself lies, such as `.kiro/specs`; all paths stay relative to the folder.

    >>> workspace = load({RelPath(".kiro/specs/login/tasks.md"): b"- [ ] 1. Go\r\n"})
    >>> [spec.name for spec in workspace.specs], workspace.render(".kiro/specs/login/tasks.md")
    (['login'], b'- [ ] 1. Go\r\n')
    >>> [(spec.name, spec.path) for spec in load({RelPath("login/tasks.md"): b""}, inside=".kiro/specs").specs]
    [('login', 'login')]
    """
    placed = {path: joined(inside, path) for path in sorted(files)}
    beside = packages(placed.values())
    artefacts = tuple(_artefact(path, files[path], classify(where, beside)) for path, where in placed.items())
    trees = _trees({placed[path]: raw for path, raw in files.items()}, inside)
    specs = _with_others(discover(artefacts, inside), trees, artefacts, inside)
    settings = tuple(read_settings(file.document) for file in _of(artefacts, ArtefactKind.SETTINGS))
    steering = tuple(read_steering(file.document) for file in _of(artefacts, ArtefactKind.STEERING) if _is_active(placed[file.path]))
    declared = next((read_declarations(file.document) for file in _of(artefacts, ArtefactKind.SOURCES)), NO_DECLARATIONS)
    return Workspace(
        artefacts=artefacts,
        roots=tuple(Root(local(root.path, inside), root.kind) for root in roots(placed.values())),
        specs=specs,
        settings=settings,
        mcp=tuple(_mcp(artefacts)),
        steering=steering,
        malformed=_malformed(artefacts, files, (*settings, *steering, declared)),
        skipped=tuple(skipped),
        openspec=() if inside else trees,  # what only a whole folder shows, such as a requirement that is missing, no part of it can show
        declared=declared,
    )


# req: openspec-interop/1.2
def _trees(placed: Mapping[RelPath, bytes], inside: str) -> tuple[OpenSpecTree, ...]:
    """Read the OpenSpec folders; nothing of OpenSpec is imported where there is none."""
    grouped: dict[str, dict[RelPath, bytes]] = {}
    for path, raw in placed.items():
        if (root := openspec_root(path)) is not None:
            grouped.setdefault(root, {})[path] = raw
    if not grouped:
        return ()
    from setsquare.workspace.openspec.tree import read_tree, seen_from  # noqa: PLC0415  (start-up)

    trees = (read_tree(grouped[root], parent(root)) for root in sorted(grouped))
    return tuple(seen_from(tree, inside) for tree in trees) if inside else tuple(trees)


# req: openspec-interop/1.2
def _with_others(
    specs: tuple[Spec, ...], trees: tuple[OpenSpecTree, ...], artefacts: tuple[Artefact, ...], inside: str
) -> tuple[Spec, ...]:
    """Put the specs of OpenSpec folders and the features of Spec Kit among the others, sorted by folder; none costs nothing."""
    has_features = any(artefact.kind is ArtefactKind.SPECKIT and artefact.path.endswith("spec.md") for artefact in artefacts)
    if not (trees or has_features):
        return specs
    from setsquare.workspace.openspec.as_specs import specs_of, unclashed  # noqa: PLC0415  (start-up)

    documents = {artefact.path: artefact.document for artefact in artefacts}
    others = [spec for tree in trees for spec in specs_of(tree, documents)]
    if has_features:
        from setsquare.workspace.speckit.as_specs import features_of  # noqa: PLC0415  (start-up)

        kit = {artefact.path: artefact.document for artefact in artefacts if artefact.kind is ArtefactKind.SPECKIT}
        others += features_of(kit, inside)
    return unclashed((*specs, *others))


def scan(path: RelPath, raw: bytes) -> Document:
    """Split a file by the grammar that its name promises.

    >>> [node.kind.value for node in scan(RelPath("a/.cursorrules"), b"# Rules").nodes]
    ['heading']
    """
    name = base_name(path)
    if b"\0" in raw or len(raw) > LIMIT_TEXT_BYTES:
        return plain.whole(path, raw)
    if name.endswith(_MARKDOWN) or name in _MARKDOWN_NAMES:
        return markdown.scan(path, raw)
    return json_document.scan(path, raw) if name.endswith(_JSON) else plain.scan(path, raw)


def _artefact(path: RelPath, raw: bytes, kind: ArtefactKind) -> Artefact:
    return Artefact(path=path, kind=kind, document=scan(path, raw))


def _of(artefacts: Iterable[Artefact], kind: ArtefactKind) -> Iterator[Artefact]:
    """Pick the files of one kind, in order."""
    return (artefact for artefact in artefacts if artefact.kind is kind)


def _mcp(artefacts: Iterable[Artefact]) -> Iterator[McpFile]:
    """Read the MCP files, and the settings files that hold servers too."""
    for artefact in artefacts:
        if artefact.kind in (ArtefactKind.MCP, ArtefactKind.SETTINGS):
            file = read_mcp(artefact.document)
            if file.servers or artefact.kind is ArtefactKind.MCP:
                yield file


def _is_active(path: RelPath) -> bool:
    """Tell whether a file is steering: Markdown directly in the folder; sub-folders and `.disabled` names are not loaded."""
    below = path.partition(".kiro/steering/")[2]
    return "/" not in below and below.endswith(".md")


# req: workspace/1.3
def _malformed(
    artefacts: Iterable[Artefact],
    files: Mapping[RelPath, bytes],
    readings: Iterable[Settings | SteeringFile | Declarations],
) -> tuple[Malformed, ...]:
    """Gather everything that could not be read as what it should be, in file order."""
    found = [problem for read in readings for problem in read.problems]
    for artefact in artefacts:
        unreadable = _not_text(artefact, files[artefact.path])
        if unreadable is not None:
            found.append(unreadable)
        elif artefact.kind in _SPEC_KINDS and (hidden := _hidden(artefact)) is not None:
            found.append(hidden)
        elif artefact.kind in _JSON_KINDS and artefact.path.endswith(_JSON):
            tree = json_document.read(artefact.document, expects_object=True)
            found += [Malformed(artefact.path, problem.span, problem.reason, problem.is_warning) for problem in tree.problems]
    return tuple(sorted(set(found), key=lambda problem: (problem.path, problem.span, problem.reason)))


def _hidden(artefact: Artefact) -> Malformed | None:
    """Find a code block that never closes: everything below it is code to every reader of Markdown, and so no criterion and no task."""
    last = artefact.document.nodes[-1] if artefact.document.nodes else None
    if last is None or last.kind is not NodeKind.FENCE:
        return None
    first, _, below = last.raw.partition(b"\n")
    opening = first.strip(b"-*+ \t\r")
    sign = opening[:1]
    ticks = opening[: len(opening) - len(opening.lstrip(sign))]
    closing = below.rstrip().rpartition(b"\n")[2].strip()
    if closing.startswith(ticks) and not closing.strip(sign):
        return None
    reason = f"the code block that begins here never closes: what follows is code; end it with a line of {ticks.decode()}"
    return Malformed(artefact.path, Span(last.start, last.start + len(first)), reason, is_warning=True)


def _not_text(artefact: Artefact, raw: bytes) -> Malformed | None:
    """Say why a file that should be UTF-8 text is not; `None` when it is, or need not be."""
    if artefact.kind not in _TEXT_KINDS and not artefact.path.endswith(_TEXT):
        return None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Malformed(artefact.path, Span(0, 2), "the file is UTF-16 text; save it as UTF-8")
    at = raw.find(b"\0")
    if at >= 0:
        return Malformed(artefact.path, Span(at, at + 1), "the file is binary: it holds a NUL byte")
    if b"\r" in raw[:-1] and b"\n" not in raw:
        at = raw.find(b"\r")
        return Malformed(
            artefact.path, Span(at, at + 1), "the lines end in a carriage return alone, so the file is one line; save it with LF or CRLF"
        )
    if len(raw) > LIMIT_TEXT_BYTES:
        return Malformed(artefact.path, Span(0, 0), f"the file is longer than {LIMIT_TEXT_BYTES >> 20} MiB; it was not read")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte 0x{raw[error.start]:02x} is not UTF-8; the file is kept as it is"
        return Malformed(artefact.path, Span(error.start, error.start + 1), reason)
    return None
