"""Lists what well-known programs do, as far as it matters for permission. A program or option that is not listed is unknown, which asks."""

from __future__ import annotations

import enum
from types import MappingProxyType


class CommandClass(enum.Enum):
    """What a command does. Source: settings.md § 2.3."""

    READ = "read"
    CHECK = "check"
    WRITE = "write"
    INSTALL = "install"
    DESTRUCTIVE = "destructive"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


def names(text: str) -> frozenset[str]:
    """Read a table of names that stand between blanks.

    >>> sorted(names("a b"))
    ['a', 'b']
    """
    return frozenset(text.split())


Vectors = MappingProxyType[str, tuple[tuple[str, ...], ...]]
"""Argument vectors by their program."""


def vectors(text: str) -> Vectors:
    """Read a table of argument vectors that stand between bars or line ends.

    >>> dict(vectors("git push | git pull"))
    {'git': (('git', 'push'), ('git', 'pull'))}
    """
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for line in text.replace("\n", "|").split("|"):
        if tokens := tuple(line.split()):
            found[tokens[0]] = (*found.get(tokens[0], ()), tokens)
    return MappingProxyType(found)


SHELLS = names("sh bash zsh dash ksh mksh ash rbash yash")
"""Programs whose `-c` text is parsed again."""

READERS = names(
    "ls dir vdir cat head tail wc stat du df nl cut tr comm paste fold fmt expand unexpand rev tac basename dirname realpath readlink pwd whoami id "
    "uname true false : test [ which type seq expr md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum od hexdump strings cmp "
    "diff grep egrep fgrep join nproc arch jq zcat zgrep base64 uptime free ps sleep date cal tty column tsort factor numfmt echo printf rg sort uniq "
    "tree file xxd fd fdfind find cd pushd popd set unset export declare typeset local readonly read shift exit return break continue wait umask "
    "ulimit getopts cloc tokei scc"
)
"""Programs that only read, unless an option of `RISKY` or an argument rule of `classify` says otherwise."""

NAMES_NO_FILES = names(
    "tr basename dirname which type date cal uname id echo printf : true false sleep seq expr set shift exit return break continue wait umask ulimit export declare local"
)
"""Readers whose arguments are text, not files."""

PATTERN_FIRST = names("grep egrep fgrep zgrep rg jq")
"""Readers whose first positional argument is a pattern."""

RISKY = MappingProxyType(
    {
        "sort": names("o output compress-program T temporary-directory files0-from"),
        "tree": names("o R"),
        "date": names("s set f file"),
        "rg": names("pre hostname-bin z search-zip"),
        "fd": names("x X exec exec-batch"),
        "fdfind": names("x X exec exec-batch"),
        "file": names("C compile z Z uncompress uncompress-noreport m magic-file"),
        "xxd": names("r revert"),
        "printf": names("v"),
        "wait": names("p"),
        "test": names("v"),
        "[": names("v"),
        "export": names("f"),
        "declare": names("i n f"),
        "typeset": names("i n f"),
        "local": names("i n"),
        "zgrep": names("f file"),
        "find": names("-fprint -fprint0 -fprintf -fls -files0-from fprint fprint0 fprintf fls files0-from"),
        "pytest": names("basetemp pastebin junitxml junit-xml log-file pdbcls"),
        "eslint": names("o output-file rulesdir resolve-plugins-relative-to init"),
        "mypy": names("install-types python-executable html-report xml-report txt-report cobertura-xml-report junit-xml"),
        "go": names("exec toolexec vettool o modfile overlay"),
        "cargo": names("config Z target-dir"),
        "npm": names("script-shell prefix C userconfig globalconfig node-options shell g global location"),
        "pnpm": names("script-shell prefix C dir g global shell-emulator"),
        "yarn": names("cwd use-yarnrc script-shell g global"),
        "make": names("f file makefile C directory I include-dir eval"),
        "pip": names("t target prefix root i index-url extra-index-url f find-links trusted-host config-settings global-option user"),
        "ruff": names("config output-file"),
    }
)
"""Options, without their dashes, that make a program do more than its class says. Long names also count when shortened."""

CHECKS = vectors("""
pytest | py.test | python -m pytest | python -m unittest | python -m mypy | python -m flake8 | python -m pylint | python -m py_compile
python -m ruff check | python -m compileall | python -m doctest | mypy | pyright | basedpyright | flake8 | pylint | pycodestyle | pydocstyle | vulture
bandit | ruff check | ruff format --check | ruff format --diff | black --check | black --diff | isort --check | isort --check-only | isort --diff
coverage report | coverage run -m pytest | coverage run -m unittest | lint-imports
npm test | npm t | npm tst | npm run test* | npm run lint* | npm run typecheck* | npm run type-check* | npm run check* | npm run build* | npm run-script test*
yarn test* | yarn lint* | yarn typecheck* | yarn build* | yarn run test* | yarn run lint* | yarn run build* | pnpm test* | pnpm lint* | pnpm build*
pnpm run test* | pnpm run lint* | pnpm run build* | pnpm typecheck* | bun test | bun run test* | bun run lint* | bun run build* | deno test | deno lint
deno check | jest | vitest | mocha | ava | tap | playwright test | cypress run | eslint | tsc | prettier --check | prettier -c | biome check | biome lint
stylelint | markdownlint | cargo test | cargo check | cargo clippy | cargo build | cargo nextest run | cargo fmt --check | rustfmt --check
go test | go vet | go build | gofmt -l | gofmt -d | golangci-lint run | staticcheck | make test* | make check* | make lint* | make build | make typecheck
mvn test | mvn verify | mvn compile | gradle test | gradle check | gradle build | ./gradlew test | ./gradlew check | ./gradlew build | ./mvnw test
dotnet test | dotnet build | mix test | rspec | rubocop | phpunit | vendor/bin/phpunit | ./vendor/bin/phpunit | phpstan | ctest | bats | shellcheck | hadolint
yamllint | actionlint | tflint | terraform validate | terraform fmt -check | swift test | swift build | zig build test | sbt test | lein test | rake test
""")
"""Argument vectors that start a test, lint, type check or build; `*` stands for the rest of a token."""

FORMATTERS = vectors("""
black | isort | ruff format | ruff check --fix | prettier --write | prettier -w | eslint --fix | gofmt -w | go fmt | rustfmt | cargo fmt | biome format --write
biome check --write | npm run format* | yarn format* | pnpm format* | terraform fmt | python -m black | python -m isort | rubocop -a | rubocop -A
""")
"""Argument vectors that rewrite files of the workspace."""

INSTALLS = vectors("""
pip install | pip3 install | python -m pip install | uv pip install | uv add | uv sync | poetry add | poetry install | pdm add | pdm install | pipenv install
npm install | npm i | npm ci | npm add | yarn install | yarn add | pnpm install | pnpm i | pnpm add | bun install | bun add | cargo add | cargo fetch
go get | go mod tidy | go mod download | bundle install | bundle add | composer install | composer require | mix deps.get | dotnet restore | dotnet add
""")
"""Argument vectors that install dependencies of the project."""

EXTERNALS = vectors("""
curl | wget | http | https | xh | aria2c | lynx | ssh | scp | sftp | nc | ncat | netcat | telnet | ftp | ping | ping6 | dig | nslookup | host | drill | whois
traceroute | mail | mailx | sendmail | mutt | msmtp | aws | gcloud | gsutil | bq | az | doctl | gh | glab | hub | heroku | vercel | netlify | fly | flyctl | wrangler
firebase | serverless | sls | cdk | sam | pulumi | helm | ansible | ansible-playbook | rclone | s3cmd | socat | nmap | openssl s_client | mosquitto_pub
docker push | docker pull | docker login | podman push | podman pull | npm publish | npm unpublish | npm deprecate | npm dist-tag | npm login | npm access
npm token | npm owner | yarn publish | yarn npm publish | pnpm publish | bun publish | cargo publish | cargo yank | cargo login | poetry publish | uv publish
flit publish | hatch publish | pdm publish | twine | python -m twine | gem push | gem yank | mvn deploy | gradle publish | ./gradlew publish | dotnet nuget push
nuget push | jsr publish | deno publish | deno deploy | vsce publish | kubectl | oc | terraform plan | terraform init | terraform import | git push | git fetch | git pull
git clone | git ls-remote | git send-email | git request-pull | git svn | git p4 | git remote update | git submodule update | git submodule add | git imap-send
prisma db
""")
"""Argument vectors that reach other machines, publish or deploy."""

MIGRATIONS = vectors("""
alembic upgrade | alembic downgrade | alembic stamp | prisma migrate deploy | prisma migrate dev | prisma migrate resolve | knex migrate:latest | knex migrate:up
knex | sequelize | typeorm | flyway | liquibase | dbmate | goose | sqitch | rails db:migrate | ./bin/rails db:migrate | rake db:migrate | flask db upgrade
flask db downgrade | diesel migration | sqlx migrate | atlas migrate | atlas schema | drizzle-kit push | drizzle-kit migrate | mikro-orm migration:up | php artisan migrate
dotnet ef database | mix ecto.migrate | migrate up | migrate down | yoyo apply | python manage.py migrate | python3 manage.py migrate | ./manage.py migrate
npm run migrate* | npm run db:migrate* | yarn migrate* | pnpm migrate* | make migrate* | doctrine:migrations:migrate | prisma migrate
""")
"""Argument vectors that run migrations of a database."""

DESTROYERS = vectors("""
rm | rmdir | unlink | shred | srm | wipefs | dropdb | dropuser | truncate | fdisk | parted | trash | trash-put | git reset --hard | git reset --merge
git reset --keep | git clean | git stash drop | git stash clear | git stash pop | git rebase | git checkout | git restore | git switch | git gc | git prune
git reflog expire | git reflog delete | git filter-branch | git filter-repo | git update-ref | git rm | git worktree remove | git worktree prune
git submodule deinit | git replace | terraform destroy | terraform apply | terraform state | kubectl delete | kubectl apply | kubectl drain | oc delete
docker system prune | docker image prune | docker volume prune | docker container prune | docker builder prune | docker network prune | docker rm | docker rmi
docker volume rm | podman rm | podman rmi | podman system prune | helm uninstall | helm delete | pulumi destroy | cdk destroy | chmod -R | chmod --recursive
chown -R | chown --recursive | chgrp -R | chgrp --recursive | find -delete | redis-cli flushall | redis-cli FLUSHALL | redis-cli flushdb | redis-cli FLUSHDB | crontab -r | userdel | systemctl | kill | pkill | killall | reboot | shutdown
""")
"""Argument vectors that delete or overwrite what may not come back: program, then tokens that stand among the arguments."""

GIT_READERS = names(
    "status log diff show rev-parse ls-files ls-tree blame annotate describe shortlog cat-file name-rev merge-base rev-list for-each-ref whatchanged diff-tree "
    "diff-files diff-index count-objects check-ignore show-ref cherry grep version branch tag remote stash config reflog"
)
"""Subcommands of git that can be used for reading."""

GIT_READING_FORMS = MappingProxyType(
    {
        "branch": names("-a --all -r --remotes -v -vv --verbose --list -l --show-current --no-color --no-column"),
        "tag": names("-l --list -n"),
        "remote": names("-v --verbose"),
        "stash": names("list show"),
        "config": names("--list -l"),
        "reflog": frozenset(("show",)),
    }
)
"""Subcommands of git that read only when all of their arguments are among these."""

GIT_RISKY = names("ext-diff textconv filters output open-files-in-pager O exec upload-pack paginate run no-index")
"""Options of reading git subcommands that run programs or write files."""

GIT_SAFE_GLOBALS = names("--no-pager --no-optional-locks --literal-pathspecs --no-replace-objects --glob-pathspecs -P")
"""Options before a git subcommand that change nothing but the output."""

VERSIONED = names(
    "python python3 node npm npx yarn pnpm bun deno cargo rustc go java javac ruby gem php gcc g++ clang make cmake git pip pip3 uv ruff"
)
"""Programs that may be asked for their version."""

INTERPRETERS = frozenset(
    "python node ruby perl php deno bun lua osascript Rscript tclsh awk gawk mawk nawk sed ed ex vi vim nvim emacs".lower().split()
)
"""Programs that run code given to them."""

DANGEROUS_VARIABLES = names(
    "PATH IFS ENV BASH_ENV CDPATH GLOBIGNORE SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND HOME SHELL EDITOR VISUAL PAGER MANPAGER BROWSER LESSOPEN LESSCLOSE LESS "
    "JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS MAVEN_OPTS GRADLE_OPTS RUSTC RUSTC_WRAPPER RUSTFLAGS CC CXX LD CFLAGS MAKEFLAGS MAKEFILES GOFLAGS "
    "RANDOM SRANDOM SECONDS LINENO HISTCMD OPTIND BASHPID EPOCHSECONDS HTTP_PROXY HTTPS_PROXY ALL_PROXY HOSTALIASES TMPDIR VIRTUAL_ENV PERL5OPT PERL5LIB RUBYOPT RUBYLIB PHPRC TERMINFO GCONV_PATH LOCPATH NLSPATH"
)
DANGEROUS_PREFIXES = (
    "LD_",
    "DYLD_",
    "PYTHON",
    "NODE_",
    "GIT_",
    "NPM_",
    "PIP_",
    "UV_",
    "CARGO_",
    "BASH_FUNC",
    "XDG_",
    "SSH_",
    "BUNDLE_",
    "PYTEST_",
    "RIPGREP_",
)


def is_dangerous_variable(name: str) -> bool:
    """Tell whether setting a variable can change what a well-known program runs.

    >>> is_dangerous_variable("LD_PRELOAD"), is_dangerous_variable("PATH"), is_dangerous_variable("DEBUG")
    (True, True, False)
    """
    upper = name.upper()
    return (upper in DANGEROUS_VARIABLES or upper.startswith(DANGEROUS_PREFIXES)) and upper not in (
        "NODE_ENV",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
    )
