import type { Logger } from '../observability/logger.ts'
import type { QuarantineEntry } from '../protocol/operators-api.ts'
import type { HeartbeatMessage, InputMessage, KnownInputsMessage } from '../protocol/process-messages.ts'
import type { RunRecord } from '../protocol/run-records.ts'
import { type InputDeath, Quarantine } from './quarantine.ts'

export interface InputWatchOptions {
  readonly log: Logger
  /** Length of a first quarantine, 0 for none. */
  readonly termMs: () => number
  /** Reaches every process that there is, whatever its state. */
  readonly tellAll: (message: KnownInputsMessage) => void
}

/** Hears of the inputs that threads and processes die of, and lets every HTTP process know. */
export class InputWatch {
  readonly #options: InputWatchOptions
  readonly #quarantine = new Quarantine()

  constructor(options: InputWatchOptions) {
    this.#options = options
  }

  /** An HTTP process has something to say of an input. */
  onMessage(message: InputMessage): void {
    if (message.type === 'input-death') this.#onDeath([message])
    else if (this.#quarantine.recordHarmless(message.fingerprint)) this.#tellAll()
  }

  /** @param runs of which the process may have died */
  onProcessDeath(runs: readonly RunRecord[]): void {
    if (runs.length > 0) this.#onDeath(runs.map((run) => ({ ...run, how: 'process' })))
  }

  onRefusals(refused: HeartbeatMessage['refusedInputs']): void {
    for (const [fingerprint, count] of refused) this.#quarantine.recordRefusals(fingerprint, count)
  }

  get status(): QuarantineEntry[] {
    return this.#quarantine.entries(Date.now())
  }

  /** What a process that starts has to know; undefined where there is nothing. */
  get known(): KnownInputsMessage | undefined {
    const inputs = this.#quarantine.known(Date.now())
    return inputs.length === 0 ? undefined : { type: 'known-inputs', inputs }
  }

  #onDeath(suspects: readonly InputDeath[]): void {
    const { log, termMs } = this.#options
    if (termMs() === 0) return
    for (const entry of this.#quarantine.recordDeath(suspects, Date.now(), termMs())) {
      log.warn(entry, 'an input is in quarantine: its runs ended threads or processes')
    }
    this.#tellAll()
  }

  #tellAll(): void {
    this.#options.tellAll({ type: 'known-inputs', inputs: this.#quarantine.known(Date.now()) })
  }
}
