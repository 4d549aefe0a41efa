"""What the event selectors of a trail leave out, and which data events they prove.

Source: AWS, CloudTrail API Reference, "EventSelector", "AdvancedEventSelector", "AdvancedFieldSelector".
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.powers.iam.usage.mapped import label_of
from setsquare.powers.iam.usage.model import Gap

_PREFIXES = {"rdsdata": "rds-data"}
# The kinds of resources whose data events are all that a service has, as far as the service's own page lists them.
_WHOLE: tuple[tuple[str, frozenset[str]], ...] = (
    ("s3", frozenset({"AWS::S3::Object"})),
    ("lambda", frozenset({"AWS::Lambda::Function"})),
    ("dynamodb", frozenset({"AWS::DynamoDB::Table", "AWS::DynamoDB::Stream"})),
    ("sqs", frozenset({"AWS::SQS::Queue"})),
    ("sns", frozenset({"AWS::SNS::Topic", "AWS::SNS::PlatformEndpoint"})),
)
_EVERY_RESOURCE = frozenset({"arn:aws:s3", "arn:aws:s3:::", "arn:aws:lambda", "arn:aws:dynamodb"})


class Field(Struct, frozen=True, kw_only=True):
    """One condition of a selector: `has` are the values of `Equals`, `lacks` those of `NotEquals`; `is_other` that it has another operator."""

    name: str
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    is_other: bool = False


class Selector(Struct, frozen=True):
    """Conditions that an event must all meet to be logged."""

    fields: tuple[Field, ...]

    def values(self, name: str) -> tuple[str, ...]:
        """Give the values that a field must have; none where it may have any."""
        return tuple(value for field in self.fields if field.name == name for value in field.has)

    def lacking(self, name: str) -> tuple[str, ...]:
        """Give the values that a field must not have."""
        return tuple(value for field in self.fields if field.name == name for value in field.lacks)

    def has_only(self, *names: str) -> bool:
        """Tell whether it has no conditions but on these fields, by operators that are understood."""
        return all(field.name in names and not field.is_other for field in self.fields)


class Selected(Struct, frozen=True):
    """What selectors leave out of management events, and the data events that they prove, as `Seen.data` writes them."""

    gaps: tuple[Gap, ...]
    data: tuple[str, ...] = ()


def basic(kind: str, has_management: bool, excluded: Iterable[str], data: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[Selector, ...]:
    """Write a basic selector as the advanced ones that mean the same; `kind` is `All`, `ReadOnly` or `WriteOnly`, `data` are types with values.

    >>> basic("ReadOnly", True, (), ())[0].values("readOnly")
    ('true',)
    """
    reading = () if kind == "All" else (Field(name="readOnly", has=("true" if kind == "ReadOnly" else "false",)),)
    found = []
    if has_management:
        left_out = tuple(excluded)
        sources = (Field(name="eventSource", lacks=left_out),) if left_out else ()
        found.append(Selector((Field(name="eventCategory", has=("Management",)), *reading, *sources)))
    for type_, values in data:
        narrow = () if _EVERY_RESOURCE.intersection(values) else (Field(name="resources.ARN", has=values),)
        found.append(Selector((Field(name="eventCategory", has=("Data",)), Field(name="resources.type", has=(type_,)), *reading, *narrow)))
    return tuple(found)


def selected(selectors: Iterable[Selector], trail: str) -> Selected:
    """Say what a trail with these selectors leaves out; `trail` is its name in the reasons.

    >>> found = selected(basic("ReadOnly", True, ("kms.amazonaws.com",), (("AWS::S3::Object", ("arn:aws:s3",)),)), "main")
    >>> [(gap.code, gap.scope) for gap in found.gaps], found.data
    ([('write-only-excluded', ''), ('source-excluded', 'kms')], ('s3:read',))
    """
    chosen = tuple(selectors)
    management = [each for each in chosen if each.values("eventCategory") == ("Management",)]
    data = [each for each in chosen if each.values("eventCategory") == ("Data",)]
    return Selected(tuple(_gaps(management, trail)), tuple(sorted(_proven(data))))


def _gaps(management: list[Selector], trail: str) -> Iterable[Gap]:
    whole = [each for each in management if each.has_only("eventCategory", "readOnly", "eventSource") and not each.values("eventSource")]
    if not whole:
        told = "no management events" if not management else "management events only under conditions that cannot be followed here"
        yield Gap(code="no-management-events", reason=f"the trail {trail} logs {told}")
        return
    reads = [each for each in whole if each.values("readOnly") != ("false",)]
    writes = [each for each in whole if each.values("readOnly") != ("true",)]
    if not reads:
        yield Gap(code="read-only-excluded", reason=f"the trail {trail} logs no reading management events")
    if not writes:
        yield Gap(code="write-only-excluded", reason=f"the trail {trail} logs no writing management events")
    absent = [set.intersection(*(set(each.lacking("eventSource")) for each in kind)) for kind in (reads, writes) if kind]
    for source in sorted(set[str]().union(*absent)):
        label = label_of(source)
        prefix = _PREFIXES.get(label, label)
        yield Gap(code="source-excluded", reason=f"the trail {trail} leaves out the events of {prefix}", scope=prefix)


def _proven(data: list[Selector]) -> Iterable[str]:
    for label, types in _WHOLE:
        for word, told in (("read", "true"), ("write", "false")):
            held = {
                type_
                for each in data
                if each.has_only("eventCategory", "resources.type", "readOnly") and each.values("readOnly") in ((), (told,))
                for type_ in each.values("resources.type")
            }
            if types <= held:
                yield f"{label}:{word}"
