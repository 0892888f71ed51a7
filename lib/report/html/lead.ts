/** The first sentence of the page, in words that need no explanation. */
import { type ClassDecisions, sumConfusions } from '../decisions.js';
import { html, type Markup } from '../markup.js';

/** `Of 63 bad parts 62 were found`. */
function foundWords(found: number, bad: number): string | null {
  const all = bad === 1 ? 'Of 1 bad part' : `Of ${bad.toLocaleString('en-US')} bad parts`;
  return bad === 0 ? null : `${all} ${found.toLocaleString('en-US')} ${found === 1 ? 'was' : 'were'} found`;
}

/** `of 20 good parts 1 would be rejected`. */
function rejectedWords(rejected: number, good: number): string | null {
  const all = good === 1 ? 'of 1 good part' : `of ${good.toLocaleString('en-US')} good parts`;
  return good === 0 ? null : `${all} ${rejected === 0 ? 'none' : rejected.toLocaleString('en-US')} would be rejected`;
}

/** What the evaluation came to, as one would say it. */
export function leadWords(decisions: readonly ClassDecisions[]): string {
  const total = sumConfusions(decisions);
  if (total === null) {
    return 'Which parts would be rejected cannot be told: there is no threshold to decide by.';
  }
  const { truePositives, falseNegatives, falsePositives, trueNegatives } = total;
  const words = [
    foundWords(truePositives, truePositives + falseNegatives),
    rejectedWords(falsePositives, falsePositives + trueNegatives),
  ];
  const said = words.filter((word) => word !== null).join('; ');
  const sentence = `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
  const chosen = decisions.some(({ source }) => source === 'f1-optimal');
  return chosen ? `${sentence} The limit was chosen on these very parts: new ones will fare worse.` : sentence;
}

/** The sentence, before everything else. */
export function lead(decisions: readonly ClassDecisions[]): Markup {
  return html`<p class="lead">${leadWords(decisions)}</p>`;
}
