import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CopySyntax } from '../../masking/rows/copy-syntax.ts';
import { compileTokenMasks } from '../../masking/rows/token-masks.ts';
import { FakeVault } from '../../masking/vault/fake-vault.fixture.ts';
import {
  describeKeyed,
  type KeyedForm,
  PREFIXED_VAULT_ID,
} from '../../masking/vault/keyed-form.ts';
import { vaultKey } from '../../masking/vault/token-vault.ts';
import { encodeCopyData } from '../../wire/postgres/copy-data.ts';
import { decodeDataRow, encodeDataRow } from '../../wire/postgres/data-row.ts';
import { BackendType, MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import { type MessageSink, MessageStream } from '../../wire/postgres/message-stream.ts';
import { encodeNoticeResponse } from '../../wire/postgres/notice-response.ts';
import { ResultTokens } from './result-tokens.ts';
import { tableOf } from './results.ts';

const PREFIXED: KeyedForm = { kind: 'prefixed' };
const TEXT: CopySyntax = { kind: 'text', delimiter: '\t', nullText: '\\N', hasHeader: true };

function outputOf(form: KeyedForm | undefined, inspect: 'none' | 'json' = 'none') {
  const keyed = form && describeKeyed('vault', 'd', form);
  return { relationOid: 0, column: '', masked: [], inspect, keyed };
}

function keyedText(number: number): string {
  return `vk1_${number.toString(16).padStart(16, '0')}`;
}

/** What a value that comes as the n-th gets. */
function tokenText(number: number): string {
  return `vt1_${number.toString(16).padStart(2, '0').repeat(8)}`;
}

/** Opens the tokens of a result whose columns are of these forms. */
function open(
  vault: FakeVault | undefined,
  forms: readonly (KeyedForm | undefined)[],
  isBinary = false,
): ResultTokens {
  const tokens = new ResultTokens();
  const formats = forms.map(() => ({ isBinary }));
  tokens.beginRows(
    compileTokenMasks(
      formats,
      forms.map((form) => outputOf(form)),
      tokens.open(vault),
    ),
  );
  return tokens;
}

/** Offers all messages of one read, as the stream does: from where it stopped, once what it waits for has come. */
async function offer(
  read: Buffer,
  tokens: ResultTokens,
  take: (start: number, end: number) => 'later' | Buffer,
  mask: (message: Buffer) => Buffer,
): Promise<Buffer[]> {
  const shown: Buffer[] = [];
  let offset = 0;
  while (offset < read.length) {
    const end = offset + 1 + read.readInt32BE(offset + 1);
    const answer = take(offset, end);
    if (answer === 'later') {
      await tokens.load(read, offset, read.length, mask);
      continue;
    }
    shown.push(Buffer.from(answer));
    offset = end;
  }
  return shown;
}

function rowsOf(messages: readonly Buffer[]): (string | undefined)[][] {
  return messages.map((message) =>
    decodeDataRow(message.subarray(MESSAGE_HEADER_BYTES)).fields.map((field) =>
      field?.toString('latin1'),
    ),
  );
}

async function showRows(
  tokens: ResultTokens,
  rows: readonly Buffer[],
): Promise<(string | undefined)[][]> {
  const read = Buffer.concat(rows);
  const keep = (message: Buffer): Buffer => message;
  return rowsOf(
    await offer(read, tokens, (start, end) => tokens.row(read, start, end, keep), keep),
  );
}

describe('ResultTokens', () => {
  it('puts tokens into rows, and asks for all that were read together at once', async () => {
    const vault = new FakeVault();
    const tokens = open(vault, [PREFIXED, undefined]);
    const rows = [1, 2, 1, 3].map((n) =>
      encodeDataRow([Buffer.from(keyedText(n)), Buffer.from('x')]),
    );
    rows.push(encodeDataRow([null, null]));
    assert.deepEqual(await showRows(tokens, rows), [
      [tokenText(1), 'x'],
      [tokenText(2), 'x'],
      [tokenText(1), 'x'],
      [tokenText(3), 'x'],
      [undefined, undefined],
    ]);
    assert.deepEqual(vault.loads, [3]);
    await showRows(tokens, rows);
    assert.deepEqual(vault.loads, [3], 'what is in memory is not asked for again');
  });

  it('gets on where memory lets go of what was just loaded', async () => {
    const vault = new FakeVault();
    vault.isCrowded = true;
    const tokens = open(vault, [PREFIXED]);
    const rows = [1, 2, 3].map((n) => encodeDataRow([Buffer.from(keyedText(n))]));
    assert.deepEqual(await showRows(tokens, rows), [
      [tokenText(1)],
      [tokenText(2)],
      [tokenText(3)],
    ]);
    assert.deepEqual(vault.loads, [3]);
  });

  it('puts tokens into numbers and UUIDs, in text and in binary', async () => {
    const forms: KeyedForm[] = [
      { kind: 'number', bits: 31 },
      { kind: 'number', bits: 53 },
      { kind: 'uuid' },
      { kind: 'digits', count: 8 },
    ];
    const uuid = '01234567-89ab-80cd-80ef-0123456789ab';
    const text = ['77', '78', uuid, 'abcdef01'];
    const int4 = Buffer.alloc(4);
    int4.writeInt32BE(77);
    const int8 = Buffer.alloc(8);
    int8.writeBigInt64BE(78n);
    const binary = [
      int4,
      int8,
      Buffer.from(uuid.replaceAll('-', ''), 'hex'),
      Buffer.from('abcdef01'),
    ];
    const vault = new FakeVault();
    const [asText] = await showRows(open(vault, forms), [
      encodeDataRow(text.map((value) => Buffer.from(value))),
    ]);
    const [asBinary] = await showRows(open(vault, forms, true), [encodeDataRow(binary)]);
    assert.deepEqual(vault.loads, [4]);
    const [number, big, token, digits] = (asBinary ?? []).map((value) =>
      Buffer.from(value ?? '', 'latin1'),
    );
    assert.equal(String(number?.readInt32BE()), asText?.[0]);
    assert.equal(String(big?.readBigInt64BE()), asText?.[1]);
    assert.equal(token?.toString('hex'), asText?.[2]?.replaceAll('-', ''));
    assert.equal(digits?.toString(), asText?.[3]);
    assert(asText?.every((value, index) => value !== text[index]));
  });

  it('shows NULL for what is no value of a column of the vault, and where there is no vault', async () => {
    const odd = encodeDataRow([Buffer.from('123-45-6789'), Buffer.from(keyedText(1))]);
    assert.deepEqual(await showRows(open(new FakeVault(), [PREFIXED, undefined]), [odd]), [
      [undefined, keyedText(1)],
    ]);
    const row = encodeDataRow([Buffer.from(keyedText(1)), Buffer.from('77')]);
    const forms: KeyedForm[] = [PREFIXED, { kind: 'number', bits: 31 }];
    assert.deepEqual(await showRows(open(undefined, forms), [row]), [[undefined, undefined]]);
  });

  it('finds what has a prefix inside of documents, after what else is masked there', async () => {
    const vault = new FakeVault();
    const tokens = new ResultTokens();
    tokens.beginRows(
      compileTokenMasks([{ isBinary: true }], [outputOf(undefined, 'json')], tokens.open(vault)),
    );
    let masked = 0;
    const mask = (message: Buffer): Buffer => {
      masked += 1;
      return message;
    };
    const document = (n: number): string =>
      `\u0001{"a": "${keyedText(n)}", "b": "${keyedText(9)}"}`;
    const read = Buffer.concat([1, 2].map((n) => encodeDataRow([Buffer.from(document(n))])));
    const shown = rowsOf(
      await offer(read, tokens, (start, end) => tokens.row(read, start, end, mask), mask),
    );
    assert.deepEqual(shown.flat(), [
      `\u0001{"a": "${tokenText(1)}", "b": "${tokenText(2)}"}`,
      `\u0001{"a": "${tokenText(3)}", "b": "${tokenText(2)}"}`,
    ]);
    assert.equal(masked, 2, 'a row that waited is not masked, nor counted, a second time');
    assert.deepEqual(vault.loads, [3]);
  });

  it('rejects while the store is away', async () => {
    const vault = new FakeVault();
    vault.isAway = true;
    const row = encodeDataRow([Buffer.from(keyedText(1))]);
    await assert.rejects(showRows(open(vault, [PREFIXED]), [row]), /the store is away/);
  });

  it('puts tokens into COPY data, cut anywhere and read in any pieces', async () => {
    const sent = [
      'a\tb\n',
      `${keyedText(1)}\tx\n`,
      `\\N\t${keyedText(5)}\n${keyedText(2)}\ty\n`,
      `${keyedText(1)}\tz\n`,
    ].join('');
    const expected = [
      'a\tb\n',
      `${tokenText(1)}\tx\n`,
      `\\N\t${keyedText(5)}\n${tokenText(2)}\ty\n`,
      `${tokenText(1)}\tz\n`,
    ].join('');
    for (let at = 0; at <= sent.length; at += 3) {
      const vault = new FakeVault();
      const tokens = new ResultTokens();
      const copy = { format: 'text', columnFormats: [0, 0], syntax: TEXT } as const;
      const formats = [{ isBinary: false }, { isBinary: false }];
      tokens.beginCopy(
        copy,
        compileTokenMasks(formats, [outputOf(PREFIXED), outputOf(undefined)], tokens.open(vault)),
      );
      const read = Buffer.concat(
        [sent.slice(0, at), sent.slice(at)].map((piece) => encodeCopyData(Buffer.from(piece))),
      );
      const keep = (message: Buffer): Buffer => message;
      const shown = await offer(
        read,
        tokens,
        (start, end) => tokens.copy(read, start, end, keep),
        keep,
      );
      assert.equal(
        shown.map((message) => message.toString('latin1', MESSAGE_HEADER_BYTES)).join(''),
        expected,
      );
      tokens.copyDone();
      assert(vault.loads.length <= 2);
    }
  });

  it('takes what is written as NULL for NULL', async () => {
    const vault = new FakeVault();
    const tokens = new ResultTokens();
    const syntax: CopySyntax = { ...TEXT, nullText: '0', hasHeader: false };
    const masks = compileTokenMasks(
      [{ isBinary: false }],
      [outputOf({ kind: 'number', bits: 31 })],
      tokens.open(vault),
    );
    tokens.beginCopy({ format: 'text', columnFormats: [0], syntax }, masks);
    const read = encodeCopyData(Buffer.from('0\n77\n'));
    const keep = (message: Buffer): Buffer => message;
    const [shown] = await offer(
      read,
      tokens,
      (start, end) => tokens.copy(read, start, end, keep),
      keep,
    );
    assert.deepEqual(vault.loads, [1]);
    assert.match(shown?.toString('latin1', MESSAGE_HEADER_BYTES) ?? '', /^0\n[1-9]\d+\n$/);
  });

  it('shows nothing of COPY data whose rows cannot be told apart', async () => {
    const tokens = new ResultTokens();
    const copy = { format: 'text', columnFormats: [0], syntax: undefined } as const;
    tokens.beginCopy(
      copy,
      compileTokenMasks([{ isBinary: false }], [outputOf(PREFIXED)], tokens.open(new FakeVault())),
    );
    const read = encodeCopyData(Buffer.from(`${keyedText(1)}\n`));
    const keep = (message: Buffer): Buffer => message;
    assert.deepEqual(
      await offer(read, tokens, (start, end) => tokens.copy(read, start, end, keep), keep),
      [Buffer.alloc(0)],
    );
  });
});

/** One direction of a connection as `Results` keeps it: what is read behind a row that waits is held. */
class TokenReader implements MessageSink {
  readonly #tokens: ResultTokens;
  readonly #mask: (message: Buffer) => Buffer;
  readonly #stream = new MessageStream(this, {
    name: 'upstream',
    inspected: tableOf([BackendType.DataRow, BackendType.CopyData]),
    known: tableOf(Object.values(BackendType)),
    wholeBytesMax: 1024,
  });
  #shown: Buffer[] = [];

  constructor(tokens: ResultTokens, mask: (message: Buffer) => Buffer) {
    this.#tokens = tokens;
    this.#mask = mask;
  }

  get shown(): Buffer {
    return Buffer.concat(this.#shown);
  }

  /** Takes one read; its memory is used for the next one. */
  async read(bytes: Buffer): Promise<void> {
    let [buffer, start] = [Buffer.from(bytes), 0];
    for (let loads = 0; ; loads++) {
      assert(loads <= bytes.length, 'it gets on');
      const stopped = this.#stream.push(buffer, start, buffer.length);
      if (!this.#tokens.isWaiting) break;
      const loaded = this.#tokens.load(buffer, stopped, buffer.length, this.#mask);
      const held = Buffer.from(buffer.subarray(stopped));
      buffer.fill(0xff);
      await loaded;
      [buffer, start] = [held, 0];
    }
    buffer.fill(0xff);
  }

  passed(): void {}

  message(type: number, buffer: Buffer, start: number, end: number): 'later' | Buffer {
    return type === BackendType.DataRow
      ? this.#tokens.row(buffer, start, end, this.#mask)
      : this.#tokens.copy(buffer, start, end, this.#mask);
  }

  oversized(): Buffer {
    throw new Error('no message of the test is so large');
  }

  bytes(buffer: Buffer, start: number, end: number): void {
    this.#shown.push(Buffer.from(buffer.subarray(start, end)));
  }
}

const NOTICE = encodeNoticeResponse({ severity: 'NOTICE', sqlState: '00000', message: 'vk1_0' });

describe('ResultTokens behind a stream', () => {
  const number = fc.nat(12);
  const memories = fc.constantFrom({}, { isCrowded: true }, { isForgetful: true });
  const cell = fc.record({ number, more: fc.constantFrom('', 'x', 'a\tb', '\\', '\n') });
  const items = fc.array(fc.option(fc.tuple(cell, cell), { nil: null, freq: 5 }), {
    maxLength: 12,
  });

  /** The same messages, with what the vault has in place of what it stands for. */
  function inPlace(sent: Buffer, vault: FakeVault): string {
    return sent.toString('latin1').replaceAll(/vk1_[0-9a-f]{16}/gu, (text) => {
      const token = vault.tokens.get(vaultKey({ id: PREFIXED_VAULT_ID, form: PREFIXED, text }));
      assert(token !== undefined);
      return token;
    });
  }

  async function readCut(
    sent: Buffer,
    cuts: readonly number[],
    tokens: ResultTokens,
  ): Promise<string> {
    const reader = new TokenReader(tokens, (message) => message);
    const places = [...new Set(cuts.map((cut) => cut % (sent.length + 1)))].sort((a, b) => a - b);
    let start = 0;
    for (const end of [...places, sent.length]) {
      await reader.read(sent.subarray(start, end));
      start = end;
    }
    return reader.shown.toString('latin1');
  }

  it('shows the same rows, wherever they are cut and whatever comes between', async () => {
    await fc.assert(
      fc.asyncProperty(items, fc.array(fc.nat(2000)), memories, async (rows, cuts, memory) => {
        const sent = Buffer.concat(
          rows.map((row) =>
            row === null
              ? NOTICE
              : encodeDataRow([
                  Buffer.from(keyedText(row[0].number)),
                  row[1].more === '' ? null : Buffer.from(row[1].more),
                  Buffer.from(`{"a": "${keyedText(row[1].number)}"}`),
                ]),
          ),
        );
        const vault = Object.assign(new FakeVault(), memory);
        const tokens = new ResultTokens();
        const formats = [{ isBinary: false }, { isBinary: false }, { isBinary: true }];
        const outputs = [outputOf(PREFIXED), outputOf(undefined), outputOf(undefined, 'json')];
        tokens.beginRows(compileTokenMasks(formats, outputs, tokens.open(vault)));
        assert.equal(await readCut(sent, cuts, tokens), inPlace(sent, vault));
      }),
      { numRuns: 400 },
    );
  });

  it('shows the same COPY data, in whatever messages and reads they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        items,
        fc.array(fc.nat(2000)),
        fc.array(fc.nat(900)),
        memories,
        async (rows, cuts, ends, memory) => {
          const text = rows
            .map((row) =>
              row === null ? '\\N\tx\n' : `${keyedText(row[0].number)}\t${escaped(row[1].more)}\n`,
            )
            .join('');
          const bounds = [...new Set(ends.map((end) => end % (text.length + 1)))].sort(
            (a, b) => a - b,
          );
          const pieces = [0, ...bounds].map((start, index) => text.slice(start, bounds[index]));
          const sent = Buffer.concat(pieces.map((piece) => encodeCopyData(Buffer.from(piece))));
          const vault = Object.assign(new FakeVault(), memory);
          const tokens = new ResultTokens();
          const syntax: CopySyntax = { ...TEXT, hasHeader: false };
          const masks = compileTokenMasks(
            [{ isBinary: false }, { isBinary: false }],
            [outputOf(PREFIXED), outputOf(undefined)],
            tokens.open(vault),
          );
          tokens.beginCopy({ format: 'text', columnFormats: [0, 0], syntax }, masks);
          const shown = await readCut(sent, cuts, tokens);
          tokens.copyDone();
          assert.equal(dataIn(shown), inPlace(Buffer.from(text), vault));
        },
      ),
      { numRuns: 400 },
    );
  });

  function escaped(value: string): string {
    return value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');
  }

  /** What is in CopyData messages, put together. */
  function dataIn(messages: string): string {
    const bytes = Buffer.from(messages, 'latin1');
    let data = '';
    for (let offset = 0; offset < bytes.length; ) {
      const end = offset + 1 + bytes.readInt32BE(offset + 1);
      data += bytes.toString('latin1', offset + MESSAGE_HEADER_BYTES, end);
      offset = end;
    }
    return data;
  }
});
