import { CLUSTER_KEY_VARIABLE, SEAT_VARIABLE } from '../../config/load-config.ts'
import type { Config } from '../../config/settings.ts'
import type { Logger } from '../../observability/logger.ts'
import type { Meters } from '../../observability/metrics/meters.ts'
import { BOARD_FD, ClusterBoard } from '../../protocol/cluster-board.ts'
import type { SharingCounts } from '../../protocol/operators-api.ts'
import type { CatalogueEntry } from '../../protocol/thread-messages.ts'
import type { Scheduler } from '../../scheduler/scheduler.ts'
import { noSiblings, type Siblings } from '../../scheduler/siblings.ts'
import { SharingCounter } from './sharing-counter.ts'
import { SiblingProcesses } from './sibling-processes.ts'
import { SiblingServer } from './sibling-server.ts'

/** The abstract namespace of local sockets is Linux' own. */
const IS_SUPPORTED = process.platform === 'linux'

/** What makes one pool of the threads of all processes: a way to give runs away, and one to take them. */
export class WorkSharing {
  readonly #counter: SharingCounter
  readonly #key: string
  readonly #processes: SiblingProcesses | undefined
  #server: SiblingServer | undefined

  /** Shares nothing where the settings say so, and where this process is not part of a cluster. */
  constructor(config: Pick<Config, 'workSharing'>, meters: Meters) {
    this.#counter = new SharingCounter(meters)
    const { [SEAT_VARIABLE]: seat, [CLUSTER_KEY_VARIABLE]: key = '' } = process.env
    this.#key = key
    if (config.workSharing === 'off' || seat === undefined || !IS_SUPPORTED) return
    const board = new ClusterBoard(BOARD_FD)
    this.#processes = new SiblingProcesses({ board, seat: Number(seat), key, counter: this.#counter })
  }

  get siblings(): Siblings {
    return this.#processes ?? noSiblings
  }

  get counts(): SharingCounts {
    return this.#counter.counts
  }

  /** Takes runs from now on, and lets the siblings know. */
  async start(scheduler: Scheduler, catalogue: readonly CatalogueEntry[], log: Logger): Promise<void> {
    if (this.#processes === undefined) return
    this.#server = new SiblingServer({ key: this.#key, catalogue, scheduler, log, counter: this.#counter })
    await this.#server.listen()
    this.#processes.join()
  }

  /** Takes nothing more, and waits for so long until what was taken is done. What waits here is still given away. */
  async drain(timeoutMs: number): Promise<void> {
    this.#processes?.leave()
    await this.#server?.drain(timeoutMs)
  }
}
