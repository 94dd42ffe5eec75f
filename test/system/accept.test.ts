import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startCluster } from '../support/cluster.ts'

const settings = { OFFLOOP_PROCESSES: '2', OFFLOOP_THREADS: '1' }

/** The listening sockets of a port: the kernel's table has them with the port in hexadecimal and state 0A. */
function listeningSockets(port: string): number {
  const wanted = `:${Number(port).toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => local.endsWith(wanted) && state === '0A').length
}

/** The process's own among the listening sockets in the abstract namespace: state 01 is one that listens. */
function listensForSiblings(pid: number): boolean {
  const inodes = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , , , state, , name = '']) => state === '01' && name.startsWith(`@offloop-${pid}-`))
    .map(([, , , , , , inode]) => `socket:[${inode}]`)
  const descriptors = `/proc/${pid}/fd`
  const open = readdirSync(descriptors).map((fd) => linkOf(`${descriptors}/${fd}`))
  return inodes.length === 1 && open.includes(inodes[0])
}

/** Undefined for one that has been closed meanwhile. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

test('by default the primary alone listens, and deals connections out', async () => {
  await using cluster = await startCluster({ ...settings, OFFLOOP_ACCEPT: 'round-robin' })
  expect(listeningSockets(new URL(cluster.url).port)).toBe(1)
})

test('with reuse-port each process listens for itself, those of a reload too, and a shutdown frees the port', async () => {
  await using cluster = await startCluster({ ...settings, OFFLOOP_ACCEPT: 'reuse-port' })
  const { port } = new URL(cluster.url)
  expect(listeningSockets(port)).toBe(2)
  expect((await cluster.control('/reload')).status).toBe(200)
  expect(listeningSockets(port)).toBe(2)
  expect((await cluster.task('echo', { message: 'x' })).status).toBe(200)
  expect(await cluster.stop()).toEqual({ code: 0, signal: null })
  expect(listeningSockets(port)).toBe(0)
})

test('each process listens for its siblings itself: what they pass on does not go through the primary', async () => {
  await using cluster = await startCluster(settings)
  const pids = await cluster.pids()
  expect(pids.filter(listensForSiblings)).toEqual(pids)
})
