import type { Cell, Report, Rule, Section, Table } from './report.ts';

/** Rows of a table that a page shows; the CSV files have all. */
const ROWS_SHOWN_MAX = 500;

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; }
section { margin-top: 2.5rem; border-top: 1px solid #8888; }
.rules { padding: 0; list-style: none; }
.rules li { display: inline-block; margin: 0 .5rem .25rem 0; padding: .1rem .5rem; border: 1px solid #8888; border-radius: .25rem; font-size: .85rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; font-size: .85rem; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.none { opacity: .8; }
@media print { body { max-width: none; margin: 0; } section { break-inside: auto; } tr { break-inside: avoid; } }
`;

/** One page that needs nothing else, to be read, printed or kept. */
export function formatHtml(report: Report): string {
  const { title, fromMs, toMs, madeAtMs, checkpoints, sections } = report;
  const lines = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // The page shows names that clients chose: nothing in it may run or be loaded.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${escape(title)}</h1>`,
    `<p>From ${formatInstant(fromMs)} until before ${formatInstant(toMs)}, made at ${formatInstant(madeAtMs)} from the ledger alone.
This report is evidence for people who judge. It does not say that anybody complies with a rule, and holds no statements, no values of targets and no free text.</p>`,
    formatTable({
      id: 'checkpoints',
      title: 'Computed from these checkpoints',
      columns: ['Log', 'Entries', 'Root'],
      rows: checkpoints.map(({ log, size, root }) => [log, size, root]),
      omitted: 0,
    }),
    '<nav aria-label="Sections"><ul>',
    ...sections.map(
      ({ id, title: name }) => `<li><a href="#${escape(id)}">${escape(name)}</a></li>`,
    ),
    '</ul></nav>',
    ...sections.map(formatSection),
    '</main>',
    '</body>',
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}

function formatSection({ id, title, rules, notes, tables }: Section): string {
  return [
    `<section id="${escape(id)}" aria-labelledby="${escape(id)}-title">`,
    `<h2 id="${escape(id)}-title">${escape(title)}</h2>`,
    `<ul class="rules">${rules.map(formatRule).join('')}</ul>`,
    ...notes.map((note) => `<p>${escape(note)}</p>`),
    ...tables.map(formatTable),
    '</section>',
  ].join('\n');
}

function formatRule({ citation, title, state }: Rule): string {
  const mark = state === 'proposed' ? ' <strong>(proposed)</strong>' : '';
  return `<li>${escape(citation)} ${escape(title)}${mark}</li>`;
}

function formatTable({ title, columns, rows, omitted }: Table): string {
  if (rows.length === 0) return `<p class="none"><strong>${escape(title)}:</strong> none</p>`;
  const shown = rows.slice(0, ROWS_SHOWN_MAX);
  const more = rows.length - shown.length;
  return [
    `<div class="table" role="region" tabindex="0" aria-label="${escape(title)}"><table><caption>${escape(title)}</caption>`,
    `<thead><tr>${columns.map((name) => `<th scope="col">${escape(name)}</th>`).join('')}</tr></thead>`,
    '<tbody>',
    ...shown.map((row) => `<tr>${row.map(formatCell).join('')}</tr>`),
    '</tbody></table></div>',
    ...(more > 0 ? [`<p>${more} more rows stand in the CSV files.</p>`] : []),
    ...(omitted > 0 ? [`<p>${omitted} more were counted and are not listed anywhere.</p>`] : []),
  ].join('\n');
}

function formatCell(cell: Cell): string {
  return typeof cell === 'number' ? `<td class="number">${cell}</td>` : `<td>${escape(cell)}</td>`;
}

function formatInstant(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `<time datetime="${iso}">${iso}</time>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
