// Runs a mocha suite inside the extension host of a real VS Code and gives its exit code.
import { format } from 'node:util';
import { openBrowser } from './browser.mjs';
import { startServer, workbenchUrl } from './server.mjs';

/** The workbench's own log lines; mocha's output comes through the same channel. */
const NOISE =
  /^(Error: Could not locate the bindings file|Cannot find module '\.\/build\/Release\/watchdog|Timed out waiting for authentication provider|Creating a socket|Resolv(ing|ed) connection token|Ignoring fetching additional|Updating additional|\[Service Worker\]|ChatSessionStore|\[AccountPolicyGate\]|\[AgentHost|Creation of workbench contribution)/;

/**
 * @param tests absolute path of the CommonJS module with run(), without .js
 * @param development absolute paths of extensions
 * @param limit seconds
 * @param screenshot path of a picture that is taken at the end
 */
export async function runInExtensionHost({ workspace, folder, development, tests, limit, env, screenshot }) {
  const server = await startServer({ automation: true, trusted: true, env });
  const browser = await openBrowser().catch(async (error) => {
    await server.stop();
    throw error;
  });
  const stop = async () => {
    await browser.close();
    await server.stop();
  };
  const onSignal = () => void stop().then(() => process.exit(143));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, onSignal);
  try {
    const { page } = browser;
    const ended = new Promise((resolve) => {
      const timer = setTimeout(() => {
        console.error(`The suite did not end in ${limit} s.`);
        resolve(124);
      }, limit * 1000);
      void page.exposeFunction('codeAutomationLog', (_type, args) => {
        const line = format(...args);
        if (process.env.WORLDSWITCH_DEBUG_SERVER || !NOISE.test(line)) console.log(line);
      });
      void page.exposeFunction('codeAutomationExit', (code) => {
        clearTimeout(timer);
        resolve(code);
      });
      page.on('crash', () => {
        console.error('The page crashed.');
        resolve(125);
      });
      server.child.once('exit', () => resolve(126));
    });
    await page.goto(workbenchUrl(server, { folder, workspace, development, tests }));
    const code = await ended;
    if (screenshot) await page.screenshot({ path: screenshot }).catch(() => undefined);
    return code;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, onSignal);
    await stop();
  }
}
