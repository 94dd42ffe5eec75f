import type { ChildProcess } from 'node:child_process'
import cluster from 'node:cluster'

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
 * been read from it: another process can have it, and its client does not notice. There is at most
 * one for each death.
 */
export function rescueConnections(child: ChildProcess): void {
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
  child.once('exit', () => {
    for (const handoff of unconfirmed.values()) passOn(handoff, child)
    unconfirmed.clear()
  })
}

/** Our sequence numbers are texts, those of node:cluster numbers. */
function isPassedOn({ message }: Handoff): boolean {
  return typeof message.seq === 'string'
}

let passedOn = 0

/** To the next process after this one; once every other one has refused it, it is closed, and its client learns so. */
function passOn({ message, handle }: Handoff, refused: ChildProcess): void {
  const asked = (askedBefore.get(handle) ?? new Set()).add(refused)
  askedBefore.set(handle, asked)
  const next = Object.values(cluster.workers ?? {}).find(
    (each) => each?.isConnected() && !each.isDead() && !asked.has(each.process),
  )
  if (next === undefined) {
    handle.close()
    return
  }
  passedOn += 1
  // The handle belongs to node:net; the types of send() know sockets and servers only.
  next.process.send({ ...message, seq: `passed on ${passedOn}` }, handle as never, () => {})
}

/** The processes that could not take a connection. */
const askedBefore = new WeakMap<ConnectionHandle, Set<ChildProcess>>()
