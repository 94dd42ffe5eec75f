import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from './logger.ts'
import { askMainThread } from './main-thread-stack.ts'
import { monotonicMs, type StallBeats } from './stall-beats.ts'
import { type StallPlace, stallPlace } from './stall-place.ts'

export interface ReportContext {
  readonly beats: StallBeats
  readonly log: Logger
  /** Folders inside which paths are shown relative. */
  readonly roots: readonly string[]
  /** Whether a stall was told of while somebody could be debugging: breakpoints are worth one line. */
  debuggerTold: boolean
}

/** An answer that takes longer comes out of native code, which may take for ever. */
const ANSWER_MS = 100

/** At most so many in a row, until the answer names a call that is not Node's own. */
const QUESTIONS = 5

type Finding = StallPlace | { readonly where: string; readonly stack?: never; readonly inOwnCode?: never }
const NO_INSPECTOR: Finding = { where: 'unknown (the inspector does not answer)' }
const IN_NATIVE_CODE: Finding = { where: 'unknown (native code, which answers only when it returns)' }
const OVER: Finding = { where: 'unknown (over before it could be asked)' }

/** What is asked and written about one stall. */
export class StallReport {
  readonly #context: ReportContext
  /** The last beat before the stall. */
  readonly #beatMs: number
  #question: Promise<Finding> | undefined
  #finding: Finding = OVER
  #inspectorOpen = false
  /** Nobody is to read of it: it is only counted. */
  #silent = true
  #told = false
  #placeTold = false

  constructor(context: ReportContext, beatMs: number) {
    this.#context = context
    this.#beatMs = beatMs
  }

  /** Where it is or was; undefined while that is not known. */
  get where(): string | undefined {
    return this.#finding.stack && this.#finding.where
  }

  /** Finds out where the main thread stands. */
  async place(): Promise<void> {
    await this.#ask()
  }

  /** Writes where the main thread stands, once it answers; nothing where it goes on before. */
  async short(stalledMs: number): Promise<void> {
    this.#silent = false
    const soFarMs = stopwatch(stalledMs)
    const finding = await this.#ask()
    if (this.#told || this.#isOver() || finding === OVER) return
    this.#write('warn', 'the event loop stands still', soFarMs(), finding)
  }

  /** Writes where the main thread hangs, or that it does not say so. Settles when it has answered. */
  async hang(stalledMs: number): Promise<void> {
    this.#silent = false
    const soFarMs = stopwatch(stalledMs)
    const question = this.#ask()
    const finding = await Promise.race([question, sleep(ANSWER_MS, IN_NATIVE_CODE)])
    if (!this.#isOver()) this.#write('error', 'the event loop hangs', soFarMs(), finding)
    await question
  }

  /**
   * Writes how long it was, and where unless a line has said so. Nothing where only its place was asked for.
   *
   * @returns where it was; undefined where that is not known
   */
  async end(ms: number): Promise<string | undefined> {
    await this.#question
    const message = this.#told ? 'the event loop goes on' : 'the event loop stood still'
    if (!this.#silent) this.#write('warn', message, ms, this.#placeTold ? undefined : this.#finding)
    return this.where
  }

  /** One question at a time: in native code the first one is still waiting for its answer. */
  #ask(): Promise<Finding> {
    this.#question ??= this.#find().finally(() => {
      this.#question = undefined
    })
    return this.#question
  }

  async #find(): Promise<Finding> {
    let finding = await this.#findOnce()
    for (let again = 1; again < QUESTIONS && finding.inOwnCode === false && !this.#isOver(); again += 1) {
      finding = await this.#findOnce()
    }
    // A later question without an answer does not take back an earlier one.
    if (finding.stack || !this.#finding.stack) this.#finding = finding
    return finding
  }

  async #findOnce(): Promise<Finding> {
    const { beats, roots } = this.#context
    const reading = await askMainThread(beats)
    if (!reading) return NO_INSPECTOR
    this.#inspectorOpen = reading.inspectorOpen
    return stallPlace(reading, this.#isOver() ? beats.gapEndMs : undefined, roots) ?? OVER
  }

  #isOver(): boolean {
    return this.#context.beats.lastBeatMs > this.#beatMs
  }

  #write(level: 'warn' | 'error', message: string, stalledMs: number, finding?: Finding): void {
    this.#told = true
    this.#placeTold ||= finding?.stack !== undefined
    if (this.#inspectorOpen) {
      if (this.#context.debuggerTold) return
      this.#context.debuggerTold = true
    }
    const inspector = this.#inspectorOpen && { inspector: 'open, this may be a breakpoint' }
    const place = finding && { where: finding.where, stack: finding.stack }
    this.#context.log[level]({ stalledMs, ...place, ...inspector }, message)
  }
}

function stopwatch(startMs: number): () => number {
  const startedAt = monotonicMs()
  return () => Math.round(startMs + monotonicMs() - startedAt)
}
