"""Titles and keys as they stand in public bugfix specs, and what each task is for."""

from __future__ import annotations

import pytest

from setsquare.spec.bugfix_roles import Role, bugfix_roles
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.tasks import read_tasks

E, P, U, F = Role.EXPLORATION, Role.PRESERVATION, Role.UNFIXED, Role.FIXED


def roles(text: str) -> list[Role]:
    tasks = read_tasks(scan(RelPath("tasks.md"), text.encode()))
    found = bugfix_roles(tasks)
    return [found[task.index] for task in tasks.tasks if task.index in found]


KIRO = """# Implementation Plan

- [ ] 1. Write bug condition exploration test
  - **Property 1: Bug Condition** - Names are lost
  - **CRITICAL**: This test MUST FAIL on unfixed code - failure confirms the bug exists
  - _Requirements: 1.1_
- [ ] 2. Write preservation property tests (BEFORE implementing fix)
  - **Property 2: Preservation** - Other names
  - Run tests on UNFIXED code
  - _Requirements: 3.1_
- [ ] 3. Fix for names that are lost
  - [ ] 3.1 Implement the fix
    - Change `src/names.py`
    - _Bug_Condition: isBugCondition(input)_
    - _Preservation: other names_
    - _Requirements: 2.1_
  - [ ] 3.2 Verify bug condition exploration test now passes
    - **Property 1: Expected Behavior** - Names are kept
    - **IMPORTANT**: Re-run the SAME test from task 1 - do NOT write a new test
  - [ ] 3.3 Verify preservation tests still pass
    - **Property 2: Preservation** - Other names
- [ ] 4. Checkpoint - Ensure all tests pass
"""


def test_the_fixed_shape_of_a_bugfix_spec():
    assert roles(KIRO) == [E, P, F, F, F, F]


TITLES = {
    "plural": ("Write bug condition exploration tests", "Write preservation property tests", "Fix the parser", [E, P, F]),
    "early wording": ("Write exploratory property tests (on unfixed code)", "Write preservation tests", "Implement the fix in `a.dart`", [E, P, F]),
    "ours": ("Write an exploration test that shows the defect", "Write preservation tests for what must stay as it is", "Fix the defect at its cause", [E, P, F]),
    "a reproduction": ("Add a failing test that reproduces the crash", "Pin the existing behaviour with tests", "Correct the loop", [E, P, F]),
    "implementing a test": ("Implement exploration test for the bug condition", "Implement preservation tests", "Apply the fix", [E, P, F]),
    "to confirm the bug": ("Write exploration test to confirm the bug", "Create regression guard tests", "Fix prefix handling", [E, P, F]),
    "zh": ("编写 Bug 条件探索测试（在修复前）", "编写保持性属性测试（在实施修复之前）", "修复首屏显示问题", [E, P, F]),
    "zh, explained": ("编写 bug 条件探索性测试", "编写保持测试", "实施修复", [E, P, F]),
    "ja": ("バグ条件の探索テストを作成（修正前に実施）", "保全プロパティテストを書く（修正実装前に）", "内覧日フィルタの修正", [E, P, F]),
    "ko": ("버그 조건 탐색 테스트 작성 (수정 전)", "보존 속성 테스트 작성 (수정 전)", "알람 필터 수정", [E, P, F]),
    "es": ("Escribir test de exploración de la condición de bug", "Escribir tests de preservación (ANTES de implementar la corrección)", "Corregir el respawn", [E, P, F]),
    "pt": ("Escrever teste de exploração da condição de bug", "Escrever testes de preservação", "Corrigir o spinner", [E, P, F]),
    "fr": ("Écrire le test d'exploration de la condition du bug", "Écrire les tests de préservation (avant la correction)", "Corriger le calcul", [E, P, F]),
    "de": ("Explorationstest für die Fehlerbedingung schreiben", "Bewahrungstests schreiben", "Fehler an der Ursache beheben", [E, P, F]),
    "ru": ("Написать исследовательский тест условия бага", "Написать тесты сохранения поведения", "Исправить разбор", [E, P, F]),
    "uk": ("Написати дослідницький тест умови бага", "Написати тести збереження поведінки", "Виправити розбір", [E, P, F]),
    "vi": ("Viết test khám phá điều kiện lỗi", "Viết test bảo toàn", "Sửa lỗi tính tổng", [E, P, F]),
    "id": ("Tulis tes eksplorasi kondisi bug", "Tulis tes preservasi", "Perbaikan penjumlahan", [E, P, F]),
}  # fmt: skip


@pytest.mark.parametrize("name", TITLES)
def test_titles_in_the_languages_of_teams(name):
    *titles, expected = TITLES[name]
    assert roles("".join(f"- [ ] {number}. {title}\n" for number, title in enumerate(titles, 1))) == expected


LOOKS = {
    "zh": ("编写 Bug 条件探索测试", "修复问题", "验证 Bug 条件探索测试现在通过", "检查点 - 确保所有测试通过"),
    "ja": ("バグ条件の探索テストを作成", "修正を実装する", "探索テストが成功することを確認する", "チェックポイント"),
    "es": ("Escribir test de exploración", "Corregir", "Verificar que el test de exploración pasa", "Punto de control"),
    "en": ("Write exploration test", "Fix it", "Confirm that the exploration test passes", "Final checkpoint: ensure that all tests pass"),
}


@pytest.mark.parametrize("name", LOOKS)
def test_looking_again_is_after_the_fix(name):
    assert roles("".join(f"- [ ] {number}. {title}\n" for number, title in enumerate(LOOKS[name], 1))) == [E, F, F, F]


def test_steps_of_a_fix_before_the_last_leave_the_bug_open():
    text = (
        "- [ ] 1. Write bug condition exploration tests for both bugs\n- [ ] 2. Write preservation tests\n- [ ] 3. Fix both\n"
        "  - [ ] 3.1 Export the hint\n    - _Bug_Condition: a_\n  - [ ] 3.2 Use the hint\n    - _Bug_Condition: b_\n"
        "  - [ ] 3.3 Verify bug condition exploration tests now pass\n- [ ] 4. Checkpoint\n"
    )
    assert roles(text) == [E, P, U, F, F, F]


def test_sub_tasks_that_are_cases_of_a_test_follow_their_task():
    text = (
        "- [ ] 1. Write Bug Condition Exploration Property Tests\n  - [ ] 1.1 Switch with three branches\n"
        "  - [ ] 1.2 Run the exploratory test on unfixed code and record the counterexample\n- [ ] 2. Implement the fix\n  - [ ] 2.1 Add a method\n"
    )
    assert roles(text) == [E, E, F]


@pytest.mark.parametrize("title", ["Add a prefix", "Write the parser", "Fix the parser", "Set up fixtures"])
def test_a_list_that_shows_no_defect_has_no_roles(title):
    assert roles(f"- [ ] 1. {title}\n- [ ] 2. Document it\n") == []
