const STOP = 0
const PROGRESS = 1
const THREAD = 2
const KEPT_KIB = 3
const LOADED = 4
const HAS_FINGERPRINT = 5
const THREAD_NUMBER = 6
const FINGERPRINT = 7
/** A fingerprint has 128 bits. */
const FINGERPRINT_BYTES = 16
const FIELDS = FINGERPRINT + FINGERPRINT_BYTES / Int32Array.BYTES_PER_ELEMENT

/**
 * A few words of memory that an HTTP process and the thread of one run share. It is not made of
 * messages because a thread in a synchronous loop receives none.
 */
export class RunControl {
  /** To be sent with the request; the other side makes its own RunControl from it. */
  readonly shared: SharedArrayBuffer
  readonly #words: Int32Array<SharedArrayBuffer>

  constructor(shared = new SharedArrayBuffer(FIELDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared
    this.#words = new Int32Array(shared)
  }

  /** Asks the run to stop. */
  requestStop(): void {
    Atomics.store(this.#words, STOP, 1)
    Atomics.notify(this.#words, STOP)
  }

  get stopRequested(): boolean {
    return Atomics.load(this.#words, STOP) !== 0
  }

  /** Settles when a stop is requested or {@link releaseWaiters} is called. Never blocks the thread. */
  async stopOrRelease(): Promise<void> {
    const wait = Atomics.waitAsync(this.#words, STOP, 0)
    if (wait.async) await wait.value
  }

  /** Lets {@link stopOrRelease} settle, so that a finished run leaves nothing waiting. */
  releaseWaiters(): void {
    Atomics.notify(this.#words, STOP)
  }

  /** How far the task says it has come, 0 to 1, kept to a thousandth. */
  get progress(): number {
    return Atomics.load(this.#words, PROGRESS) / 1000
  }

  set progress(fraction: number) {
    const permille = Math.round(Math.min(1, Math.max(0, fraction)) * 1000)
    Atomics.store(this.#words, PROGRESS, permille || 0)
  }

  /** Node's id of the thread that has begun the run, 0 before. */
  get threadId(): number {
    return Atomics.load(this.#words, THREAD)
  }

  set threadId(id: number) {
    Atomics.store(this.#words, THREAD, id)
  }

  /** The thread's number among those of its process, as `/status` has it; undefined where it is not known. */
  get threadNumber(): number | undefined {
    const place = Atomics.load(this.#words, THREAD_NUMBER)
    return place === 0 ? undefined : place - 1
  }

  set threadNumber(number: number) {
    Atomics.store(this.#words, THREAD_NUMBER, number + 1)
  }

  /** What the thread held when the run had ended, to the KiB; 0 before. */
  get keptBytes(): number {
    return Atomics.load(this.#words, KEPT_KIB) * 1024
  }

  set keptBytes(bytes: number) {
    Atomics.store(this.#words, KEPT_KIB, Math.ceil(bytes / 1024))
  }

  /** Tasks that the thread had loaded by then. */
  get loadedTasks(): number {
    return Atomics.load(this.#words, LOADED)
  }

  set loadedTasks(count: number) {
    Atomics.store(this.#words, LOADED, count)
  }

  /** Which input the thread has, 32 hexadecimal digits; undefined before it knows. Still there when the thread is not. */
  get fingerprint(): string | undefined {
    return Atomics.load(this.#words, HAS_FINGERPRINT) === 0 ? undefined : this.#bytes().toString('hex')
  }

  /** To be set once. */
  set fingerprint(hex: string) {
    this.#bytes().write(hex, 'hex')
    Atomics.store(this.#words, HAS_FINGERPRINT, 1)
  }

  #bytes(): Buffer {
    return Buffer.from(this.shared, FINGERPRINT * Int32Array.BYTES_PER_ELEMENT, FINGERPRINT_BYTES)
  }
}
