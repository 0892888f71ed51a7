/** What the words of the page mean, for those who meet them for the first time. */
import { html, type Markup } from '../markup.js';

const WORDS: readonly (readonly [word: string, meaning: string])[] = [
  ['Good, normal', 'A part without a defect.'],
  ['Bad, anomalous', 'A part with a defect.'],
  ['Score', 'One number for a picture: how unlike a good part its most unusual area is. The higher, the more unusual.'],
  ['Threshold', 'The limit of the score: a picture above it is called bad, any other good.'],
  [
    'Verdict',
    'What the model says of a picture: GOOD or BAD, and UNKNOWN PART where it looks like nothing that it was trained on.',
  ],
  ['Found', 'A bad part that is called bad.'],
  ['False accept', 'A bad part that is called good, and so slips through.'],
  ['False reject', 'A good part that is called bad, and so is thrown away.'],
  [
    'Heatmap',
    'The picture under colours: blue where it looks normal, yellow to red where it does not. In a picture that is called good nothing is yellow or red.',
  ],
  ['Outline', 'The area for which a picture is called bad.'],
  ['Mask', 'Where a person has marked the defect; what heatmaps are compared with.'],
  ['I- and P-', 'In front of a name: counted over pictures (images), or over their pixels.'],
  [
    'AUROC',
    'How well scores set bad apart from good, whatever the threshold: 100 % is perfect, 50 % is chance. The area under the ROC curve.',
  ],
  [
    'AP',
    'Average precision, the area under the precision-recall curve: as AUROC, but it counts false alarms more where bad ones are few.',
  ],
  ['F1max', 'The best balance of defects found and false alarms that any threshold reaches: 100 % is perfect.'],
  [
    'AUPRO',
    'How much of each defect the map covers, small ones counting as much as large ones, at few false alarms: 100 % is perfect.',
  ],
  ['Precision, recall', 'The share of alarms that are right, and the share of defects that are found.'],
  ['True and false positive rate', 'The share of bad ones called bad, and the share of good ones called bad.'],
];

/** A list at the end of the page. */
export function glossarySection(): Markup {
  return html`<section id="glossary" aria-labelledby="glossary-title">
<h2 id="glossary-title">What the words mean</h2>
<dl class="glossary">
${WORDS.map(([word, meaning]) => html`<div><dt>${word}</dt><dd>${meaning}</dd></div>`)}
</dl>
</section>`;
}
