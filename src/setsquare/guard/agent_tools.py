"""Reads which of a run's tools an agent profile's list names, whatever tool the profile was written for.

Source: Kiro's agent files (tags such as `read`, built-in names such as `fs_write` and `execute_bash`); tool names of other agents.
"""

from __future__ import annotations

from types import MappingProxyType

ALL_TOOLS = ("read", "write", "edit", "list", "search", "shell")
"""Every tool that a run can offer, in the order in which they are offered."""

_LOOKING = ("read", "list", "search")
_CHANGING = ("write", "edit")
_KNOWN = MappingProxyType(
    {
        **dict.fromkeys(("*", "@builtin"), ALL_TOOLS),
        **dict.fromkeys(("read", "fs_read", "fsread", "view", "notebookread"), _LOOKING),
        **dict.fromkeys(("read_file", "read_multiple_files", "readfile", "readmultiplefiles"), ("read",)),
        **dict.fromkeys(("list", "ls", "list_directory", "listdirectory", "file_search", "filesearch", "glob"), ("list",)),
        **dict.fromkeys(("search", "grep", "grep_search", "grepsearch", "code"), ("search",)),
        **dict.fromkeys(("write", "fs_write", "fswrite", "fs_append", "fsappend", "delete_file", "deletefile"), _CHANGING),
        **dict.fromkeys(("edit", "str_replace", "strreplace", "multiedit", "notebookedit"), ("edit",)),
        **dict.fromkeys(("shell", "execute_bash", "executebash", "bash", "execute_cmd", "control_process", "run"), ("shell",)),
    }
)


def tools_named(names: tuple[str, ...]) -> tuple[str, ...]:
    """List the tools that names stand for, in the order in which they are offered; what nobody here knows stands for none.

    >>> tools_named(("read", "execute_bash", "web_search", "@git/status"))
    ('read', 'list', 'search', 'shell')
    >>> tools_named(("Read", "Edit")), tools_named(())
    (('read', 'edit', 'list', 'search'), ())
    """
    found = {tool for name in names for tool in _KNOWN.get(name.strip().casefold(), ())}
    return tuple(tool for tool in ALL_TOOLS if tool in found)
