import { type Contender, offloop, program } from '../harness/contender.ts'

const SIZE = { processes: 2, threads: 2 }

/** Offloop with one way to accept. */
export interface Accepting extends Contender {
  readonly settings: Readonly<Record<string, string>>
}

const accepting = (way: string, settings: Readonly<Record<string, string>>): Accepting => {
  return { ...offloop('/api/tasks/hash', SIZE, settings, `Offloop, ${way}`), settings }
}

export const ROUND_ROBIN = accepting('round robin', { OFFLOOP_ACCEPT: 'round-robin' })
/** Offloop has no setting for it: it is Node's, and what Offloop calls round robin is then that. */
export const SHARED_HANDLE = accepting('shared handle', {
  OFFLOOP_ACCEPT: 'round-robin',
  NODE_CLUSTER_SCHED_POLICY: 'none',
})
export const REUSE_PORT = accepting('reuse-port', { OFFLOOP_ACCEPT: 'reuse-port' })
export const WAYS: readonly Accepting[] = [ROUND_ROBIN, SHARED_HANDLE, REUSE_PORT]

/** What node:cluster does by itself. */
export const CONTROL = program('node:http, round robin', 'node-http-connections.mjs', '/hash', SIZE, {
  NODE_CLUSTER_SCHED_POLICY: 'rr',
})
