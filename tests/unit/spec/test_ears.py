"""The EARS parser on sentences of our own: patterns, parts, dialects, languages."""

from __future__ import annotations

import time

import pytest

from setsquare.spec.ears import parse
from setsquare.spec.ears_language import language
from setsquare.spec.ears_mask import HIDDEN, masked
from setsquare.spec.statement import Pattern

PATTERNS = [
    ("event", "WHEN a user signs in, THE Auth_Service SHALL issue a token"),
    ("event", "WHEN a user signs in THEN the Auth_Service SHALL issue a token"),
    ("event", "WHEN a user signs in, THEN it SHALL issue a token"),
    ("event", "Upon receipt of a message, the gateway shall store it"),
    ("event", "Once the user confirms, the system shall delete the file"),
    ("event", "Whenever a file changes, the watcher shall reload"),
    ("event", "when user clicks save the system shall persist the draft"),
    ("event", "When user clicks the button Draft_Store shall persist the draft"),
    ("event", "WHEN a file is larger than 5 MB, AND the quota is exceeded, THEN the system SHALL reject it"),
    ("event", "WHEN a and WHEN b, THE System SHALL c"),
    ("event", "When a user may edit a page, the editor shall open"),
    ("event", "WHEN validation must run THEN the system SHALL run it"),
    ("event", "GIVEN a cart WHEN the user pays THEN the system SHALL ship"),
    ("event", "WHEN the user submits THEN the system SHALL CONTINUE TO validate"),
    ("event", "The system shall notify the admin when a build breaks"),
    ("event", "THE System SHALL reload WHEN the file changes"),
    ("state", "During startup, the system shall show a splash screen"),
    ("state", "WHILE the queue is full, THE Worker SHALL wait"),
    ("state", "The system shall display a spinner while the data is loading"),
    ("unwanted", "If the user can't sign in, then the system should offer a reset"),
    ("unwanted", "IF x THEN y SHALL be z ELSE w"),
    ("unwanted", "THE System, IF the disk is full, SHALL stop"),
    ("unwanted", "The system shall retry if the call fails"),
    ("optional", "Where the car has a sunroof, the control system shall allow it"),
    ("optional", "THE X SHALL show Y WHERE the feature is enabled"),
    ("complex", "WHILE the session is active, WHEN the token expires, THE Client SHALL refresh it"),
    ("complex", "Where SSO is enabled, if the assertion is invalid, then the service shall reject the login"),
    ("complex", "WHEN the user submits IF the form is invalid THEN the system SHALL show errors"),
    ("complex", "IF the disk is full WHILE writing THEN the system SHALL abort"),
    ("ubiquitous", "The system shall log in the user once per day"),
    ("ubiquitous", "The system shall check if the file exists"),
    ("ubiquitous", "The system shall determine when to retry"),
    ("ubiquitous", "THE Help SHALL explain the options and when to use each"),
    ("ubiquitous", "THE X SHALL allow access only if the user is an owner"),
    ("ubiquitous", "THE X SHALL allow access only when the user is an owner"),
    ("ubiquitous", "The system shall keep working while maintaining consistency"),
    ("ubiquitous", "THE X SHALL list pages where users can comment"),
    ("ubiquitous", "THE X SHALL use TLS where applicable"),
    ("ubiquitous", "THE System SHALL show `if x then y` in code"),
    ("ubiquitous", 'THE System SHALL show the text "If you see this, when you can, call"'),
    ("ubiquitous", "THE System SHALL keep orders (if any are there)"),
    ("ubiquitous", "Every request SHALL carry a trace id"),
    ("ubiquitous", "The vehicle shall always satisfy if x then y"),
    ("ubiquitous", "Passwords should be hashed"),
    ("property", "For all inputs x, decode(encode(x)) SHALL equal x"),
    ("property", "_For every_ list, sort SHALL be idempotent"),
    ("property", "**For any** user, the id SHALL be unique"),
    ("none", "Login page is fast"),
    ("none", "Users can filter the list"),
    ("ubiquitous", "THE System can filter the list"),
    ("ubiquitous", "The Order Gateway may display message Alpha Beta"),
    ("ubiquitous", "In hold mode the autopilot shall hold"),
    ("none", "**When**:"),
    ("none", "WHEN [condition] THEN the system crashes"),
    ("none", "This page lists what the shop needs. The shop SHALL be fast."),
    ("none", ""),
]

LOCALISED = [
    ("event", "fr", "QUAND l'utilisateur clique ALORS le système DOIT afficher la page"),
    ("unwanted", "fr", "Si la connexion échoue, alors le système doit afficher une erreur"),
    ("state", "fr", "TANT QUE le service est actif, le système DOIT journaliser"),
    ("ubiquitous", "fr", "Le système doit chiffrer les mots de passe"),
    ("event", "es", "CUANDO el usuario hace clic, ENTONCES el sistema DEBE guardar"),
    ("unwanted", "es", "Si el pago falla, el sistema debe mostrar un error"),
    ("event", "pt", "Quando o usuário clicar, o sistema deve salvar os dados"),
    ("unwanted", "pt", "SE o pagamento falhar ENTÃO o sistema DEVE exibir um erro"),
    ("event", "de", "Wenn der Benutzer klickt, muss das System die Daten speichern"),
    ("unwanted", "id", "Jika login gagal, sistem harus menampilkan pesan"),
    ("event", "ru", "КОГДА пользователь нажимает кнопку, система ДОЛЖНА сохранить данные"),
    ("unwanted", "ru", "Если платёж не прошёл, система должна показать ошибку"),
    ("event", "zh", "WHEN 用户登录，THE 系统 SHALL 创建会话"),
    ("event", "zh", "当用户点击按钮时，系统应显示对话框"),
    ("unwanted", "zh", "如果密码错误则系统应提示"),
    ("ubiquitous", "zh", "系统必须加密数据"),
    ("none", "zh", "应用程序响应"),
    ("event", "ja", "WHEN ユーザーが保存する THEN システムは確認を表示する SHALL"),
    ("event", "ja", "ユーザーがログインした時、システムはトークンを発行すること"),
    ("unwanted", "ja", "もし認証に失敗した場合、システムはエラーを表示しなければならない"),
    ("state", "ja", "処理の実行中は、システムは進捗を表示すること"),
    ("state", "ja", "WHILE 処理が実行中であるTHE システムは進捗を表示しなければならない"),
    ("ubiquitous", "ja", "システムはパスワードを暗号化しなければならない"),
    ("event", "ko", "사용자가 버튼을 클릭할 때, 시스템은 데이터를 저장해야 한다"),
    ("unwanted", "ko", "만약 로그인에 실패하면 시스템은 오류를 표시해야 한다"),
    ("ubiquitous", "ko", "시스템은 데이터를 암호화해야 합니다"),
    ("event", "vi", "WHEN người dùng nhấn nút THEN hệ thống SẼ lưu dữ liệu"),
]


# req: check/1.2
@pytest.mark.parametrize(("pattern", "text"), PATTERNS)
def test_pattern(pattern: str, text: str) -> None:
    assert parse(text).pattern.value == pattern


@pytest.mark.parametrize(("pattern", "lang", "text"), LOCALISED)
def test_localised(pattern: str, lang: str, text: str) -> None:
    statement = parse(text)
    assert (statement.pattern.value, statement.language) == (pattern, lang)


@pytest.mark.parametrize(
    "lead",
    [
        "- ",
        "1. ",
        "4.2 ",
        "3) ",
        "- [ ] ",
        "REQ-001: ",
        "**AC-1.2**: ",
        "- **AC-1.2:** ",
        "(Event) ",
        "[P0] ",
        "**Login**: ",
        "FR-3 — ",
        "Login: ",
        "> ",
        "_",
        "**",
    ],
)
def test_what_stands_before_the_statement_is_left_out(lead: str) -> None:
    statement = parse(f"{lead}WHEN a user pays, THE Shop SHALL send a receipt")
    assert statement.pattern is Pattern.EVENT
    assert statement.clauses[0].text == "a user pays"
    assert statement.subject == "Shop"


def test_bold_keywords_are_keywords() -> None:
    statement = parse("- **WHEN** a user clicks **Save** **THEN** the shop **SHALL** store")
    assert (statement.clauses[0].text, statement.subject, statement.modal, statement.response) == (
        "a user clicks Save",
        "shop",
        "SHALL",
        "store",
    )


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("WHEN a user pays, THE Photo Album SHALL go", "Photo Album"),
        ("WHEN x, `Store` SHALL go", "Store"),
        ("THE [System Name] SHALL go", "[System Name]"),
        ("EACH chapter SHALL go", "chapter"),
        ("THE Shop, WHEN a user pays, SHALL go", "Shop"),
        ("After a restart, the shop shall go", "shop"),
        ("In hold mode the autopilot shall go", "autopilot"),
        ("WHEN a user pays THEN SHALL go", ""),
        ("WHEN a user logs in SHALL go", ""),
        ("WHEN the user opens the list, the settings, or the search THEN it SHALL go", "it"),
        ("系统应显示", "系统"),
        ("システムは保存しなければならない", "システム"),
        ("le système doit afficher la page et les erreurs", "système"),
    ],
)
def test_subject(text: str, subject: str) -> None:
    statement = parse(text)
    assert statement.subject == subject
    if subject:
        assert subject in text[slice(*statement.subject_at)].replace("`", "")


@pytest.mark.parametrize(
    ("text", "kind", "is_negative"),
    [
        ("THE X SHALL NOT log", "shall", True),
        ("The X shall never log", "shall", True),
        ("The X must not log", "must", True),
        ("The X cannot log", "can", True),
        ("The X mustn't log", "must", True),
        ("The X will log", "will", False),
        ("The X might log", "might", False),
        ("The X may log and SHALL store", "shall", False),
        ("系统不得记录密码", "localised", True),
        ("システムはパスワードを記録してはならない", "localised", True),
        ("The bus is CAN bus based", "", False),
        ("The release is in May 2024", "", False),
    ],
)
def test_modal(text: str, kind: str, *, is_negative: bool) -> None:
    statement = parse(text)
    assert (statement.modal_kind, statement.is_negative) == (kind, is_negative)
    assert text[slice(*statement.modal_at)] == statement.modal


def test_clauses_say_whether_they_end() -> None:
    assert [clause.is_closed for clause in parse("WHEN a customer pays").clauses] == [False]
    assert [clause.is_closed for clause in parse("WHEN x the y z").clauses] == [False]
    assert [clause.is_closed for clause in parse("WHEN a customer pays, it ships").clauses] == [True]
    assert [clause.is_postfix for clause in parse("THE X SHALL go when y is z").clauses] == [True]


def test_timing() -> None:
    timing = parse("THE X SHALL answer within 200 ms").timing
    assert timing
    assert (timing.op, timing.value, timing.unit) == ("within", "200", "ms")
    until = parse("THE X SHALL wait until the lock is free").timing
    assert until
    assert (until.op, until.unit) == ("until", "the lock is free")
    assert parse("THE X SHALL answer").timing is None


def test_masking_keeps_offsets() -> None:
    text = 'WHEN `a` and "b (c)" [d](e) <!-- f -->, THE *X* SHALL go'
    mask = masked(text)
    assert len(mask.text) == len(text)
    assert not set("acdef") & set(mask.text[5:40].replace("and", "").replace(HIDDEN, ""))


# req: check/1.4
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The shop keeps orders", "en"),
        ("Mock responses must match backend response format exactly", "en"),
        ("Ứng dụng phải lưu dữ liệu đơn hàng", "vi"),
        ("ο χρήστης συνδέεται", "other"),
    ],
)
def test_language(text: str, code: str) -> None:
    assert language(text) == code


@pytest.mark.parametrize(
    "piece",
    [
        "when ",
        "WHEN a, ",
        "`",
        " `` ",
        "(",
        "()",
        '"',
        "'a ",
        "**",
        "_a ",
        "[a](",
        ", it",
        "THE X SHALL ",
        "if a ",
        "当",
        "時、",
        "<!-- ",
        "1.",
        "A-1: ",
    ],
)
def test_a_long_line_takes_time_in_proportion(piece: str) -> None:
    """A million characters in a few seconds at most, where anything quadratic would take hours."""
    text = "THE X SHALL go " + piece * (1_000_000 // len(piece))
    started = time.process_time()
    parse(text)
    assert time.process_time() - started < 10
