import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ThreadEndings } from '../../src/scheduler/thread-endings.ts'

/** Ends when the test says so. */
class StandInThread extends EventEmitter {
  readonly threadId = 7
}

const WITHIN_MS = 5000

let thread: StandInThread
let told: boolean
let stuck: number
let endings: ThreadEndings
beforeEach(() => {
  vi.useFakeTimers()
  thread = new StandInThread()
  told = false
  stuck = 0
  endings = new ThreadEndings(() => {
    stuck += 1
  })
})
afterEach(() => {
  vi.useRealTimers()
})

const end = () =>
  endings.end(thread as unknown as Parameters<ThreadEndings['end']>[0], WITHIN_MS, () => {
    told = true
  })

/** Whether a promise has settled, once what is due has happened. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol()
  await vi.advanceTimersByTimeAsync(0)
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

describe('a thread that is told to end', () => {
  test('counts until it really has', async () => {
    const ended = end()
    expect(told).toBe(true)
    expect(endings.size).toBe(1)
    expect(await settled(ended)).toBe(false)
    thread.emit('exit')
    expect(await settled(ended)).toBe(true)
    expect(endings.size).toBe(0)
  })

  test('and does so in time is not said to be stuck', async () => {
    void end()
    thread.emit('exit')
    await vi.advanceTimersByTimeAsync(2 * WITHIN_MS)
    expect(stuck).toBe(0)
  })

  test('and has not ended in time is said to be stuck, once, and is still waited for', async () => {
    const ended = end()
    await vi.advanceTimersByTimeAsync(WITHIN_MS - 1)
    expect(stuck).toBe(0)
    await vi.advanceTimersByTimeAsync(2 * WITHIN_MS)
    expect(stuck).toBe(1)
    const all = endings.ended()
    expect(await settled(all)).toBe(false)
    thread.emit('exit')
    expect(await settled(all)).toBe(true)
    expect(await settled(ended)).toBe(true)
  })
})

describe('a thread that is held', () => {
  test('is told to end when the work has settled, and its time begins later', async () => {
    const work = Promise.withResolvers<void>()
    endings.hold(thread, work.promise)
    const ended = end()
    await vi.advanceTimersByTimeAsync(2 * WITHIN_MS)
    expect([told, stuck, endings.size]).toEqual([false, 0, 1])
    work.resolve()
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toBe(true)
    thread.emit('exit')
    expect(await settled(ended)).toBe(true)
  })

  test('is no longer held once the work has settled', async () => {
    const work = Promise.withResolvers<void>()
    endings.hold(thread, work.promise)
    const released = endings.released()
    expect(await settled(released)).toBe(false)
    work.resolve()
    expect(await settled(released)).toBe(true)
    void end()
    expect(told).toBe(true)
  })

  test('for ever is said to be stuck in the end', async () => {
    endings.hold(thread, new Promise(() => {}))
    void end()
    await vi.advanceTimersByTimeAsync(10 * 60_000)
    expect([told, stuck]).toEqual([false, 1])
  })
})
