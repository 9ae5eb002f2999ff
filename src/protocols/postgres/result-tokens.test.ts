import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CopySyntax } from '../../masking/rows/copy-syntax.ts';
import { compileTokenMasks } from '../../masking/rows/token-masks.ts';
import { FakeVault } from '../../masking/vault/fake-vault.fixture.ts';
import { describeKeyed, type KeyedForm } from '../../masking/vault/keyed-form.ts';
import { encodeCopyData } from '../../wire/postgres/copy-data.ts';
import { decodeDataRow, encodeDataRow } from '../../wire/postgres/data-row.ts';
import { MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import { ResultTokens } from './result-tokens.ts';

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
