"""Holds the look and the few gestures of a run's page: style and script, as constants."""

from __future__ import annotations

STYLE = """
main{max-width:1120px}h1 small{display:block;font-size:15px;font-weight:500;color:var(--soft);letter-spacing:0;margin-bottom:4px}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(230px,44%),1fr));gap:10px 24px;margin:18px 0 6px;font-size:14px}.facts div{min-width:0}
.facts dt{color:var(--soft);font-size:12.5px}.facts dd{margin:0;overflow-wrap:anywhere}.cards{grid-template-columns:repeat(4,1fr)}.card b{font-size:21px}
.strip{display:flex;height:38px;gap:1px;margin:6px 0 4px;align-items:stretch;border-radius:8px;overflow:hidden}.strip a{flex:1 1 0;min-width:0;background:var(--k,var(--line));display:block}
.strip a:hover,.strip a:focus-visible{outline:2px solid var(--ink);outline-offset:-2px}.strip .gap{flex:0 0 3px;background:var(--paper)}
.k-look{--k:color-mix(in srgb,var(--soft) 34%,var(--paper))}.k-change{--k:var(--blue)}.k-ok{--k:var(--ok)}.k-bad{--k:var(--bad)}.k-ask{--k:var(--warn)}.k-no{--k:color-mix(in srgb,var(--bad) 55%,var(--paper))}.k-out{--k:var(--out)}
:root{--out:#b0107e}@media (prefers-color-scheme:dark){:root{--out:#ff6ac1}}
.keys{display:flex;flex-wrap:wrap;gap:4px 16px;color:var(--soft);font-size:13px;margin:0 0 8px}.keys i{display:inline-block;width:11px;height:11px;border-radius:3px;background:var(--k);margin-right:6px;vertical-align:-1px}
.notice{border:1px solid var(--line);border-left:4px solid var(--k,var(--soft));border-radius:8px;padding:10px 16px;margin:14px 0;background:var(--wash)}.notice h3{margin:0 0 4px;font-size:15.5px}.notice ul{margin:4px 0;padding-left:20px}.notice li,.notice p{overflow-wrap:anywhere;max-width:none}
.tools{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;gap:7px;align-items:center;padding:10px 0;background:var(--paper)}
.tools button{font:inherit;font-size:13.5px;color:var(--ink);background:var(--wash);border:1px solid var(--line);border-radius:99px;padding:4px 12px;cursor:pointer}
.tools button[aria-pressed=true]{border-color:var(--blue);box-shadow:inset 0 0 0 1px var(--blue)}.tools input{font:inherit;font-size:14px;color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:99px;padding:4px 14px;width:min(240px,100%)}
:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
.group{margin:26px 0 0}.group>h3{margin:0 0 2px;font-size:17px}.group>h3 span{color:var(--soft);font-weight:400;font-size:13.5px;margin-left:8px}
ol.run{list-style:none;margin:6px 0 0;padding:0;border-left:2px solid var(--line)}ol.run>li{position:relative;padding:0 0 0 18px;scroll-margin-top:64px}
ol.run>li:before{content:"";position:absolute;left:-6px;top:13px;width:10px;height:10px;border-radius:50%;background:var(--k,var(--soft));border:2px solid var(--paper);box-sizing:border-box}
li.k-out{background:color-mix(in srgb,var(--out) 8%,transparent);border-radius:0 8px 8px 0}li.k-out:before,li.k-bad:before{width:12px;height:12px;left:-7px;top:12px}
li.first{box-shadow:inset 3px 0 0 var(--out)}li:target{outline:2px solid var(--blue);outline-offset:-1px;border-radius:8px}li.off,.group.off{display:none}
ol.run details{margin:0}ol.run summary,.line{display:grid;grid-template-columns:34px minmax(0,1fr) auto;gap:10px;align-items:baseline;padding:7px 8px;color:var(--ink);border-radius:6px;list-style:none}
ol.run summary::-webkit-details-marker{display:none}ol.run summary:hover{background:var(--wash)}summary .n,.line .n{color:var(--soft);font-size:12.5px;font-variant-numeric:tabular-nums;text-align:right}
.what{overflow-wrap:anywhere;min-width:0}.what code{font-size:12.5px}.what q{quotes:none;color:var(--soft);font-style:italic}.side{display:flex;gap:6px;align-items:baseline;flex-wrap:wrap;justify-content:flex-end;font-size:12.5px;color:var(--soft);font-variant-numeric:tabular-nums}
.badge{border:1px solid currentColor;border-radius:99px;padding:0 8px;font-size:12px;white-space:nowrap;max-width:230px;overflow:hidden;text-overflow:ellipsis}.b-allow{color:var(--ok)}.b-ask{color:var(--warn)}.b-deny{color:var(--bad)}.b-out{color:var(--out);font-weight:650}
ol.run summary .what:before{content:"";display:inline-block;border:4px solid transparent;border-left:6px solid var(--soft);border-right:0;margin-right:8px;transition:transform .1s}ol.run details[open]>summary .what:before{transform:rotate(90deg)}
.in{padding:2px 8px 16px 52px}.in h4{margin:12px 0 3px;font-size:12.5px;color:var(--soft);font-weight:600}.in p{margin:3px 0;overflow-wrap:anywhere;font-size:14.5px}.in pre{margin:3px 0;max-height:460px;font-size:12.5px}.in dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:2px 14px;margin:4px 0;font-size:14px}.in dt{color:var(--soft)}.in dd{margin:0;overflow-wrap:anywhere}
pre.diff{white-space:pre;padding:8px 0}pre.diff span{display:block;padding:0 12px;min-height:1.5em;width:max-content;min-width:100%}pre.diff .a{background:color-mix(in srgb,var(--ok) 14%,transparent)}pre.diff .d{background:color-mix(in srgb,var(--bad) 13%,transparent)}pre.diff .h{color:var(--soft)}
.files details{border:1px solid var(--line);border-radius:8px;margin:8px 0;padding:0 12px}.files summary{padding:8px 0;display:flex;gap:12px;flex-wrap:wrap;color:var(--ink)}.files summary code{overflow-wrap:anywhere}.files .soft{margin-left:auto;white-space:nowrap}
.files pre{margin:0 -12px;border-width:1px 0 0;border-radius:0 0 8px 8px;max-height:600px}table.seen{font-size:14px}table.seen td{overflow-wrap:anywhere}
@media (max-width:699px){h1{font-size:24px}.in{padding-left:8px}.strip{height:30px}ol.run summary,.line{grid-template-columns:26px minmax(0,1fr);gap:2px 8px}.side{grid-column:2;justify-content:flex-start}.badge{max-width:100%}.cards{grid-template-columns:1fr 1fr}.tools{position:static}
table.seen thead{display:none}table.seen td{display:block;border:0;padding:1px 0}table.seen tr{display:block;border-bottom:1px solid var(--line);padding:8px 0}}
@media print{.tools,.strip,.keys{display:none}.in pre,.files pre{max-height:none}li{break-inside:avoid-page}}
"""

SCRIPT = """
(()=>{'use strict';
const items=[...document.querySelectorAll('ol.run>li')],buttons=[...document.querySelectorAll('.tools button[data-k]')],find=document.querySelector('.tools input'),kept=document.querySelector('.tools .kept');
if(!buttons.length)return;
const sift=()=>{const on=buttons.filter(b=>b.getAttribute('aria-pressed')==='true').map(b=>b.dataset.k),word=find.value.trim().toLowerCase();let n=0;
for(const li of items){const ok=(!on.length||on.some(k=>li.dataset.f.split(' ').includes(k)))&&(!word||li.textContent.toLowerCase().includes(word));li.classList.toggle('off',!ok);n+=ok}
for(const g of document.querySelectorAll('.group'))g.classList.toggle('off',!g.querySelector('li:not(.off)'));
kept.textContent=n===items.length?'':n+' of '+items.length+' shown'};
for(const b of buttons)b.addEventListener('click',()=>{b.setAttribute('aria-pressed',b.getAttribute('aria-pressed')!=='true');sift()});
find.addEventListener('input',sift);
const jump=()=>{const li=location.hash&&document.getElementById(location.hash.slice(1));if(!li)return;li.classList.remove('off');const d=li.querySelector('details');if(d)d.open=true;li.scrollIntoView({block:'center'})};
addEventListener('hashchange',jump);jump();
})();
"""
"""It works on the page's own elements alone and writes text only as text."""
