/** The style sheet of the page, with the colours of heatmaps. */

import { COLORMAP_SIZE, colormap } from '../colormap.js';
import { COLD_END, WARM_START } from '../colour-scale.js';

/** Colours of a part of the colour map, as CSS takes them. */
function shades(from: number, to: number): string {
  const steps = [0, 0.25, 0.5, 0.75, 1];
  return steps
    .map((step) => {
      const at = 3 * Math.round((from + step * (to - from)) * (COLORMAP_SIZE - 1));
      return `rgb(${colormap.subarray(at, at + 3).join(' ')})`;
    })
    .join(', ');
}

/** One set of colours for light and dark, each pair with the contrast of WCAG AA. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f5f6f8, #0f1318);
  --card: light-dark(#ffffff, #171c23);
  --text: light-dark(#1a1f26, #e6eaef);
  --muted: light-dark(#525a64, #a6b0bc);
  --line: light-dark(#d3d8de, #36404b);
  --link: light-dark(#0b57a4, #7ab8ff);
  --normal: light-dark(#1f6fbf, #6cb2ff);
  --anomalous: light-dark(#b8480a, #ff9d52);
  --right: light-dark(#17652f, #5ed08a);
  --wrong: light-dark(#ab1d14, #ff8f85);
  --note: light-dark(#fff6e0, #2a2413);
  --note-line: light-dark(#b07c12, #b58a2c);
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif;
}
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
header .lead { margin: .5rem 0; color: var(--text); font-size: 1.25rem; font-weight: 600; line-height: 1.35; }
.glossary { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: .5rem 1.5rem; margin: 0; }
.glossary dt { font-weight: 650; }
.glossary dd { margin: 0; color: var(--muted); }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--card); z-index: 2; }
.skip:focus { left: 1rem; top: .5rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
body > header, nav, main, footer { max-width: 80rem; margin: 0 auto; padding: 0 1.25rem; }
body > header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: end; padding-top: 1.5rem; }
body > header > div:first-child { flex: 1 1 20rem; min-width: 0; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .75rem; font-size: 1.25rem; }
h3 { margin: 0; font-size: 1.05rem; overflow-wrap: anywhere; }
h4 { margin: 1.25rem 0 .1rem; font-size: .95rem; }
header p, .gallery-box p, .words, .none { margin: .2rem 0; color: var(--muted); }
footer { padding: 2rem 1.25rem; color: var(--muted); }
button {
  font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--muted);
  border-radius: 6px; padding: .3rem .75rem; cursor: pointer;
}
button:hover { border-color: var(--link); color: var(--link); }
.tools { display: flex; gap: .5rem; flex-wrap: wrap; }
.scripted { display: none; }
.js .scripted { display: flex; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: 0; margin: 1rem 0 0; list-style: none; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr)); gap: .75rem; margin: 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .75rem 1rem; }
.tile dt { color: var(--muted); font-size: .85rem; }
.tile dd { margin: 0; }
.tile strong { display: block; font-size: 1.6rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: .82rem; }
.notes { padding: 0; margin: .75rem 0 0; list-style: none; }
.notes li {
  background: var(--note); border-left: 4px solid var(--note-line); border-radius: 4px;
  padding: .5rem .75rem; margin-bottom: .5rem; overflow-wrap: anywhere;
}
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: .5rem 1.5rem; margin: 0; }
#origin .scroll { margin-top: 1rem; }
.facts dt { color: var(--muted); font-size: .82rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
code { font: .88em ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; overflow-wrap: anywhere; }
.scroll { position: relative; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin-bottom: 1rem; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-variant-numeric: tabular-nums; }
caption { overflow-wrap: anywhere; text-align: left; padding: .6rem .75rem; color: var(--muted); font-size: .85rem; }
#metrics th, #metrics td { padding-inline: .3rem; }
th, td { padding: .35rem .5rem; text-align: left; border-top: 1px solid var(--line); vertical-align: baseline; }
thead th { font-size: .85rem; vertical-align: bottom; }
tbody th { font-weight: 500; overflow-wrap: anywhere; }
.scroll tr > th:first-child { position: sticky; left: 0; min-width: 7rem; background: var(--card); }
tfoot th, tfoot td { border-top: 2px solid var(--muted); font-weight: 650; }
.number { text-align: right; white-space: nowrap; }
thead .wraps { white-space: normal; }
.source { white-space: nowrap; }
.words { margin-bottom: .5rem; font-size: .88rem; }
tfoot small { display: block; font-weight: 400; color: var(--muted); }
th button { all: unset; cursor: pointer; font-weight: 650; }
th button:hover { color: var(--link); }
th button:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
th button::after { content: "\\2195"; margin-left: .3em; color: var(--muted); }
th[aria-sort="ascending"] button::after { content: "\\2191"; color: var(--text); }
th[aria-sort="descending"] button::after { content: "\\2193"; color: var(--text); }
.wrong { color: var(--wrong); font-weight: 650; }
.right { color: var(--right); }
details.class { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin-bottom: .75rem; padding: 0 1rem; }
details.class[open] { padding-bottom: 1rem; }
summary { cursor: pointer; padding: .7rem 0; }
summary h3 { display: inline; margin-right: .75rem; }
summary span { color: var(--muted); font-size: .88rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 1rem; }
.chart-box { margin: 0; min-width: 0; }
.chart-box figcaption { font-weight: 650; font-size: .9rem; }
.chart { display: block; width: 100%; height: auto; }
.chart text { font-size: 11px; fill: var(--muted); }
.chart .axis { font-size: 11.5px; fill: var(--text); }
.grid { stroke: var(--line); stroke-width: 1; }
.frame { fill: none; stroke: var(--muted); stroke-width: 1; }
.zero { stroke: var(--muted); stroke-width: 1; }
.curve { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
.image { stroke: var(--normal); }
.pixel { stroke: var(--anomalous); stroke-dasharray: 7 4; }
.pro { stroke: var(--normal); }
.mark { fill: var(--card); stroke: var(--text); stroke-width: 2; }
.bar-normal { fill: var(--normal); }
.bar-anomalous { fill: url(#hatch); stroke: var(--anomalous); stroke-width: 1; }
.hatch-line { stroke: var(--anomalous); stroke-width: 2.4; }
.threshold { stroke: var(--text); stroke-width: 1.8; stroke-dasharray: 5 3; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: 0 0 0 2.5rem; margin: 0; list-style: none; font-size: .82rem; color: var(--muted); }
.legend li { display: flex; align-items: center; gap: .4rem; }
.key { width: 28px; height: 12px; flex: none; overflow: visible; }
#origin h3 { margin: 1rem 0 0; }
.confusion { border: 1px solid var(--line); }
.confusion th, .confusion td { padding: .35rem .5rem; white-space: normal; overflow-wrap: normal; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 25rem), 1fr)); gap: .75rem; padding: 0; margin: .5rem 0 0; list-style: none; }
.entry { margin: 0; border: 1px solid var(--line); border-radius: 8px; padding: .6rem; height: 100%; }
.shots { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: .4rem; }
.shots.wide { grid-auto-flow: row; }
.shots.wide .missing { min-height: 2rem; }
.shots.tall .shot img { width: auto; max-width: 100%; max-height: 30rem; margin-inline: auto; }
.filters { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .5rem 0; }
.filters button[aria-pressed="true"] { border-color: var(--link); color: var(--link); font-weight: 650; }
.judged .verdict { font-size: 1.05rem; }
.js .gallery .shots { cursor: zoom-in; }
.shot { display: flex; flex-direction: column; text-align: center; font-size: .78rem; color: var(--muted); min-width: 0; min-height: 0; }
.shot img { display: block; width: 100%; height: auto; border-radius: 4px; outline: 1px solid var(--line); outline-offset: -1px; }
.missing {
  display: grid; place-items: center; flex: 1; min-height: 4rem; border: 1px dashed var(--muted); border-radius: 4px; padding: .3rem;
}
.entry figcaption { display: flex; flex-wrap: wrap; gap: .1rem .75rem; align-items: baseline; margin-top: .4rem; font-size: .85rem; }
.entry .path { flex: 1 1 calc(100% - 6.5rem); color: var(--muted); overflow-wrap: anywhere; }
.score { font-variant-numeric: tabular-nums; }
.verdict { font-weight: 650; }
.colours { display: flex; max-width: 24rem; margin: .3rem 0 .6rem; font-size: .8rem; font-weight: 650; }
.colours span { flex: 1; padding: .1rem .5rem; text-align: center; }
.colours .cold { color: #fff; background: linear-gradient(to right, ${shades(0, COLD_END)}); }
.colours .warm { flex: 2; color: #000; background: linear-gradient(to right, ${shades(WARM_START, 1)}); }
.kind { overflow-wrap: anywhere; }
.entry button { padding: .05rem .5rem; font-size: .8rem; margin-left: auto; }
dialog { max-width: none; max-height: none; width: 100vw; height: 100dvh; border: 0; padding: .75rem; background: var(--card); color: var(--text); }
dialog[open] { display: flex; flex-direction: column; }
dialog .stage { flex: 1; min-height: 0; }
dialog .entry { display: flex; flex-direction: column; border: 0; padding: 0; }
/* The heatmap as large as the screen, picture and mask beside it. */
dialog .shots { flex: 1; min-height: 0; grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); grid-template-rows: repeat(2, minmax(0, 1fr)); }
dialog .shot:nth-child(3) { grid-area: 1 / 1 / 3 / 2; }
dialog .shots.pair { grid-template-rows: minmax(0, 1fr); }
dialog .pair .shot:nth-child(2) { grid-area: 1 / 1 / 2 / 2; }
dialog .shots.wide { grid-template-columns: repeat(2, minmax(0, 1fr)); grid-template-rows: minmax(0, 2fr) minmax(0, 1fr); }
dialog .wide .shot:nth-child(3), dialog .pair.wide .shot:nth-child(2) { grid-area: 1 / 1 / 2 / 3; }
dialog .pair.wide .shot:nth-child(1) { grid-area: 2 / 1 / 3 / 3; }
dialog .shots.tall:not(.pair) { grid-template-columns: repeat(3, minmax(0, 1fr)); grid-template-rows: minmax(0, 1fr); }
dialog .tall:not(.pair) .shot:nth-child(3) { grid-area: auto; }
dialog .shot { font-size: .9rem; }
dialog .shot img { flex: 1; min-height: 0; object-fit: contain; object-position: bottom; outline: 0; }
dialog .shots.tall .shot img { width: 100%; max-height: none; }
dialog .bar { display: flex; gap: .5rem; justify-content: flex-end; margin-bottom: .5rem; }
dialog .place { flex: 1; color: var(--muted); align-self: center; }
.defs { position: absolute; width: 0; height: 0; overflow: hidden; }
@media (max-width: 40rem) {
  body { font-size: 14px; }
  th, td { padding: .3rem .5rem; }
  .scroll tr > th:first-child { min-width: 5.5rem; max-width: 40vw; }
  dialog .shots { grid-auto-flow: row; grid-template-columns: repeat(2, minmax(0, 1fr)); grid-template-rows: minmax(0, 2fr) minmax(0, 1fr); }
  dialog .shot:nth-child(3) { grid-area: 1 / 1 / 2 / 3; }
  dialog .shots.wide:not(.pair) { grid-template-columns: minmax(0, 1fr); grid-template-rows: repeat(3, minmax(0, 1fr)); }
  dialog .wide:not(.pair) .shot:nth-child(3) { grid-area: 1 / 1 / 2 / 2; }
  .legend { padding-left: 0; }
  .gallery { grid-template-columns: minmax(0, 1fr); }
}
@media print {
  :root, :root[data-theme] { color-scheme: only light; --page: #fff; --note: #fff; }
  @page { margin: 14mm; }
  body { font-size: 1rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  :root { font-size: 11px; }
  .tools, .js .scripted, nav, .skip, dialog, .entry button, th button::after { display: none; }
  body > header, main, footer { max-width: none; padding: 0; }
  details.class { border: 0; padding: 0; }
  details::details-content { content-visibility: visible; block-size: auto; height: auto; }
  .scroll { overflow: visible; border: 0; }
  .charts { grid-template-columns: repeat(3, 1fr); }
  .gallery { grid-template-columns: repeat(2, 1fr); }
  figure, .tile, .glossary > div, tr, .confusion, .words, .notes li, .facts > div { break-inside: avoid; }
  h2, h3, h4, summary, caption, .words, .gallery-box p { break-after: avoid; }
  tfoot { display: table-row-group; }
  .tiles { grid-template-columns: repeat(3, 1fr); }
  a { color: inherit; text-decoration: none; }
  th, td { padding: .2rem .3rem; }
  .scroll tr > th:first-child { position: static; }
  .scroll { break-inside: avoid; }
  thead { display: table-row-group; }
}
`;
