import type { SlotOutcome, SlotStatus } from '../protocol/operators-api.ts'
import type { Launch } from './launch.ts'
import type { Slot } from './slot.ts'

/** What a reload needs of a slot. */
export interface ReloadableSlot extends Pick<Slot, 'number' | 'replace'> {
  readonly status: Pick<SlotStatus, 'pid'>
}

/**
 * Replaces the process of each slot, one slot after another: the new one serves before the old one
 * drains, and the next slot's turn comes when the old one has ended. Stops at the first slot whose new
 * process does not become ready; its old one and those of the slots behind it serve on.
 */
export async function rollingReload(
  slots: readonly ReloadableSlot[],
  launch: Launch,
): Promise<SlotOutcome[]> {
  const outcomes: SlotOutcome[] = []
  for (const slot of slots) {
    const failedBefore = outcomes.some(({ outcome }) => outcome === 'failed')
    outcomes.push(failedBefore ? kept(slot) : await slot.replace(launch, 'reload'))
  }
  return outcomes
}

/** What is said of a slot that a reload did not come to. */
export function kept(slot: Omit<ReloadableSlot, 'replace'>): SlotOutcome {
  const { pid } = slot.status
  return { slot: slot.number, outcome: 'kept', oldPid: pid, newPid: null, readyMs: null, reason: null }
}
