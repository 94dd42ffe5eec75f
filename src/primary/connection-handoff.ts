import type { ChildProcess } from 'node:child_process'

/** A connection as node:cluster passes it on, of which only the end matters here. */
interface ConnectionHandle {
  close(): void
}

/** The two messages of node:cluster's own protocol that tell where a connection is. */
interface ClusterMessage {
  readonly cmd?: string
  readonly act?: string
  readonly seq?: number
  readonly ack?: number
}

/**
 * Closes the connections that an HTTP process had been handed and had not confirmed when it died.
 *
 * node:cluster forgets such a connection (Node 26, `RoundRobinHandle.handoff`): it stays open in the
 * primary, and its client waits for ever for an answer that nobody will give. Closed, the client
 * learns at once that it has to try again. There is at most one for each death.
 */
export function closeLostConnections(child: ChildProcess): void {
  const unconfirmed = new Map<number, ConnectionHandle>()
  const send = child.send.bind(child) as (...args: unknown[]) => boolean
  child.send = (...args: unknown[]): boolean => {
    const [message, handle] = args as [ClusterMessage, ConnectionHandle | undefined]
    if (message.cmd === 'NODE_CLUSTER' && message.act === 'newconn' && message.seq !== undefined && handle) {
      unconfirmed.set(message.seq, handle)
    }
    return send(...args)
  }
  child.on('internalMessage', ({ ack }: ClusterMessage) => {
    if (ack !== undefined) unconfirmed.delete(ack)
  })
  child.once('exit', () => {
    for (const handle of unconfirmed.values()) handle.close()
    unconfirmed.clear()
  })
}
