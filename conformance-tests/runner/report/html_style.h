// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the HTML page looks, and its one script.

#include <string_view>

namespace runner::report {

inline constexpr std::string_view html_style = R"css(
:root{--ground:#fff;--panel:#f6f8fa;--ink:#1b2129;--quiet:#535d68;--line:#d5dbe1;--link:#0550ae;
--pass:#116329;--pass-b:#dafbe1;--pass-f:#2da44e;--warning:#704a00;--warning-b:#fff1c7;--warning-f:#d4a72c;--skip:#4d5660;--skip-b:#e9edf1;--skip-f:#afb8c1;
--limit:#0550ae;--limit-b:#dcefff;--limit-f:#54aeff;--fail:#9a0c22;--fail-b:#ffe9e7;--fail-f:#cf222e;--error:#6a1b86;--error-b:#f8e9ff;--error-f:#8e44c4}
@media (prefers-color-scheme:dark){:root{--ground:#0f141a;--panel:#171d25;--ink:#e4eaf0;--quiet:#a0abb6;--line:#303943;--link:#79b8ff;
--pass:#7ee2a0;--pass-b:#0f3a20;--pass-f:#3fb950;--warning:#f2cc60;--warning-b:#40300a;--warning-f:#d29922;--skip:#b4bec8;--skip-b:#29313a;--skip-f:#6e7681;
--limit:#9ecbff;--limit-b:#10305a;--limit-f:#388bfd;--fail:#ffaba3;--fail-b:#561318;--fail-f:#f85149;--error:#e2b6ff;--error-b:#421a58;--error-f:#a371f7}}
*{box-sizing:border-box}
html{color-scheme:light dark;scroll-behavior:smooth}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
header,main,footer{max-width:76rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.2rem}
a{color:var(--link)}
h1{font-size:1.9rem;line-height:1.2;margin:.1rem 0 1.2rem;font-weight:650;letter-spacing:-.01em}
h2{font-size:1.25rem;margin:2.4rem 0 .7rem;font-weight:650}
h2 small{font-weight:400;font-size:.9rem;color:var(--quiet);margin-left:.6rem}
h5{margin:0 0 .2rem;font-size:.8rem;font-weight:600;color:var(--quiet)}
p{margin:.3rem 0}
.kind{color:var(--quiet);margin:0;font-size:.95rem}
.verdict{display:flex;gap:1rem;align-items:center;padding:1rem 1.3rem;border-radius:10px;border-left:8px solid;margin-bottom:1.3rem}
.verdict strong{font-size:1.35rem;white-space:nowrap}
.verdict span{color:var(--ink)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:1rem 2rem;margin:0}
.facts dt{color:var(--quiet);font-size:.85rem}
.facts dd{margin:0;font-weight:550;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
th,td{padding:.5rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-size:.85rem;font-weight:600;color:var(--quiet);white-space:nowrap}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
td.zero{color:var(--quiet);opacity:.65}
td.what{color:var(--quiet);font-size:.88rem;max-width:24rem}
tfoot td.what{color:var(--ink);font-size:1rem}
td.what b{display:block;color:var(--ink);font-size:1rem}
tfoot td{font-weight:650;border-bottom:0}
.bar{display:flex;width:9rem;height:.75rem;border-radius:.4rem;overflow:hidden;background:var(--skip-b);margin-top:.4rem}
.bar i{display:block;min-width:2px}
.badge{display:inline-block;min-width:5.3rem;padding:.05rem .55rem;border-radius:1rem;font-size:.82rem;font-weight:650;text-align:center;white-space:nowrap;flex:none}
.pass{color:var(--pass);background:var(--pass-b)}.warning{color:var(--warning);background:var(--warning-b)}.skip{color:var(--skip);background:var(--skip-b)}
.limit{color:var(--limit);background:var(--limit-b)}.fail{color:var(--fail);background:var(--fail-b)}.error{color:var(--error);background:var(--error-b)}
.f-pass{background:var(--pass-f)}.f-warning{background:var(--warning-f)}.f-skip{background:var(--skip-f)}.f-limit{background:var(--limit-f)}.f-fail{background:var(--fail-f)}.f-error{background:var(--error-f)}
.legend{display:flex;flex-wrap:wrap;gap:.5rem 1.6rem;font-size:.88rem;color:var(--quiet);padding:0;margin:.9rem 0 0;list-style:none}
.problems{list-style:none;padding:0;margin:0}
.problems li{display:flex;gap:.8rem;padding:.45rem 0;border-bottom:1px solid var(--line);align-items:baseline}
.problems div{overflow-wrap:anywhere;min-width:0}
.problems small{display:block;color:var(--quiet)}
.filter{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;background:var(--ground);padding:.7rem 0;margin-top:1.6rem;border-bottom:1px solid var(--line)}
.filter button,.filter input{font:inherit;font-size:.9rem;padding:.3rem .8rem;border:1px solid var(--line);border-radius:.5rem;background:var(--panel);color:var(--ink)}
.filter button{cursor:pointer}
.filter button[aria-pressed=true]{background:var(--ink);color:var(--ground);border-color:var(--ink)}
.filter input{flex:1;min-width:12rem}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
summary{cursor:pointer;display:flex;gap:.8rem;align-items:baseline;list-style:none;overflow-wrap:anywhere}
summary::-webkit-details-marker{display:none}
summary .name{flex:1}
summary::after{content:"+";width:1rem;text-align:right;color:var(--quiet);font-weight:600;flex:none}
details[open]>summary::after{content:"\2212"}
summary .took,summary .sum{color:var(--quiet);font-size:.85rem;white-space:nowrap;flex:none}
.case{border:1px solid var(--line);border-radius:10px;margin:.6rem 0;background:var(--panel)}
.case>summary{padding:.7rem 1rem}
.case>summary .name,.test>summary .name{min-width:0}
.case,.test,section.suite{scroll-margin-top:4.5rem}
.case>summary .name b{font-weight:600}
.case>summary .name small{display:block;color:var(--quiet)}
.case>.inside{padding:.2rem 1rem 1rem}
.test{background:var(--ground);border:1px solid var(--line);border-radius:8px;margin:.4rem 0}
.test>summary{padding:.45rem .8rem}
.test>summary .name small{display:block;color:var(--quiet)}
.test>.inside{padding:0 .8rem .7rem}
.source{font-size:.85rem;color:var(--quiet);overflow-wrap:anywhere}
code,pre{font-family:ui-monospace,"SF Mono","DejaVu Sans Mono","Liberation Mono",Menlo,Consolas,monospace;font-size:.85em}
ol.steps{margin:.3rem 0;padding:0;list-style:none}
ol.steps>li{padding:.3rem 0;border-top:1px solid var(--line)}
.step{display:flex;gap:.7rem;align-items:baseline}
.step .what{min-width:0;overflow-wrap:anywhere}
.step .badge{min-width:4.6rem;font-size:.75rem}
.step .message{display:block}
.step .took{margin-left:auto;color:var(--quiet);font-size:.8rem;white-space:nowrap;flex:none}
.exchange{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr));gap:.8rem;margin:.5rem 0}
.exchange>div{min-width:0}
pre{margin:0;padding:.7rem;background:var(--panel);border:1px solid var(--line);border-radius:6px;overflow:auto;max-height:30rem;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.4}
footer{color:var(--quiet);font-size:.85rem;padding-top:2.5rem;padding-bottom:2.5rem}
[hidden]{display:none!important}
@media (max-width:46rem){.hide-small{display:none}summary{flex-wrap:wrap}}
@media print{body{font-size:10pt}header,main,footer{max-width:none;padding:0}.filter,summary::after{display:none}.case{break-inside:auto;background:none}
.badge,.bar,.bar i,.verdict{print-color-adjust:exact;-webkit-print-color-adjust:exact}pre{max-height:none}.problems li,.step,tr{break-inside:avoid}a{color:inherit;text-decoration:none}}
)css";

// Shows the tests of one verdict, or those that hold a word. Without it everything is there to be read.
inline constexpr std::string_view html_script = R"js(
(function(){
var bar=document.getElementById('filter'),word=bar.querySelector('input'),buttons=bar.querySelectorAll('button'),wanted='';
var opened=new Map();document.querySelectorAll('.case').forEach(function(c){opened.set(c,c.open)});
function apply(){
var text=word.value.trim().toLowerCase(),any=wanted||text;
document.querySelectorAll('.case').forEach(function(c){
var some=false,whole=text&&c.firstElementChild.textContent.toLowerCase().indexOf(text)>=0;
c.querySelectorAll('.test').forEach(function(t){
var fits=(!wanted||wanted.split(' ').indexOf(t.dataset.verdict)>=0)&&(!text||whole||t.textContent.toLowerCase().indexOf(text)>=0);
t.hidden=!fits;some=some||fits});
c.hidden=any?!some:false;c.open=any?some:opened.get(c)});
document.querySelectorAll('section.suite').forEach(function(s){s.hidden=any&&!s.querySelector('.case:not([hidden])')})}
buttons.forEach(function(b){b.addEventListener('click',function(){wanted=b.dataset.show;
buttons.forEach(function(o){o.setAttribute('aria-pressed',o===b)});apply()})});
word.addEventListener('input',apply);bar.hidden=false;
function follow(){var e=location.hash&&document.getElementById(location.hash.slice(1));
for(var p=e;p;p=p.parentElement)if(p.tagName==='DETAILS')p.open=true;if(e)e.scrollIntoView()}
window.addEventListener('hashchange',follow);follow()})();
)js";

}  // namespace runner::report
