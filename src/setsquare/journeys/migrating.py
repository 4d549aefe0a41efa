"""Plans what a migration writes: steering from instruction files, OpenSpec's old files away, Kiro's older files in the current form.

A file that people wrote is never deleted and never changed, but for the marked block of another tool and the rules that an older profile lacks.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from setsquare.errors import Refused
from setsquare.journeys.migration_files import FoundFile
from setsquare.journeys.migration_guidance import Told
from setsquare.journeys.previewing import Change, preview
from setsquare.journeys.skill_files import Ground
from setsquare.migrate.dialects.conversion import Conversion
from setsquare.migrate.guidance import Note
from setsquare.migrate.openspec_cleaning import Fate, LegacyFile, config_with_context
from setsquare.migrate.openspec_legacy import PROJECT
from setsquare.migrate.record import ChangedFile, Past, ReadFile, Record
from setsquare.migrate.steering_form import SHARED, SteeringText, steering_texts
from setsquare.ports.links import Standing
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, digest, removal, replacement

STEERING = RelPath(".kiro/steering")
_CONFIGS = (RelPath("openspec/config.yaml"), RelPath("openspec/config.yml"))


class Deed(enum.Enum):
    """What happens to a file."""

    WRITTEN = "written"
    REWRITTEN = "rewritten"
    STRIPPED = "stripped"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    KEPT = "kept"


class Step(Struct, frozen=True, kw_only=True):
    """What is planned for one file, the files it comes from, its bytes before and after (`None`: none), and why."""

    path: RelPath
    deed: Deed
    sources: tuple[str, ...] = ()
    old: bytes | None = None
    new: bytes | None = None
    why: str = ""

    @property
    def is_change(self) -> bool:
        """Tell whether anything is written or removed."""
        return self.deed not in (Deed.UNCHANGED, Deed.KEPT)


class Planner:
    """Collects the steps of one migration; no two of them concern one file."""

    def __init__(self, ground: Ground, past: Past, digests: Mapping[str, str]) -> None:
        """Take the ground, what earlier migrations wrote, and the digest of each source as it is now."""
        self._ground = ground
        self._past = past
        self._digests = digests
        self._taken: dict[str, Step] = {}

    @property
    def steps(self) -> tuple[Step, ...]:
        """List the steps by path."""
        return tuple(self._taken[path] for path in sorted(self._taken))

    def steer(self, told: Told) -> None:
        """Plan the steering files of one instruction file.

        Raises:
            Refused: a link leads out of the workspace where a steering file is to lie.
        """
        source = told.guidance.path
        free = [name for name in SHARED if self._is_free(_steering(name), source)]
        texts = steering_texts(told.guidance, free)
        for text in texts:
            self._put(self._named(text, source), encode(text.text), (source,))
        self._sweep(source)

    def convert(self, conversion: Conversion, file: FoundFile) -> None:
        """Plan one file of an older dialect in its current form."""
        new = encode(conversion.text)
        if conversion.target != conversion.path:
            self._put(conversion.target, new, (conversion.path,))
            return
        why = "what the current form needs is added; every old key stays"
        self._take(Step(path=file.real, deed=Deed.REWRITTEN, sources=(conversion.path,), old=file.raw, new=new, why=why))

    # req: openspec-interop/5.2
    def clean(self, legacy: LegacyFile, file: FoundFile) -> None:
        """Plan what becomes of one file of OpenSpec's old form."""
        if legacy.path == PROJECT:
            self._context(file)
            self._take(Step(path=file.real, deed=Deed.KEPT, old=file.raw, why=legacy.why))
        elif file.real != file.path:
            self._take(Step(path=file.path, deed=Deed.KEPT, why=f"a symbolic link to {file.real}; the link stays"))
        elif legacy.fate is Fate.STRIPPED:
            self._take(Step(path=file.path, deed=Deed.STRIPPED, old=file.raw, new=legacy.new, why=legacy.why))
        elif legacy.fate is Fate.REMOVED and legacy.is_certain:
            self._take(Step(path=file.path, deed=Deed.REMOVED, old=file.raw, why=legacy.why))
        elif file.path not in self._taken:
            why = legacy.why if legacy.is_certain else "it has the name of a generated command, but OpenSpec wrote none of that name"
            self._take(Step(path=file.path, deed=Deed.KEPT, old=file.raw, why=why))

    def _take(self, step: Step) -> None:
        self._taken[step.path] = step

    def _context(self, file: FoundFile) -> None:
        """Plan that the text of `project.md` is the context of `config.yaml`."""
        path = next((path for path in _CONFIGS if self._ground.files.exists(path)), _CONFIGS[0])
        old = self._ground.files.read(path)
        new = config_with_context(None if old is None else decode(old), decode(file.raw))
        if new is None:
            if old is None or b"context:" not in old:
                self._take(
                    Step(
                        path=path, deed=Deed.KEPT, old=old, why="the text of project.md cannot be its context: empty, or longer than 50 KiB"
                    )
                )
            return
        deed = Deed.WRITTEN if old is None else Deed.REWRITTEN
        self._take(
            Step(path=path, deed=deed, sources=(file.path,), old=old, new=encode(new), why="the text of project.md becomes its context")
        )

    def _is_free(self, path: RelPath, source: str) -> bool:
        """Tell whether a shared steering file may hold what a source says: nobody else's text stands there or is planned."""
        if path in self._taken:
            return False
        earlier = self._past.targets.get(path)
        return source in earlier.sources if earlier is not None else not self._ground.files.exists(path)

    def _named(self, text: SteeringText, source: str) -> RelPath:
        """Choose the file for a text: the one that it had before, else a name that nothing else has."""
        if text.name in SHARED and self._is_free(_steering(text.name), source):
            return _steering(text.name)
        number = 1
        while True:
            path = _steering(text.name if number == 1 else f"{text.name}-{number}")
            earlier = self._past.targets.get(path)
            is_own = earlier is not None and source in earlier.sources
            if path not in self._taken and (
                is_own or not self._ground.files.exists(path) or self._ground.files.read(path) == encode(text.text)
            ):
                return path
            number += 1

    def _put(self, path: RelPath, wanted: bytes, sources: tuple[str, ...]) -> None:
        """Plan that a file holds these bytes, unless a person had a hand in it.

        Raises:
            Refused: a link leads out of the workspace.
        """
        place = self._ground.links.place(path)
        if place.standing in (Standing.OUTSIDE, Standing.BLOCKED, Standing.FOLDER):
            raise Refused(f"{path} cannot be written: {place.reason}.", "Make it a plain file or folder of the workspace.")
        real = place.path
        now, earlier = self._ground.files.read(real), self._past.targets.get(real)
        is_same_source = all(self._past.sources.get(source) == self._digests.get(source) for source in sources)
        written_as = earlier.new if earlier is not None else None
        step = Step(path=real, deed=Deed.KEPT, sources=sources, old=now, new=wanted)
        if now == wanted:
            step = Step(path=real, deed=Deed.UNCHANGED, sources=sources, old=now, new=now)
        elif now is None and written_as is not None and is_same_source:
            step = Step(path=real, deed=Deed.KEPT, sources=sources, why=f"somebody took it away, and {sources[0]} is as it was")
        elif now is None:
            step = Step(path=real, deed=Deed.WRITTEN, sources=sources, new=wanted)
        elif written_as == digest(now):
            step = Step(path=real, deed=Deed.REWRITTEN, sources=sources, old=now, new=wanted, why=f"{sources[0]} changed since")
        elif written_as is None:
            step = Step(path=real, deed=Deed.KEPT, sources=sources, old=now, new=wanted, why="another file stands there")
        else:
            also = "" if is_same_source else f", and {sources[0]} changed, too: compare them"
            step = Step(path=real, deed=Deed.KEPT, sources=sources, old=now, new=wanted, why=f"somebody edited it{also}")
        self._take(step)

    def _sweep(self, source: str) -> None:
        """Plan that files go which an earlier migration wrote of a source that no longer gives them, unless somebody edited them."""
        for path in self._past.target_of(source):
            earlier = self._past.targets[path]
            if path in self._taken or earlier.new is None or not path.startswith(f"{STEERING}/"):
                continue
            now = self._ground.files.read(RelPath(path))
            if now is not None and digest(now) == earlier.new:
                self._take(Step(path=RelPath(path), deed=Deed.REMOVED, sources=(source,), old=now, why=f"{source} no longer says this"))


def plan_of(steps: Iterable[Step]) -> tuple[Plan, str]:
    """Make one plan of all steps, and its diff."""
    changed = [step for step in steps if step.is_change]
    changes = tuple(_change(step) for step in changed)
    shown = (Change(source=step.path, target=step.path, old=step.old, new=step.new) for step in changed)
    return Plan("Migrate", changes), preview(shown)


def edits_of(steps: Iterable[Step]) -> str:
    """Show how the files that stay differ from what would be written."""
    kept = (step for step in steps if step.deed is Deed.KEPT and step.old is not None and step.new is not None)
    return preview(Change(source=step.path, target=step.path, old=step.new, new=step.old) for step in kept)


def record_of(steps: Iterable[Step], digests: Mapping[str, str]) -> Record:
    """Write down what a migration changes, and which sources it read."""
    steps = tuple(steps)
    files = tuple(
        ChangedFile(path=step.path, old=step.old, new=None if step.new is None else digest(step.new), sources=step.sources)
        for step in steps
        if step.is_change
    )
    after = {step.path: digest(step.new) for step in steps if step.deed is Deed.STRIPPED and step.new is not None}
    read = {source for step in steps for source in step.sources if source in digests}
    return Record(files=files, sources=tuple(ReadFile(path=path, digest=after.get(RelPath(path), digests[path])) for path in sorted(read)))


def still_read(steps: Iterable[Step], told: Iterable[Told]) -> Iterator[Note]:
    """Say of sources that stay which tools read both them and the steering made of them."""
    sources = {source for step in steps if step.is_change for source in step.sources}
    for one in told:
        if one.guidance.path == "AGENTS.md" and "AGENTS.md" in sources:
            yield Note(path=one.guidance.path, text="Kiro reads AGENTS.md itself, so it sees this text twice until one of the two goes")


def _change(step: Step) -> FileChange:
    if step.old is None:
        return creation(step.path, step.new or b"")
    return removal(step.path, step.old) if step.new is None else replacement(step.path, step.old, step.new)


def _steering(name: str) -> RelPath:
    return RelPath(f"{STEERING}/{name}.md")
