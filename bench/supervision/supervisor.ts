import type { RoutePaths } from '../../test/support/load-routes.ts'

export type Settings = Readonly<Record<string, string>>

/** Something that runs {@link PROCESSES} processes behind one port, replaces those that die, and reloads them all. */
export interface Supervisor {
  readonly name: string
  /** How it is told to reload, for the page. */
  readonly reloads: string
  readonly paths: RoutePaths
  /** @param settings environment variables of this start, where a contender takes any */
  start(port: number, settings?: Settings): Promise<RunningSupervisor>
}

export interface RunningSupervisor extends AsyncDisposable {
  /** Tells it to replace all processes; may settle before that is done. */
  reload(): Promise<void>
}

export const PROCESSES = 2
/** Of each process, where it has threads at all. */
export const THREADS = 2
