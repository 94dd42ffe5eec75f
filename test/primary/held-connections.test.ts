import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HeldConnections } from '../../src/primary/held-connections.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const connection = () => ({ close: vi.fn() })

test('connections are given in the order in which they came, once, and stay open', () => {
  const held = new HeldConnections()
  const handles = [connection(), connection(), connection()]
  for (const handle of handles) held.add(handle)
  expect(held.takeAll()).toEqual(handles)
  expect(held.takeAll()).toEqual([])
  vi.advanceTimersByTime(60_000)
  expect(handles.filter(({ close }) => close.mock.calls.length > 0)).toEqual([])
})

test('one that has waited for ten seconds is closed, and the others are not', () => {
  const held = new HeldConnections()
  const [early, late] = [connection(), connection()]
  held.add(early)
  vi.advanceTimersByTime(5000)
  held.add(late)
  vi.advanceTimersByTime(5000)
  expect(early.close).toHaveBeenCalledOnce()
  expect(late.close).not.toHaveBeenCalled()
  expect(held.takeAll()).toEqual([late])
})

test('what comes when a thousand wait is closed at once', () => {
  const held = new HeldConnections()
  const handles = Array.from({ length: 1030 }, connection)
  for (const handle of handles) held.add(handle)
  const closed = handles.filter(({ close }) => close.mock.calls.length > 0)
  expect(closed).toEqual(handles.slice(1024))
})

test('when it is closed so are all that wait', () => {
  const held = new HeldConnections()
  const handles = [connection(), connection()]
  for (const handle of handles) held.add(handle)
  held.close()
  for (const { close } of handles) expect(close).toHaveBeenCalledOnce()
  vi.advanceTimersByTime(60_000)
  for (const { close } of handles) expect(close).toHaveBeenCalledOnce()
})
