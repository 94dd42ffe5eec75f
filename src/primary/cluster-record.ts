import type { ProcessVitals } from '../protocol/operators-api.ts'
import type { HeartbeatMessage } from '../protocol/process-messages.ts'
import { ExitRecord } from './exit-record.ts'
import type { HttpProcessExit } from './http-process-exit.ts'
import { Exemplars } from './metrics/exemplars.ts'
import { PrimaryCounters } from './metrics/primary-counters.ts'
import { StallRecord } from './stall-record.ts'
import { TaskTotals } from './task-totals.ts'

/** What the primary remembers of all its processes, those that have ended included. */
export class ClusterRecord {
  readonly totals = new TaskTotals()
  readonly exits = new ExitRecord()
  readonly counters = new PrimaryCounters()
  readonly exemplars = new Exemplars()
  readonly stalls = new StallRecord()

  addHeartbeat({ runs, exemplars }: Pick<HeartbeatMessage, 'runs' | 'exemplars'>): void {
    this.totals.add(runs, performance.now())
    this.exemplars.add(exemplars)
  }

  /** @param process with what it had said last of itself */
  addExit(
    slot: number,
    exit: HttpProcessExit,
    process: { readonly pid: number; readonly vitals: ProcessVitals | null },
  ): void {
    this.exits.add(exit, process.pid)
    this.counters.countExit(slot, exit.reason)
    this.stalls.add(process.vitals?.loop.stalls, exit.stall)
  }
}
