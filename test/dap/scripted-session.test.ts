// The scripted session, and its stops compared with golden/scripted-session.txt. TELL_STOPS=1 prints them.
import { inProcess } from './harness/connections';
import { compareWithGolden } from './harness/golden';
import { SCENES, play } from './scripted-session';

describe('dap: the scripted session', function () {
  this.timeout(60_000);
  const lines: string[] = [];

  for (const scene of SCENES)
    it(scene.name, () =>
      play(scene, inProcess, (line) => {
        if (scene.dependsOnLayout !== true) lines.push(line);
        if (process.env['TELL_STOPS'] !== undefined) console.log(`      ${line}`);
      }),
    );

  it('tells each stop in the same words as before', () => compareWithGolden('scripted-session', lines));
});
