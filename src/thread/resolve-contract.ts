import { registerHooks } from 'node:module'
import { extname } from 'node:path'

/** This module runs as `.ts` from source and as `.js` when built; so does the contract. */
const OURS: Readonly<Record<string, string>> = {
  offloop: new URL(`../index${extname(import.meta.url)}`, import.meta.url).href,
  zod: import.meta.resolve('zod'),
}

/**
 * Lets task files import `offloop` and `zod` from a folder that has no `node_modules`: where the
 * normal resolution finds nothing, ours is used. An installed copy always wins.
 */
export function resolveContractForUserTasks(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context)
      } catch (error) {
        const url = OURS[specifier]
        if (url === undefined) throw error
        return { url, shortCircuit: true }
      }
    },
  })
}
