"""Names the parts that designs have, with the words by which headings show them in several languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern

_TURKISH: Final = "i\N{COMBINING DOT ABOVE}"
"""What the capital I with a dot gives in lower case."""

_DIGITS: Final = str.maketrans("123456789", "0" * 9)


class Part(Struct, frozen=True):
    r"""One part of a design: `name` as its usual heading; `words` is the pattern that finds it in a heading in lower case.

    Each choice of a pattern begins with a plain letter: a search then skips all places where no choice can begin. What must stand at the
    beginning of a word therefore looks back: `test(?<!\wtest)`.
    """

    name: str
    words: LazyPattern

    def is_among(self, titles: str) -> bool:
        """Tell whether one of the headings, as `lowered` gives them, shows this part.

        >>> ARCHITECTURE.is_among(lowered(["2. System Architecture"])), ARCHITECTURE.is_among("架构设计"), ARCHITECTURE.is_among("notes")
        (True, True, False)
        """
        return self.words.search(titles) is not None


def lowered(titles: Iterable[str]) -> str:
    r"""Join headings to one text in lower case, each once: those of a thousand properties differ in their numbers alone.

    >>> lowered(["Overview", "GİRİŞ", "Property 1", "Property 2"])
    'overview\ngiriş\nproperty 0'
    """
    same = dict.fromkeys("\n".join(titles).translate(_DIGITS).split("\n"))
    return "\n".join(same).lower().replace(_TURKISH, "i")


OVERVIEW = Part(
    "Overview",
    LazyPattern(
        r"overview|introduction|summary|background|context|purpose|goals?\b|objective|approach|概述|概要|概览|简介|介绍|总览|背景|目标|目的|はじめに|개요|소개|목표|"
        r"resumen|descripci[oó]n|introduc|vis[aã]o geral|resumo|aper[cç]u|vue d.ensemble|pr[eé]sentation|überblick|übersicht|einleitung|обзор|введение|описание|"
        r"panoramica|sommario|wprowadzenie|przegląd|overzicht|inleiding|genel bakış|giriş|tổng quan|giới thiệu|ikhtisar|gambaran|pendahuluan"
    ),
)
ARCHITECTURE = Part(
    "Architecture",
    LazyPattern(
        r"archite[ck]t|arquite[ct]|system design|technical design|system structure|high-level design|架构|架構|構成|アーキテクチャ|システム設計|아키텍처|구조|"
        r"архитектур|archite(?:tt|kt)ur|mimari|kiến trúc|arsitektur"
    ),
)
COMPONENTS = Part(
    "Components and Interfaces",
    LazyPattern(
        r"component|interface|module|api(?<!\wapi)s?\b|endpoint|services?\b|classes|composant|componente|komponent|schnittstelle|组件|元件|接口|模块|模組|組件|コンポーネント|"
        r"インター?フェース|インタフェース|モジュール|컴포넌트|구성 요소|인터페이스|모듈|компонент|интерфейс|модул|bileşen|arayüz|画面|部品|thành phần|giao diện|komponen|antarmuka|modul"
    ),
)
DATA_MODELS = Part(
    "Data Models",
    LazyPattern(
        r"data (?:model|structure|schema|design|layer|type)|schema|database|entit|model(?<!\wmodel)s?\b|type(?<!\wtype)s?\b|storage|数据(?:模型|结构|库|设计)|資料(?:模型|結構|庫)|数据表|表设计|データ(?:モデル|構造|ベース|設計)|"
        r"型定義|데이터 ?(?:모델|구조|베이스)|modelos? de da(?:t|d)os|mod[eè]les? de donn[eé]es|base de da(?:t|d)os|datenmodell|datenbank|модел\w+ данных|баз\w+ данных|структур\w+ данных|"
        r"modelli? (?:dei |di )?dati|modele? danych|datamodel|gegevens|veri ?(?:model|taban)|テーブル定義|memory (?:layout|map)|register map|mô hình dữ liệu|dữ liệu|model data|basis data"
    ),
)
ERRORS = Part(
    "Error Handling",
    LazyPattern(
        r"error|exception|failure|fault|resilien|recovery|错误|錯誤|异常|異常|エラー|例外|障害|오류|에러|예외|errores|erros|erreurs?|fehler|ошиб|исключен|errori|błęd|fout|hata|異常系|lỗi|kesalahan|galat"
    ),
)
TESTING = Part(
    "Testing Strategy",
    LazyPattern(
        r"test(?<!\wtest)|qa(?<!\wqa)\b|teststrategi|verification|quality assurance|validation (?:strategy|plan)|测试|測試|验证策略|テスト|試験|検証|테스트|검증|prueba|тест|kiểm thử|kiểm tra|pengujian"
    ),
)
CONTRACTS = Part(
    "API Contracts",
    LazyPattern(
        r"api(?<!\wapi)s?\b|contract|endpoint|interface|接口|契约|インターフェース|エンドポイント|인터페이스|contrat|schnittstelle|интерфейс|контракт|antarmuka"
    ),
)
SECURITY = Part(
    "Security Considerations",
    LazyPattern(r"secur|threat|privacy|安全|安全性|隐私|セキュリティ|보안|segur|sécurit|sicherheit|безопасност|bảo mật|keamanan"),
)
SCOPE = Part(
    "Scope Boundary",
    LazyPattern(
        r"scope(?<!\wscope)|boundar|non-goals|范围|範囲|範圍|边界|スコープ|対象外|범위|alcance|escopo|périmètre|hors périmètre|abgrenzung|границ|рамки|phạm vi|cakupan|ruang lingkup"
    ),
)
BUG = Part(
    "Bug Details",
    LazyPattern(
        r"bug(?<!\wbug)|defect|root cause|fault condition|issue|problem|cause|缺陷|问题|根因|原因|バグ|不具合|원인|버그|causa|fehler|ошиб|дефект|причин"
    ),
)
PROPERTIES = Part(
    "Correctness Properties",
    LazyPattern(
        r"propert|preserv|expected behaviou?r|invariant|属性|性质|プロパティ|性質|속성|propiedad|propriedad|propriété|eigenschaft|свойств"
    ),
)
FIX = Part(
    "Fix Implementation",
    LazyPattern(
        r"fix(?<!\wfix)|implementation|changes? required|solution|修复|修正|修復|解决|実装|対応|수정|구현|solución|correc|correç|correction|lösung|behebung|исправлен|решени|perbaikan|sửa"
    ),
)

FEATURE = (OVERVIEW, ARCHITECTURE, COMPONENTS, DATA_MODELS, ERRORS, TESTING)
"""The parts of a feature's design."""

TUTORIAL = (ARCHITECTURE, DATA_MODELS, CONTRACTS, ERRORS, SECURITY, SCOPE)
"""The parts of a design in the tutorial's dialect."""

BUGFIX = (OVERVIEW, BUG, PROPERTIES, FIX, TESTING)
"""The parts of a bugfix design."""
