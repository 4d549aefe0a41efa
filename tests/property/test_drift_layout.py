"""Layout, comments and documentation strings are no drift; other words are, in exactly the function that has them."""

from __future__ import annotations

import ast
import textwrap

from hypothesis import given
from hypothesis import strategies as st

from setsquare.adapters.source_symbols import SourceSymbols
from setsquare.spec.drift_parts import Became, CodeFile, CodePart, bytes_digest, fates, part_at, remember
from setsquare.text.paths import RelPath

PATH = RelPath("a.py")
BODIES = st.sampled_from(
    [
        "return {'a': 1, 'b': [1, 2, 3]}",
        "x = (1, 2)\nreturn f'{x!r:>4}'",
        "if a and (b or c):\n    return -a ** 2\nelse:\n    raise ValueError('no')",
        "async def inner():\n    await a\nreturn inner",
        "for i, j in zip(a, b):\n    print(i, j, sep='')",
        "try:\n    pass\nexcept (A, B) as error:\n    raise C from error\nfinally:\n    close()",
        "return lambda *args, key=None, **rest: (args, key, rest)",
        "with a as b, c:\n    yield from b",
        "match a:\n    case {'x': [1, *rest]} if rest:\n        return rest",
    ]
)


def source(bodies: list[str], marks: list[bool]) -> str:
    rows = []
    for number, (body, is_noted) in enumerate(zip(bodies, marks, strict=True)):
        document = '    """Says it."""\n' if is_noted else ""
        rows.append(f"# req: s/1.{number + 1}\n@mark({number})\ndef f{number}(a, b=1, *c):\n{document}{textwrap.indent(body, '    ')}\n")
    return "\n\n".join(rows)


def read(text: str) -> CodeFile:
    symbols, reader = SourceSymbols().of(PATH, text.encode()), SourceSymbols()
    assert symbols is not None
    return CodeFile(
        rows=tuple(text.split("\n")),
        bytes_digest=bytes_digest(text.encode()),
        whole=reader.whole(PATH, text.encode()),
        parts=tuple(CodePart(name=it.name, line=it.line, end_line=it.end_line, digest=it.digest) for it in symbols),
    )


def drifted(old: str, new: str) -> list[str]:
    """Name the functions that are not as they were."""
    then, now = read(old), read(new)
    lines = [number for number, row in enumerate(then.rows, 1) if row.startswith("# req")]
    met = fates([*remember(then, lines), *remember(then, [len(then.rows) + 1])], now)
    return [fate.part.name for fate in met if fate.became is not Became.SAME]


@given(st.lists(BODIES, min_size=1, max_size=4), st.data())
def test_another_layout_is_no_drift(bodies: list[str], data: st.DataObject) -> None:
    marks = [False] * len(bodies)
    old = source(bodies, marks)
    assert drifted(old, ast.unparse(ast.parse(old))) == []
    noted = [data.draw(st.booleans()) for _ in bodies]
    rows = []
    for row in source(bodies, noted).split("\n"):
        rows += [f"{row}  # note" if row.strip() and data.draw(st.booleans()) else row, *[""] * data.draw(st.integers(0, 2))]
    new = "\n".join(rows)
    assert drifted(old, new) == []


@given(st.lists(BODIES, min_size=1, max_size=4), BODIES, st.data())
def test_other_words_are_drift_of_their_function_alone(bodies: list[str], other: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(bodies) - 1))
    changed = [f"{other}\nlast = {len(other)}" if index == at else body for index, body in enumerate(bodies)]
    found = drifted(source(bodies, [False] * len(bodies)), source(changed, [True] * len(bodies)))
    assert sorted(found) == ["(file)", f"f{at}"]


@given(st.permutations(range(4)))
def test_moving_functions_about_is_no_drift_of_any(order: list[int]) -> None:
    blocks = source(["return 1", "return 2", "return 3", "return 4"], [False] * 4).split("\n\n\n")
    assert part_at(read("\n\n\n".join(blocks)), 1) is not None
    assert [name for name in drifted("\n\n\n".join(blocks), "\n\n\n".join(blocks[at] for at in order)) if name != "(file)"] == []
