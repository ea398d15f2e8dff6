// Knows whether a window of the demo is open: each holds a connection.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';

/** A window that reloads is back within this time, in milliseconds. */
const RELOAD_TIME = 8000;

/** Listens on 127.0.0.1. `variable` is what the window's environment must hold; `closed` is kept when the last has gone. */
export async function watchWindows() {
  const token = randomBytes(16).toString('hex');
  const windows = new Set();
  let timer;
  let close;
  const closed = new Promise((resolve) => (close = resolve));
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text = (text + chunk).slice(0, 100);
      if (text.trim() !== token) return;
      windows.add(socket);
      clearTimeout(timer);
    });
    socket.on('close', () => {
      if (windows.delete(socket) && windows.size === 0) timer = setTimeout(close, RELOAD_TIME);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    variable: `${server.address().port}:${token}`,
    closed,
    /** Asks every window to close. */
    closeWindows() {
      for (const socket of windows) socket.write('close\n');
    },
    stop() {
      clearTimeout(timer);
      for (const socket of windows) socket.destroy();
      server.close();
    },
  };
}
