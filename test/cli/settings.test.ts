import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { SettingInEffect } from '../../src/cli/settings.ts'
import { settingTable } from '../../src/config/settings.ts'
import { runCli } from '../support/run-cli.ts'

async function settingsOf(args: readonly string[], environment: Record<string, string>) {
  const { stdout } = await runCli(['settings', '--json', ...args], environment)
  const { settings } = JSON.parse(stdout) as { settings: SettingInEffect[] }
  return new Map(settings.map((setting) => [setting.variable, setting]))
}

async function envFile(text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'offloop-cli-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await writeFile(join(dir, '.env'), text)
  return join(dir, '.env')
}

test('lists every setting and marks those that are not at their default', async () => {
  const { code, stdout } = await runCli(['settings'], { OFFLOOP_THREADS: '3' })
  expect(code).toBe(0)
  for (const { variable } of Object.values(settingTable)) expect(stdout).toContain(` ${variable} `)
  expect(stdout).toMatch(/^\* {2}OFFLOOP_THREADS +3 +2 +Threads/m)
  expect(stdout).toMatch(/^ {3}PORT +3000 +3000 /m)
  expect(stdout).toMatch(/\n\* not the default: 1 of \d+\.\n$/)
})

test('the environment wins over an env file, of the option or of OFFLOOP_ENV_FILE', async () => {
  const file = await envFile('# a comment\nPORT=4000\nOFFLOOP_THREADS="5"\nHOST=\n')
  for (const [args, variables] of [
    [['--env-file', file], {}],
    [[], { OFFLOOP_ENV_FILE: file }],
  ] as const) {
    const settings = await settingsOf(args, { ...variables, PORT: '4500' })
    expect(settings.get('PORT')).toMatchObject({ value: 4500, from: 'environment', changed: true })
    expect(settings.get('OFFLOOP_THREADS')).toMatchObject({ value: 5, default: 2, from: 'env file' })
    expect(settings.get('HOST')).toMatchObject({ value: '0.0.0.0', from: 'default', changed: false })
  }
})

test('a value that cannot be used is one sentence and exit code 2', async () => {
  expect(await runCli(['settings'], { OFFLOOP_THREADS: 'lots' })).toEqual({
    code: 2,
    stdout: '',
    stderr: 'offloop: Cannot use OFFLOOP_THREADS: expected an integer from 1 to 128, got "lots"\n',
  })
})

test('a token is never shown', async () => {
  for (const args of [['settings'], ['settings', '--json']]) {
    const { stdout, stderr } = await runCli(args, { OFFLOOP_OPS_TOKEN: 'hush' })
    expect(stdout + stderr).not.toContain('hush')
  }
})

test('a variable that no setting knows is warned of', async () => {
  const { code, stderr } = await runCli(['settings'], { OFFLOOP_THREDS: '3' })
  expect(code).toBe(0)
  expect(stderr).toContain('offloop: Ignoring OFFLOOP_THREDS: there is no such setting, did you mean')
})
