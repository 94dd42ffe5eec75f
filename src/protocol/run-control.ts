const STOP = 0
const PROGRESS = 1
const THREAD = 2
const KEPT_KIB = 3
const LOADED = 4
const HAS_FINGERPRINT = 5
const THREAD_NUMBER = 6
const COLLECTIONS = 7
/** Those before it are at 0 when a run begins. Which one it is, counted in its place. */
const NUMBER = 8
const FINGERPRINT = 9
/** A fingerprint has 128 bits. */
const FINGERPRINT_BYTES = 16
const FIELDS = FINGERPRINT + FINGERPRINT_BYTES / Int32Array.BYTES_PER_ELEMENT

/** The controls of all runs of a process: one region of memory, that no request has to bring along. */
export class RunControls {
  /** To be given to a thread when it starts. */
  readonly shared: SharedArrayBuffer
  readonly #words: Int32Array<SharedArrayBuffer>

  /** @param runs the most at once, or the memory itself */
  constructor(runs: number | SharedArrayBuffer) {
    const bytes = FIELDS * Int32Array.BYTES_PER_ELEMENT
    this.shared = typeof runs === 'number' ? new SharedArrayBuffer(runs * bytes) : runs
    this.#words = new Int32Array(this.shared)
  }

  /** For a run that is about to begin; nothing of the one before is left. */
  begin(place: number): RunControl {
    const first = place * FIELDS
    for (let field = first; field < first + NUMBER; field++) Atomics.store(this.#words, field, 0)
    Atomics.add(this.#words, first + NUMBER, 1)
    return new RunControl(this.#words, first)
  }

  /** For the thread of the run that is there now. */
  of(place: number): RunControl {
    return new RunControl(this.#words, place * FIELDS)
  }
}

/**
 * A few words of memory that an HTTP process and the thread of one run share. It is not made of
 * messages because a thread in a synchronous loop receives none.
 */
export class RunControl {
  readonly #words: Int32Array<SharedArrayBuffer>
  readonly #first: number
  /** Of the run. A task can leave something behind that goes on, and must not meddle with the next one. */
  readonly #number: number

  constructor(
    words = new Int32Array(new SharedArrayBuffer(FIELDS * Int32Array.BYTES_PER_ELEMENT)),
    first = 0,
  ) {
    this.#words = words
    this.#first = first
    this.#number = this.#load(NUMBER)
  }

  /** Asks the run to stop. */
  requestStop(): void {
    if (!this.#isCurrent) return
    this.#store(STOP, 1)
    Atomics.notify(this.#words, this.#first + STOP)
  }

  get stopRequested(): boolean {
    return this.#isCurrent && this.#load(STOP) !== 0
  }

  /** Settles when a stop is requested or {@link releaseWaiters} is called. Never blocks the thread. */
  async stopOrRelease(): Promise<void> {
    const wait = Atomics.waitAsync(this.#words, this.#first + STOP, 0)
    if (wait.async) await wait.value
  }

  /** Lets {@link stopOrRelease} settle, so that a finished run leaves nothing waiting. */
  releaseWaiters(): void {
    Atomics.notify(this.#words, this.#first + STOP)
  }

  /** How far the task says it has come, 0 to 1, kept to a thousandth. */
  get progress(): number {
    return this.#load(PROGRESS) / 1000
  }

  set progress(fraction: number) {
    const permille = Math.round(Math.min(1, Math.max(0, fraction)) * 1000)
    this.#store(PROGRESS, permille || 0)
  }

  /** Node's id of the thread that has begun the run, 0 before. */
  get threadId(): number {
    return this.#load(THREAD)
  }

  set threadId(id: number) {
    this.#store(THREAD, id)
  }

  /** The thread's number among those of its process, as `/status` has it; undefined where it is not known. */
  get threadNumber(): number | undefined {
    const place = this.#load(THREAD_NUMBER)
    return place === 0 ? undefined : place - 1
  }

  set threadNumber(number: number) {
    this.#store(THREAD_NUMBER, number + 1)
  }

  /** What the thread held when the run had ended, to the KiB; 0 before. */
  get keptBytes(): number {
    return this.#load(KEPT_KIB) * 1024
  }

  set keptBytes(bytes: number) {
    this.#store(KEPT_KIB, Math.ceil(bytes / 1024))
  }

  /** Tasks that the thread had loaded by then. */
  get loadedTasks(): number {
    return this.#load(LOADED)
  }

  set loadedTasks(count: number) {
    this.#store(LOADED, count)
  }

  /** Whole heaps that V8 had collected there by then. */
  get heapCollections(): number {
    return this.#load(COLLECTIONS)
  }

  set heapCollections(count: number) {
    this.#store(COLLECTIONS, count)
  }

  /** Which input the thread has, 32 hexadecimal digits; undefined before it knows. Still there when the thread is not. */
  get fingerprint(): string | undefined {
    return this.#load(HAS_FINGERPRINT) === 0 ? undefined : this.#bytes().toString('hex')
  }

  /** To be set once. */
  set fingerprint(hex: string) {
    this.#bytes().write(hex, 'hex')
    this.#store(HAS_FINGERPRINT, 1)
  }

  #bytes(): Buffer {
    const { buffer, BYTES_PER_ELEMENT } = this.#words
    return Buffer.from(buffer, (this.#first + FINGERPRINT) * BYTES_PER_ELEMENT, FINGERPRINT_BYTES)
  }

  #load(field: number): number {
    return Atomics.load(this.#words, this.#first + field)
  }

  #store(field: number, value: number): void {
    if (this.#isCurrent) Atomics.store(this.#words, this.#first + field, value)
  }

  get #isCurrent(): boolean {
    return this.#load(NUMBER) === this.#number
  }
}
