import { availableCores } from '../config/available-cores.ts'
import type { SlotOutcome, SlotStatus } from '../protocol/operators-api.ts'
import type { HttpProcessExit } from './http-process-exit.ts'
import { inBatches } from './in-batches.ts'
import type { Slot } from './slot.ts'

/** What scaling needs of a slot. */
export interface ScalableSlot extends Pick<Slot, 'number' | 'stop'> {
  readonly status: Pick<SlotStatus, 'pid'>
  start(): Promise<Pick<HttpProcessExit, 'startFailure'> | undefined>
}

/**
 * Changes the number of slots. New ones are started side by side, and one whose process does not
 * become ready is given up again, with those above it; the highest ones are drained when there are to
 * be fewer.
 *
 * @param slots changed in place
 * @param processes at least 1
 */
export async function scaleTo<S extends ScalableSlot>(
  slots: S[],
  processes: number,
  newSlot: (number: number) => S,
): Promise<SlotOutcome[]> {
  return processes > slots.length ? addSlots(slots, processes, newSlot) : removeSlots(slots, processes)
}

async function addSlots<S extends ScalableSlot>(
  slots: S[],
  processes: number,
  newSlot: (number: number) => S,
): Promise<SlotOutcome[]> {
  const before = slots.length
  for (let number = before; number < processes; number++) slots.push(newSlot(number))
  const outcomes = await inBatches(slots.slice(before), availableCores(), start)
  const firstFailed = outcomes.find(({ outcome }) => outcome === 'failed')
  if (firstFailed === undefined) return outcomes
  const removed = await removeSlots(slots, firstFailed.slot)
  return outcomes.map((each) =>
    each.outcome === 'failed' ? each : (removed.find(({ slot }) => slot === each.slot) ?? each),
  )
}

async function start(slot: ScalableSlot): Promise<SlotOutcome> {
  const startedAt = performance.now()
  const exit = await slot.start()
  return {
    slot: slot.number,
    outcome: exit ? 'failed' : 'started',
    oldPid: null,
    newPid: exit ? null : slot.status.pid,
    readyMs: exit ? null : Math.round(performance.now() - startedAt),
    reason: exit?.startFailure ?? null,
  }
}

async function removeSlots(slots: ScalableSlot[], processes: number): Promise<SlotOutcome[]> {
  const leaving = slots.slice(processes)
  const outcomes = leaving.map(
    (slot): SlotOutcome => ({
      slot: slot.number,
      outcome: 'removed',
      oldPid: slot.status.pid,
      newPid: null,
      readyMs: null,
      reason: null,
    }),
  )
  await Promise.all(leaving.map((slot) => slot.stop('scale')))
  slots.length = Math.min(slots.length, processes)
  return outcomes
}
