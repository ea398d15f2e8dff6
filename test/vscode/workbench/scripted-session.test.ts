// Scenes of the scripted session on the screen: the packaged extension in a real workbench, by keys and clicks.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The parts of scripts/ that are used here; they are plain modules without types. */
interface Scripts {
  packExtensions(folder: string): Promise<{ own: string }>;
  startServer(options: object): Promise<{ stop(): Promise<void> }>;
  openBrowser(): Promise<{ page: unknown; close(): Promise<void> }>;
  openSession(options: object): Promise<unknown>;
  playScene(session: unknown, name: string): Promise<void>;
  SCENE_NAMES: string[];
}

const script = (path: string): Promise<Scripts> =>
  import(pathToFileURL(join(process.cwd(), 'scripts', path)).href) as Promise<Scripts>;

/** All of them with WORLDSWITCH_LONG; otherwise those that the suite in the extension host can't see. */
const SHORT = ['entry', 'Stage 2 fault', 'one address in two worlds', 'guest without symbols'];

describe('the scripted session on the screen', function () {
  this.timeout(120000);
  const started: (() => unknown)[] = [];
  let session: unknown;

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'worldswitch-test-'));
    started.push(() => rmSync(folder, { recursive: true, force: true }));
    const { own } = await (await script('demo/pack.mjs')).packExtensions(folder);
    const server = await (
      await script('vscode/server.mjs')
    ).startServer({ extensions: [own], automation: true, trusted: true });
    started.push(() => server.stop());
    const browser = await (await script('vscode/browser.mjs')).openBrowser();
    started.push(() => browser.close());
    const artifacts = join(process.cwd(), 'artifacts');
    mkdirSync(artifacts, { recursive: true });
    session = await (
      await script('session/scripted-session.mjs')
    ).openSession({ server, page: browser.page, artifacts });
  });

  after(async () => {
    for (const stop of started.reverse()) await stop();
  });

  for (const name of SHORT)
    it(name, async () => (await script('session/scripted-session.mjs')).playScene(session, name));

  if (process.env.WORLDSWITCH_LONG)
    it('all other scenes', async function () {
      this.timeout(600000);
      const { SCENE_NAMES, playScene } = await script('session/scripted-session.mjs');
      for (const name of SCENE_NAMES) if (!SHORT.includes(name)) await playScene(session, name);
    });
});
