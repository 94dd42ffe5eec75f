import type { ChildProcess } from 'node:child_process'
import cluster, { type Worker as ClusterWorker } from 'node:cluster'
import { type ConnectionHandle, HeldConnections } from './held-connections.ts'
import type { PortKeeper } from './port-keeper.ts'

/** What matters here of the messages of node:cluster's own protocol. */
interface ClusterMessage {
  readonly cmd?: string
  readonly act?: string
  /** Which listening socket it is about. */
  readonly key?: string
  readonly seq?: number | string
  readonly ack?: number | string
  readonly accepted?: boolean
}

/**
 * Sees to it that a connection finds an HTTP process also where node:cluster would lose it (Node 26, `RoundRobinHandle`).
 *
 * One that a process had been handed and had not confirmed when it died is forgotten: it stays open in the primary, and
 * its client waits for ever. And when the last process has gone, the port is closed, and clients are refused until the
 * next one is up. Nothing has been read from such connections: another process can have them, and their clients notice
 * no more than that it took longer. Where none listens they are held until one does.
 */
export class ConnectionHandoff {
  readonly #keeper: PortKeeper
  readonly #held = new HeldConnections()
  /** Those that node:cluster listens for: from the wish to listen on. While there are any, it has the port. */
  readonly #members = new Set<ClusterWorker>()
  /** Those that take connections, which is a moment later. */
  readonly #listening = new Set<ChildProcess>()
  /** The processes that could not take a connection. */
  readonly #askedBefore = new WeakMap<ConnectionHandle, Set<ChildProcess>>()
  #key: string | undefined
  #everListened = false
  #passedOn = 0
  #closed = false

  /** To be made before the first process is forked. Not for processes that listen for themselves. */
  constructor(keeper: PortKeeper) {
    this.#keeper = keeper
    keeper.onConnection = (handle) => this.#offer(handle)
    cluster.on('fork', (worker) => this.#watch(worker))
  }

  /** The port is no longer to be kept open, and who waits is told so by the end of the connection. */
  close(): void {
    this.#closed = true
    this.#keeper.close()
    this.#held.close()
  }

  #watch(worker: ClusterWorker): void {
    const child = worker.process
    // Before node:cluster hears it and listens: two cannot have the port.
    child.prependListener('internalMessage', ({ act }: ClusterMessage) => {
      if (act === 'queryServer') this.#join(worker)
    })
    child.on('internalMessage', ({ act }: ClusterMessage) => {
      if (act === 'close') this.#leave(worker)
    })
    worker.once('listening', () => {
      this.#everListened = true
      this.#listening.add(child)
      for (const handle of this.#held.takeAll()) this.#offer(handle)
    })
    worker.once('disconnect', () => this.#leave(worker))
    // Who dies with a connection on its way to it is never said to have disconnected; node:cluster lets go of it here.
    worker.once('exit', () => worker.isConnected() || this.#leave(worker))
    this.#rescueFrom(child)
  }

  #join(worker: ClusterWorker): void {
    this.#members.add(worker)
    this.#keeper.close()
  }

  #leave(worker: ClusterWorker): void {
    this.#listening.delete(worker.process)
    this.#members.delete(worker)
    // Before the first one has listened there is no service to be kept up.
    if (this.#members.size === 0 && this.#everListened && !this.#closed) this.#keeper.open()
  }

  /** Notes which connections a process has been handed, and passes on what it has not confirmed when it ends. */
  #rescueFrom(child: ChildProcess): void {
    const unconfirmed = new Map<number | string, ConnectionHandle>()
    const send = child.send.bind(child) as (...args: unknown[]) => boolean
    child.send = (...args: unknown[]): boolean => {
      const [{ cmd, act, key, seq }, handle] = args as [ClusterMessage, ConnectionHandle | undefined]
      if (cmd === 'NODE_CLUSTER') this.#key = key ?? this.#key
      if (cmd === 'NODE_CLUSTER' && act === 'newconn' && seq !== undefined && handle) {
        unconfirmed.set(seq, handle)
      }
      return send(...args)
    }
    child.on('internalMessage', ({ ack, accepted }: ClusterMessage) => {
      const handle = ack === undefined ? undefined : unconfirmed.get(ack)
      if (ack === undefined || handle === undefined) return
      unconfirmed.delete(ack)
      // Of those that were passed on node:cluster knows nothing, so what follows is ours to do.
      if (!isOurs(ack)) return
      if (accepted) handle.close()
      else this.#passOn(handle, child)
    })
    child.once('exit', () => {
      for (const handle of unconfirmed.values()) this.#passOn(handle, child)
      unconfirmed.clear()
    })
  }

  #passOn(handle: ConnectionHandle, refused: ChildProcess): void {
    const asked = this.#askedBefore.get(handle) ?? new Set()
    this.#askedBefore.set(handle, asked.add(refused))
    this.#offer(handle)
  }

  /** To a process that has not had it; once every one has refused it, it is closed, and its client learns so. */
  #offer(handle: ConnectionHandle): void {
    const able = [...this.#listening].filter(({ connected }) => connected)
    const next = able.find((each) => !this.#askedBefore.get(handle)?.has(each))
    if (next !== undefined) {
      this.#passedOn += 1
      const seq = `${OUR_SEQUENCE} ${this.#passedOn}`
      const message = { cmd: 'NODE_CLUSTER', act: 'newconn', key: this.#key, seq }
      // The handle belongs to node:net; the types of send() know sockets and servers only.
      next.send(message, handle as never, () => {})
    } else if (able.length === 0 && !this.#closed) this.#held.add(handle)
    else handle.close()
  }
}

/** The sequence numbers of node:cluster are numbers. */
const OUR_SEQUENCE = 'passed on'

function isOurs(ack: number | string): boolean {
  return typeof ack === 'string'
}
