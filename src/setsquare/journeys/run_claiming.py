"""Names a new run, and sees to it that what was prepared for it still holds once the workspace is claimed."""

from __future__ import annotations

from setsquare.errors import StalePlan
from setsquare.journeys.app import App
from setsquare.journeys.run_live import Terms
from setsquare.text.paths import RelPath

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_CHARS = 10


def run_name(app: App) -> str:
    """Name a run so that it sorts behind all others, also when the clock was set back since.

    Raises:
        StorageFailed: the runs cannot be listed.
    """
    return following(max(app.journals.runs(), default=""), app.clock.new_id())


def following(last: str, new: str) -> str:
    """Give `new` if it sorts behind `last`, else a name with the next time behind it.

    >>> following("0000000009aaaaaaaa", "0000000010bbbbbbbb"), following("000000000zaaaaaaaa", "0000000001bbbbbbbb")
    ('0000000010bbbbbbbb', '0000000010bbbbbbbb')
    """
    time = last[:_TIME_CHARS]
    if new > last or len(time) < _TIME_CHARS or set(time) - set(_LETTERS):
        return new
    number = 0
    for letter in time:
        number = number * len(_LETTERS) + _LETTERS.index(letter)
    number += 1
    spelled = ""
    for _ in range(_TIME_CHARS):
        number, digit = divmod(number, len(_LETTERS))
        spelled = _LETTERS[digit] + spelled
    return spelled + new[_TIME_CHARS:]


def require_as_read(app: App, terms: Terms) -> None:
    """Stop when the tasks are not as they were read: another run may have ticked one before this one had the workspace.

    Raises:
        StalePlan: they changed.
        StorageFailed: they cannot be read.
    """
    tasks = terms.spec.tasks
    known = terms.workspace.by_path.get(RelPath(tasks.path)) if tasks else None
    if known is not None and app.files.read(RelPath(known.path)) != known.document.render():
        raise StalePlan(f"{known.path} changed while the run was being prepared; nothing was started.", "Run it again.")
