"""Holds the look of a role's page, as a constant."""

from __future__ import annotations

STYLE = """
main{max-width:1180px}h1{overflow-wrap:anywhere}h1 small{display:block;font-size:15px;font-weight:500;color:var(--soft);letter-spacing:0;margin-bottom:4px}
.lead{font-size:20px;color:var(--ink);max-width:none}.notice{border:1px solid var(--line);border-left:4px solid var(--soft);border-radius:8px;padding:10px 16px;margin:12px 0;background:var(--wash);color:var(--ink)}
.notice.bad{border-left-color:var(--bad)}.notice.warn{border-left-color:var(--warn)}.notice.ok{border-left-color:var(--ok)}.notice h3{margin:0 0 4px;font-size:15.5px}
.notice ul{margin:4px 0;padding-left:20px}.notice li{overflow-wrap:anywhere}.notice ul.names{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:2px 18px}table.iam td{max-width:420px}table.iam td:nth-child(n+2):nth-child(-n+3){white-space:nowrap}
h3{font-size:16px;margin:24px 0 6px}details p{max-width:none;overflow-wrap:anywhere}
@media (max-width:699px){.cards{grid-template-columns:1fr 1fr}table.iam thead{display:none}table.iam td{display:block;border:0;padding:1px 0 1px 108px;position:relative;max-width:none;white-space:normal!important}
table.iam td:before{content:attr(data-name);color:var(--soft);position:absolute;left:0}table.iam tr{display:block;border-bottom:1px solid var(--line);padding:8px 0}}
"""
