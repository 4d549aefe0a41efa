"""What a language pack must hold, and the headings, stories, references and task lists that its words make readable."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.languages import LANGUAGES
from setsquare.workspace.languages.pack import Language
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.spec import TaskState
from setsquare.workspace.tasks import read_tasks


class Headings(NamedTuple):
    """The words of one language's files."""

    title: str
    introduction: str
    glossary: str
    container: str
    requirement: str
    story: str
    criteria: str
    non_functional: str
    aside: str
    references: str
    depends: str
    checklist: str
    first: str
    second: str


SETS = {
    "en": Headings(
        *(
            "Requirements Document",
            "Introduction",
            "Glossary",
            "Requirements",
            "Requirement 1: Sign in",
            "**User Story:** As a user, I want x",
        ),
        *("Acceptance Criteria", "Non-Functional Requirements", "Out of Scope", "Requirements", "Depends on", "Notes"),
        *("WHEN a user signs in, THE App SHALL greet them", "THE App SHALL log"),
    ),
    "fr": Headings(
        *(
            "Document d'exigences",
            "Introduction",
            "Glossaire",
            "Exigences",
            "Exigence 1 : Connexion",
            "**Récit utilisateur :** En tant qu'utilisateur, je veux x",
        ),
        *("Critères d'acceptation", "Exigences non fonctionnelles", "Hors périmètre", "Exigences", "Dépend de", "Remarques"),
        *("QUAND l'utilisateur se connecte, ALORS le système DOIT le saluer", "Le système doit journaliser"),
    ),
    "es": Headings(
        *(
            "Documento de requisitos",
            "Introducción",
            "Glosario",
            "Requisitos",
            "Requisito 1: Acceso",
            "**Historia de usuario:** Como usuario, quiero x",
        ),
        *("Criterios de aceptación", "Requisitos no funcionales", "Fuera de alcance", "Requisitos", "Depende de", "Notas"),
        *("CUANDO el usuario entra, ENTONCES el sistema DEBE saludarlo", "El sistema debe registrar el acceso"),
    ),
    "pt": Headings(
        *(
            "Documento de Requisitos",
            "Introdução",
            "Glossário",
            "Requisitos",
            "Requisito 1: Acesso",
            "**História de Usuário:** Como usuário, quero x",
        ),
        *("Critérios de Aceitação", "Requisitos Não Funcionais", "Fora do Escopo", "Requisitos", "Depende de", "Observações"),
        *("QUANDO o usuário entrar, ENTÃO o sistema DEVE saudá-lo", "O sistema deve registrar o acesso"),
    ),
    "de": Headings(
        *(
            "Anforderungsdokument",
            "Einleitung",
            "Glossar",
            "Anforderungen",
            "Anforderung 1: Anmeldung",
            "**Benutzergeschichte:** Als Nutzer möchte ich x",
        ),
        *("Akzeptanzkriterien", "Nichtfunktionale Anforderungen", "Nicht im Umfang", "Anforderungen", "Abhängig von", "Hinweise"),
        *("Wenn sich der Benutzer anmeldet, muss das System ihn begrüßen", "Das System muss protokollieren"),
    ),
    "ru": Headings(
        *(
            "Документ требований",
            "Введение",
            "Глоссарий",
            "Требования",
            "Требование 1: Вход",
            "**Пользовательская история:** Как пользователь, я хочу x",
        ),
        *("Критерии приемки", "Нефункциональные требования", "Вне рамок", "Требования", "Зависит от", "Примечания"),
        *("КОГДА пользователь входит, ТО система ДОЛЖНА приветствовать его", "Система должна вести журнал"),
    ),
    "uk": Headings(
        *("Документ вимог", "Вступ", "Глосарій", "Вимоги", "Вимога 1: Вхід", "**Історія користувача:** Як користувач, я хочу x"),
        *("Критерії прийняття", "Нефункціональні вимоги", "Поза межами", "Вимоги", "Залежить від", "Примітки"),
        *("КОЛИ користувач входить, ТО система ПОВИННА привітати його", "Система повинна вести журнал"),
    ),
    "id": Headings(
        *(
            "Dokumen Persyaratan",
            "Pendahuluan",
            "Glosarium",
            "Persyaratan",
            "Persyaratan 1: Masuk",
            "**Cerita Pengguna:** Sebagai pengguna, saya ingin x",
        ),
        *("Kriteria Penerimaan", "Persyaratan Non-Fungsional", "Di Luar Cakupan", "Persyaratan", "Bergantung pada", "Catatan"),
        *("KETIKA pengguna masuk, MAKA sistem HARUS menyapa", "Sistem harus mencatat"),
    ),
    "vi": Headings(
        *(
            "Tài liệu yêu cầu",
            "Giới thiệu",
            "Thuật ngữ",
            "Yêu cầu",
            "Yêu cầu 1: Đăng nhập",
            "**Câu chuyện người dùng:** Là người dùng, tôi muốn x",
        ),
        *("Tiêu chí chấp nhận", "Yêu cầu phi chức năng", "Ngoài phạm vi", "Yêu cầu", "Phụ thuộc vào", "Ghi chú"),
        *("KHI người dùng đăng nhập, THÌ hệ thống PHẢI chào", "Hệ thống phải ghi nhật ký"),
    ),
    "zh": Headings(
        *("需求文档", "简介", "术语表", "需求", "需求 1：登录", "**用户故事：** 作为用户，我想要 x"),
        *("验收标准", "非功能需求", "范围", "需求", "依赖", "备注"),
        *("当用户登录时，系统应问候用户", "系统必须记录日志"),
    ),
    "ja": Headings(
        *("要件定義書", "はじめに", "用語集", "要件", "要件1: ログイン", "**ユーザーストーリー:** ユーザーとして、x をしたい"),
        *("受け入れ基準", "非機能要件", "スコープ外", "要件", "依存", "備考"),
        *("ユーザーがログインしたとき、システムは挨拶を表示しなければならない", "システムは記録すること"),
    ),
    "ko": Headings(
        *("요구사항 문서", "소개", "용어집", "요구사항", "요구사항 1: 로그인", "**사용자 스토리:** 사용자로서 x 를 원한다"),
        *("인수 조건", "비기능 요구사항", "범위 외", "요구사항", "선행", "비고"),
        *("사용자가 로그인하면, 시스템은 인사를 표시해야 한다", "시스템은 기록해야 한다"),
    ),
    "zh-Hant": Headings(
        *("需求文件", "簡介", "術語表", "需求", "需求 1：登入", "**使用者故事：** 作為使用者，我想要 x"),
        *("驗收標準", "非功能性需求", "範圍", "需求", "依賴", "備註"),
        *("當使用者登入時，系統應問候使用者", "系統必須記錄日誌"),
    ),
}

REQUIREMENTS = """# {0.title}

## {0.introduction}

x

## {0.glossary}

- **App**: x

## {0.container}

### {0.requirement}

{0.story}

#### {0.criteria}

1. {0.first}
2. {0.second}

## {0.aside}

- x
"""

TASKS = """# x

- [x] 1. A
  - _{0.references}: 1.1, 1.2_
- [ ] 2. B
  - {0.depends}: 1
  - _{0.references}：1.2_
- [ ]* 2.1 C

## {0.checklist}

- [ ] x
"""


@pytest.mark.parametrize("code", SETS)
def test_a_requirements_file_in_every_language(code: str) -> None:
    read = read_requirements(scan(RelPath("requirements.md"), REQUIREMENTS.format(SETS[code]).encode()))
    assert [(one.number, [criterion.id for criterion in one.criteria]) for one in read.requirements] == [("1", ["1.1", "1.2"])]
    assert [criterion.text for criterion in read.criteria] == [SETS[code].first, SETS[code].second]
    assert read.requirements[0].title in SETS[code].requirement
    assert read.requirements[0].story
    assert read.introduction == "x"
    assert read.glossary == (("App", "x"),)


@pytest.mark.parametrize("code", SETS)
def test_a_task_list_in_every_language(code: str) -> None:
    tasks = read_tasks(scan(RelPath("tasks.md"), TASKS.format(SETS[code]).encode())).tasks
    assert [task.id for task in tasks] == ["1", "2", "2.1"]
    assert [task.state for task in tasks] == [TaskState.DONE, TaskState.OPEN, TaskState.OPEN]
    assert [[reference.written for reference in task.references] for task in tasks] == [["1.1", "1.2"], ["1.2"], []]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_what_a_pack_holds(language: Language) -> None:
    assert re.fullmatch(r"[a-z]{2}", language.code)
    assert language.code in SETS
    ears, parts = language.ears, language.parts
    assert ears.modals
    assert ears.negative
    assert ears.function_words or ears.letters
    kinds = {native.kind for native in ears.natives}
    for kind, words in {"when": ears.when, "while": ears.while_, "if": ears.if_, "where": ears.where}.items():
        assert words or kind in kinds
    for pattern in (
        ears.modals,
        ears.negative,
        ears.letters,
        ears.topic,
        ears.within,
        ears.quantifier,
        *(native.pattern for native in ears.natives),
    ):
        re.compile(pattern)
    for native in ears.natives:
        assert "cond" in re.compile(native.pattern).groupindex
    for name in parts.__struct_fields__:
        words = getattr(parts, name)
        assert all(word == word.casefold() for word in words), name
        assert len(set(words)) == len(words), name
        assert words or name in ("container_ending", "story_opening"), name


def test_codes_are_unique_and_english_comes_first() -> None:
    codes = [language.code for language in LANGUAGES]
    assert codes[0] == "en"
    assert len(set(codes)) == len(codes)
    assert set(codes) >= {"en", "zh", "ja", "ko", "fr", "es", "pt", "ru", "de", "id", "vi"}
