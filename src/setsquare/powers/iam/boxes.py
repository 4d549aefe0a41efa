"""Statements as boxes: which actions and which resources they speak of, compared as languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from setsquare.powers.iam.implication import implies
from setsquare.powers.iam.policy.document import Effect, Policy, Statement
from setsquare.powers.iam.policy.patterns import action_matches, covers, covers_action, overlaps, overlaps_action

_ANY = ""


class Words(Struct, frozen=True, dict=True):
    """The words of an element; `is_except` for NotAction and NotResource, which mean all but these."""

    words: tuple[str, ...]
    is_except: bool = False

    def parts(self) -> tuple[Words, ...]:
        """Cut an element into its words; all-but-these is one part."""
        return (self,) if self.is_except else tuple([Words((word,)) for word in self.words])

    def shown(self, negation: str) -> str:
        """Write it for a message."""
        return f"{negation} {', '.join(self.words)}" if self.is_except else ", ".join(self.words)

    @cached_property
    def named(self) -> Mapping[str, tuple[str, ...]]:
        """Give the action words without wildcards, in lower case, by service."""
        return _by_service(word for word in self.words if not is_wild(word))

    @cached_property
    def exact(self) -> frozenset[str]:
        """Give the action words without wildcards, in lower case."""
        return frozenset(word.lower() for word in self.words if not is_wild(word))

    @cached_property
    def wild(self) -> Mapping[str, tuple[str, ...]]:
        """Give the action words with wildcards by service, under the empty key those whose service is itself a pattern."""
        return _by_service(word for word in self.words if is_wild(word))


class Box(Struct, frozen=True, kw_only=True):
    """A statement of a policy, for comparing."""

    policy: str
    statement: Statement
    actions: Words
    resources: Words
    has_variables: bool

    @property
    def is_allowing(self) -> bool:
        """Tell whether it allows."""
        return self.statement.effect is Effect.ALLOW

    @property
    def names_resources(self) -> bool:
        """Tell whether it has a Resource or NotResource."""
        return self.statement.resources is not None or self.statement.not_resources is not None


def box_of(name: str, statement: Statement, policy: Policy) -> Box:
    """Give a statement as a box."""
    return Box(
        policy=name,
        statement=statement,
        actions=_words(statement.actions, statement.not_actions, absent=()),
        # A trust policy has no Resource: it speaks of its own role, the same one in every policy that is compared.
        resources=_words(statement.resources, statement.not_resources, absent=("*",)),
        has_variables=policy.has_variables,
    )


def is_same(box: Box, other: Box) -> bool:
    """Tell whether two statements say the same, word for word."""
    return (
        (box.actions, box.resources, box.has_variables) == (other.actions, other.resources, other.has_variables)
        and box.statement.conditions == other.statement.conditions
        and _has_same_principals(box, other)
    )


def is_under(box: Box, other: Box) -> bool:
    """Tell whether a statement applies only where the other one does, actions and resources aside."""
    if not _has_same_principals(box, other) or box.names_resources != other.names_resources:
        return False
    is_plain = box.has_variables == other.has_variables or not any("${" in value for each in (box, other) for value in _values(each))
    return is_plain and implies(box.statement.conditions, other.statement.conditions)


def covers_actions(outer: Words, part: Words) -> bool:
    """Tell whether all actions of a part are of an element.

    >>> covers_actions(Words(("s3:Get*",)), Words(("s3:GetObject",))), covers_actions(Words(("iam:*",), True), Words(("i*:Get",)))
    (True, False)
    """
    if outer.is_except:
        if part.is_except:
            return all(any(covers_action(word, each) for word in part.words) for each in outer.words)
        return not any(overlaps_action(each, part.words[0]) for each in outer.words)
    wanted = "*" if part.is_except else part.words[0].lower()
    if wanted in outer.exact:
        return True
    return any(covers_action(word, wanted) for key in {service_of(wanted), _ANY} for word in outer.wild.get(key, ()))


def touch_actions(outer: Words, part: Words) -> bool:
    """Tell whether an action may be of both.

    >>> touch_actions(Words(("s3:Get*",)), Words(("s3:*Acl",))), touch_actions(Words(("s3:*",), True), Words(("s3:Get*",)))
    (True, False)
    """
    if outer.is_except and part.is_except:
        return True
    if outer.is_except:
        return not any(covers_action(each, part.words[0]) for each in outer.words)
    if part.is_except:
        return any(not any(covers_action(each, word) for each in part.words) for word in outer.words)
    wanted = part.words[0].lower()
    service = service_of(wanted)
    if wanted in outer.exact:
        return True
    if is_wild(wanted):
        exact = outer.named.get(service, ()) if service else outer.exact
        if any(action_matches(wanted, word) for word in exact):
            return True
    keys = {service, _ANY} if service else outer.wild.keys()
    return any(overlaps_action(word, wanted) for key in keys for word in outer.wild.get(key, ()))


def covers_resources(other: Box, part: Words, box: Box) -> bool:
    """Tell whether all resources of a part of `box` are of the other statement."""
    outer, are_variables = other.resources, box.has_variables
    if "*" in outer.words and not outer.is_except:
        return True
    if _are_read_apart(other, part, box):
        return False
    if outer.is_except:
        if part.is_except:
            return all(any(covers(word, each, has_variables=are_variables) for word in part.words) for each in outer.words)
        return not any(overlaps(each, part.words[0], has_variables=are_variables) for each in outer.words)
    wanted = "*" if part.is_except else part.words[0]
    return wanted in outer.words or any(covers(word, wanted, has_variables=are_variables) for word in outer.words)


def touch_resources(other: Box, part: Words, box: Box) -> bool:
    """Tell whether a resource may be of a part of `box` and of the other statement."""
    outer, are_variables = other.resources, box.has_variables
    if _are_read_apart(other, part, box) or (outer.is_except and part.is_except):
        return True
    if outer.is_except:
        return not any(covers(each, part.words[0], has_variables=are_variables) for each in outer.words)
    if part.is_except:
        return any(not any(covers(each, word, has_variables=are_variables) for each in part.words) for word in outer.words)
    return any(overlaps(word, part.words[0], has_variables=are_variables) for word in outer.words)


def _are_read_apart(other: Box, part: Words, box: Box) -> bool:
    """Tell whether `${...}` is a variable in one of the policies and text in the other."""
    return box.has_variables != other.has_variables and any("${" in word for word in (*other.resources.words, *part.words))


def _words(words: tuple[str, ...] | None, excepted: tuple[str, ...] | None, *, absent: tuple[str, ...]) -> Words:
    """Read an element and its negation, or what holds where both are absent."""
    if words is not None:
        return Words(words)
    return Words(absent) if excepted is None else Words(excepted, is_except=True)


def _has_same_principals(box: Box, other: Box) -> bool:
    return (box.statement.principals, box.statement.not_principals) == (other.statement.principals, other.statement.not_principals)


def _values(box: Box) -> Iterator[str]:
    return (value for condition in box.statement.conditions for value in condition.values)


def is_wild(word: str) -> bool:
    """Tell whether a word holds a wildcard.

    >>> is_wild("s3:Get*"), is_wild("s3:GetObject")
    (True, False)
    """
    return "*" in word or "?" in word


def service_of(word: str) -> str:
    """Give the service of an action word, empty where that is itself a pattern.

    >>> service_of("s3:get*"), service_of("s*:get")
    ('s3', '')
    """
    service, colon, _ = word.partition(":")
    return service if colon and not is_wild(service) else _ANY


def _by_service(words: Iterator[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in words:
        found.setdefault(service_of(word.lower()), []).append(word.lower())
    return {service: tuple(names) for service, names in found.items()}
