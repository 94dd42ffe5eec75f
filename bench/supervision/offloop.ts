import type { ReloadVerdict } from '../../src/protocol/operators-api.ts'
import { fileOf, startOffloop } from '../harness/start-offloop.ts'
import { PROCESSES, type RunningSupervisor, type Settings, THREADS } from './supervisor.ts'

/** What was built, with its defaults but for its size. Its own tasks are JavaScript, as those are that ship: TypeScript loads later. */
export async function startSupervisedOffloop(
  port: number,
  settings: Settings = {},
): Promise<RunningSupervisor> {
  const running = await startOffloop({
    PORT: String(port),
    OFFLOOP_PROCESSES: String(PROCESSES),
    OFFLOOP_THREADS: String(THREADS),
    OFFLOOP_TASKS_DIR: fileOf('bench/supervision/tasks'),
    ...settings,
  })
  return {
    reload: () => reload(running.opsUrl),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}

async function reload(opsUrl: string): Promise<void> {
  const response = await fetch(`${opsUrl}/reload`, { method: 'POST' })
  const verdict = (await response.json()) as ReloadVerdict
  if (response.status !== 200 || verdict.slots.some(({ outcome }) => outcome !== 'replaced')) {
    throw new Error(`The reload failed: ${JSON.stringify(verdict)}`)
  }
}
