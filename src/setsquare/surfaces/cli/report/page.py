"""Wraps sections into one self-contained HTML page: no foreign file, no script unless it is given, light and dark, readable on paper."""

from __future__ import annotations

import base64
import hashlib
from html import escape

_STYLE = """
:root{--ink:#1d2433;--soft:#5b6577;--line:#dde2ea;--paper:#fff;--wash:#f5f7fa;--ok:#1a7f4b;--warn:#b26a00;--bad:#b3261e;--blue:#2457c5;
--g0:#2457c5;--g1:#1a7f4b;--g2:#b26a00;--g3:#8a3ffc;--g4:#c2255c;--g5:#0b7285}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#2c3442;--paper:#12161d;--wash:#1a202b;--ok:#4cc38a;--warn:#e3a344;
--bad:#f2736b;--blue:#7aa2ff;--g0:#7aa2ff;--g1:#4cc38a;--g2:#e3a344;--g3:#b794ff;--g4:#ff7aa8;--g5:#4fc3d9}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1280px;margin:0 auto;padding:40px 28px 80px}h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}
h2{font-size:20px;margin:44px 0 10px}p{margin:8px 0;max-width:75ch}.lead{color:var(--soft);font-size:17px}code,pre{font:13px/1.5 ui-monospace,
SFMono-Regular,Menlo,monospace}pre{background:var(--wash);border:1px solid var(--line);border-radius:8px;padding:12px 14px;overflow:auto;
white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0}.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;
margin:22px 0}.card{border:1px solid var(--line);border-radius:10px;padding:12px 14px;background:var(--wash)}.card b{display:block;font-size:24px;
line-height:1.2}.card span{color:var(--soft);font-size:13px}table{border-collapse:collapse;width:100%;font-size:14px}th{text-align:left;color:var(--soft);
font-weight:600}th,td{padding:7px 12px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}.scroll{overflow-x:auto}
ol.steps{list-style:none;margin:0;padding:0;border-left:2px solid var(--line)}ol.steps>li{padding:6px 0 10px 20px;position:relative}
ol.steps>li:before{content:"";position:absolute;left:-6px;top:14px;width:10px;height:10px;border-radius:50%;background:var(--soft)}
li.ok:before{background:var(--ok)!important}li.bad:before{background:var(--bad)!important}li.ask:before{background:var(--blue)!important}
table.steps td{padding:3px 12px 3px 0;border:0}table.steps td:nth-child(2){white-space:nowrap}.tag{white-space:nowrap;display:inline-block;border:1px solid var(--line);border-radius:99px;padding:1px 9px;font-size:12px;color:var(--soft);margin-right:6px}
.ok{color:var(--ok)}.bad{color:var(--bad)}.warn{color:var(--warn)}.soft{color:var(--soft)}details{margin:6px 0}summary{cursor:pointer;color:var(--soft)}
ins{color:var(--ok);text-decoration:none}del{color:var(--bad);text-decoration:none}
svg.trace{width:100%;min-width:1100px;height:auto;font:12.5px system-ui,sans-serif}svg text{fill:var(--ink)}svg .head{fill:var(--soft);font-weight:600;
font-size:13px}svg .none{fill:var(--soft)}.box{fill:var(--wash);stroke:var(--line)}.dot{fill:var(--soft)}.dot.verified{fill:var(--ok)}
.dot.implemented{fill:var(--blue)}.dot.planned{fill:var(--warn)}.dot.uncovered{fill:var(--bad)}.bond{fill:none;stroke-width:1.6;opacity:.5}
.g0{stroke:var(--g0)}.g1{stroke:var(--g1)}.g2{stroke:var(--g2)}.g3{stroke:var(--g3)}.g4{stroke:var(--g4)}.g5{stroke:var(--g5)}
.legend{display:flex;flex-wrap:wrap;gap:6px 18px;color:var(--soft);font-size:14px}i.dot{display:inline-block;width:9px;height:9px;border-radius:50%;
margin-right:5px;background:var(--soft)}i.verified{background:var(--ok)}i.implemented{background:var(--blue)}i.planned{background:var(--warn)}
i.uncovered{background:var(--bad)}.dots{display:inline-flex;flex-wrap:wrap;gap:3px 0;margin:0 14px}details.group{border-bottom:1px solid var(--line);
padding:6px 0}details.group>summary b{color:var(--ink)}details.same{margin-bottom:18px}tr:target{background:var(--wash);outline:2px solid var(--blue)}
a{color:var(--blue)}td,summary{overflow-wrap:anywhere}table.trace td:first-child,table.trace td:last-child,details.group>summary .soft{white-space:nowrap}
@media (max-width:899px){main{padding:24px 18px 60px}.cards{grid-template-columns:repeat(auto-fit,minmax(190px,1fr))}.picture{display:none}table.trace thead{display:none}table.trace td{display:block;border:0;padding:2px 0}
table.trace tr{display:block;border-bottom:1px solid var(--line);padding:8px 0}table.trace td[data-name]{position:relative;padding-left:64px}
table.trace td[data-name]:before{content:attr(data-name);color:var(--soft);position:absolute;left:0}
@supports selector(::details-content){details.same>summary{display:none}details.same::details-content{content-visibility:visible;block-size:auto}}}
@media print{main{padding:0}details::details-content{content-visibility:visible;block-size:auto}pre{max-height:none}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(title: str, body: str, style: str = "", script: str = "") -> str:
    """Write a whole page; the content policy forbids every load from elsewhere and every script but `script`, which is named by its digest."""
    # A page that lies in the project and quotes `req: SPEC/1.2` must not count as code that serves the criterion.
    body = body.replace("req:", "req&#58;")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"{_POLICY}; script-src 'sha256-{digest}'" if script else _POLICY
    ending = f"<script>{script}</script>" if script else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{escape(title)}</title><style>{_STYLE}{style}</style></head>'
        f"<body><main>{body}</main>{ending}</body></html>\n"
    )


def card(value: str, label: str, kind: str = "") -> str:
    """Show one figure with what it counts."""
    return f'<div class="card"><b class="{kind}">{escape(value)}</b><span>{escape(label)}</span></div>'


def diff(text: str) -> str:
    """Show a unified diff with coloured lines."""
    marks = {"+": "ins", "-": "del"}
    rows = []
    for row in text.splitlines():
        tag = marks.get(row[:1]) if not row.startswith(("+++", "---")) else None
        rows.append(f"<{tag}>{escape(row)}</{tag}>" if tag else escape(row))
    return f"<pre>{chr(10).join(rows)}</pre>"
