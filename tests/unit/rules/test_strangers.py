"""Every rule on text by strangers: other trades, languages and habits than those of the examples."""

from __future__ import annotations

import json

import pytest

from setsquare.rules.check import check
from setsquare.rules.finding import Finding
from setsquare.spec.ears import parse
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

HEAD = "# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n"
BODY = "Zq8" + "Xw3Lk9Tr5Pn2Vb7"


def found(path: str, text: str, family: str) -> list[Finding]:
    return list(check(load({RelPath(path): text.encode()}), [family]))


def sentence_codes(text: str) -> list[str]:
    codes = (finding.code for finding in found(".kiro/specs/a/requirements.md", f"{HEAD}1. {text}\n", "EARS"))
    return sorted(code for code in codes if code in ("EARS002", "EARS003", "EARS004"))


def server(**values: object) -> list[Finding]:
    return found(".kiro/settings/mcp.json", json.dumps({"mcpServers": {"s": values}}), "MCP")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Guests may not place orders.", ["EARS002"]),
        ("The user will be able to export the report as CSV.", ["EARS002"]),
        ("GET /orders/{id} must return 404 if the order does not exist.", ["EARS002"]),
        ("The Supplier may, at its sole discretion, terminate this Agreement.", ["EARS002"]),
        ("The canister may not exceed 5 bar", ["EARS002"]),
        ("The system <mark>must</mark> log", ["EARS002"]),
        ("REQ-12 The valve must close within 3 s.", ["EARS002"]),
        ("Given that the user is logged in, the header should show their name", ["EARS002"]),
        ("When a file is uploaded, validate the checksum.", ["EARS003"]),
        ("When the form is invalid: show the error.", ["EARS003"]),
        ("If token missing → return 401", ["EARS003"]),
        ("If timeout -> retry", ["EARS003"]),
        ("When the limit is reached, throttle requests.", ["EARS003"]),
        ("WHEN the job ends, AND the queue is empty, stop the worker", ["EARS003"]),
        ("WHEN no name is provided and the prompt cannot be answered", ["EARS004"]),
        ("If the server cannot be reached", ["EARS004"]),
        ("When the timeout elapses", ["EARS004"]),
    ],
)
def test_sentences_that_are_found(text: str, codes: list[str]) -> None:
    assert sentence_codes(text) == codes


@pytest.mark.parametrize(
    "text",
    [
        "The invoice service shall be notified when a payment is received.",
        'When the user clicks "You must log in", the app shall open the login page.',
        "The `should_retry` flag shall be ignored.",
        "NOTE: the client SHOULD cache the token.",
        "Rationale: operators should not need training.",
        "e.g. the user may type a name",
        "**Must have:** login via SSO",
        "Should have: dark mode",
        "[SHOULD] support SSO",
        "Verify that the user can log in",
        "Ensure that users cannot delete others' posts",
        "The list shows items that users can buy",
        "The system shall refuse the login if the account is locked.",
        "The gateway shall drop the frame. The operator can then retry.",
        "WHEN a can is empty, THE dispenser SHALL stop",
        "WHEN the May release ships, THE portal SHALL show the banner",
        "The parser shall treat the keywords MUST, SHOULD and MAY as defined in RFC 2119.",
        "If Vbat < 9 V for more than 2 s the controller shall disable the heater.",
        "THE Store, if the card is refused, SHALL show the reason.",
        "When done, report generation starts",
        "When the batch finishes, process owners get a mail",
        "When a key is pressed, display brightness increases",
        "| WHEN x | THE system SHALL y |",
        "El sistema debe mostrar un error cuando el usuario no existe.",
        "Wenn der Benutzer auf Speichern klickt, muss das System die Daten sichern.",
        "Das System kann Berichte exportieren.",
        "Systemet skal sende en e-post når brukeren logger inn.",
        "当用户点击保存按钮时，系统应当保存草稿。",
        "如果密码错误，返回 401",
        "パスワードは暗号化されるべきである",
        "사용자가 로그인하면 시스템은 세션을 생성해야 한다.",
        "Il sistema può inviare una notifica.",
    ],
)
def test_sentences_that_are_left_alone(text: str) -> None:
    assert sentence_codes(text) == []


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("The state of the door lock shall be published on the bus.", "state of the door lock"),
        ("A user with admin rights shall be able to revoke tokens.", "user with admin rights"),
        ("The token for the API shall expire after 30 minutes.", "token for the API"),
        ("Provided that consent was given, the system shall process the data.", "system"),
        ("**Priority: Must** The system shall log in users", "system"),
        ("<b>The system</b> shall log", "system"),
        ("REQ-12 The valve must close within 3 s.", "valve"),
        ("On power-up the MCU shall run the self test.", "MCU"),
    ],
)
def test_subjects(text: str, subject: str) -> None:
    assert parse(text).subject == subject


CREDENTIALS: list[dict[str, object]] = [
    {"command": "x", "env": {"API_KEY": "sk-" + BODY + BODY}},
    {"command": "x", "env": {"OPENAI_KEY": "sk-svcacct-" + BODY}},
    {"url": "https://h.test", "headers": {"Authorization": "Bearer " + BODY}},
    {"url": "https://h.test", "headers": {"Authorization": "token " + BODY}},
    {"url": "https://h.test", "headers": {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}},
    {"url": "https://h.test", "headers": {"X-API-Key": BODY}},
    {"url": "https://h.test", "headers": {"apikey": BODY}},
    {"url": "https://h.test", "headers": {"Cookie": "session=" + BODY}},
    {"command": "x", "args": ["--token=" + BODY]},
    {"command": "x", "args": ["--token", BODY]},
    {"command": "x", "args": ["--password=hunter22"]},
    {"command": "x", "args": ["--header", "Authorization: Bearer " + BODY]},
    {"command": "x", "args": ["-H", "X-Api-Key: " + BODY]},
    {"command": "x", "args": ["-e", "API_KEY=" + BODY]},
    {"command": "x", "args": ["--env=API_KEY=" + BODY]},
    {"command": "x", "args": ["--dsn", "postgres://u:p4ssw0rd!@h/db"]},
    {"url": "https://user:s3cr3tpw@h.test/mcp"},
    {"url": "https://h.test/mcp?access_token=" + BODY},
    {"url": "https://h.test/sse/sk-ant-api03-" + BODY},
    {"url": "https://hooks.slack.com/services/T0ABCDEF1/B0ABCDEF2/" + BODY + "abcdef"},
    {"command": "x", "env": {"AWS_ACCESS_KEY_ID": "AKIA" + "Q7W8E9R0T1Y2U3I4"}},
    {"command": "x", "env": {"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzQQWWEERR"}},
    {"command": "x", "env": {"AWS_SESSION_TOKEN": "FwoGZXIvYXdzEBYaD" + BODY + BODY + BODY}},
    {"command": "x", "env": {"PRIVATE": "-----BEGIN" + " OPENSSH PRIVATE KEY-----\nabc"}},
    {"command": "x", "env": {"X": "-----BEGIN" + " PGP PRIVATE KEY BLOCK-----"}},
    {"command": "x", "env": {"X": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + BODY}},
    {"command": "x", "env": {"X": "xoxp-123456789012-" + BODY}},
    {"command": "x", "env": {"STRIPE": "sk_live_" + BODY}},
    {"command": "x", "env": {"STRIPE": "rk_test_" + BODY}},
    {"command": "x", "env": {"STRIPE": "whsec_" + BODY + BODY}},
    {"command": "x", "env": {"G": "ghp_" + BODY + BODY}},
    {"command": "x", "env": {"G": "gho_" + BODY + BODY}},
    {"command": "x", "env": {"G": "github_pat_11ABCDEFG0" + BODY + BODY + BODY}},
    {"command": "x", "env": {"G": "glpat-" + BODY}},
    {"command": "x", "env": {"G": "glptt-" + BODY + BODY}},
    {"command": "x", "env": {"G": "AIza" + BODY + BODY}},
    {"command": "x", "env": {"G": "GOCSPX-" + BODY}},
    {"command": "x", "env": {"G": "ya29." + BODY + BODY}},
    {"command": "x", "env": {"G": "1//0g" + BODY + BODY}},
    {"command": "x", "env": {"TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef"}},
    {"command": "x", "env": {"TW": "SK" + "0123456789abcdef0123456789abcdef"}},
    {"command": "x", "env": {"SENDGRID": "SG." + BODY + "." + BODY}},
    {"command": "x", "env": {"MAILGUN": "key-" + "0123456789abcdef0123456789abcdef"}},
    {"command": "x", "env": {"DB_PASS": "tiger123"}},
    {"command": "x", "env": {"DATABASE_URL": "mysql://root:tiger123@localhost:3306/x"}},
    {"command": "x", "env": {"MONGO": "mongodb+srv://admin:Pa55w0rd@c.mongodb.net"}},
    {"command": "x", "env": {"REDIS_URL": "redis://:p4ssw0rd@h:6379/0"}},
    {
        "command": "x",
        "env": {
            "AZURE": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey="
            + BODY
            + BODY
            + BODY
            + BODY
            + "==;EndpointSuffix=core.windows.net"
        },
    },
    {"command": "x", "env": {"CONN": "Server=db;User Id=sa;Password=Tiger#123;"}},
    {"command": "x", "env": {"NPM_TOKEN": "npm_" + BODY + BODY}},
    {"command": "x", "env": {"TELEGRAM": "123456789:AAF" + BODY + BODY}},
    {"command": "x", "env": {"DISCORD_TOKEN": "MTA" + BODY + ".Gabcde." + BODY + BODY}},
    {"command": "x", "env": {"JIRA_PAT": BODY}},
    {"command": "x", "env": {"CLIENT_SECRET": BODY}},
    {"command": "x", "env": {"PASSPHRASE": "correct horse battery"}},
    {"command": "x", "env": {"PIN_CODE_SECRET": "12345678"}},
    {"command": "x", "env": {"PASSWORD": "12345678"}},
    {"command": "x", "env": {"ENCRYPTION_KEY": "aaaaaaaa1b2c3d4e5f60718293a4b5c6d7e8f901"}},
    {"command": "x", "env": {"SIGNING_KEY": BODY}},
    {"command": "x", "env": {"NOTION_TOKEN": "secret_" + BODY + BODY}},
    {"command": "x", "env": {"LINEAR": "lin_api_" + BODY + BODY}},
    {"command": "x", "env": {"SENTRY_AUTH_TOKEN": "sntrys_" + BODY + BODY}},
    {"command": "x", "env": {"VAULT": "hvs." + BODY + BODY}},
    {"command": "x", "env": {"DOCKER": "dckr_pat_" + BODY + BODY}},
    {"command": "x", "env": {"ATL": "ATATT3x" + BODY + BODY}},
    {"command": "x", "env": {"GROQ": "gsk_" + BODY + BODY + BODY}},
    {"command": "x", "env": {"PPLX": "pplx-" + BODY + BODY + BODY}},
    {"command": "x", "env": {"REPL": "r8_" + BODY + BODY}},
    {"command": "x", "env": {"HEROKU_API_KEY": "01234567-89ab-cdef-0123-456789abcdef"}},
    {"command": "x", "env": {"SUPABASE": "sbp_" + BODY + BODY + BODY}},
    {"command": "x", "env": {"DO": "dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}},
    {"command": "x", "env": {"LC": "lsv2_pt_" + BODY + BODY}},
    {"command": "x", "env": {"FIG": "figd_" + BODY + BODY}},
    {"command": "x", "env": {"PG": "postgresql://u:${PGUSER}x9Q1secret@h/d"}},
    {"command": "x", "env": {"HTTP_PROXY": "http://bob:hunter22@proxy:3128"}},
    {"command": "x", "apiKey": BODY},
    {"command": "x", "auth": {"token": BODY}},
    {"command": "API_KEY=" + BODY + " npx tool"},
    {"command": "sh", "args": ["-c", "export TOKEN=" + BODY + "; tool"]},
    {"command": "x", "args": ["--api-key=" + BODY, "--x"]},
    {"command": "x", "args": ['{"apiKey":"' + BODY + '"}']},
    {"command": "x", "env": {"CONFIG": '{"token": "' + BODY + '"}'}},
]
PLAIN: list[dict[str, object]] = [
    {"command": "x", "env": {"API_KEY": "${API_KEY}"}},
    {"command": "x", "env": {"API_KEY": "$API_KEY"}},
    {"command": "x", "env": {"API_KEY": "${env:API_KEY}"}},
    {"command": "x", "env": {"API_KEY": "${API_KEY:-}"}},
    {"command": "x", "env": {"API_KEY": "%API_KEY%"}},
    {"command": "x", "env": {"API_KEY": "<your-key>"}},
    {"command": "x", "env": {"API_KEY": "<YOUR_API_KEY_HERE>"}},
    {"command": "x", "env": {"API_KEY": "changeme"}},
    {"command": "x", "env": {"API_KEY": "REPLACE_ME"}},
    {"command": "x", "env": {"API_KEY": "{{API_KEY}}"}},
    {"command": "x", "env": {"API_KEY": "YOUR_API_KEY"}},
    {"command": "x", "env": {"API_KEY": ""}},
    {"command": "x", "env": {"API_KEY": "xxxxxxxxxxxx"}},
    {"command": "x", "env": {"API_KEY": "********"}},
    {"command": "x", "env": {"API_KEY": "..."}},
    {"command": "x", "env": {"API_KEY": "TODO"}},
    {"command": "x", "env": {"API_KEY": "sk-..."}},
    {"command": "x", "env": {"API_KEY": "sk-xxxxxxxxxxxxxxxxxxxxxxxx"}},
    {"command": "x", "env": {"API_KEY": "ghp_your_token_here_please"}},
    {"command": "x", "env": {"API_KEY": "@secret:api-key"}},
    {"command": "x", "env": {"API_KEY": "#{API_KEY}#"}},
    {"command": "x", "env": {"API_KEY": "process.env.API_KEY"}},
    {"command": "x", "env": {"API_KEY": "env.API_KEY"}},
    {"command": "x", "env": {"API_KEY": "API_KEY"}},
    {"command": "x", "env": {"API_KEY": "OPENAI_API_KEY"}},
    {"command": "x", "env": {"API_KEY": "dein-schluessel"}},
    {"command": "x", "env": {"API_KEY": "tu-clave"}},
    {"command": "x", "env": {"API_KEY": "votre_cle"}},
    {"command": "x", "env": {"API_KEY": "你的密钥"}},
    {"command": "x", "env": {"API_KEY": "ENTER_KEY"}},
    {"command": "x", "env": {"API_KEY": "PASTE_YOUR_KEY"}},
    {"command": "x", "env": {"API_KEY": "get-from-1password"}},
    {"command": "x", "env": {"API_KEY": "(set in environment)"}},
    {"command": "x", "env": {"API_KEY": "not-needed"}},
    {"command": "x", "env": {"API_KEY": "unused"}},
    {"command": "x", "env": {"API_KEY": "optional"}},
    {"command": "x", "env": {"PROJECT_ID": "01234567-89ab-cdef-0123-456789abcdef"}},
    {"command": "x", "env": {"WORKSPACE": "01234567-89ab-cdef-0123-456789abcdef"}},
    {"command": "x", "env": {"TENANT_ID": "0123456789abcdef0123456789abcdef"}},
    {"command": "x", "env": {"LOG_LEVEL": "info"}},
    {"command": "x", "env": {"PORT": "8080"}},
    {"command": "x", "env": {"TOKEN_FILE": "/run/secrets/tok"}},
    {"command": "x", "env": {"KEY_PATH": "C:\\keys\\id_rsa"}},
    {"command": "x", "env": {"PRIVATE_KEY": "/home/me/.ssh/id_ed25519"}},
    {"command": "x", "env": {"GOOGLE_APPLICATION_CREDENTIALS": "./sa.json"}},
    {"command": "x", "env": {"GOOGLE_APPLICATION_CREDENTIALS": "/Users/x/sa.json"}},
    {"command": "x", "env": {"CREDENTIALS": "credentials.json"}},
    {"command": "x", "env": {"SSH_AUTH_SOCK": "/tmp/ssh.sock"}},
    {"command": "x", "args": ["-y", "@modelcontextprotocol/server-filesystem@2025.1.14", "/Users/me/Projects"]},
    {"command": "x", "args": ["mcp-server-git", "--repository", "path/to/git/repo"]},
    {"command": "x", "args": ["--key", "name"]},
    {"command": "x", "args": ["--token-limit", "4096"]},
    {"command": "x", "args": ["--max-tokens=4096"]},
    {"command": "x", "args": ["--auth", "oauth"]},
    {"command": "x", "args": ["--auth", "none"]},
    {"command": "x", "args": ["--auth-mode", "iam-profile"]},
    {"command": "x", "args": ["--auth=browser"]},
    {"command": "x", "args": ["run", "--rm", "-i", "ghcr.io/org/image:sha-0a1b2c3d4e5f"]},
    {"command": "x", "args": ["mcr.microsoft.com/x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]},
    {"command": "x", "args": ["git+https://github.com/org/repo@0123456789abcdef0123456789abcdef01234567"]},
    {"command": "x", "args": ["-p", "8080:80"]},
    {"command": "x", "args": ["-p", "/tmp"]},
    {"command": "x", "args": ["--pass-through"]},
    {"command": "x", "args": ["--header", "Authorization:${AUTH_HEADER}"]},
    {"command": "x", "args": ["--header", "Authorization: Bearer ${TOKEN}"]},
    {"command": "x", "args": ["-e", "API_KEY"]},
    {
        "command": "x",
        "env": {
            "ICON": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
        },
    },
    {"command": "x", "icon": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"},
    {"url": "https://h.test", "headers": {"Authorization": "Bearer ${T}"}},
    {"url": "https://h.test", "headers": {"Authorization": "Bearer <token>"}},
    {"url": "https://h.test", "headers": {"Authorization": "Bearer YOUR_TOKEN"}},
    {"url": "https://h.test", "headers": {"Authorization": "Basic ${B64}"}},
    {"url": "https://h.test", "headers": {"Accept": "application/json"}},
    {"url": "https://h.test", "headers": {"X-Request-Id": "01234567-89ab-cdef-0123-456789abcdef"}},
    {"url": "https://h.test", "headers": {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}},
    {"url": "https://h.test/v1/projects/0123456789abcdef0123456789abcdef/mcp"},
    {"url": "http://localhost:3000/sse"},
    {"url": "https://h.test/mcp?key=${KEY}"},
    {"url": "https://${USER}:${PASS}@h.test"},
    {"url": "https://h.test/?sort=token&page=2"},
    {"url": "https://h.test/?api_key=YOUR_KEY"},
    {"command": "x", "env": {"DATABASE_URL": "postgres://localhost/dev"}},
    {"command": "x", "env": {"DATABASE_URL": "postgres://user:password@localhost/dev"}},
    {"command": "x", "env": {"DATABASE_URL": "postgres://u:${P}@h/d"}},
    {"command": "x", "env": {"PATH": "/usr/local/bin:/usr/bin:/bin"}},
    {"command": "x", "env": {"NODE_OPTIONS": "--max-old-space-size=4096"}},
    {"command": "x", "env": {"GIT_SHA": "0123456789abcdef0123456789abcdef01234567"}},
    {"command": "x", "env": {"COMMIT": "9f86d081884c7d659a2feaa0c55ad0151234abcd"}},
    {"command": "x", "env": {"MODEL": "claude-3-5-sonnet-20241022"}},
    {"command": "x", "env": {"MODEL": "anthropic.claude-3-5-sonnet-20241022-v2:0"}},
    {"command": "x", "env": {"ARN": "arn:aws:iam::123456789012:role/Readonly"}},
    {"command": "x", "env": {"KMS_KEY": "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"}},
    {"command": "x", "env": {"AWS_SECRET": "arn:aws:secretsmanager:us-east-1:1:secret:x"}},
    {"command": "x", "env": {"BUCKET": "my-bucket-2024-prod-eu-central-1"}},
    {"command": "x", "env": {"DISABLE_AUTH": "true"}},
    {"command": "x", "env": {"USE_TOKEN": "false"}},
    {"command": "x", "env": {"PRIMARY_KEY": "customer_id"}},
    {"command": "x", "env": {"SORT_KEY": "createdAt"}},
    {"command": "x", "env": {"PARTITION_KEY": "tenantId"}},
    {"command": "x", "env": {"CACHE_KEY": "user-sessions"}},
    {"command": "x", "env": {"PUBLIC_KEY": "-----BEGIN PUBLIC KEY-----\nMIIB"}},
    {"command": "x", "env": {"STRIPE_PUBLISHABLE_KEY": "pk_live_" + BODY}},
    {"command": "x", "env": {"AUTH": "oauth2"}},
    {"command": "x", "env": {"MCP_AUTH": "enabled"}},
    {"command": "x", "env": {"PYTHONHASHSEED": "0"}},
    {"command": "x", "env": {"TZ": "Europe/Berlin"}},
    {"command": "x", "env": {"EMAIL": "bob@example.com"}},
    {"command": "npx", "cwd": "/srv/a"},
    {"command": "x", "autoApprove": ["get_token", "read_secret"]},
    {"command": "x", "description": "Needs an API key: see docs"},
    {"command": "x", "env": {"CHECKSUM": "d41d8cd98f00b204e9800998ecf8427e"}},
]


@pytest.mark.parametrize("values", CREDENTIALS)
def test_credentials_are_found_and_not_shown(values: dict[str, object]) -> None:
    results = server(**values)
    assert results
    for finding in results:
        assert finding.is_secret
        for shown in (finding.message, finding.hint):
            assert BODY not in shown
            assert "tiger" not in shown
            assert "hunter22" not in shown


@pytest.mark.parametrize("values", PLAIN)
def test_what_is_no_credential(values: dict[str, object]) -> None:
    assert server(**values) == []


@pytest.mark.parametrize(
    "tasks",
    [
        "- [ ] 1. A\n  - **Requirements:** 1.1\n",
        "- [ ] 1. A (Requirements: 1.1)\n",
        "- [ ] 1. A\n  - _Requirements: R1.1_\n",
        "1. [ ] A\n   - _Requirements: 1.1_\n",
        "- [ ] 1. A\r\n\t- _Anforderungen: 1.1_\r\n",
        "- [ ] 1. A\n  - _Exigences : 1.1_\n",
        "- [ ] 1. A\n  - _요구사항: 1.1_\n",
        "- [ ] 1. A\n  - Upgrade to 3.4, see chapter 9.9\n  - _Requirements: 1.1_\n",
        "- [ ] 1. A\n  - _Requirements: 1.1_\n\n```\n- [ ] 1. A\n  - _Requirements: 9.9_\n```\n",
        "- [ ] 1. A\n  - _Requirements: 1.1_\n- [ ] 2. Zwischenprüfung\n",
        "- [ ] 1. A\n  - _Requirements: 1.1_\n- [ ] 2. Final verification of the build\n",
        "- [x] 1. A\n  - _Requirements: 1.1_\n  - [ ] 1.1 Benchmarks (optional)\n",
    ],
)
def test_task_lists_without_a_finding(tasks: str) -> None:
    files = {RelPath(".kiro/specs/a/requirements.md"): f"{HEAD}1. THE X SHALL go\n", RelPath(".kiro/specs/a/tasks.md"): tasks}
    assert check(load({path: text.encode() for path, text in files.items()}), ["TRC", "TSK"]) == ()


@pytest.mark.parametrize(
    "headings",
    [
        "1 Overview|2 Architecture|3 Components|4 Data Model|5 Error Handling|6 Tests",
        "Summary|High-level design|API|Database|Failure modes & recovery|QA plan",
        "Purpose|System structure|Modules|Memory layout|Fault handling|Verification",
        "Überblick|Architektur|Komponenten und Schnittstellen|Datenmodelle|Fehlerbehandlung|Teststrategie",
        "Resumen|Arquitectura|Componentes e interfaces|Modelos de datos|Manejo de errores|Estrategia de pruebas",
        "Panoramica|Architettura|Componenti e interfacce|Modelli dei dati|Gestione degli errori|Strategia di test",
        "Przegląd|Architektura|Komponenty i interfejsy|Modele danych|Obsługa błędów|Strategia testowania",
        "Overzicht|Architectuur|Componenten en interfaces|Datamodellen|Foutafhandeling|Teststrategie",
        "Genel Bakış|Mimari|Bileşenler ve Arayüzler|Veri Modelleri|Hata Yönetimi|Test Stratejisi",
        "概述|架構|元件與介面|資料模型|錯誤處理|測試策略",
        "概要|全体構成|画面と部品|テーブル定義|異常系|単体試験",
        "🎯 Overview|🏗️ Architecture|🧩 Components|💾 Data Models|🚨 Error Handling|🧪 Testing",
    ],
)
def test_whole_designs(headings: str) -> None:
    text = "# Design\n\n" + "".join(f"## {heading}\n\n" for heading in headings.split("|"))
    assert found(".kiro/specs/a/design.md", text, "DSN") == []
    without_last = text[: text.rindex("## ")]
    assert len(found(".kiro/specs/a/design.md", without_last, "DSN")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Use [your team's linter].",
        "- DB: <TBD>",
        "- Name: {{ project_name }}",
        "- Name: __PROJECT_NAME__",
        "- Framework: ______",
        "- Framework: FIXME",
        "| Name | TBD |",
        "[Insert overview here]",
        "[填写项目名]",
        "[ここに記入]",
        "[nombre del proyecto]",
        "[Ihr Framework]",
        "Replace <YOUR_API_KEY> with it",
    ],
)
def test_placeholders(text: str) -> None:
    assert len(found(".kiro/steering/a.md", text + "\n", "STR")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Press [Enter] to continue",
        "Events: [created, updated, deleted]",
        "The TBD workflow (trunk-based development) is used",
        "Branch names are <type>/<issue>.",
        "insert rows with <insert>",
        "Use Vec<T> and Map<String, Your>.",
        "See [our guide][guide].",
        "> [!WARNING] be careful",
        "[AB-123] fixes [^1]",
        "Vue renders {{ count }}",
        "Write TODO comments as `TODO(name)`.",
    ],
)
def test_what_is_no_placeholder(text: str) -> None:
    assert found(".kiro/steering/a.md", text + "\n", "STR") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"Agent": {}}', "CFG001"),
        ('{"agent": {"maxFileEditsPerTask": "20"}}', "CFG002"),
        ('{"agent": {"maxFileEditsPerTask": -1}}', "CFG002"),
        ('{"agent": {"allowedCommands": [1]}}', "CFG002"),
        ('{"agent": null}', "CFG002"),
        ("[]", "CFG002"),
        ("", "CFG002"),
        ("{agent: {}}", "CFG002"),
        ('\ufeff{"$schema": "x"}', ""),
    ],
)
def test_settings(text: str, code: str) -> None:
    assert {finding.code for finding in found(".kiro/settings.json", text, "CFG")} == ({code} if code else set())
