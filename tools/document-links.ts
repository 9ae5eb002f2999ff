import path from 'node:path/posix';
import type { Complaint } from './complaint.ts';
import type { SourceFile } from './source-file.ts';

/** A line that begins or ends code. What is in between says nothing, links included. */
const FENCED = /^ *(```+|~~~+)[^\n]*\n[^]*?^ *\1 *$/gm;

/** Code within a paragraph. */
const QUOTED = /(`+)(?:(?!\n\s*\n)[^])+?\1/g;

/** Where a link or a picture leads: behind its text, or on a line of its own behind its name. */
const TARGET = /\]\(\s*<?([^)\s>]+)|^ {0,3}\[[^\]\n]+\]:\s*<?([^\s>]+)/gm;

/** A file or folder of ours that is spoken of by its path from the top; of a pattern, the folder. */
const NAMED_PATH =
  /(?<![\w./-])(?:bench|demo|deploy|examples|src|test|tools)\/[\w/.-]*\w(?![\w*{<-])/g;

/** `https:`, `mailto:`: elsewhere. */
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/**
 * Checks that links between the repository's documents lead somewhere: to a file or folder that is there, and to a heading
 * that it has. So must a path that is only named. What is elsewhere is not asked for.
 *
 * @param documents All of the repository.
 * @param exists Whether a path, relative to the checkout, is there.
 */
export function findLinkComplaints(
  documents: readonly SourceFile[],
  exists: (path: string) => boolean,
): Complaint[] {
  const headings = new Map(documents.map(({ path: place, text }) => [place, listAnchors(text)]));
  return documents.flatMap((document) => [
    ...listLinks(document.text).flatMap(({ target, line }) => {
      const place = resolveLink(document.path, target);
      const wrong = exists(place.path)
        ? describeAnchor(place, headings.get(place.path))
        : `there is no ${place.path}`;
      if (wrong === undefined) return [];
      return [{ file: document.path, line, message: `links to ${target}: ${wrong}` }];
    }),
    ...listNamedPaths(document.text)
      .filter(({ target }) => !exists(target))
      .map(({ target, line }) => ({
        ...{ file: document.path, line },
        message: `names ${target}, which is not there`,
      })),
  ]);
}

function describeAnchor(
  { path: place, anchor }: Place,
  anchors: ReadonlySet<string> | undefined,
): string | undefined {
  if (anchor === undefined || anchors?.has(anchor) === true) return undefined;
  return `${place} has no heading "${anchor}"`;
}

interface Link {
  readonly target: string;
  /** 1-based. */
  readonly line: number;
}

function listLinks(text: string): readonly Link[] {
  return [...blank(blank(text, FENCED), QUOTED).matchAll(TARGET)]
    .map(({ 1: inline, 2: named, index }) => ({
      target: inline ?? named ?? '',
      line: lineAt(text, index),
    }))
    .filter(({ target }) => !SCHEME.test(target));
}

function listNamedPaths(text: string): readonly Link[] {
  return [...text.matchAll(NAMED_PATH)].map(({ 0: target, index }) => ({
    target,
    line: lineAt(text, index),
  }));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

interface Place {
  /** From the top. */
  readonly path: string;
  readonly anchor: string | undefined;
}

/** Where a link leads. What begins with a slash is read from the top, as browsers do. */
function resolveLink(from: string, target: string): Place {
  const [encoded = '', anchor] = target.split('#', 2);
  const file = decodeURIComponent(encoded);
  if (file === '') return { path: from, anchor };
  const place = file.startsWith('/') ? file.slice(1) : path.join(path.dirname(from), file);
  return { path: path.normalize(place), anchor };
}

/** What stands behind `#` for each heading, as GitHub makes it. */
function listAnchors(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of blank(text, FENCED).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = formatAnchor(heading);
    let anchor = slug;
    for (let number = 1; anchors.has(anchor); number++) anchor = `${slug}-${number}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** @see https://github.com/gjtorikian/html-pipeline (the filter for tables of contents) */
function formatAnchor(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** Puts spaces in the place of what matches; lines stay where they are. */
function blank(text: string, pattern: RegExp): string {
  return text.replaceAll(pattern, (match) => match.replaceAll(/[^\n]/g, ' '));
}
