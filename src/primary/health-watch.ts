import type { Logger } from '../observability/logger.ts'
import { hangs, primaryWasAway, type RecycleVerdict, recycleVerdict } from './health-policy.ts'
import type { HttpProcessHandle } from './http-process-handle.ts'
import type { Slot } from './slot.ts'

export interface HealthWatchOptions {
  readonly slots: () => readonly Slot[]
  readonly log: Logger
  /** Whether a process may be recycled now: one at a time, and not while something else is under way. */
  readonly mayRecycle: () => boolean
  readonly recycle: (slot: Slot, handle: HttpProcessHandle, verdict: RecycleVerdict) => void
}

const INTERVAL_MS = 500

/** Looks at all processes twice a second: those that hang are killed, those too large or too old are recycled. */
export function startHealthWatch(options: HealthWatchOptions): { stop(): void } {
  let lastLook = performance.now()
  const look = () => {
    const now = performance.now()
    const sinceLastLookMs = now - lastLook
    lastLook = now
    for (const slot of options.slots()) {
      for (const handle of slot.processes()) {
        const { hangTimeoutMs } = handle.launch.config
        if (primaryWasAway(sinceLastLookMs, INTERVAL_MS, hangTimeoutMs)) handle.forgiveSilence()
      }
      killHung(slot, options.log)
      considerRecycling(slot, options)
    }
  }
  const timer = setInterval(look, INTERVAL_MS).unref()
  return { stop: () => clearInterval(timer) }
}

function killHung(slot: Slot, log: Logger): void {
  for (const handle of slot.processes()) {
    const { killed, silentMs, patienceMs, launch } = handle
    if (killed || !hangs(silentMs, launch.config.hangTimeoutMs, patienceMs)) continue
    log.error(
      { slot: slot.number, childPid: handle.pid, silentMs: Math.round(handle.silentMs) },
      'HTTP process hangs, killing it',
    )
    handle.kill('hung')
  }
}

function considerRecycling(slot: Slot, { mayRecycle, recycle }: HealthWatchOptions): void {
  const handle = slot.serving
  const vitals = handle?.vitals
  if (!handle || !vitals || !mayRecycle()) return
  const ageMs = performance.now() - handle.startedAt
  const verdict = recycleVerdict({ ageMs, vitals, random: handle.random }, handle.launch.config)
  if (verdict) recycle(slot, handle, verdict)
}
