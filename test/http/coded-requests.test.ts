import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';

/** `ana` sees nothing raw; `noor` sees all. */
const POLICIES = `
@id("use") permit (principal, action, resource) unless { action == Action::"reveal" };
@id("nurses") permit (principal in Group::"nurses", action == Action::"reveal", resource);`;
const FORM = 'application/x-www-form-urlencoded';
const MRN = 'MRN0004711';

/** Content in gzip, with a comment in its head that nobody gets who unpacks it (RFC 1952, section 2.3.1). */
function gzipWithComment(content: string, comment: string): Buffer {
  const bytes = Buffer.from(content);
  const sums = Buffer.alloc(8);
  sums.writeUInt32LE(crc32(bytes), 0);
  sums.writeUInt32LE(bytes.length, 4);
  const head = Buffer.from([0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 0xff]);
  return Buffer.concat([head, Buffer.from(`${comment}\0`), deflateRawSync(bytes), sums]);
}

describe('a request with a content coding', () => {
  let world: HttpEnvironment;
  /** What the service, which takes no notice of codings, was sent last. */
  let sent: { readonly coding: string | undefined; readonly body: Buffer };

  before(async () => {
    world = await startHttpEnvironment({
      policies: POLICIES,
      upstream: {
        speaks: 'plain',
        handler(request, response) {
          const pieces: Buffer[] = [];
          request.on('data', (bytes: Buffer) => pieces.push(bytes));
          request.on('end', () => {
            sent = { coding: request.headers['content-encoding'], body: Buffer.concat(pieces) };
            response.setHeader('content-type', 'application/json');
            response.end('{"isOpen":true}');
          });
        },
      },
      dataMap: { bodies: { '/charts/**': { format: 'json', fields: { mrn: 'mrn' } } } },
    });
  });
  after(() => world[Symbol.asyncDispose]());

  async function post(subject: string, body: Buffer, type = FORM): Promise<number> {
    const headers = { 'content-type': type, 'content-encoding': 'gzip' };
    const { status } = await world.fetch('/charts/1', { subject, method: 'POST', headers, body });
    return status;
  }

  it('is passed on as it was looked at: some services read what is packed as it is', async () => {
    assert.equal(await post('ana', gzipSync(`mrn=${MRN}`)), 403);
    assert.equal(await post('ana', gzipWithComment('isOpen=false', `&mrn=${MRN}&`)), 200);
    assert.equal(new URLSearchParams(sent.body.toString('latin1')).get('mrn'), null);
    assert.deepEqual([sent.coding, sent.body.toString()], [undefined, 'isOpen=false']);
  });

  it('is passed on as it is where nothing had to be looked at', async () => {
    const body = gzipWithComment('isOpen=false', `&mrn=${MRN}&`);
    assert.equal(await post('noor', body, 'text/plain'), 200);
    assert.deepEqual([sent.coding, sent.body], ['gzip', body]);
    // A form may say that another method is meant.
    assert.equal(await post('noor', body), 200);
    assert.deepEqual([sent.coding, sent.body.toString()], [undefined, 'isOpen=false']);
  });
});
