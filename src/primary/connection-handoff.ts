import type { ChildProcess } from 'node:child_process'
import type { Worker as ClusterWorker } from 'node:cluster'

/** A connection as node:cluster passes it on, of which only the end matters here. */
interface ConnectionHandle {
  close(): void
}

/** The two messages of node:cluster's own protocol that tell where a connection is. */
interface ClusterMessage {
  readonly cmd?: string
  readonly act?: string
  /** Which listening socket it came to. */
  readonly key?: string
  readonly seq?: number | string
  readonly ack?: number | string
  readonly accepted?: boolean
}

interface Handoff {
  readonly message: ClusterMessage
  readonly handle: ConnectionHandle
}

/**
 * Passes the connection on that an HTTP process had been handed and had not confirmed when it died.
 *
 * node:cluster forgets such a connection (Node 26, `RoundRobinHandle.handoff`): it stays open in the
 * primary, and its client waits for ever. What was not confirmed was not accepted, and nothing has
 * been read from it: another process can have it, and its client does not notice. Where none listens,
 * the next one to do so has it. There is at most one for each death.
 */
export function rescueConnections(worker: ClusterWorker): void {
  const child = worker.process
  const unconfirmed = new Map<number | string, Handoff>()
  const send = child.send.bind(child) as (...args: unknown[]) => boolean
  child.send = (...args: unknown[]): boolean => {
    const [message, handle] = args as [ClusterMessage, ConnectionHandle | undefined]
    if (message.cmd === 'NODE_CLUSTER' && message.act === 'newconn' && message.seq !== undefined && handle) {
      unconfirmed.set(message.seq, { message, handle })
    }
    return send(...args)
  }
  child.on('internalMessage', ({ ack, accepted }: ClusterMessage) => {
    const handoff = ack === undefined ? undefined : unconfirmed.get(ack)
    if (ack === undefined || handoff === undefined) return
    unconfirmed.delete(ack)
    // Of those that were passed on node:cluster knows nothing, so what follows is ours to do.
    if (!isPassedOn(handoff)) return
    if (accepted) handoff.handle.close()
    else passOn(handoff, child)
  })
  worker.once('listening', () => {
    listening.add(child)
    for (const handoff of waiting.splice(0)) offer(handoff)
  })
  child.once('exit', () => {
    listening.delete(child)
    for (const handoff of unconfirmed.values()) passOn(handoff, child)
    unconfirmed.clear()
  })
}

/** The processes that take connections. */
const listening = new Set<ChildProcess>()

/** The connections that nobody could take. */
const waiting: Handoff[] = []

/** The processes that could not take a connection. */
const askedBefore = new WeakMap<ConnectionHandle, Set<ChildProcess>>()

let passedOn = 0

/** Our sequence numbers are texts, those of node:cluster numbers. */
function isPassedOn({ message }: Handoff): boolean {
  return typeof message.seq === 'string'
}

function passOn(handoff: Handoff, refused: ChildProcess): void {
  const asked = askedBefore.get(handoff.handle) ?? new Set()
  askedBefore.set(handoff.handle, asked.add(refused))
  offer(handoff)
}

/** To a process that has not had it; once every one has refused it, it is closed, and its client learns so. */
function offer(handoff: Handoff): void {
  const { message, handle } = handoff
  const able = [...listening].filter(({ connected }) => connected)
  const next = able.find((each) => !askedBefore.get(handle)?.has(each))
  if (next !== undefined) {
    passedOn += 1
    // The handle belongs to node:net; the types of send() know sockets and servers only.
    next.send({ ...message, seq: `passed on ${passedOn}` }, handle as never, () => {})
  } else if (able.length === 0) waiting.push(handoff)
  else handle.close()
}
