"""Lists the words that EARS sentences are made of, in English and in the languages with a pack.

Source: EARS, Mavin et al., RE'09 (keywords); the localised modals and keywords are those that public specs use.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from setsquare.spec.statement import ClauseKind

KEYWORDS: Final = {
    "when": ClauseKind.WHEN,
    "whenever": ClauseKind.WHEN,
    "upon": ClauseKind.WHEN,
    "once": ClauseKind.WHEN,
    "while": ClauseKind.WHILE,
    "whilst": ClauseKind.WHILE,
    "during": ClauseKind.WHILE,
    "where": ClauseKind.WHERE,
    "if": ClauseKind.IF,
}
"""The English keywords in lower case, with the precondition that each opens."""

TRANSLATED_KEYWORDS: Final = {
    # French
    "quand": ClauseKind.WHEN,
    "lorsque": ClauseKind.WHEN,
    "lorsqu": ClauseKind.WHEN,
    "dès que": ClauseKind.WHEN,
    "tant que": ClauseKind.WHILE,
    "tant qu": ClauseKind.WHILE,
    "pendant que": ClauseKind.WHILE,
    "si": ClauseKind.IF,
    "là où": ClauseKind.WHERE,
    # Spanish and Portuguese
    "cuando": ClauseKind.WHEN,
    "quando": ClauseKind.WHEN,
    "mientras": ClauseKind.WHILE,
    "enquanto": ClauseKind.WHILE,
    "durante": ClauseKind.WHILE,
    "donde": ClauseKind.WHERE,
    "onde": ClauseKind.WHERE,
    "se": ClauseKind.IF,
    # German
    "wenn": ClauseKind.WHEN,
    "sobald": ClauseKind.WHEN,
    "während": ClauseKind.WHILE,
    "solange": ClauseKind.WHILE,
    "falls": ClauseKind.IF,
    # Indonesian
    "ketika": ClauseKind.WHEN,
    "saat": ClauseKind.WHEN,
    "selama": ClauseKind.WHILE,
    "jika": ClauseKind.IF,
    "apabila": ClauseKind.IF,
    # Russian
    "когда": ClauseKind.WHEN,
    "как только": ClauseKind.WHEN,
    "пока": ClauseKind.WHILE,
    "если": ClauseKind.IF,
    "где": ClauseKind.WHERE,
    # Ukrainian
    "коли": ClauseKind.WHEN,
    "якщо": ClauseKind.IF,
    "поки": ClauseKind.WHILE,
    # Vietnamese
    "khi": ClauseKind.WHEN,
    "trong khi": ClauseKind.WHILE,
    "nếu": ClauseKind.IF,
}
"""Keywords of languages written with spaces; they count only in a sentence of a language other than English."""

TRANSLATED_THEN: Final = re.compile(
    r"(?<![\w-])(?:alors|entonces|então|allora|dann|maka|тогда|тоді|thì|(?-i:ТО))(?![\w-])|(?<=[,，]\s)то(?=\s)|(?<![规規否原准準法])[则則]|那么|那麼|그러면",
    re.IGNORECASE,
)
"""What `then` is in other languages."""

TRANSLATED_ARTICLE: Final = re.compile(r"(?:le|la|les|el|los|las|un|una|une|o|os|as|um|uma|der|die|das|ein|eine)\s+|l['’]", re.IGNORECASE)

MODAL_KINDS: Final = {
    "shall": "shall",
    "must": "must",
    "should": "should",
    "may": "may",
    "can": "can",
    "cannot": "can",
    "can't": "can",
    "will": "will",
    "won't": "will",
    "might": "might",
    "mustn't": "must",
    "shouldn't": "should",
    "shan't": "shall",
}
"""The English modals in lower case, with the kind that a statement reports."""


class Conditional(Struct, frozen=True, kw_only=True):
    """A condition written without a keyword in front: `pattern` matches from the start of a sentence, group `cond` is its text."""

    kind: ClauseKind
    pattern: re.Pattern[str]


class Pack(Struct, frozen=True, kw_only=True):
    """One language: its function words (for detection), modals, the end of a subject and native conditionals.

    `modals` and `negative` find an obligation and a prohibition. `topic` finds what separates a subject from its predicate where the modal
    stands at the end of the sentence; `None` where the subject stands right before the modal.
    """

    code: str
    words: frozenset[str] = frozenset()
    modals: re.Pattern[str]
    negative: re.Pattern[str]
    topic: re.Pattern[str] | None = None
    conditionals: tuple[Conditional, ...] = ()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def _native(kind: ClauseKind, text: str) -> Conditional:
    return Conditional(kind=kind, pattern=re.compile(text))


_JA_FAILURE = r"(?:失敗|エラー|無効|不正|例外|タイムアウト|異常|見つからな|存在しな|できな|切断|拒否|超過|超え)"
_ZH_FAILURE = r"(?:失败|失敗|错误|錯誤|无效|無效|异常|異常|超时|超時|不可用|不存在|拒绝|拒絕|中断|非法)"
_TO_COMMA = r"[^、，,。．]{1,300}?"

JAPANESE: Final = Pack(
    code="ja",
    modals=re.compile(
        r"しなければならない|なければな(?:らない|りません)|なくてはならない|してはならない|してはいけない|ものとする|"
        r"[うくぐすつぬぶむるい]こと(?=[。．\s\x01]|$)|べき(?:である|だ|です)|必須(?:である|とする)?"
    ),
    negative=re.compile(r"してはならない|してはいけない|しないこと|しないものとする|べきではない"),
    topic=re.compile(r"[はが](?=.)"),
    conditionals=(
        _native(
            ClauseKind.IF,
            rf"(?:もし|万一|万が一)(?P<cond>{_TO_COMMA}(?:場合|とき|時|たら|れば|なら)(?:には|は|に)?)(?:[、，,]\s*|(?=THEN))",
        ),
        _native(ClauseKind.IF, rf"(?P<cond>{_TO_COMMA}{_JA_FAILURE}{_TO_COMMA}場合(?:には|は|に)?)[、，,]\s*"),
        _native(ClauseKind.WHILE, rf"(?P<cond>{_TO_COMMA}(?:間は?|最中(?:は|に)?|(?<=[ァ-ヶ一-龠ー])中(?:は|に)|状態では|限り))[、，,]\s*"),
        _native(
            ClauseKind.WHEN,
            rf"(?P<cond>{_TO_COMMA}(?:(?<=[たるいのな])時(?:に|は|には|点で)?|とき(?:に|は|には)?|際(?:に|は|には)?|場合(?:には|は|に)?|(?<=し)たら|[るた]と))[、，,]\s*",
        ),
    ),
)

CHINESE: Final = Pack(
    code="zh",
    modals=re.compile(
        r"必须|必須|应该|應該|应当|應當|不得|禁止|务必|須(?=[^臾])|"
        r"(?<![响适对供反感相效回呼顺理響適對應順])[应應](?![用答急对對付变變聘邀激力届])|(?<![必无無])须(?!知)|需要(?=[能支提在将把对显])"
    ),
    negative=re.compile(r"不得|禁止|[应應][该該当當]?不|必[须須]不|不[应應]"),
    conditionals=(
        _native(
            ClauseKind.WHILE, rf"(?:当|當|在)?(?P<cond>{_TO_COMMA}(?:期间|期間|过程中|過程中|处于{_TO_COMMA}状态时|的同时))[，,、]?\s*"
        ),
        _native(ClauseKind.WHEN, rf"(?:每当|每當|当|當|一旦)(?P<cond>{_TO_COMMA}(?:之时|时|時|后|後)?)[，,]\s*"),
        _native(ClauseKind.IF, rf"(?:如果|若|假如|倘若|万一)(?P<cond>{_TO_COMMA})(?:[，,]\s*(?:则|那么|則|那麼)?|则|則)"),
        _native(ClauseKind.IF, rf"(?P<cond>{_TO_COMMA}{_ZH_FAILURE}{_TO_COMMA}时)[，,]\s*"),
        _native(ClauseKind.WHERE, rf"(?:在)(?P<cond>{_TO_COMMA}(?:启用|支持|配置|包含){_TO_COMMA}(?:的情况下|情況下))[，,]\s*"),
    ),
)

KOREAN: Final = Pack(
    code="ko",
    modals=re.compile(r"(?:해|하여|되어|돼|어|아|여|줘|와|가|서|려)야\s*(?:만\s*)?(?:한다|합니다|함|됩니다|된다|하며|하고|해)|필수|금지"),
    negative=re.compile(r"(?:하지|되지|지)\s*(?:않아야|말아야)|안\s*(?:된다|됩니다)|금지"),
    topic=re.compile(r"[은는이가](?=\s)"),
    conditionals=(
        _native(ClauseKind.IF, r"(?:만약|만일)\s*(?P<cond>[^,，.]{1,300}?(?:면|경우(?:에는?)?))[,，]?\s+"),
        _native(ClauseKind.WHILE, r"(?P<cond>[^,，.]{1,300}?(?:는|한) 동안(?:에는?)?)[,，]?\s+"),
        _native(ClauseKind.WHEN, r"(?P<cond>[^,，.]{1,300}?(?:[할을를될] 때(?:마다|는|에)?|(?:하|되|르|이)면|경우(?:에는?)?))[,，]\s*"),
    ),
)

FRENCH: Final = Pack(
    code="fr",
    words=_words("le la les des du un une et est dans pour avec sur par qui que au aux sont pas système utilisateur ce cette doit ne l d"),
    modals=_pattern(r"\b(?:doit|doivent|devra|devront|devrait|devraient)\b"),
    negative=_pattern(r"\bne\s+(?:doit|doivent|devra|devront)\s+(?:pas|jamais)\b|\b(?:doit|doivent|devra|devront)\s+ne\s+pas\b"),
)
SPANISH: Final = Pack(
    code="es",
    words=_words("el la los las del un una y es en para con por que se al son no sistema usuario cuando su sus está debe lo"),
    modals=_pattern(r"\b(?:debe|deben|deberá|deberán|debería|deberían)\b"),
    negative=_pattern(r"\bno\s+(?:debe|deben|deberá|deberán)\b"),
)
PORTUGUESE: Final = Pack(
    code="pt",
    words=_words("o os um uma e é em para com por que do da dos das não ao na no sistema usuário utilizador quando seu está deve são"),
    modals=_pattern(r"\b(?:deve|devem|deverá|deverão|deveria)\b"),
    negative=_pattern(r"\bnão\s+(?:deve|devem|deverá|deverão)\b"),
)
GERMAN: Final = Pack(
    code="de",
    words=_words(
        "der die das und ist nicht mit für von den dem ein eine einer wird werden benutzer nutzer auf zu im sich alle wenn muss soll darf falls sobald solange während"
    ),
    modals=_pattern(r"\b(?:muss|müssen|soll|sollen|darf|dürfen)\b"),
    negative=_pattern(r"\b(?:darf|dürfen|soll|sollen)\b[^.;]{0,80}\b(?:nicht|kein\w*)\b"),
)
INDONESIAN: Final = Pack(
    code="id",
    words=_words(
        "yang dan untuk dengan dari pada tidak akan dapat oleh pengguna harus ketika jika sistem atau di ke sedang semua menampilkan"
    ),
    modals=_pattern(r"\b(?:harus|wajib|haruslah)\b"),
    negative=_pattern(r"\b(?:tidak boleh|dilarang|harus tidak)\b"),
)
RUSSIAN: Final = Pack(
    code="ru",
    modals=_pattern(r"\b(?:долж(?:ен|на|но|ны)|обязан[аоы]?|следует|необходимо|повин(?:ен|на|но|ні))\b"),
    negative=_pattern(r"\bне\s+(?:долж(?:ен|на|но|ны)|следует)\b"),
)

LATIN_PACKS: Final = (FRENCH, SPANISH, PORTUGUESE, GERMAN, INDONESIAN)
PACKS: Final = {pack.code: pack for pack in (JAPANESE, CHINESE, KOREAN, RUSSIAN, *LATIN_PACKS)}
"""Every language pack by its code; English needs none."""

ENGLISH_WORDS: Final = _words(
    "a an is are to of with for in on by be from that has been it its all any or not user as at have into this each only after before which"
)

DETERMINERS: Final = ("the", "an", "a", "all", "each", "every", "any", "no", "both", "its", "their", "this", "that", "these", "those")

PRONOUNS: Final = ("it", "they", "we", "i", "you", "he", "she")

PLAIN_SUBJECTS: Final = _words(
    "system application app service server api platform component module tool cli ui user users client backend frontend website page form dialog database gateway device controller "
    "software agent parser engine administrator admin developer"
)
"""Lower-case nouns that may stand as a subject right before a modal, without article and comma."""

IMPERATIVES: Final = _words(
    "add allow apply archive ask assign block calculate cancel check clear close collect compute confirm convert copy create delete deny disable display download emit enable encrypt "
    "ensure execute export fetch filter flag generate hide highlight ignore import include initialize insert invalidate keep load lock log maintain mark merge move navigate notify open "
    "parse persist play preserve prevent print process prompt provide publish queue read record redirect refresh reject reload remove rename render replace report request reset restore "
    "retain retrieve retry return rollback run save scroll search select send serve set show skip sort start stop store stream submit sync synchronize terminate throw track trigger trim update "
    "abort accept activate append approve authenticate authorize broadcast call decrypt deactivate decrement delay destroy detect discard dismiss drop "
    "escalate extract fail find forward grant handle hash identify increment inform install invoke launch make mask normalize offer omit override pause "
    "permit proceed push put raise recalculate reconnect recover reduce refuse register release remind reopen resend resize respond resume reuse revert "
    "revoke rotate sanitize schedule shut suggest suppress suspend switch terminate throttle transfer truncate turn unlock unsubscribe wipe "
    "upload use validate verify wait warn write"
)
"""Base forms of verbs with which an order begins (`save to DB`)."""
