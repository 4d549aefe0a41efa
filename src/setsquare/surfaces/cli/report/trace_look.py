"""Holds the look and the few gestures of a trace page: style and script, as constants."""

from __future__ import annotations

STYLE = """
:root{--v:#1a7f4b;--i:#2457c5;--p:#b26a00;--u:#c22f25}
@media (prefers-color-scheme:dark){:root{--v:#4cc38a;--i:#7aa2ff;--p:#e3a344;--u:#f2736b}}
main{max-width:1480px}.s-verified{--c:var(--v)}.s-implemented{--c:var(--i)}.s-planned{--c:var(--p)}.s-uncovered{--c:var(--u)}
.share{display:flex;height:14px;border-radius:7px;overflow:hidden;margin:20px 0 10px;background:var(--line);gap:2px}.share i{display:block;background:var(--c);min-width:3px}
.share i.s-planned{background:repeating-linear-gradient(90deg,var(--c) 0 8px,transparent 8px 11px),color-mix(in srgb,var(--c) 35%,transparent)}
.share i.s-uncovered{background:repeating-linear-gradient(45deg,var(--c) 0 3px,transparent 3px 6px)}
.tools{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;gap:8px;align-items:center;padding:10px 0;background:var(--paper)}
.tools button{font:inherit;font-size:14px;color:var(--ink);background:var(--wash);border:1px solid var(--line);border-radius:99px;padding:5px 13px;cursor:pointer;display:inline-flex;gap:7px;align-items:center}
.tools button b{font-variant-numeric:tabular-nums}.tools button[aria-pressed=true]{border-color:var(--c,var(--blue));box-shadow:inset 0 0 0 1px var(--c,var(--blue))}
.tools button[aria-pressed=false]{opacity:.45}.tools input{font:inherit;font-size:14px;color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:99px;padding:5px 14px;width:min(280px,100%)}
:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
.mark{width:13px;height:13px;flex:none;display:inline-block;vertical-align:-1px}.mark *{stroke:var(--c);stroke-width:2.2;fill:none}.mark .full{fill:var(--c)}.mark .tick{stroke:var(--paper);stroke-width:2}
.meters{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px 26px;margin:14px 0 6px}.meter{font-size:13px;color:var(--soft)}.meter b{color:var(--ink);font-size:15px;font-variant-numeric:tabular-nums}
.meter i{display:block;height:5px;border-radius:3px;background:var(--line);margin-top:4px;overflow:hidden}.meter i i{margin:0;background:var(--blue)}
svg.weave{display:block;width:100%;min-width:980px;height:auto;font:12.5px system-ui,-apple-system,"Segoe UI",sans-serif}
svg.weave .head{fill:var(--soft);font-weight:600;font-size:13px}.thread path{fill:none;stroke:var(--c);opacity:.5;transition:opacity .12s}
.thread .loose{stroke-width:1;stroke-dasharray:1.5 5;opacity:.32}.s-planned .held{stroke-dasharray:9 3}.s-uncovered .held{stroke-dasharray:3 3}.s-verified .held{opacity:.72}
.node rect{fill:var(--soft)}.node.done rect{fill:var(--ink)}.node.missing rect{fill:url(#hatch);stroke:var(--u);stroke-width:1}.hatch0{fill:var(--paper)}.hatch1{stroke:var(--u);stroke-width:2.4}
.node text{fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:4.5px;stroke-linejoin:round}.node.missing text{fill:var(--u);font-weight:600}.node,.thread{cursor:pointer}
svg.weave.picked .thread path{opacity:.05}svg.weave.picked .thread.on path{opacity:1}svg.weave.picked .thread.on .loose{opacity:.8}svg.weave.picked .node{opacity:.18}svg.weave.picked .node.on{opacity:1}
.thread.off,.row.off,.group.off{display:none}
.said{min-height:3.1em;max-width:none;margin:4px 0 22px;padding:8px 14px;border-radius:8px;background:var(--wash);color:var(--soft)}.said b{color:var(--ink)}
.group{margin:0 0 26px}.group h3{font-size:16px;margin:0 0 4px;display:flex;gap:10px;align-items:baseline;flex-wrap:wrap}.group h3 span{color:var(--soft);font-weight:400;font-size:13px}
.row{display:grid;grid-template-columns:minmax(260px,2.3fr) repeat(4,minmax(0,1fr));gap:4px 16px;padding:9px 10px;border-top:1px solid var(--line);border-left:3px solid var(--c);font-size:14px}
.row.on{background:var(--wash)}.row>div{min-width:0}.row p{margin:0;max-width:none;overflow-wrap:anywhere}.group h3{overflow-wrap:anywhere}.row .id{font-weight:650;border:0;background:none;padding:0;color:var(--ink);font:inherit;font-weight:650;cursor:pointer}
.row small{color:var(--soft);display:block}.chips{display:flex;flex-direction:column;gap:4px;align-items:flex-start;min-width:0}.chip{font-size:12.5px;line-height:1.35;overflow-wrap:anywhere;color:var(--ink)}
.chip code{font-size:12px}.chip.none{color:var(--soft)}.tag.warn{border-color:var(--p);color:var(--p)}.ok{color:var(--v)}.bad{color:var(--u)}
.cols{display:grid;grid-template-columns:minmax(260px,2.3fr) repeat(4,minmax(0,1fr));gap:16px;padding:0 10px 6px 13px;color:var(--soft);font-size:13px;font-weight:600}
nav.specs{columns:3 240px;margin:18px 0}nav.specs a{display:block;break-inside:avoid;padding:3px 0;text-decoration:none}nav.specs span{color:var(--soft);font-size:13px}
.spec+.spec{border-top:2px solid var(--line);margin-top:48px;padding-top:8px}
@media (max-width:899px){.picture,.cols,.chips:has(.none){display:none}.row{grid-template-columns:1fr}.chips[data-name]:before{content:attr(data-name);color:var(--soft);font-size:12px}}
@media print{.tools,.said{display:none}.row,.group h3{break-inside:avoid}svg.weave{min-width:0}body{font-size:12px}}
@media (prefers-reduced-motion:reduce){.thread path{transition:none}}
"""

SCRIPT = """
(()=>{'use strict';
for(const spec of document.querySelectorAll('.spec')){
const all=q=>[...spec.querySelectorAll(q)],svg=spec.querySelector('svg.weave'),said=spec.querySelector('.said'),find=spec.querySelector('input[type=search]');
const rows=all('.row'),threads=all('.thread'),nodes=all('.node'),buttons=all('.tools button[data-s]');
const hint=said?said.textContent:'';let pinned=null;
const show=ids=>{const set=new Set(ids||[]);if(svg)svg.classList.toggle('picked',!!ids);
for(const t of threads)t.classList.toggle('on',set.has(t.dataset.c));
for(const n of nodes)n.classList.toggle('on',!!ids&&n.dataset.cs.split(' ').some(c=>set.has(c)));
for(const r of rows)r.classList.toggle('on',set.has(r.dataset.c));
if(!said)return;said.textContent='';if(!ids){said.textContent=hint;return}
if(set.size===1){const r=rows.find(x=>x.dataset.c===ids[0]);if(r){const b=document.createElement('b');b.textContent=ids[0]+'  ';said.append(b,r.querySelector('p').textContent,document.createElement('br'),r.querySelector('small').textContent)}}
else{const b=document.createElement('b');b.textContent=set.size+' criteria  ';said.append(b,[...set].join(', '))}};
const over=(el,ids)=>{el.addEventListener('mouseenter',()=>{if(!pinned)show(ids)});el.addEventListener('mouseleave',()=>{if(!pinned)show(null)});
el.addEventListener('click',e=>{e.stopPropagation();const same=pinned&&pinned.join()===ids.join();pinned=same?null:ids;show(pinned)})};
for(const t of threads)over(t,[t.dataset.c]);for(const n of nodes)over(n,n.dataset.cs.split(' '));
for(const r of rows){const id=r.querySelector('.id');id.addEventListener('click',()=>{pinned=[r.dataset.c];show(pinned);if(svg)svg.scrollIntoView({block:'nearest'})})}
document.addEventListener('click',e=>{if(pinned&&!e.target.closest('.row,.tools')){pinned=null;show(null)}});
document.addEventListener('keydown',e=>{if(e.key==='Escape'){pinned=null;show(null)}});
const sift=()=>{const on=new Set(buttons.filter(b=>b.getAttribute('aria-pressed')==='true').map(b=>b.dataset.s)),word=find.value.trim().toLowerCase(),kept=new Set();
for(const r of rows){const ok=on.has(r.dataset.s)&&(!word||r.textContent.toLowerCase().includes(word));r.classList.toggle('off',!ok);if(ok)kept.add(r.dataset.c)}
for(const t of threads)t.classList.toggle('off',!kept.has(t.dataset.c));
for(const g of all('.group'))g.classList.toggle('off',!g.querySelector('.row:not(.off)'));
const n=spec.querySelector('.kept');if(n)n.textContent=kept.size===rows.length?'':kept.size+' of '+rows.length+' shown'};
for(const b of buttons)b.addEventListener('click',()=>{b.setAttribute('aria-pressed',b.getAttribute('aria-pressed')!=='true');sift()});
if(find)find.addEventListener('input',sift);
}})();
"""
"""It works on the page's own elements alone and writes text only as text."""
