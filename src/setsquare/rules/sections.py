"""Names the parts that designs have, with the words by which headings show them in several languages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct


class Part(Struct, frozen=True):
    """One part of a design: `name` as its usual heading; `words` finds it in a heading."""

    name: str
    words: re.Pattern[str]

    def is_among(self, titles: Iterable[str]) -> bool:
        """Tell whether one of the headings shows this part.

        >>> ARCHITECTURE.is_among(["2. System architecture"]), ARCHITECTURE.is_among(["架构设计"]), ARCHITECTURE.is_among(["Notes"])
        (True, True, False)
        """
        return self.words.search("\n".join(titles)) is not None


def _part(name: str, words: str) -> Part:
    return Part(name, re.compile(words, re.IGNORECASE))


OVERVIEW = _part(
    "Overview",
    r"overview|introduction|summary|background|context|purpose|goals?\b|objective|approach|概述|概要|概览|简介|介绍|总览|背景|目标|目的|はじめに|개요|소개|목표|"
    r"resumen|descripci[oó]n|introduc|vis[aã]o geral|resumo|aper[cç]u|vue d.ensemble|pr[eé]sentation|überblick|übersicht|einleitung|обзор|введение|описание|"
    r"panoramica|sommario|wprowadzenie|przegląd|overzicht|inleiding|genel bakış|giriş|tổng quan|giới thiệu|ikhtisar|gambaran|pendahuluan",
)
ARCHITECTURE = _part(
    "Architecture",
    r"archite[ck]t|arquite[ct]|system design|technical design|system structure|high-level design|架构|架構|構成|アーキテクチャ|システム設計|아키텍처|구조|"
    r"архитектур|archite(?:tt|kt)ur|mimari|kiến trúc|arsitektur",
)
COMPONENTS = _part(
    "Components and Interfaces",
    r"component|interface|module|\bapis?\b|endpoint|services?\b|classes|composant|componente|komponent|schnittstelle|组件|元件|接口|模块|模組|組件|コンポーネント|"
    r"インター?フェース|インタフェース|モジュール|컴포넌트|구성 요소|인터페이스|모듈|компонент|интерфейс|модул|bileşen|arayüz|画面|部品|thành phần|giao diện|komponen|antarmuka|modul",
)
DATA_MODELS = _part(
    "Data Models",
    r"data (?:model|structure|schema|design|layer|type)|schema|database|entit|\bmodels?\b|\btypes?\b|storage|数据(?:模型|结构|库|设计)|資料(?:模型|結構|庫)|数据表|表设计|データ(?:モデル|構造|ベース|設計)|"
    r"型定義|데이터 ?(?:모델|구조|베이스)|modelos? de da(?:t|d)os|mod[eè]les? de donn[eé]es|base de da(?:t|d)os|datenmodell|datenbank|модел\w+ данных|баз\w+ данных|структур\w+ данных|"
    r"modelli? (?:dei |di )?dati|modele? danych|datamodel|gegevens|veri ?(?:model|taban)|テーブル定義|memory (?:layout|map)|register map|mô hình dữ liệu|dữ liệu|model data|basis data",
)
ERRORS = _part(
    "Error Handling",
    r"error|exception|failure|fault|resilien|recovery|错误|錯誤|异常|異常|エラー|例外|障害|오류|에러|예외|errores|erros|erreurs?|fehler|ошиб|исключен|errori|błęd|fout|hata|異常系|lỗi|kesalahan|galat",
)
TESTING = _part(
    "Testing Strategy",
    r"\btest|\bqa\b|teststrategi|verification|quality assurance|validation (?:strategy|plan)|测试|測試|验证策略|テスト|試験|検証|테스트|검증|prueba|\bteste|тест|kiểm thử|kiểm tra|pengujian",
)
CONTRACTS = _part(
    "API Contracts",
    r"\bapis?\b|contract|endpoint|interface|接口|契约|インターフェース|エンドポイント|인터페이스|contrat|schnittstelle|интерфейс|контракт|antarmuka",
)
SECURITY = _part(
    "Security Considerations",
    r"secur|threat|privacy|安全|安全性|隐私|セキュリティ|보안|segur|sécurit|sicherheit|безопасност|bảo mật|keamanan",
)
SCOPE = _part(
    "Scope Boundary",
    r"\bscope|boundar|non-goals|范围|範囲|範圍|边界|スコープ|対象外|범위|alcance|escopo|périmètre|hors périmètre|abgrenzung|границ|рамки|phạm vi|cakupan|ruang lingkup",
)
BUG = _part(
    "Bug Details",
    r"\bbug|defect|root cause|fault condition|issue|problem|cause|缺陷|问题|根因|原因|バグ|不具合|원인|버그|causa|fehler|ошиб|дефект|причин",
)
PROPERTIES = _part(
    "Correctness Properties",
    r"propert|preserv|expected behaviou?r|invariant|属性|性质|プロパティ|性質|속성|propiedad|propriedad|propriété|eigenschaft|свойств",
)
FIX = _part(
    "Fix Implementation",
    r"\bfix|implementation|changes? required|solution|修复|修正|修復|解决|実装|対応|수정|구현|solución|correc|correç|correction|lösung|behebung|исправлен|решени|perbaikan|sửa",
)

FEATURE = (OVERVIEW, ARCHITECTURE, COMPONENTS, DATA_MODELS, ERRORS, TESTING)
"""The parts of a feature's design."""

TUTORIAL = (ARCHITECTURE, DATA_MODELS, CONTRACTS, ERRORS, SECURITY, SCOPE)
"""The parts of a design in the tutorial's dialect."""

BUGFIX = (OVERVIEW, BUG, PROPERTIES, FIX, TESTING)
"""The parts of a bugfix design."""
