from __future__ import annotations

import pytest

from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.tasks import read_tasks
from setsquare.workspace.waves import read_waves


def waves(raw: bytes):
    return read_waves(scan(RelPath("tasks.md"), b"```json\n" + raw + b"\n```\n"))


@pytest.mark.parametrize("raw", [b'{"waves": [["1\x80"]]}', b'[{"wave": 1, "tasks": ["\xff"]}]', b'{"wave": 1, "tasks": ["\xff"]}'])
def test_bytes_that_are_no_text_inside_a_graph_are_no_error(raw: bytes):
    assert waves(raw) == ()


def test_the_same_graph_with_text_is_read():
    assert waves(b'{"waves": [["1"], ["2", "3"]]}') == (("1",), ("2", "3"))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"waves":[{"id":0,"tasks":["1.1"]},{"id":1,"tasks":["2"],"depends_on":[0],"name":"x"}]}', (("1.1",), ("2",))),
        (b'[["1"],["2","3."]]', (("1",), ("2", "3"))),
        (b'[{"wave":1,"tasks":["1"]},{"wave":2,"tasks":[2, 2.1]}]', (("1",), ("2", "2.1"))),
        (b'{"wave":1,"tasks":["1"]}\n{"wave":2,"description":"x","tasks":["2"]}', (("1",), ("2",))),
        (b'{"waves":{"0":["1"],"1":["2"]}}', (("1",), ("2",))),
        (b'{"waves":[{"id":0,"tasks":["1"]},], // the first\n}', (("1",),)),
        (b'{"waves":[{"tasks":[{"id":"1"},{"id":"2"}]}]}', (("1", "2"),)),
        (b'{"dependencies":{"2":["1"],"3":["2"]}}', (("1",), ("2",), ("3",))),
        (b'{"tasks":[{"id":"1"},{"id":"2","depends_on":["1"]}]}', (("1",), ("2",))),
        (b'{"tasks":["1"],"other":[["a"]]}', ()),
        (b'["1", "2"]', ()),
        (b'{"waves": "none"}', ()),
    ],
)
def test_every_json_form(raw: bytes, expected: tuple[tuple[str, ...], ...]):
    assert waves(raw) == expected


def graph(text: str):
    raw = ("- [ ] 1. A\n- [ ] 2. B\n- [ ] 2.1 C\n- [ ] 3. D\n\n## Task Dependency Graph\n\n" + text).encode()
    return read_tasks(scan(RelPath("tasks.md"), raw))


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("```\nT1 --> T2\nT2 -> T3\n```\n", (("1", "2"), ("2", "3"))),
        ("```\n1 → 2 → 3\n```\n", (("1", "2"), ("2", "3"))),
        ("```mermaid\ngraph TD\n  A[1. Set up] --> B[2. Build]\n  B --> C[2.1 Paint]\n  A --> D[Go on]\n```\n", (("1", "2"), ("2", "2.1"))),
        ("```mermaid\nflowchart LR\n  T1 & T2 -->|then| T3;\n```\n", (("1", "3"), ("2", "3"))),
        ("```\nT1, T2 --> T3\n```\n", (("1", "3"), ("2", "3"))),
        ("```mermaid\ngraph TD\n  T2_1 --> task3\n```\n", (("2.1", "3"),)),
        ("```\nClient --> Server\n1. Parse the file --> 2. keep it\n```\n", ()),
    ],
)
def test_arrows_between_tasks_are_dependencies(text: str, edges: tuple[tuple[str, str], ...]):
    found = graph(text)
    assert found.edges == edges
    assert (found.graph is not None) == bool(edges)


def test_a_circle_stands_last_and_its_edges_are_kept():
    found = graph("```\n1 --> 2\n2 --> 3\n3 --> 2\n```\n")
    assert found.waves == (("1",), ("2", "3"))
    assert ("3", "2") in found.edges


def test_waves_in_prose_and_json_outside_a_block():
    assert graph("- Wave 1: 1, 2\n- **Wave 2**: 2.1\n").waves == (("1", "2"), ("2.1",))
    assert graph('{"waves": [["1"],\n ["2"]]}\n').waves == (("1",), ("2",))


def test_twice_unknown_and_missing_tasks_stay_visible():
    found = graph('```json\n{"waves": [["1", "9"], ["1"]]}\n```\n')
    assert found.waves == (("1", "9"), ("1",))
    assert found.graph
    assert found.graph.start > found.tasks[-1].span.start
