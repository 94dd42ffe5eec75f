import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { forkEnvironment, programFile, readLaunch } from '../../src/primary/launch.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(`${tmpdir()}/offloop-launch-`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(dir, { recursive: true })
})

describe('what an HTTP process is started with', () => {
  const fork = (environment: Record<string, string>) =>
    forkEnvironment(3, 5, {
      config: { ...loadConfig(environment), port: 4321, accept: 'round-robin' },
      environment,
    })

  test('is the environment of the primary, with the slot and what was resolved for all', () => {
    expect(
      fork({ HOME: '/home/me', PORT: '0', OFFLOOP_ACCEPT: 'auto', OFFLOOP_QUEUE_MAX: '7' }),
    ).toMatchObject({
      HOME: '/home/me',
      OFFLOOP_SLOT: '3',
      OFFLOOP_SEAT: '5',
      PORT: '4321',
      OFFLOOP_ACCEPT: 'round-robin',
      OFFLOOP_QUEUE_MAX: '7',
    })
  })

  test("does not hold the operators' token", () => {
    expect(fork({ OFFLOOP_OPS_TOKEN: 'hunter2' }).OFFLOOP_OPS_TOKEN).toBe('')
  })

  test('gives libuv as many threads as tasks have and some more, where the operator says nothing', () => {
    expect(fork({ OFFLOOP_THREADS: '6' }).UV_THREADPOOL_SIZE).toBe('10')
    expect(fork({ OFFLOOP_THREADS: '6', UV_THREADPOOL_SIZE: '3' }).UV_THREADPOOL_SIZE).toBe('3')
  })

  test('keeps compiled code in a folder that all processes share, or where the operator wants it', () => {
    vi.stubEnv('TMPDIR', dir)
    expect(fork({}).NODE_COMPILE_CACHE).toMatch(new RegExp(`^${dir}/offloop-compile-cache-\\d+$`))
    expect(fork({ NODE_COMPILE_CACHE: '/var/cache/node' }).NODE_COMPILE_CACHE).toBe('/var/cache/node')
  })
})

test('settings are read anew from the file that the environment names', async () => {
  const file = `${dir}/offloop.env`
  vi.stubEnv('OFFLOOP_ENV_FILE', file)
  await writeFile(file, 'OFFLOOP_QUEUE_MAX=5\n')
  expect(readLaunch()).toMatchObject({
    config: { queueMax: 5, envFile: file },
    environment: { OFFLOOP_QUEUE_MAX: '5' },
  })
  await writeFile(file, 'OFFLOOP_QUEUE_MAX=6\n')
  expect(readLaunch().config.queueMax).toBe(6)
  await writeFile(file, 'OFFLOOP_QUEUE_MAX=many\n')
  expect(() => readLaunch()).toThrow(/^Cannot use OFFLOOP_QUEUE_MAX: /)
})

describe('the program that is forked', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const here = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

  test('keeps the symbolic link by which it was started, for the release that this shows later', async () => {
    await symlink(root, `${dir}/current`)
    expect(programFile(`${dir}/current/src/main.ts`)).toBe(`${dir}/current/src/main.ts`)
  })

  test.each([
    ["a process manager's file", fileURLToPath(import.meta.url)],
    ['a file that is gone', '/nowhere/main.js'],
    ['nothing', ''],
  ])('is this one where argv names %s', (_, started) => {
    expect(programFile(started)).toBe(here)
  })
})
