import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from '../../../wire/http/field-list.ts';
import { EntityTags } from './entity-tags.ts';
import { maskRequestFields, maskResponseFields, maskTrailers } from './masked-fields.ts';

const TAGS = new EntityTags([]);

function redact(_name: string, value: string): string {
  return value.replaceAll('Lovelace', '[name]\u{1f600}');
}

describe('fields of who may not see all', () => {
  it('ask for the whole of a response, in a coding that can be decoded', () => {
    const asked = FieldList.of([
      ['accept', '*/*'],
      ['accept-encoding', 'br;q=1, compress'],
      ['range', 'bytes=0-9'],
      ['if-range', '"v1"'],
      ['if-modified-since', 'Sat, 21 Nov 2026 08:00:00 GMT'],
      ['if-none-match', '"v1"'],
    ]);
    assert.deepEqual(
      [...maskRequestFields(asked, TAGS)],
      [
        ['accept', '*/*'],
        ['accept-encoding', 'gzip, deflate, br, zstd'],
      ],
    );
  });

  it('write under no condition that the client has not seen', () => {
    const shown = TAGS.show('"v1"') ?? '';
    const known = maskRequestFields(FieldList.of([['if-match', shown]]), TAGS);
    assert.equal(known.get('if-match'), '"v1"');
    const unknown = maskRequestFields(FieldList.of([['if-match', '"v1"']]), TAGS);
    assert.doesNotMatch(unknown.get('if-match') ?? '', /v1/);
    assert.notEqual(unknown.get('if-match'), undefined);
    const date = 'Sat, 21 Nov 2026 08:00:00 GMT';
    const dated = maskRequestFields(FieldList.of([['if-unmodified-since', date]]), TAGS);
    assert.equal(dated.get('if-unmodified-since'), 'Thu, 01 Jan 1970 00:00:00 GMT');
  });

  it('copy, move and lock under no condition that the client has not seen', () => {
    const shown = TAGS.show('"v1"') ?? '';
    const date = 'Sat, 21 Nov 2026 08:00:00 GMT';
    const never = 'Thu, 01 Jan 1970 00:00:00 GMT';
    const unknown = '"sallyport-unknown"';
    const lock = '<urn:uuid:1>';
    for (const [name, asked, sent] of [
      ['x-amz-copy-source-if-match', shown, '"v1"'],
      ['x-amz-copy-source-if-match', '"v1"', unknown],
      ['x-ms-source-if-match', '"v1"', unknown],
      ['x-amz-copy-source-if-none-match', shown, '"v1"'],
      ['x-amz-copy-source-if-none-match', '"v1"', undefined],
      ['x-amz-copy-source-if-modified-since', date, undefined],
      ['x-amz-copy-source-if-unmodified-since', date, never],
      ['x-ms-source-if-unmodified-since', date, never],
      ['x_amz_copy_source_if_match', shown, undefined],
      ['x-goog-if-generation-match', '1', '1'],
      // RFC 4918, section 10.4.
      ['if', `(${lock})`, `(${lock})`],
      ['if', `</a> (${lock} [${shown}])`, `</a> (${lock} ["v1"])`],
      ['if', `<http://[::1]:80/a> (${lock})`, `<http://[::1]:80/a> (${lock})`],
      ['if', `<http://[::1]/(["v1"])> (${lock})`, `<http://[${unknown}]/([${unknown}])> (${lock})`],
      ['if', '(["v1"]) (Not [W/"v1"])', `([${unknown}]) (Not [${unknown}])`],
      ['if', `([ "v1" ] [v1] ["a]b"]`, `([${unknown}] [${unknown}] [${unknown}]`],
    ] as const) {
      const masked = maskRequestFields(FieldList.of([[name, asked]]), TAGS);
      assert.equal(masked.get(name), sent, `${name}: ${asked}`);
    }
  });

  it('ask under no condition that some servers read with dashes for underscores', () => {
    const asked = FieldList.of([
      ['if_modified_since', 'Sat, 21 Nov 2026 08:00:00 GMT'],
      ['if-none_match', '"v1"'],
      ['if_match', '"v1"'],
      ['if_unmodified_since', 'Sat, 21 Nov 2026 08:00:00 GMT'],
      ['if_none_exist', 'family=Lovelace'],
      ['x_provenance', '{}'],
      ['accept_encoding', 'compress'],
      ['x_own', 'kept'],
    ]);
    assert.deepEqual(
      [...maskRequestFields(asked, TAGS)],
      [
        ['x_own', 'kept'],
        ['accept-encoding', 'gzip, deflate, br, zstd'],
      ],
    );
  });

  it('show no digest of what is hidden, whatever stores and tools call it', () => {
    const digest = 'd41d8cd98f00b204e9800998ecf8427e';
    for (const [name, value] of [
      ['x-amz-meta-md5chksum', digest],
      ['x-amz-meta-sha256sum', digest],
      ['x-ms-meta-contentmd5', digest],
      ['x_content_md5', digest],
      ['oc-checksum', `SHA1:${digest}`],
      ['oc-etag', `"${digest}"`],
      ['x-linked-etag', `"${digest}"`],
      // As s3cmd writes what it knows of a file.
      ['x-amz-meta-s3cmd-attrs', `atime:1700000000/md5:${digest}/mode:33188`],
      ['x-file', `name=a; sha-256=${digest}`],
    ] as const) {
      const fields = FieldList.of([[name, value]]);
      assert.equal(maskResponseFields(fields, TAGS, redact).get(name), undefined, name);
      assert.equal(maskTrailers(fields, redact).get(name), undefined, name);
    }
    for (const [name, value] of [
      ['x-goog-metageneration', '1'],
      ['x-shard', 'a'],
      ['location', '/v2/ward/blobs/sha256:AAAA'],
      ['content-security-policy', "script-src 'sha256-AAAA'"],
    ] as const) {
      const fields = FieldList.of([[name, value]]);
      assert.equal(maskResponseFields(fields, TAGS, redact).get(name), value, name);
    }
  });

  it('are shown looked through, but for those that say nothing of anybody', () => {
    const shown = maskResponseFields(
      FieldList.of([
        ['content-type', 'text/plain; x=Lovelace'],
        ['location', '/patients/Lovelace'],
        ['x-anything', 'Ada Lovelace'],
        ['etag', '"v1"'],
        ['content-md5', 'abc'],
        ['last-modified', 'Sat, 21 Nov 2026 08:00:00 GMT'],
        ['www-authenticate', 'Basic realm="Lovelace"'],
        ['x-amz-checksum-sha256', 'abc'],
        ['x-goog-hash', 'crc32c=abc'],
        ['content-length', '9'],
        ['content-range', 'bytes 0-9/10'],
      ]),
      TAGS,
      redact,
    );
    assert.deepEqual(
      [...shown],
      [
        ['content-type', 'text/plain'],
        ['location', '/patients/[name]?'],
        ['x-anything', 'Ada [name]?'],
        ['etag', TAGS.show('"v1"')],
        ['www-authenticate', 'Basic realm="[name]?"'],
        ['accept-ranges', 'none'],
        ['cache-control', 'private'],
      ],
    );
  });

  it('are shown as they are only if they are written as fields are that say nothing of anybody', () => {
    for (const [name, value, shown] of [
      ['retry-after', '120', '120'],
      ['retry-after', 'Lovelace', undefined],
      ['age', '7', '7'],
      ['age', 'Lovelace', undefined],
      ['date', 'Sat, 21 Nov 2026 08:00:00 GMT', 'Sat, 21 Nov 2026 08:00:00 GMT'],
      ['expires', '0', '0'],
      ['expires', 'Ada Lovelace', undefined],
      ['server', 'Lovelace/1', undefined],
      ['vary', 'Accept, Origin', 'Accept, Origin'],
      ['vary', 'Ada Lovelace', undefined],
      ['strict-transport-security', 'max-age=1; preload', 'max-age=1; preload'],
      ['content-language', 'de-CH, en', 'de-CH, en'],
      ['content-language', 'Lovelace', undefined],
      [
        'content-security-policy',
        "default-src 'self' https://x.example; script-src 'nonce-aB+/='",
        "default-src 'self' https://x.example; script-src 'nonce-aB+/='",
      ],
      ['content-security-policy', 'report-uri /x?name=Lovelace', undefined],
      ['content-type', 'text/html; charset=UTF-8', 'text/html; charset=UTF-8'],
      ['content-type', 'a/b;charset="utf-8";x="Ada"', 'a/b; charset="utf-8"'],
      ['content-type', 'a/b; charset="Ada Lovelace"', 'a/b'],
      ['content-type', 'application/json;as=Table;v=v1', 'application/json;as=Table;v=v1'],
      ['content-type', 'Lovelace', undefined],
    ] as const) {
      const fields = FieldList.of([[name, value]]);
      assert.equal(maskResponseFields(fields, TAGS, redact).get(name), shown, `${name}: ${value}`);
      assert.equal(maskTrailers(fields, redact).get(name), shown, `${name}: ${value}`);
    }
    const control = FieldList.of([['cache-control', 'no-cache="x", max-age=1']]);
    assert.match(maskResponseFields(control, TAGS, redact).get('cache-control') ?? '', /max-age=1/);
  });

  it('are looked through in trailers, too', () => {
    const trailers = FieldList.of([
      ['grpc-status', '5'],
      ['grpc-message', 'no patient Lovelace'],
      ['repr-digest', 'sha-256=:abc=:'],
      ['etag', '"d41d8cd98f00b204"'],
    ]);
    assert.deepEqual(
      [...maskTrailers(trailers, redact)],
      [
        ['grpc-status', '5'],
        ['grpc-message', 'no patient [name]?'],
      ],
    );
  });
});
