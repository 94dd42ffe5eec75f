import type { HttpProcessMessage } from '../protocol/process-messages.ts'

/** Resolves when the message is out, or cannot be. `send` without a callback would emit `error`. */
export function tellPrimary(message: HttpProcessMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send) process.send(message, undefined, undefined, () => resolve())
    else resolve()
  })
}
