"""Setsquare: from EARS requirements to verified, traced, committed code, under guard rails.

>>> import setsquare
>>> workspace = setsquare.load(".")
>>> all(workspace.render(path) for path in workspace.paths if path.endswith("tasks.md"))
True
"""

from setsquare._version import __version__

# Nothing of Python's own library is imported here: with `python -m setsquare` this runs before the current folder is off the path.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import os

    from setsquare.workspace.model import Workspace

__all__ = ["__version__", "load"]


def load(path: "str | os.PathLike[str]") -> "Workspace":
    """Load every root below a folder as one immutable workspace.

    Args:
        path: any folder: a repository, a folder inside one or inside its `.kiro`, or one with many repositories below it.

    Returns:
        The workspace; what cannot be read as what it should be stands in `Workspace.malformed`, never in an exception.

    Raises:
        setsquare.errors.Unreadable: `path` is missing, not a folder, or not permitted.
    """
    from setsquare.wire import load_workspace  # noqa: PLC0415  (start-up: nothing heavy before it is used)

    return load_workspace(path)
