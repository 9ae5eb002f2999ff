import type { SeenRequest } from './recording-server.ts';

/** What a target may see of a case. */
export type Meaning = Pick<SeenRequest, 'method' | 'target' | 'body'>;

/** Bytes of a client, and what they mean: whole requests, or none because they are refused. */
export interface SmugglingCase {
  readonly name: string;
  /** In latin1, with the lines that every request needs: who asks, and of which host. */
  readonly bytes: (fields: string) => string;
  readonly means: readonly Meaning[];
}

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nX: ';
const REFUSED: readonly Meaning[] = [];

/** A request whose odd lines stand before those that every request needs. */
function post(name: string, odd: string, body: string, means = REFUSED): SmugglingCase {
  const bytes = (fields: string): string => `POST /a HTTP/1.1\r\n${odd}${fields}\r\n${body}`;
  return { name, bytes, means };
}

function get(name: string, line: string, odd = '', means = REFUSED): SmugglingCase {
  return { name, bytes: (fields) => `${line}\r\n${odd}${fields}\r\n`, means };
}

function chunked(name: string, chunks: string, means = REFUSED): SmugglingCase {
  return post(name, 'Transfer-Encoding: chunked\r\n', chunks, means);
}

function posted(body: string): readonly Meaning[] {
  return [{ method: 'POST', target: '/a', body }];
}

function got(target: string): readonly Meaning[] {
  return [{ method: 'GET', target, body: '' }];
}

const LENGTH_AND_CHUNKS: readonly SmugglingCase[] = [
  post(
    'CL.TE: a length that covers the next request',
    `Content-Length: ${5 + SMUGGLED.length}\r\nTransfer-Encoding: chunked\r\n`,
    `0\r\n\r\n${SMUGGLED}`,
  ),
  post(
    'TE.CL: a length within the first chunk',
    'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
    `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
  ),
  post(
    'a length of 0 and chunks',
    'Content-Length: 0\r\nTransfer-Encoding: chunked\r\n',
    '0\r\n\r\n',
  ),
  ...[
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding\t: chunked',
    ' Transfer-Encoding: chunked',
    'X: a\r\n Transfer-Encoding: chunked',
    'X: a\nTransfer-Encoding: chunked',
    'X: a\rTransfer-Encoding: chunked',
    'Transfer-Encoding\r\n: chunked',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding: \x0bchunked',
    'Transfer-Encoding: chunked\x0c',
    'Transfer-Encoding: \xa0chunked',
    'Transfer-Encoding: chunk\0ed',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding: chunked;q=1',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: identity, chunked',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding:',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-encoding: identity',
    'Content-Length: 5\r\nTransfer_Encoding: chunked\r\nTransfer-Encoding: x',
  ].map((lines) => post(`TE.TE: ${JSON.stringify(lines)}`, `${lines}\r\n`, '0\r\n\r\n')),
  post(
    'a coding in upper case',
    'TRANSFER-ENCODING: CHUNKED\r\n',
    '1\r\na\r\n0\r\n\r\n',
    posted('a'),
  ),
  post('a coding behind a tab', 'Transfer-Encoding:\tchunked \r\n', '0\r\n\r\n', posted('')),
  post(
    'a coding that Connection would take away',
    'Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n',
    '1\r\na\r\n0\r\n\r\n',
    posted('a'),
  ),
];

const LENGTHS: readonly SmugglingCase[] = [
  ...[
    '5\r\nContent-Length: 5',
    '5\r\nContent-Length: 0',
    '5, 5',
    '5,',
    '+5',
    '-5',
    '05',
    '0x5',
    '5 5',
    '5.0',
    '5e0',
    '',
    '5\0',
    '\x0b5',
    '\xb2',
    '18446744073709551621',
  ].map((value) =>
    post(`a length of ${JSON.stringify(value)}`, `Content-Length: ${value}\r\n`, 'hello'),
  ),
  post('a blank before the colon', 'Content-Length : 5\r\n', 'hello'),
  post(
    'a body that looks like a request',
    `Content-Length: ${SMUGGLED.length}\r\n`,
    SMUGGLED,
    posted(SMUGGLED),
  ),
  {
    name: 'GET with a body',
    bytes: (fields) =>
      `GET /a HTTP/1.1\r\nContent-Length: ${SMUGGLED.length}\r\n${fields}\r\n${SMUGGLED}`,
    means: [{ method: 'GET', target: '/a', body: SMUGGLED }],
  },
  post('no body at all', '', '', posted('')),
  post(
    'a length that Connection would take away',
    'Connection: Content-Length\r\nContent-Length: 5\r\n',
    'hello',
    posted('hello'),
  ),
];

const CHUNKS: readonly SmugglingCase[] = [
  ...[
    '5;a=b\r\nhello\r\n',
    '5;\r\nhello\r\n',
    '5 \r\nhello\r\n',
    ' 5\r\nhello\r\n',
    '+5\r\nhello\r\n',
    '-5\r\nhello\r\n',
    '0x5\r\nhello\r\n',
    '5\nhello\r\n',
    '5\r\nhello\n',
    '5\r\nhelloX',
    '5\r\nhello',
    '000000005\r\nhello\r\n',
    '100000005\r\nhello\r\n',
    '10000000000000005\r\nhello\r\n',
    '5\0\r\nhello\r\n',
    '\r\n',
  ].map((chunk) => chunked(`a chunk of ${JSON.stringify(chunk)}`, `${chunk}0\r\n\r\n`)),
  ...[
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Host: b\r\n',
    'Authorization: Bearer a\r\n',
    'A : b\r\n',
    ' A: b\r\n',
    'A: b\n',
    'A\r\n',
  ].map((trailer) => chunked(`a trailer of ${JSON.stringify(trailer)}`, `0\r\n${trailer}\r\n`)),
  chunked(
    'chunks that look like requests',
    `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
    posted(SMUGGLED),
  ),
  chunked(
    'chunks with a trailer',
    '1\r\na\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n',
    posted('a0123456789'),
  ),
];

const FIRST_LINES: readonly SmugglingCase[] = [
  ...[
    'GET /a HTTP/1.0',
    'GET /a HTTP/0.9',
    'GET /a HTTP/2.0',
    'GET /a',
    'GET  /a HTTP/1.1',
    'GET /a  HTTP/1.1',
    'GET /a HTTP/1.1 ',
    'GET\t/a\tHTTP/1.1',
    ' GET /a HTTP/1.1',
    '\r\nGET /a HTTP/1.1',
    'GET /a HTTP/1.1\r\n X: y',
    'GET /a\x0bHTTP/1.1',
    'GET /a b HTTP/1.1',
    'GET /a\0b HTTP/1.1',
    'GET /a#b HTTP/1.1',
    'GET /\xe9 HTTP/1.1',
    'GET a HTTP/1.1',
    'GET * HTTP/1.1',
    'GET /a HTTP/1.1\rX: y',
    'GET /a HTTP/1.1\nX: y',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n',
    'CONNECT localhost:80 HTTP/1.1',
    'TRACE /a HTTP/1.1',
    'G@T /a HTTP/1.1',
    'GET http://b.example/a HTTP/1.1',
    'GET https://user@api.sallyport/a HTTP/1.1',
    'GET ftp://api.sallyport/a HTTP/1.1',
  ].map((line) => get(`first line ${JSON.stringify(line)}`, line)),
  ...[
    '//a',
    '/x//a',
    '/./a',
    '/x/../a',
    '/x/..',
    '/%2e%2e/a',
    '/x/.%2E/a',
    '/x%2fa',
    '/x%5ca',
    '/x\\a',
    '/a%00',
    '/a%0d%0aX:%20y',
    '/a;b=c',
    '/a%3bb',
    '/x/..;/a',
    '/a%',
    '/a%zz',
    '/a%c0%af',
    '/a.',
    '/a%20',
  ].map((target) => get(`path ${target}`, `GET ${target} HTTP/1.1`)),
  get('a path in another spelling', 'GET /%61?b=%2f|c HTTP/1.1', '', got('/a?b=%2F%7Cc')),
];

const FIELDS: readonly SmugglingCase[] = [
  ...[
    'Host: b.example',
    'Host : b.example',
    'X: a\r\n b',
    'X: a\r\n\tb',
    'X: a\nY: b',
    'X: a\rY: b',
    'X: a\0',
    'X: a\x7f',
    'X\0: a',
    'X Y: a',
    'X(: a',
    '\xe9: a',
    ': a',
    'no colon',
    'Authorization: Bearer other',
    'Connection: clo se',
    'Expect: 100-continue, x',
    'X-HTTP-Method-Override: DELETE',
    'X-Method-Override: DELETE',
    'X-HTTP-Method: DELETE',
  ].map((line) => get(`field ${JSON.stringify(line)}`, 'GET /a HTTP/1.1', `${line}\r\n`)),
  get('too many fields', 'GET /a HTTP/1.1', 'X: a\r\n'.repeat(101)),
  get('a field that is too long', 'GET /a HTTP/1.1', `X: ${'a'.repeat(33_000)}\r\n`),
  get('a target that is too long', `GET /${'a'.repeat(8_200)} HTTP/1.1`),
  get(
    'an upgrade to h2c',
    'GET /a HTTP/1.1',
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n',
    got('/a'),
  ),
  get(
    'Connection that names who asks',
    'GET /a HTTP/1.1',
    'Connection: X-Forwarded-For, Via, Forwarded\r\n',
    got('/a'),
  ),
  {
    name: 'three requests at once',
    bytes: (fields) =>
      `GET /a HTTP/1.1\r\n${fields}\r\nPOST /a HTTP/1.1\r\nContent-Length: 2\r\n${fields}\r\nhiGET /c HTTP/1.1\r\n${fields}\r\n`,
    means: [...got('/a'), ...posted('hi'), ...got('/c')],
  },
];

/** Requests of HTTP/1.1 that servers read in different ways, and some that only look so. */
export const SMUGGLING_CASES: readonly SmugglingCase[] = [
  ...LENGTH_AND_CHUNKS,
  ...LENGTHS,
  ...CHUNKS,
  ...FIRST_LINES,
  ...FIELDS,
];
