/**
 * What every page is in: one file that reaches for nothing. Its policy forbids every request and every script but its own,
 * whatever a class or a file is called.
 */
import { createHash } from 'node:crypto';
import { html, Markup } from '../markup.js';
import { STYLE } from './style.js';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function policyOf(script: string): string {
  return [
    "default-src 'none'",
    'img-src data:',
    `style-src 'sha256-${sha256(STYLE)}'`,
    `script-src 'sha256-${sha256(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Where entries of galleries are enlarged. */
export const DIALOG = html`<dialog id="zoom">
<div class="bar"><span class="place" aria-live="polite"></span><button type="button" id="previous">Previous</button><button type="button" id="next">Next</button><button type="button" id="shut" autofocus>Close</button></div>
<div class="stage"></div>
</dialog>`;

/** A page as text. */
export function wholePage(title: string, body: Markup, script: string): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="dinomaly">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${body}
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}
