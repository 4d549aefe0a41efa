"""The least that any reader in Python must spend: `python floor.py FOLDER` reads every Markdown file, and classes its numbered lines by one expression.

It stands beside our commands as a yardstick that is on every machine. It knows nothing of sections, references or rules.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

LINE = re.compile(r"^\d+\. (?:(?P<key>WHEN|IF|WHILE|WHERE)\b.*?)?\bSHALL\b", re.IGNORECASE)


def main() -> None:
    """Print how many lines each keyword begins."""
    found: Counter[str] = Counter()
    for path in sorted(Path(sys.argv[1]).rglob("*.md")):
        for text in path.read_text(encoding="utf-8").splitlines():
            matched = LINE.match(text)
            if matched:
                found[(matched["key"] or "").upper()] += 1
    print(dict(found))


if __name__ == "__main__":
    main()
