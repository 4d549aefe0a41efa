"""Writes the ids of criteria as a reference would: single ids, lists, ranges and whole requirements, in the style of what stood there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from setsquare.spec.identity import Identity
from setsquare.spec.rematch import Pairing, requirement_of
from setsquare.spec.resolving import CriterionIndex, bare, indexed, qualifier, resolve
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import base_name
from setsquare.workspace.references import read_value
from setsquare.workspace.spec import Reference, ReferenceKind

_NAME: Final = LazyPattern(r"(?P<lead>.*?)(?P<number>\d.*)\Z", re.DOTALL)
_JOINT: Final = LazyPattern(r"\d[a-z]?(\s*(?:[-–—−~～〜→]|\.{2,3}|…)\s*|\s+(?:to|through|thru|bis|à)\s+|\s*(?:至|到|から)\s*)\S")
_BEHIND: Final = LazyPattern(r"\s*[(（][^()（）]*[)）]\Z")
_RUN: Final = 2


def is_group(reference: Reference) -> bool:
    """Tell whether a reference names a whole requirement, so that a criterion may join it.

    >>> from setsquare.text.paths import RelPath
    >>> [is_group(found) for found in read_value("3, 3.1, 1-2, 1.1-1.2", RelPath("t.md"), 1)]
    [True, False, True, False]
    """
    return "." not in bare(reference.first) and "." not in bare(reference.last)


class TargetNames:
    """The criteria of a workspace by what references call them."""

    def __init__(self, identity: Identity) -> None:
        """Take what is known of the criteria."""
        self._identity = identity
        self._paths: dict[str, str] = {}
        for item in identity.specs:
            for name in item.spec.whole_names:
                self._paths.setdefault(name.casefold(), item.spec.path)
        for item in identity.specs:
            self._paths.setdefault(base_name(item.spec.name).casefold(), item.spec.path)
        self._indices: dict[str, CriterionIndex | None] = {}
        self._order = {uid: at for at, uid in enumerate(identity.places)}

    def path_of(self, name: str, own: str) -> str:
        """Find the folder of a spec by its name; the source's own spec comes first where two have one name."""
        item = self._identity.by_path.get(own)
        return own if item and item.spec.name == name else self._paths.get(name.casefold(), "")

    def shown(self, uid: str, own: str) -> str:
        """Give a criterion's id now, with its spec in front where that is not the source's."""
        item, pairing = self._identity.places[uid]
        name = pairing.new.id if pairing.new else ""
        return name if item.spec.path == own else f"{item.spec.name}/{name}"

    def written(self, reference: Reference, uids: Sequence[str], own: str) -> str:
        """Write what must stand for a reference that means these criteria; empty where it cannot be written so that it is read like that."""
        places = self._identity.places
        meant = sorted((uid for uid in uids if uid in places), key=lambda uid: (places[uid][0].spec.path != own, self._order[uid]))
        if not meant:
            return ""
        whole = self._wholes(meant) if is_group(reference) else {}
        text = ", ".join(self._pieces(reference, meant, whole, own))
        allowed = {pairing.uid for numbers in whole.values() for pairing in numbers}
        return text if self._reads(text, reference, own) in (set(meant), set(meant) | allowed) else ""

    def _wholes(self, uids: Sequence[str]) -> dict[tuple[str, str], tuple[Pairing, ...]]:
        """Find the requirements of which everything is meant, apart from what is new; by spec and number."""
        found: dict[tuple[str, str], tuple[Pairing, ...]] = {}
        for uid in uids:
            item, pairing = self._identity.places[uid]
            number = requirement_of(pairing.new.id if pairing.new else "")
            if (item.spec.path, number) in found:
                continue
            inside = tuple(other for other in item.pairings if other.new and requirement_of(other.new.id) == number)
            if all(other.uid in uids or other.old is None for other in inside):
                found[item.spec.path, number] = inside
        return found

    def _pieces(
        self, reference: Reference, uids: Sequence[str], whole: dict[tuple[str, str], tuple[Pairing, ...]], own: str
    ) -> Iterator[str]:
        """Write the parts of a list."""
        done: set[tuple[str, str]] = set()
        run: list[str] = []
        for uid in uids:
            item, pairing = self._identity.places[uid]
            group = (item.spec.path, requirement_of(pairing.new.id if pairing.new else ""))
            if group in whole:
                yield from self._run(reference, run, own)
                run = []
                if group not in done:
                    done.add(group)
                    yield self._qualified(reference, group[1], group[0], own)
                continue
            if run and not (reference.kind is ReferenceKind.RANGE and self._follows(run[-1], uid)):
                yield from self._run(reference, run, own)
                run = []
            run.append(uid)
        yield from self._run(reference, run, own)

    def _follows(self, one: str, two: str) -> bool:
        """Tell whether a criterion's number is the next one of the same requirement."""
        (item, before), (other, after) = self._identity.places[one], self._identity.places[two]
        first, second = (pairing.new.id if pairing.new else "" for pairing in (before, after))
        head, tail = first.rpartition("."), second.rpartition(".")
        is_next = head[2].isdecimal() and tail[2].isdecimal() and int(tail[2]) == int(head[2]) + 1
        return item.spec.path == other.spec.path and head[0] == tail[0] and is_next

    def _run(self, reference: Reference, run: Sequence[str], own: str) -> Iterator[str]:
        """Write consecutive criteria as a range, or one by one."""
        if len(run) < _RUN:
            yield from (self._single(reference, uid, own) for uid in run)
            return
        joint = _JOINT.search(reference.written)
        last = self._identity.places[run[-1]][1].new
        name = self._styled(reference, last.id if last else "")
        behind = _BEHIND.search(reference.written)
        first = self._single(reference, run[0], own)
        head = first.removesuffix(behind[0]) if behind else first
        yield f"{head}{joint[1] if joint else '-'}{name}{behind[0] if behind else ''}"

    def _single(self, reference: Reference, uid: str, own: str) -> str:
        """Write one criterion, by its label where the reference was one."""
        item, pairing = self._identity.places[uid]
        new = pairing.new
        is_label = bool(new and new.label and not bare(reference.first)[:1].isdigit())
        name = (new.label if is_label else new.id) if new else ""
        return self._qualified(reference, name, item.spec.path, own)

    def _qualified(self, reference: Reference, name: str, path: str, own: str) -> str:
        """Put the spec where the reference had it, or where it is needed now."""
        styled = self._styled(reference, name)
        named = qualifier(reference.first)
        if named and self._paths.get(named.casefold()) == path:
            behind = _BEHIND.search(reference.written)
            return f"{styled}{behind[0]}" if behind else f"{named}/{styled}"
        return styled if path == own and not named else f"{self._identity.by_path[path].spec.name}/{styled}"

    def _styled(self, reference: Reference, name: str) -> str:
        """Keep letters that the reference had in front of a plain number."""
        match = _NAME.match(bare(reference.first))
        return f"{match['lead']}{name}" if match and name[:1].isdigit() else name

    def _reads(self, text: str, reference: Reference, own: str) -> set[str]:
        """Read a text as references; give the uids that it leads to, nothing where a part leads nowhere or to two things."""
        found: set[str] = set()
        for part in read_value(text, reference.path, reference.line):
            named = qualifier(part.first)
            path = self.path_of(named, own) if named else own
            if path not in self._indices:
                item = self._identity.by_path.get(path)
                self._indices[path] = indexed(item.spec) if item else None
            index = self._indices[path]
            answer = resolve(index, part) if index and part.kind is not ReferenceKind.PROSE else None
            if index is None or answer is None or not answer.is_found or answer.is_ambiguous:
                return set()
            found |= {pairing.uid for at in answer.positions if (pairing := self._identity.now.get((path, index.criteria[at].id)))}
        return found
