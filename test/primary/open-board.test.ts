import { closeSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { openBoard } from '../../src/primary/open-board.ts'

test('the board has no name that could be left behind', async () => {
  const folder = await mkdtemp(`${tmpdir()}/offloop-board-`)
  const { fd } = openBoard([folder])
  expect(readdirSync(folder)).toEqual([])
  closeSync(fd)
  await rm(folder, { recursive: true })
})

test('the next folder is taken where the first cannot be written', () => {
  const { fd } = openBoard(['/proc/nowhere', tmpdir()])
  closeSync(fd)
  expect(() => openBoard(['/proc/nowhere'])).toThrow(/expected to write to \/proc\/nowhere, got ENOENT/)
})
