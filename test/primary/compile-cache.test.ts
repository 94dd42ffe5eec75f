import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compileCacheFolder } from '../../src/primary/compile-cache.ts'

let parent: string
let folder: string
beforeEach(async () => {
  parent = await mkdtemp(`${tmpdir()}/offloop-cache-`)
  folder = join(parent, `offloop-compile-cache-${process.getuid?.()}`)
})
afterEach(() => rm(parent, { recursive: true }))

test('the folder of the compile cache is made, for this user alone, and found again', async () => {
  expect(compileCacheFolder(parent)).toBe(folder)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect(compileCacheFolder(parent)).toBe(folder)
})

test('a folder that others can enter is not used', async () => {
  await mkdir(folder)
  await chmod(folder, 0o755)
  expect(compileCacheFolder(parent)).toBeUndefined()
})

test('a link to somewhere else is not used', async () => {
  await mkdir(join(parent, 'elsewhere'), { mode: 0o700 })
  await symlink(join(parent, 'elsewhere'), folder)
  expect(compileCacheFolder(parent)).toBeUndefined()
})

test('where there can be no folder, there is none', async () => {
  await writeFile(folder, '')
  expect(compileCacheFolder(parent)).toBeUndefined()
  expect(compileCacheFolder(join(folder, 'below-a-file'))).toBeUndefined()
})
