import { openBodyMasker } from '../tools/open-body-mask.ts';
import { measureFastestSlice } from './fastest-slice.ts';
import { type BundledKind, makeBundle } from './fhir-bundle.ts';

const BUNDLE_BYTES = 4_000_000;
/** As large as pieces come from the network. */
const PIECE_BYTES = 65_536;

const KINDS: readonly (readonly BundledKind[])[] = [
  ['Patient', 'Observation'],
  ['Patient'],
  ['Observation'],
];

/** `node bench/fhir.ts`: what masks of FHIR take by themselves, without a network, for somebody who is shown nothing. */
if (import.meta.main) {
  const open = openBodyMasker('/');
  for (const kinds of KINDS) {
    const bundle = makeBundle(BUNDLE_BYTES, kinds);
    const megabytesPerSecond = measureFastestSlice(() => {
      const masker = open('application/fhir+json', () => undefined);
      for (let start = 0; start < bundle.length; start += PIECE_BYTES) {
        masker.push(bundle.subarray(start, start + PIECE_BYTES));
      }
      masker.end();
      return bundle.length;
    });
    const name = kinds.join(' and ').padEnd(24);
    process.stdout.write(`${name} ${megabytesPerSecond.toFixed(0).padStart(6)} MB/s\n`);
  }
}
