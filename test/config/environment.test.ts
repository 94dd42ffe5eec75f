import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withEnvFile } from '../../src/config/environment.ts'
import { ConfigError } from '../../src/config/load-config.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(`${tmpdir()}/offloop-environment-`)
})
afterAll(() => rm(dir, { recursive: true }))

async function envFile(text: string): Promise<string> {
  const file = `${dir}/settings.env`
  await writeFile(file, text)
  return file
}

test('without a file there is the environment alone', () => {
  expect(withEnvFile({ PORT: '1' })).toEqual({ PORT: '1' })
  expect(withEnvFile({ PORT: '1', OFFLOOP_ENV_FILE: ' ' })).toEqual({ PORT: '1', OFFLOOP_ENV_FILE: ' ' })
})

test('what stands in the environment wins over the same name in the file', async () => {
  const file = await envFile('# settings\nPORT=2\nexport LOG_LEVEL="warn" # quieter\n\nOFFLOOP_QUEUE_MAX=9\n')
  expect(withEnvFile({ PORT: '1', OFFLOOP_ENV_FILE: file })).toEqual({
    PORT: '1',
    LOG_LEVEL: 'warn',
    OFFLOOP_QUEUE_MAX: '9',
    OFFLOOP_ENV_FILE: file,
  })
})

test('a file that cannot be read is one sentence', () => {
  const file = `${dir}/missing.env`
  expect(() => withEnvFile({ OFFLOOP_ENV_FILE: file })).toThrow(
    new ConfigError(
      `Cannot use OFFLOOP_ENV_FILE: expected a file that can be read, got "${file}" (ENOENT: no such file or directory, open '${file}')`,
    ),
  )
})

test('so is a folder', () => {
  expect(() => withEnvFile({ OFFLOOP_ENV_FILE: dir })).toThrow(
    /^Cannot use OFFLOOP_ENV_FILE: expected a file that can be read, got ".*" \(EISDIR: /,
  )
})
