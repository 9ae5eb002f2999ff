import type { ExportSettings } from '../configuration/export-settings.ts';
import { ReopeningSink } from './reopening-sink.ts';
import type { Sink } from './sink.ts';
import {
  type LogStatus,
  SinkExport,
  type SinkExportParts,
  type SinkStatus,
} from './sink-export.ts';

/** What exports share. */
export interface ExporterParts extends Omit<SinkExportParts, 'sink' | 'settings'> {
  /** Reads what a sink needs; rejects if something cannot be read. */
  readonly openSink: (settings: ExportSettings) => Promise<Sink>;
}

/** Sends the logs of this machine to every sink that is configured, to each by itself. */
export class Exporter implements AsyncDisposable {
  readonly #parts: ExporterParts;
  /** By name, in the order of the configuration. */
  #running = new Map<string, RunningExport>();

  constructor(parts: ExporterParts) {
    this.#parts = parts;
  }

  /** Follows a configuration: sinks that stay as they are go on undisturbed. */
  async apply(wanted: readonly ExportSettings[]): Promise<void> {
    const before = this.#running;
    const next = new Map<string, RunningExport>();
    const kept = new Set<RunningExport>();
    for (const settings of wanted) {
      const running = before.get(settings.name);
      const key = JSON.stringify(settings);
      if (running?.key !== key) continue;
      next.set(settings.name, running);
      kept.add(running);
    }
    // A sink that changes must have ended before it begins anew: both would move the same cursor.
    const over = [...before.values()].filter((running) => !kept.has(running));
    await Promise.all(over.map(({ run }) => run[Symbol.asyncDispose]()));
    this.#running = new Map(
      wanted.map((settings) => [settings.name, next.get(settings.name) ?? this.#start(settings)]),
    );
  }

  get statuses(): readonly SinkStatus[] {
    return [...this.#running.values()].map(({ run }) => run.status);
  }

  /**
   * Sends everything again from an instant on. Undefined if there is no such sink.
   *
   * @param sinceMs Milliseconds since the Unix epoch.
   */
  async replay(sink: string, sinceMs: number): Promise<readonly LogStatus[] | undefined> {
    return this.#running.get(sink)?.run.replay(sinceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#running.values()];
    this.#running = new Map();
    await Promise.all(running.map(({ run }) => run[Symbol.asyncDispose]()));
  }

  #start(settings: ExportSettings): RunningExport {
    const sink = new ReopeningSink(settings.name, () => this.#parts.openSink(settings));
    return {
      key: JSON.stringify(settings),
      run: new SinkExport({ ...this.#parts, sink, settings }),
    };
  }
}

interface RunningExport {
  /** The settings that it runs with. */
  readonly key: string;
  readonly run: SinkExport;
}
