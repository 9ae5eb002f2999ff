/** Upper bounds of the classes that durations are sorted into, in seconds. A disk syncs in about a millisecond. */
const BOUNDS_S: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];

/** How long something took, counted in plain numbers: nothing is made when a duration comes. */
export class Durations {
  /** One more than there are bounds: the last is for what took longer. */
  readonly counts: number[] = Array.from({ length: BOUNDS_S.length + 1 }, () => 0);
  sumS = 0;
  count = 0;

  get boundsS(): readonly number[] {
    return BOUNDS_S;
  }

  add(milliseconds: number): void {
    const seconds = milliseconds / 1000;
    let index = 0;
    while (index < BOUNDS_S.length && seconds > (BOUNDS_S[index] ?? 0)) index++;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sumS += seconds;
    this.count += 1;
  }
}
