"""Tells what each task of a bug fix is for: to show the defect, to pin what must stay, to fix, to look again.

Titles vary with the tool that wrote them and with the language of the team; the keys that tools leave in English (`Property 1: Bug Condition`,
`_Bug_Condition:`) say more than a title and are read first. A sub-task that says nothing of its own has the role of its task.

Source: the bugfix workflow of Kiro (exploration, preservation, fix, checkpoint); titles as found in public bugfix specs.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Final

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.spec import Task, Tasks


class Role(enum.Enum):
    """What a task of a bug fix must prove.

    `EXPLORATION`: its test fails on the unfixed code. `PRESERVATION`: its tests pass on the unfixed code. `UNFIXED`: work before the last step of
    the fix; what was not shown to fail still passes. `FIXED`: the last step of the fix and all after it; everything passes.
    """

    EXPLORATION = "exploration"
    PRESERVATION = "preservation"
    UNFIXED = "unfixed"
    FIXED = "fixed"


class _Word(enum.Enum):
    """What a single task says of itself."""

    EXPLORE = "explore"
    PRESERVE = "preserve"
    FIX = "fix"
    LOOK = "look"
    SILENT = "silent"


_SPACED: Final = {
    # key: (explore, preserve, fix, look again); words that stand between blanks, compared without letter case.
    "en": (
        r"explor\w*|(?:bug|fault)[- ]condition|fail(?:s|ing)? (?:unit |regression )?test|reproduc\w+|(?:show|surface|demonstrate|expose)s? the (?:bug|defect|fault)",
        r"preserv\w+|regression (?:prevention|guard)|unchanged behavio\w+|must (?:stay|not change)|existing behavio\w+",
        r"fix(?:es|ing)?|correct\w*|repair|resolve|patch|remove the (?:bug|defect)",
        r"verify|re-?run\w*|confirm|check (?:that|whether)|ensure|checkpoint|final|all tests",
    ),
    "es": (r"exploraci[oó]n|explorator\w+|condici[oó]n (?:de|del) bug", r"preservaci[oó]n|regresi[oó]n|sin cambios", r"corregir|correcci[oó]n|arregl\w+", r"verificar|comprobar|confirmar|volver a ejecutar|punto de control"),
    "pt": (r"explora[cç][aã]o|explorat[oó]ri\w+|condi[cç][aã]o (?:de|do) bug", r"preserva[cç][aã]o|regress[aã]o|inalterad\w+", r"corrigir|corre[cç][aã]o|consertar", r"verificar|reexecutar|confirmar|ponto de verifica\w+"),
    "fr": (r"explorat\w+|condition (?:de|du) bug|reprodui\w+", r"pr[eé]servation|non[- ]r[eé]gression|inchang[eé]\w*", r"corriger|correction|correctif", r"v[eé]rifier|confirmer|relancer|point de contr[oô]le"),
    "de": (r"explor\w+|erkundung\w*|fehlerbedingung|nachstell\w+", r"bewahr\w+|erhalt\w*|regression\w*|unver[aä]ndert\w*", r"beheb\w+|korrektur|korrigier\w+|reparier\w+", r"pr[uü]f\w+|verifizier\w+|best[aä]tig\w+|kontrollpunkt"),
    "ru": (r"исследова\w+|услови\w+ (?:бага|ошибки|дефекта)|воспроизв\w+", r"сохран\w+|регресс\w+", r"исправ\w+|устран\w+", r"провер\w+|подтверд\w+|повторно|контрольная точка|все тесты"),
    "uk": (r"дослід\w+|умов\w+ (?:бага|помилки|дефекту)|відтвор\w+", r"збереж\w+|регрес\w+", r"виправ\w+|усун\w+", r"перевір\w+|підтверд\w+|повторно|контрольна точка|усі тести"),
    "vi": (r"khám phá|thăm dò|điều kiện lỗi|tái hiện", r"bảo toàn|hồi quy|giữ nguyên", r"sửa|khắc phục", r"kiểm tra lại|xác minh|xác nhận|chạy lại"),
    "id": (r"eksplorasi|kondisi bug|reproduksi", r"preservasi|pelestarian|regresi", r"perbaik\w+|memperbaiki", r"verifikasi|pastikan|jalankan ulang"),
}  # fmt: skip
_JOINED: Final = (
    r"探索|复现|重现|再現|[Bb]ug\s*条件|バグ条件|故障条件|缺陷条件|탐색|버그\s*조건|결함\s*조건|재현",
    r"保持|保全|保留性|回归|回帰|不变行为|維持|既存の?動作|보존|회귀|기존\s*동작",
    r"(?<!未)修复(?![前的])|(?<!未)修復(?!前)|(?<!未)修正(?!前)|직접\s*수정|수정(?!\s*전)",
    r"验证|驗證|检查点|檢查點|重新运行|所有测试|検証|確認|チェックポイント|再実行|全テスト|すべてのテスト|검증|확인|체크포인트|재실행|모든\s*테스트",
)
"""The same for languages without blanks between words."""


def _spaced(column: int) -> str:
    return rf"(?<!\w)(?:{'|'.join(row[column] for row in _SPACED.values())})(?!\w)"


def _any(column: int) -> LazyPattern:
    return LazyPattern(f"{_spaced(column)}|{_JOINED[column]}", re.IGNORECASE)


_EXPLORE: Final = _any(0)
_PRESERVE: Final = _any(1)
_FIX: Final = _any(2)
_LOOK: Final = _any(3)
_STARTS_FIX: Final = LazyPattern(rf"\W*(?:bug\s*)?(?:{_spaced(2)}|{_JOINED[2]})", re.IGNORECASE)
_STARTS_LOOK: Final = LazyPattern(rf"\W*(?:{_spaced(3)}|{_JOINED[3]})", re.IGNORECASE)
_PASSES: Final = LazyPattern(r"\b(?:now|still) pass|\bpass(?:es)? (?:now|unchanged)", re.IGNORECASE)
_MAKE: Final = LazyPattern(
    r"\b(?:implement|apply|implementar|implémenter|umsetz|реализ|реаліз|triển khai|implementasi)\w*|实施|實施|实现|実装|구현", re.IGNORECASE
)
_WRITE: Final = LazyPattern(
    r"\b(?:writ|creat|add|escrib|crear|escrev|criar|[eé]cri|r[eé]dig|schreib|erstell|напис|созда|створ|viết|tạo|tulis|buat)\w*"
    r"|编写|撰写|创建|新增|編寫|作成|書く|書き|작성",
    re.IGNORECASE,
)
_BEFORE: Final = LazyPattern(r"[(（【\[][^)）】\]]*[)）】\]]|\b(?:before|prior to|antes de|avant|bevor)\b.*", re.IGNORECASE)
"""What stands in brackets, and a remark such as `before implementing the fix`, says when and not what."""

_KEY_FIX: Final = LazyPattern(r"_?bug_condition:|_?expected_behavior:|_?preservation:.+", re.IGNORECASE)
_KEY_EXPLORE: Final = LazyPattern(r"\W*property \d+: (?:bug|fault) condition", re.IGNORECASE)
_KEY_PRESERVE: Final = LazyPattern(r"\W*property \d+: preservation", re.IGNORECASE)
_KEY_LOOK: Final = LazyPattern(r"\W*property \d+: expected behavio|.*\bre-?run the same tests?\b", re.IGNORECASE)


def bugfix_roles(tasks: Tasks) -> Mapping[int, Role]:
    r"""Give the role of each task without sub-tasks by its index; nothing where no task shows the defect and none pins what must stay.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.tasks import read_tasks
    >>> raw = b"- [ ] 1. Write bug condition exploration test\n- [ ] 2. Write preservation tests (before the fix)\n- [ ] 3. Fix it\n"
    >>> [role.value for role in bugfix_roles(read_tasks(scan(RelPath("tasks.md"), raw))).values()]
    ['exploration', 'preservation', 'fixed']
    """
    words = _words(tasks)
    if not {_Word.EXPLORE, _Word.PRESERVE} & set(words.values()):
        return {}
    inner = {task.parent for task in tasks.tasks}
    leaves = [task.index for task in tasks.tasks if task.index not in inner]
    fixes = [index for index in leaves if words[index] is _Word.FIX]
    fixed_from = fixes[-1] if fixes else -1
    return {index: _role(words[index], is_fixed=index >= fixed_from) for index in leaves}


def looks_again(tasks: Tasks) -> frozenset[int]:
    r"""Give the indexes of the tasks without sub-tasks that only look again, and so need not change anything.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.tasks import read_tasks
    >>> raw = b"- [ ] 1. Write bug condition exploration test\n- [ ] 2. Fix it\n- [ ] 3. Verify that the exploration test now passes\n"
    >>> looks_again(read_tasks(scan(RelPath("tasks.md"), raw)))
    frozenset({2})
    """
    inner = {task.parent for task in tasks.tasks}
    return frozenset(index for index, word in _words(tasks).items() if word is _Word.LOOK and index not in inner)


def _words(tasks: Tasks) -> dict[int, _Word]:
    """Read what each task says of itself, by its index."""
    words: dict[int, _Word] = {}
    for task in tasks.tasks:
        words[task.index] = _settled(_word(task), words[task.parent] if task.parent is not None else _Word.SILENT)
    return words


def _role(word: _Word, *, is_fixed: bool) -> Role:
    if word is _Word.EXPLORE:
        return Role.EXPLORATION
    if word is _Word.PRESERVE:
        return Role.PRESERVATION
    return Role.FIXED if is_fixed else Role.UNFIXED


def _settled(own: _Word, above: _Word) -> _Word:
    """Let a sub-task that says nothing follow its task; below a fix, a test of the task before is looked at again, not written."""
    if own is _Word.SILENT:
        return above
    if above in {_Word.EXPLORE, _Word.PRESERVE} and own in {_Word.FIX, _Word.LOOK}:
        return above
    if above is _Word.FIX and own in {_Word.EXPLORE, _Word.PRESERVE}:
        return _Word.LOOK
    return own


def _word(task: Task) -> _Word:
    """Read what one task says of itself: its keys, then its title."""
    title = _BEFORE.sub(" ", task.title) or task.title
    if any(_KEY_FIX.match(line) for line in task.details):
        return _Word.FIX
    is_look = _PASSES.search(title) or _STARTS_LOOK.match(title) or (_LOOK.search(title) and not _WRITE.search(title))
    if any(_KEY_LOOK.match(line) for line in task.details) or (is_look and not _STARTS_FIX.match(title)):
        return _Word.LOOK
    if _STARTS_FIX.match(title):
        return _Word.FIX
    keys = ((_KEY_EXPLORE, _Word.EXPLORE), (_KEY_PRESERVE, _Word.PRESERVE))
    for key, word in keys:
        if any(key.match(line) for line in task.details):
            return word
    titles = ((_EXPLORE, _Word.EXPLORE), (_PRESERVE, _Word.PRESERVE), (_FIX, _Word.FIX), (_MAKE, _Word.FIX))
    return next((word for pattern, word in titles if pattern.search(title)), _Word.SILENT)
