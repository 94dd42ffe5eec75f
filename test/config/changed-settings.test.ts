import { describe, expect, test } from 'vitest'
import { availableCores } from '../../src/config/available-cores.ts'
import { changedSettings, settingsThatNeedRestart } from '../../src/config/changed-settings.ts'
import { loadConfig } from '../../src/config/load-config.ts'

describe('changed settings', () => {
  test('are none where nothing is set, or only to what it is anyway', () => {
    expect(changedSettings(loadConfig({}))).toEqual({})
    const same = { PORT: '3000', OFFLOOP_PROCESSES: String(availableCores()) }
    expect(changedSettings(loadConfig(same))).toEqual({})
  })

  test('are named by their variables', () => {
    const processes = availableCores() + 1
    expect(
      changedSettings(
        loadConfig({ PORT: '0', OFFLOOP_PROCESSES: String(processes), LOG_LEVEL: 'WARN', HOST: '::1' }),
      ),
    ).toEqual({ PORT: 0, OFFLOOP_PROCESSES: processes, LOG_LEVEL: 'warn', HOST: '::1' })
  })

  test('say of a secret only that it is set', () => {
    expect(changedSettings(loadConfig({ OFFLOOP_OPS_TOKEN: 'hunter2' }))).toEqual({
      OFFLOOP_OPS_TOKEN: '[set]',
    })
  })
})

describe('settings that need a restart', () => {
  const between = (before: Record<string, string>, after: Record<string, string>) =>
    settingsThatNeedRestart(loadConfig(before), loadConfig(after))

  test("are those of the primary's sockets", () => {
    const after = {
      PORT: '1',
      HOST: '::1',
      OFFLOOP_OPS_PORT: '2',
      OFFLOOP_OPS_HOST: '::1',
      OFFLOOP_OPS_TOKEN: 'hunter2',
      OFFLOOP_ACCEPT: 'round-robin',
    }
    expect(between({}, after).toSorted()).toEqual(Object.keys(after).toSorted())
  })

  test('are none where nothing changed, or only what processes are started with', () => {
    expect(between({ PORT: '1' }, { PORT: '1' })).toEqual([])
    expect(
      between(
        {},
        { OFFLOOP_THREADS: '3', OFFLOOP_PROCESSES: '5', OFFLOOP_MIN_READY: '2', LOG_LEVEL: 'warn' },
      ),
    ).toEqual([])
  })
})
