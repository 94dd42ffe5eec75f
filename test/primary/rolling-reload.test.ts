import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import type { Launch } from '../../src/primary/launch.ts'
import { type ReloadableSlot, rollingReload } from '../../src/primary/rolling-reload.ts'
import type { SlotOutcome } from '../../src/protocol/operators-api.ts'

const launch: Launch = { config: loadConfig({}), environment: {} }

/** Three slots whose replacements end when the test says so. */
function threeSlots() {
  const events: string[] = []
  const slots = [0, 1, 2].map((number) => {
    const replaced = Promise.withResolvers<SlotOutcome['outcome']>()
    const slot: ReloadableSlot = {
      number,
      status: { pid: 100 + number },
      async replace(given, reason) {
        expect([given, reason]).toEqual([launch, 'reload'])
        events.push(`${number} begins`)
        const outcome = await replaced.promise
        events.push(`${number} ends`)
        return { slot: number, outcome, oldPid: 100 + number, newPid: 200, readyMs: 1, reason: null }
      },
    }
    return { slot, end: replaced.resolve }
  })
  return {
    events,
    slots,
    run: () =>
      rollingReload(
        slots.map(({ slot }) => slot),
        launch,
      ),
  }
}

test("a slot's turn comes when the one before it has ended", async () => {
  const { events, slots, run } = threeSlots()
  const outcomes = run()
  // The last ones could end first.
  for (const { end } of slots.toReversed()) end('replaced')
  expect((await outcomes).map(({ outcome }) => outcome)).toEqual(['replaced', 'replaced', 'replaced'])
  expect(events).toEqual(['0 begins', '0 ends', '1 begins', '1 ends', '2 begins', '2 ends'])
})

test('the first slot that fails ends it: those behind it are kept with the processes they have', async () => {
  const { events, slots, run } = threeSlots()
  slots[0]?.end('replaced')
  slots[1]?.end('failed')
  const outcomes = await run()
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['replaced', 'failed', 'kept'])
  expect(outcomes[2]).toEqual({
    slot: 2,
    outcome: 'kept',
    oldPid: 102,
    newPid: null,
    readyMs: null,
    reason: null,
  })
  expect(events).toEqual(['0 begins', '0 ends', '1 begins', '1 ends'])
})

test('a slot that was empty does not end it', async () => {
  const { slots, run } = threeSlots()
  slots[0]?.end('started')
  slots[1]?.end('replaced')
  slots[2]?.end('replaced')
  expect((await run()).map(({ outcome }) => outcome)).toEqual(['started', 'replaced', 'replaced'])
})
