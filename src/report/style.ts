/** How the page looks: on a telephone and a desk, in the light and in the dark, on paper. */
import { DARK, LIGHT, variables } from './colours.js';

export const STYLE = `
:root{color-scheme:light dark;${variables(LIGHT)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK)}}}
@media print{:root{color-scheme:light;${variables(LIGHT)};--page:#ffffff}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:72rem;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere;text-size-adjust:100%;-webkit-text-size-adjust:100%}
header,section{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:1.25rem 1.5rem;margin:0 0 1.25rem}
header{border-left:8px solid var(--bad)}
header.complete{border-left-color:var(--good)}
header.stopped{border-left-color:var(--odd)}
h1,h2,h3{line-height:1.25;margin:0}
h1{font-size:1.6rem;letter-spacing:-.01em}
h2{font-size:1.2rem;margin-bottom:.5rem}
h3{font-size:.95rem;font-weight:600}
p{margin:.4rem 0 .8rem;max-width:46rem}
p:last-child{margin-bottom:0}
code,pre{font-family:ui-monospace,"Cascadia Mono","SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em}
.what,.feeds,caption,.none,.times,.ends{color:var(--muted);font-size:.85rem}
.what{margin:0 0 .2rem}
.sign{color:var(--bad)}
.complete .sign,.state.complete{color:var(--good)}
.stopped .sign,.state.reading,.state.waiting{color:var(--odd)}
.state.incomplete,.bad{color:var(--bad);font-weight:600}
.state{white-space:nowrap}
dl{margin:1rem 0 0;display:grid;gap:.75rem 1.5rem}
dt{color:var(--muted);font-size:.8rem}
dd{margin:0}
.figures{grid-template-columns:repeat(auto-fit,minmax(7rem,1fr))}
.figures dd{font-size:1.4rem;font-weight:600;line-height:1.2;overflow-wrap:normal}
.circumstances{grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));border-top:1px solid var(--line);padding-top:1rem;font-size:.9rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;padding:0 0 .6rem;max-width:60rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-top:1px solid var(--line);font-weight:400}
thead th{color:var(--muted);font-size:.8rem;vertical-align:bottom;border-top:0}
tfoot th,tfoot td{border-top:2px solid var(--line);font-weight:600}
th:last-child,td:last-child{padding-right:0}
.number{text-align:right;white-space:nowrap}
thead th{overflow-wrap:normal}
thead .number{white-space:normal}
.drawn{width:34%;padding-left:.75rem}
.bar{width:24%;padding-left:.75rem}
.note td{border-top:0;padding:0 0 .6rem}
.todo{display:block}
.todo b{font-weight:600}
.warnings{margin:0;padding:0;list-style:none}
.warnings li{padding:.5rem 0 .5rem .9rem;border-left:4px solid var(--odd);margin:0 0 .6rem}
.times{white-space:nowrap;border:1px solid var(--line);border-radius:1em;padding:0 .5em}
.legend,.facts{list-style:none;margin:0;padding:0;font-size:.85rem}
.legend{margin:0 0 1rem;display:flex;flex-wrap:wrap;gap:.15rem 1.25rem}
.legend svg{vertical-align:-2px;margin-right:.2rem}
figure{margin:0;padding:1rem 0 .5rem;border-top:1px solid var(--line)}
figcaption{display:grid;grid-template-columns:1fr auto;gap:0 1.5rem;margin-bottom:.5rem}
.feeds{margin:0;text-align:right}
.facts{grid-column:1/-1;color:var(--muted)}
.facts li{display:inline}
.facts b{color:var(--text);font-size:1rem}
.facts li:not(:last-child)::after{content:" · "}
.facts .bad{white-space:nowrap}
svg{display:block}
.legend svg{display:inline}
.aside{position:absolute}
.chart{overflow:visible;margin-left:3rem;width:calc(100% - 3rem)}
svg text{fill:var(--muted);font-size:11px}
.mid{text-anchor:middle}
.scale{text-anchor:end}
.sent{fill:var(--sent);stroke:var(--sent);stroke-width:1;vector-effect:non-scaling-stroke}
.mark{stroke:var(--line)}
.base{stroke:var(--muted)}
.most,.pace{stroke:var(--text);stroke-width:1.25;fill:none}
.pace{stroke-dasharray:5 4}
.stem,.dot{fill:none;stroke:var(--bad);vector-effect:non-scaling-stroke}
.dot{stroke-width:8;stroke-linecap:round}
.range{overflow:visible}
.range .track{stroke:var(--line);stroke-width:2}
.range .data{stroke:var(--sent);stroke-width:6;stroke-linecap:round}
.ends{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem}
.answered{fill:var(--sent)}
.waited{fill:url(#hatch)}
.backed{fill:none;stroke:var(--bad);stroke-width:2}
.ground{fill:var(--panel)}
.stroke{stroke:var(--other);stroke-width:5}
summary{cursor:pointer;font-weight:600;padding:.25rem 0}
:focus-visible{outline:2px solid var(--sent);outline-offset:2px}
pre{margin:.5rem 0 0;padding:1rem;background:var(--page);border:1px solid var(--line);border-radius:6px;overflow:auto;max-height:30rem;font-size:.8rem;line-height:1.45;user-select:all;-webkit-user-select:all;overflow-wrap:normal}
@media (max-width:46rem){
body{padding:.75rem;font-size:15px}
header,section{padding:1rem}
h1{font-size:1.3rem}
.figures{grid-template-columns:repeat(auto-fit,minmax(5.5rem,1fr))}
.circumstances{grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr))}
.figures dd{font-size:1.15rem}
figcaption{grid-template-columns:1fr}
.feeds{text-align:left}
table,tbody,tfoot,caption{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;padding:.6rem 0;border-top:1px solid var(--line)}
tfoot tr{border-top-width:2px}
tr.note{border-top:0;padding-top:0}
th,td,td.drawn,td.bar,tfoot th,tfoot td{border:0;padding:0}
th.name,td.drawn,td.bar,.note td{flex:1 0 100%;width:100%}
td.number::before{content:attr(data-label) " ";color:var(--muted);font-weight:400}
td:empty{display:none}
}
@media print{
body{padding:0;max-width:none;font-size:10pt}
header,section{border-radius:0;break-inside:auto}
h2{break-after:avoid}
figure,tr,.warnings li{break-inside:avoid}
tfoot{display:table-row-group}
header,svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}
details:not([open]){display:none}
}
`;
