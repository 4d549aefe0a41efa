"""A criterion names the technology that it is built with.

What: a criterion names a library, a database, a framework or a service (`Redis`, `PostgreSQL`, `React`) outside code and quotes.

Why: a requirement says what is needed. The choice of the means belongs in design.md, where it can change without a new approval of the
requirement. Where the technology itself is demanded, the rule has nothing to say: that is for the team to decide.

Example: `THE Store SHALL keep sessions in Redis`

Instead: `THE Store SHALL keep a session for 30 minutes over a restart`

Fix safety: no fix; the need behind the technology must be written.

Source: INCOSE, Guide to Writing Requirements, R31 (number not verified against the current edition). One criterion in six of public specs
holds code: the rule works only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, EXTRA, MOST, Occurrence, phrase_pattern, report

_STORES: Final = (
    *(
        "redis",
        "postgresql",
        "postgres",
        "mysql",
        "mariadb",
        "sqlite",
        "mongodb",
        "dynamodb",
        "cassandra",
        "elasticsearch",
        "opensearch",
        "memcached",
    ),
    *(
        "kafka",
        "rabbitmq",
        "nats",
        "sqs",
        "firestore",
        "firebase",
        "supabase",
        "neo4j",
        "snowflake",
        "bigquery",
        "indexeddb",
        "localstorage",
    ),
)
_FRAMEWORKS: Final = (
    *(
        "react",
        "vue",
        "angular",
        "svelte",
        "next.js",
        "nextjs",
        "nuxt",
        "express.js",
        "fastapi",
        "django",
        "flask",
        "laravel",
        "spring boot",
        "rails",
    ),
    *(
        "nestjs",
        "htmx",
        "tailwindcss",
        "tailwind",
        "bootstrap",
        "jquery",
        "redux",
        "zustand",
        "tanstack",
        "prisma",
        "sqlalchemy",
        "hibernate",
        "drizzle",
    ),
    *("graphql", "grpc", "webpack", "vite", "vitest", "jest", "playwright", "cypress", "pytest", "flutter", "electron", "expo"),
)
_PLATFORMS: Final = (
    *(
        "kubernetes",
        "docker",
        "terraform",
        "ansible",
        "jenkins",
        "nginx",
        "apache",
        "aws",
        "lambda",
        "cloudflare",
        "vercel",
        "heroku",
        "stripe",
    ),
    *(
        "auth0",
        "okta",
        "keycloak",
        "cognito",
        "sentry",
        "datadog",
        "prometheus",
        "grafana",
        "twilio",
        "sendgrid",
        "celery",
        "airflow",
        "spark",
    ),
    *("bcrypt", "argon2", "jwt", "websocket", "websockets"),
)
_COMMON: Final = frozenset(
    ("react", "express", "rails", "bootstrap", "spark", "lambda", "jest", "expo", "nats", "drizzle", "apache", "stripe", "electron")
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find names of technology."""
    allowed = {name.lower() for name in evidence.config.names("DESIGN001", ALLOWED.name)}
    extra = tuple(name.lower() for name in evidence.config.names("DESIGN001", EXTRA.name))
    names = [name for name in (*_STORES, *_FRAMEWORKS, *_PLATFORMS, *extra) if name not in allowed]
    sentences = evidence.having(*{word for name in names for word in (name.split(".")[0].split()[0].rstrip("0123456789"),) if word})
    pattern = phrase_pattern(names) if sentences else None
    for sentence in sentences:
        for match in islice(pattern.finditer(sentence.statement.prose), MOST) if pattern else ():
            found = Occurrence(sentence, *match.span("word"))
            if found.word not in _COMMON or found.written[:1].isupper():
                yield report(
                    RULE, evidence, found, f'"{found.written}" is a means, not a need', "say what is needed; name the means in design.md"
                )


RULE = Rule(
    code="DESIGN001",
    name="technology-in-requirement",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    is_default=False,
    options=(EXTRA, ALLOWED),
    examples=(
        criteria("THE Store SHALL keep sessions in Redis", fires=1),
        criteria("THE Store SHALL use PostgreSQL and Kafka", fires=2),
        criteria("The front end shall be built with React", fires=1),
        criteria("THE Store SHALL run on Kubernetes", fires=1),
        criteria("THE Store SHALL hash passwords with bcrypt", fires=1),
        criteria(
            "THE System SHALL use Redis to store rate limit counters",
            fires=1,
            source="997899594/Juanie .kiro/specs/authentication-refactoring/requirements.md",
        ),
        criteria(
            "THE Dashboard SHALL integrate with Grafana for centralized monitoring",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/ssh-tunnel-phase-2-enhancements/requirements.md",
        ),
        criteria("THE Store SHALL keep a session for 30 minutes over a restart"),
        criteria("WHEN the alarm rings, THE Guard SHALL react"),
        criteria("THE Train SHALL stay on its rails"),
        criteria('THE Store SHALL write "Redis" and `postgres`'),
        criteria("THE Store SHALL express prices in the buyer's currency"),
        criteria(
            "THE System SHALL delete git-accounts.module.ts file",
            source="997899594/Juanie .kiro/specs/authentication-refactoring/requirements.md",
        ),
        criteria(
            "THE Build Workflow SHALL include comments explaining each major step",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
    ),
)
