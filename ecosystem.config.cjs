/*
 * PM2 manages the primary; the primary manages its HTTP processes. Build first: npm run build
 *
 *   pm2 start ecosystem.config.cjs
 *
 * Fork mode and one instance: in PM2's cluster mode the program would itself be a cluster worker
 * and could not fork. More processes: OFFLOOP_PROCESSES.
 */
module.exports = {
  apps: [
    {
      name: 'offloop',
      script: 'dist/src/main.js',
      cwd: __dirname,
      exec_mode: 'fork',
      instances: 1,
      // Online once every HTTP process is ready. Longer than OFFLOOP_START_TIMEOUT_MS (30 s).
      wait_ready: true,
      listen_timeout: 35_000,
      // Longer than OFFLOOP_DRAIN_TIMEOUT_MS (10 s) and the second that ending takes; PM2 kills after it.
      kill_timeout: 15_000,
      // A primary that cannot start says why and ends; to start it again and again helps nobody.
      stop_exit_codes: [2],
      exp_backoff_restart_delay: 200,
      max_restarts: 10,
    },
  ],
}
