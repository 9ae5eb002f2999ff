import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isConsolePage } from './return-path.ts';

/** The console as it was built, read once: what is asked for is looked up by name, never in a directory. */
export interface ConsoleFiles {
  /** The page, with `%NONCE%` where the nonce of its style sheets belongs. */
  readonly page: string;
  /** By path, such as `/assets/index-1a2b3c4d.js`. */
  readonly assets: ReadonlyMap<string, ConsoleAsset>;
}

export interface ConsoleAsset {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  /** Whether its name changes with its content. */
  readonly isImmutable: boolean;
}

/** What a browser that asks for a page of the console is sent. */
export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.woff2': 'font/woff2',
};

const NONCE_BYTES = 16;
/** The build puts a hash of the content into the names in there. */
const HASHED_FOLDER = '/assets/';

const NOT_BUILT =
  'The console is not part of this installation: it was not built (npm run build in console/).\n' +
  'The API is described at /v1/openapi.json, and the sallyport command does what the console does.\n';

const compress = promisify(gzip);

/** Reads the console. Undefined if it was not built. @param directory `console/dist`. */
export async function readConsoleFiles(directory: string): Promise<ConsoleFiles | undefined> {
  let names: readonly string[];
  try {
    names = await readdir(directory, { recursive: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  if (!names.includes('index.html')) return undefined;
  const assets = new Map<string, ConsoleAsset>();
  for (const name of names) {
    const mediaType = MEDIA_TYPES[path.extname(name)];
    if (mediaType === undefined) continue;
    const bytes = await readFile(path.join(directory, name));
    const address = `/${name.split(path.sep).join('/')}`;
    const isImmutable = address.startsWith(HASHED_FOLDER);
    assets.set(address, { mediaType, bytes, gzipped: await compress(bytes), isImmutable });
  }
  return { page: await readFile(path.join(directory, 'index.html'), 'utf8'), assets };
}

/**
 * Answers for a path of the console. Undefined for a path that is none of it.
 *
 * @param acceptsGzip Whether the client takes it compressed.
 */
export function serveConsole(
  files: ConsoleFiles | undefined,
  address: string,
  acceptsGzip: boolean,
): ConsoleAnswer | undefined {
  if (isConsolePage(address)) return files === undefined ? answerNotBuilt() : answerPage(files);
  const asset = files?.assets.get(address);
  if (asset === undefined) return undefined;
  const { mediaType, bytes, gzipped, isImmutable } = asset;
  return {
    status: 200,
    headers: {
      'content-type': mediaType,
      'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'public, max-age=3600',
      vary: 'accept-encoding',
      ...(acceptsGzip && { 'content-encoding': 'gzip' }),
    },
    body: acceptsGzip ? gzipped : bytes,
  };
}

/** Scripts come from files of ours only; styles from files, or from a tag that has this page's nonce. */
function answerPage({ page }: ConsoleFiles): ConsoleAnswer {
  const nonce = randomBytes(NONCE_BYTES).toString('base64');
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [
        "default-src 'none'",
        "script-src 'self'",
        `style-src 'self' 'nonce-${nonce}'`,
        "connect-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
      ].join('; '),
    },
    body: page.replaceAll('%NONCE%', nonce),
  };
}

function answerNotBuilt(): ConsoleAnswer {
  return {
    status: 404,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: NOT_BUILT,
  };
}
