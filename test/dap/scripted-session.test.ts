import { inProcess } from './harness/connections';
import { SCENES, play } from './scripted-session';

describe('dap: the scripted session', function () {
  this.timeout(60_000);
  for (const scene of SCENES)
    it(scene.name, () =>
      play(scene, inProcess, (line) => {
        if (process.env['TELL_STOPS'] !== undefined) console.log(`      ${line}`);
      }),
    );
});
