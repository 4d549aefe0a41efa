"""Holds what the requirements of one spec say about its design, before any of it is written down."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.spec.statement import Statement
from setsquare.workspace.spec import Criterion, Dialect


class DutyKind(enum.Enum):
    """What sort of behaviour a criterion asks for."""

    NORMAL = "normal"
    FAILURE = "failure"
    FORBIDDEN = "forbidden"
    LIMIT = "limit"


class Layer(enum.IntEnum):
    """Where a component sits; a lower layer is built first."""

    DATA = 0
    LOGIC = 1
    EDGE = 2
    CROSS = 3


class Duty(Struct, frozen=True, kw_only=True):
    """One criterion with its parsed sentence; `component` is the name it was given to, `area` the index of its requirement."""

    criterion: Criterion
    statement: Statement
    kind: DutyKind
    area: int
    component: str = ""

    @property
    def id(self) -> str:
        """Name the criterion."""
        return self.criterion.id


class Area(Struct, frozen=True, kw_only=True):
    """One requirement as a topic: `goal` is a verb phrase that names its work, `topic` a noun phrase, `want` what the user story asks for."""

    number: str
    topic: str
    goal: str
    want: str = ""
    role: str = ""


class Component(Struct, frozen=True, kw_only=True):
    """A part of the system. `meaning` is its glossary definition or empty; `is_named` is false when it stands for a requirement's topic.

    `calls` names the components that its criteria mention.
    """

    name: str
    layer: Layer
    meaning: str = ""
    is_named: bool = True
    duties: tuple[Duty, ...] = ()
    calls: tuple[str, ...] = ()


class Entity(Struct, frozen=True, kw_only=True):
    """A thing that is kept or passed on; `attributes` only as the text names them."""

    name: str
    meaning: str = ""
    attributes: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()


class ContractKind(enum.Enum):
    """The sort of surface that a contract belongs to."""

    ENDPOINT = "endpoint"
    STATUS = "status code"
    COMMAND = "command"
    EXIT_CODE = "exit code"
    FIELD = "field"


class Contract(Struct, frozen=True, kw_only=True):
    """Something that the text fixes literally: an endpoint, a status code, a command, an exit code, a field."""

    kind: ContractKind
    written: str
    criteria: tuple[str, ...]


class Shape(enum.Enum):
    """The shape of a correctness property."""

    ROUND_TRIP = "round trip"
    INVARIANT = "invariant"
    BOUND = "bound"
    REJECTION = "rejection"
    IDEMPOTENCE = "idempotence"
    STATED = "stated property"


class Promise(Struct, frozen=True, kw_only=True):
    """A correctness property: `title` in a few words, `text` as a sentence that starts with "*For any*"."""

    number: int
    shape: Shape
    title: str
    text: str
    criteria: tuple[str, ...]


class Picture(Struct, frozen=True, kw_only=True):
    """Everything that the requirements say, ready to be written as a design or as tasks; `name` is the subject of the spec."""

    name: str
    dialect: Dialect
    introduction: str
    areas: tuple[Area, ...]
    duties: tuple[Duty, ...]
    components: tuple[Component, ...]
    entities: tuple[Entity, ...] = ()
    contracts: tuple[Contract, ...] = ()
    promises: tuple[Promise, ...] = ()

    def component(self, name: str) -> Component:
        """Find a component by name.

        Raises:
            KeyError: no component has that name.
        """
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(name)
