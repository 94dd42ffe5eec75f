import { registerHooks } from 'node:module'
import { extname } from 'node:path'

/** What task files may import. Looked up when one of them needs it, which takes some milliseconds. */
const OURS: Readonly<Record<string, () => string>> = {
  // This module runs as `.ts` from source and as `.js` when built; so does the contract.
  offloop: () => new URL(`../index${extname(import.meta.url)}`, import.meta.url).href,
  zod: () => import.meta.resolve('zod'),
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
        const ours = OURS[specifier]
        if (ours === undefined) throw error
        return { url: ours(), shortCircuit: true }
      }
    },
  })
}
