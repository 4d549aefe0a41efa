"""What a journey works with: the ports, chosen once."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.ports.approver import Approver
from setsquare.ports.clock import Clock
from setsquare.ports.files import Files
from setsquare.ports.git import Checkpoints, Git
from setsquare.ports.history import History
from setsquare.ports.journal import Journals
from setsquare.ports.language_model import LanguageModel
from setsquare.ports.results import Results
from setsquare.ports.sandbox import Sandbox
from setsquare.ports.symbols import Symbols
from setsquare.ports.trust import Trust
from setsquare.workspace.settings import ModelProfile


class App(Struct, frozen=True, kw_only=True):
    """The world of one workspace. `sandbox` is `None` where the machine has none; `model` builds the adapter of a profile when it is used.

    `progress` shows one line to a person while work goes on; it does nothing where nobody watches. `results` keeps recorded test
    results, `None` where nothing is kept.
    """

    folder: str
    files: Files
    git: Git
    history: History
    checkpoints: Checkpoints
    sandbox: Sandbox | None
    approver: Approver
    trust: Trust
    journals: Journals
    clock: Clock
    model: Callable[[ModelProfile], LanguageModel]
    progress: Callable[[str], None]
    symbols: Symbols
    results: Results | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """The part of the world that a journey needs which only looks; it works where no state can be kept, and `results` is `None` then."""

    files: Files
    history: History
    clock: Clock
    results: Results | None = None
