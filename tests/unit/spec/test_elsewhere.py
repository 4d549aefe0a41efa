"""References between checkouts: what they resolve to, what counts as covered, and what is not known."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.spec.code_links import code_trace
from setsquare.spec.code_notes import code_notes
from setsquare.spec.link import CriterionState, Resolution
from setsquare.spec.trace import trace
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace

NEEDS = b"# R\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n1. WHEN a, THE S SHALL b\n2. THE S SHALL c\n"
DECLARED = b'name = "shop"\n[[source]]\nid = "pay"\npath = "../pay"\n'


def spec(place: str, tasks: str) -> dict[RelPath, bytes]:
    """Write a spec."""
    return {RelPath(f"{place}/requirements.md"): NEEDS, RelPath(f"{place}/tasks.md"): tasks.encode()}


def together(own: dict[RelPath, bytes], pay: dict[RelPath, bytes]) -> Workspace:
    """Combine a workspace with one source."""
    workspace = load({**own, RelPath(".setsquare/sources.toml"): DECLARED})
    other = load({RelPath(f"pay:/{path}"): raw for path, raw in pay.items()})
    return replace(workspace, specs=(*workspace.specs, *(replace(item, name=f"pay:{item.name}") for item in other.specs)))


# req: openspec-interop/7.2
def test_a_task_covers_a_criterion_of_another_checkout() -> None:
    """It counts with the state of the task, and the source is named; what the own tasks say wins."""
    own = spec(".kiro/specs/login", "- [x] 1. Go\n  - _Requirements: 1.1_\n")
    pay = spec(".kiro/specs/charge", "- [ ] 1. Go\n  - _Requirements: shop:login/1.1, shop:login/1.2_\n")
    login, charge = trace(together(own, pay)).specs
    assert login.states == (("1.1", CriterionState.IMPLEMENTED), ("1.2", CriterionState.PLANNED))
    assert [(one.criterion, one.source, one.place) for one in login.elsewhere] == [
        (name, "pay", "pay:.kiro/specs/charge/tasks.md:2") for name in ("1.1", "1.2")
    ]
    assert charge.uncovered == ("1.1", "1.2")


def test_a_reference_in_a_source_means_its_own_spec_first() -> None:
    """`login/1.2` in `pay` is pay's login where it has one, else the workspace's."""
    own = spec(".kiro/specs/login", "") | spec(".kiro/specs/only", "")
    pay = spec(".kiro/specs/login", "") | spec(".kiro/specs/a", "- [ ] 1. Go\n  - _Requirements: login/1.2, only/1.1_\n")
    found = {item.spec.name: item for item in trace(together(own, pay)).specs}
    assert [citation.targets for citation in found["pay:a"].citations] == [(("pay:login", "1.2"),), (("only", "1.1"),)]
    assert found["login"].elsewhere == ()


def test_what_a_source_has_is_unknown_until_it_is_read() -> None:
    """Of a declared source alone nothing dangles; of one that nobody declares it does, and of one that is read as well."""
    tasks = "- [ ] 1. Go\n  - _Requirements: pay:charge/9.9, gone:charge/1.1_\n"
    own = spec(".kiro/specs/login", tasks)
    alone = trace(load({**own, RelPath(".setsquare/sources.toml"): DECLARED})).specs[0]
    assert [citation.resolution for citation in alone.citations] == [Resolution.PROSE, Resolution.DANGLING]
    read = trace(together(own, spec(".kiro/specs/charge", ""))).specs[0]
    assert [citation.resolution for citation in read.citations] == [Resolution.DANGLING, Resolution.DANGLING]


def test_code_names_criteria_across_checkouts() -> None:
    """Qualified names lead across; a bare number stays within its checkout."""
    workspace = together(spec(".kiro/specs/login", ""), spec(".kiro/specs/charge", ""))
    own = code_notes(RelPath("src/a.py"), "# req: pay:charge/1.2, login/1.1\n# req: 1.1\n")
    pay = code_notes(RelPath("pay:/src/b.py"), "# req: shop:login/1.2, charge/1.1\n# req: 1.2\n# req: shop:login/7.7\n")
    found = code_trace((*own, *pay), workspace)
    assert [(link.path, link.target_spec, link.target) for link in found.links] == [
        ("src/a.py", "pay:charge", "1.2"),
        ("src/a.py", "login", "1.1"),
        ("src/a.py", "login", "1.1"),
        ("pay:/src/b.py", "login", "1.2"),
        ("pay:/src/b.py", "pay:charge", "1.1"),
        ("pay:/src/b.py", "pay:charge", "1.2"),
    ]
    assert [(stray.path, stray.written) for stray in found.strays] == [("pay:/src/b.py", "7.7")]


def test_code_that_names_an_unread_source_is_no_stray() -> None:
    """A stray is what is known to be wrong."""
    workspace = load({**spec(".kiro/specs/login", ""), RelPath(".setsquare/sources.toml"): DECLARED})
    found = code_trace(code_notes(RelPath("a.py"), "# req: pay:charge/1.2\n# req: gone:charge/1.2\n"), workspace)
    assert [stray.spec for stray in found.strays] == ["gone:charge"]
