import type { Socket } from 'node:net'

/**
 * Settles when a connection is closed, also by a reset, which `events.once` would reject with: a server
 * that cuts a connection with bytes that it has not read resets it.
 */
export function socketClosed(socket: Socket): Promise<void> {
  socket.on('error', () => {})
  return new Promise((resolve) => socket.once('close', () => resolve()))
}
