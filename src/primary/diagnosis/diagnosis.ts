import { Readable } from 'node:stream'
import { ProblemError } from '../../errors.ts'
import { profileMainThread } from '../../observability/diagnosis/cpu-profile.ts'
import { diagnosticReport } from '../../observability/diagnosis/diagnostic-report.ts'
import { snapshotMainThread } from '../../observability/diagnosis/heap-snapshot.ts'
import type { StackAnswer } from '../../protocol/operators-api.ts'
import type { HttpProcessHandle } from '../http-process-handle.ts'
import type { Slot } from '../slot.ts'
import type { DiagnosisRequest } from './diagnosis-request.ts'
import { loopStackOf } from './loop-stack.ts'
import { answerOfProcess } from './process-answer.ts'

/** On top of the seconds of a profile: to begin, and to put it together. */
const PROFILE_MARGIN_MS = 30_000

/** A snapshot or a report stops the event loop of its process: so much longer it may be silent. */
const STANDSTILL_MS = 120_000

type SlotAccess = Pick<Slot, 'number' | 'serving' | 'processes'>

/** Looks into processes for operators: one thing at a time in each slot, and in the primary. */
export class Diagnosis {
  readonly #slots: () => readonly SlotAccess[]
  readonly #running = new Set<string>()

  constructor(slots: () => readonly SlotAccess[]) {
    this.#slots = slots
  }

  /**
   * Makes a file for whoever asks. It runs until the file is read to its end, or destroyed.
   *
   * @param signal ends it before
   * @throws {ProblemError} `SLOT_NOT_FOUND`, `SLOT_NOT_READY`, `DIAGNOSIS_INVALID`, `DIAGNOSIS_RUNNING`, `DIAGNOSIS_FAILED`,
   * `DIAGNOSIS_UNAVAILABLE`
   */
  async file(request: DiagnosisRequest, signal: AbortSignal): Promise<Readable> {
    const { slot } = request
    if (slot === undefined) return this.#exclusively('the primary', () => ownFile(request, signal))
    const handle = this.#serving(slot)
    assertThread(request, handle)
    return this.#exclusively(`slot ${slot}`, () => fileOf(handle, request, signal))
  }

  /**
   * Where the event loop of a process is. Disturbs nothing else that runs there.
   *
   * @throws {ProblemError} as {@link file}
   */
  async stack(slot: number): Promise<StackAnswer> {
    const handle = this.#serving(slot)
    const name = `the stack of slot ${slot}`
    this.#begin(name)
    try {
      return { success: true, slot, pid: handle.pid, ...(await loopStackOf(handle)) }
    } finally {
      this.#running.delete(name)
    }
  }

  #serving(number: number): HttpProcessHandle {
    const slots = this.#slots()
    const slot = slots.find((each) => each.number === number)
    if (slot === undefined) {
      throw new ProblemError(
        'SLOT_NOT_FOUND',
        `Cannot look into slot ${number}: expected one from 0 to ${slots.length - 1}`,
      )
    }
    if (slot.serving) return slot.serving
    throw new ProblemError('SLOT_NOT_READY', `Cannot look into slot ${number}: no process serves there`)
  }

  async #exclusively(name: string, make: () => Promise<Readable>): Promise<Readable> {
    this.#begin(name)
    try {
      const file = await make()
      file.once('close', () => this.#running.delete(name))
      return file
    } catch (error) {
      this.#running.delete(name)
      throw error
    }
  }

  #begin(name: string): void {
    if (this.#running.has(name)) {
      throw new ProblemError('DIAGNOSIS_RUNNING', `Cannot look into ${name}: a diagnosis of it is running`)
    }
    this.#running.add(name)
  }
}

function assertThread({ thread }: DiagnosisRequest, { launch }: HttpProcessHandle): void {
  const { threads } = launch.config
  if (thread === undefined || thread < threads) return
  throw new ProblemError(
    'DIAGNOSIS_INVALID',
    `Cannot look into thread ${thread}: expected one from 0 to ${threads - 1}`,
  )
}

async function fileOf(
  handle: HttpProcessHandle,
  { kind, thread, seconds }: DiagnosisRequest,
  signal: AbortSignal,
): Promise<Readable> {
  const order = { kind, thread, seconds }
  if (kind === 'profile') {
    return answerOfProcess(handle, order, seconds * 1000 + PROFILE_MARGIN_MS, signal)
  }
  return handle.bearWith(STANDSTILL_MS, () => answerOfProcess(handle, order, STANDSTILL_MS, signal))
}

/** The primary's own. */
async function ownFile({ kind, seconds }: DiagnosisRequest, signal: AbortSignal): Promise<Readable> {
  switch (kind) {
    case 'profile':
      return Readable.from([Buffer.from(await profileMainThread(seconds * 1000, signal))])
    case 'heap-snapshot':
      return snapshotMainThread()
    case 'report':
      return Readable.from([Buffer.from(diagnosticReport())])
  }
}
