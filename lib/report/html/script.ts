/**
 * The scripts of the pages. All they do is extra: without them a page shows everything, in the order of its tables. They read no
 * text as markup, and the page's policy lets them reach nothing.
 */
const BASE = `
'use strict';
const root = document.documentElement;
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const on = (id, run) => document.getElementById(id).addEventListener('click', run);

function makeButton(text, run) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', run);
  return made;
}

function startTheme() {
  const theme = document.getElementById('theme');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark';
  const name = () => { theme.textContent = isDark() ? 'Light colours' : 'Dark colours'; };
  on('theme', () => { root.dataset.theme = isDark() ? 'light' : 'dark'; name(); });
  dark.addEventListener('change', name);
  name();
}

`;

const CLASSES_AND_TABLES = `
function startClasses() {
  const classes = all('details.class');
  const openAll = (open) => classes.forEach((part) => { part.open = open; });
  on('open', () => openAll(true));
  on('close', () => openAll(false));
  const openTarget = (hash) => {
    const part = document.getElementById(hash.slice(1));
    if (part instanceof HTMLDetailsElement) {
      part.open = true;
      part.scrollIntoView();
    }
  };
  // A click is listened to as well: a link that is followed a second time changes no hash.
  all('a[href^="#"]').forEach((link) => link.addEventListener('click', () => openTarget(link.hash)));
  addEventListener('hashchange', () => openTarget(location.hash));
  openTarget(location.hash);
  let closed = [];
  addEventListener('beforeprint', () => { closed = classes.filter((part) => !part.open); openAll(true); });
  addEventListener('afterprint', () => closed.forEach((part) => { part.open = false; }));
}

// What has no value comes last in either order.
function compare(kind, sign, a, b) {
  if (a === '' || b === '') return (a === '') - (b === '');
  return sign * (kind === 'number' ? a - b : a.localeCompare(b, undefined, { numeric: true }));
}

function sortBy(head) {
  const table = head.closest('table');
  const kind = head.dataset.sort;
  const first = kind === 'number' ? 'descending' : 'ascending';
  const other = kind === 'number' ? 'ascending' : 'descending';
  const order = head.getAttribute('aria-sort') === first ? other : first;
  all('th[aria-sort]', table).forEach((one) => one.removeAttribute('aria-sort'));
  head.setAttribute('aria-sort', order);
  const value = (row) => row.cells[head.cellIndex].dataset.value ?? '';
  const sign = order === 'ascending' ? 1 : -1;
  const rows = [...table.tBodies[0].rows].sort((a, b) => compare(kind, sign, value(a), value(b)));
  table.tBodies[0].append(...rows);
}

function startTables() {
  for (const head of all('table.sortable th[data-sort]')) {
    head.replaceChildren(makeButton(head.textContent, () => sortBy(head)));
  }
}

`;

const DIALOG = `
function startDialog() {
  const zoom = document.getElementById('zoom');
  let shown = null;
  const siblings = () => all('li:not([hidden]) > .entry', shown.closest('.gallery'));
  const show = (entry) => {
    shown = entry;
    const copy = entry.cloneNode(true);
    all('button', copy).forEach((one) => one.remove());
    zoom.querySelector('.stage').replaceChildren(copy);
    zoom.querySelector('.place').textContent = siblings().indexOf(entry) + 1 + ' of ' + siblings().length;
    zoom.setAttribute('aria-label', entry.dataset.name);
    if (!zoom.open) zoom.showModal();
  };
  const step = (by) => {
    const list = siblings();
    show(list[(list.indexOf(shown) + by + list.length) % list.length]);
  };
  for (const entry of all('.gallery .entry')) {
    const open = makeButton('Enlarge', () => show(entry));
    open.setAttribute('aria-label', 'Enlarge ' + entry.dataset.name);
    entry.querySelector('figcaption').append(open);
    // The focus comes back to the button when the dialog closes.
    entry.querySelector('.shots').addEventListener('click', () => { open.focus(); show(entry); });
  }
  on('previous', () => step(-1));
  on('next', () => step(1));
  on('shut', () => zoom.close());
  zoom.addEventListener('click', (event) => { if (event.target === zoom) zoom.close(); });
  zoom.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowLeft') step(-1);
    if (event.key === 'ArrowRight') step(1);
  });
}
`;

/** Shows the entries of the verdict and of the class that are chosen, and says how many they are. */
const FILTERS = `
function startFilters() {
  const entries = all('.judged > li');
  const chosen = { verdict: '', kind: '' };
  const apply = () => {
    let shown = 0;
    for (const entry of entries) {
      entry.hidden = Object.entries(chosen).some(([key, value]) => value !== '' && entry.dataset[key] !== value);
      shown += entry.hidden ? 0 : 1;
    }
    document.getElementById('shown').textContent = shown + ' shown';
  };
  for (const button of all('button[data-filter]')) {
    button.addEventListener('click', () => {
      chosen[button.dataset.filter] = button.value;
      for (const one of all('button[data-filter="' + button.dataset.filter + '"]')) {
        one.setAttribute('aria-pressed', String(one === button));
      }
      apply();
    });
  }
}
`;

/** The script of the page of an evaluation. */
export const SCRIPT = `${BASE}${CLASSES_AND_TABLES}${DIALOG}
root.classList.add('js');
startTheme();
startClasses();
startTables();
startDialog();
`;

/** The script of the page of judged pictures. */
export const JUDGED_SCRIPT = `${BASE}${DIALOG}${FILTERS}
root.classList.add('js');
startTheme();
startFilters();
startDialog();
`;
