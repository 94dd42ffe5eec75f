import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { startCluster } from '../support/cluster.ts'
import { until } from '../support/until.ts'

const LIMIT = 2
const settings = {
  OFFLOOP_PROCESSES: '2',
  OFFLOOP_THREADS: '1',
  OFFLOOP_MAX_CONNECTIONS: String(LIMIT),
}

/** CPU time of a process so far, in hundredths of a second (proc_pid_stat(5): fields 14 and 15). */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** A connection that asks for something at once, and what it has been answered. */
function ask(port: number, opened: Socket[]) {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  opened.push(socket)
  const client = { socket, answer: '' }
  socket.on('data', (data) => {
    client.answer += data
  })
  socket.write('GET /livez HTTP/1.1\r\nHost: test\r\n\r\n')
  return client
}

test.each(['round-robin', 'reuse-port'])(
  'with all processes full (%s) a connection is refused at once, the primary rests, and a free place is found',
  async (accept) => {
    await using cluster = await startCluster({ ...settings, OFFLOOP_ACCEPT: accept })
    const port = Number(new URL(cluster.url).port)
    const opened: Socket[] = []
    // Where the kernel deals, one process may get more than its share: ask until all places are taken.
    const served: ReturnType<typeof ask>[] = []
    await until('all places to be taken', async () => {
      const client = ask(port, opened)
      await until('an answer', () => client.answer.includes('\r\n\r\n'))
      if (client.answer.includes(' 200 ')) served.push(client)
      return served.length === 2 * LIMIT
    })
    const ticks = cpuTicks(cluster.pid)
    const refused = Array.from({ length: 20 }, () => ask(port, opened))
    await until('all to be answered', () => refused.every(({ answer }) => answer.includes('}')))
    expect(refused.every(({ answer }) => answer.includes('"code":"CONNECTIONS_FULL"'))).toBe(true)
    await until('the refused ones to be closed', () => refused.every(({ socket }) => socket.destroyed))
    expect(cpuTicks(cluster.pid) - ticks).toBeLessThan(30)
    served[0]?.socket.destroy()
    await until('the free place', async () => {
      const client = ask(port, opened)
      await until('an answer', () => client.answer.includes('\r\n\r\n'))
      return client.answer.includes(' 200 ')
    })
    for (const socket of opened) socket.destroy()
  },
)
