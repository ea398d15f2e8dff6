// What the extension brings to VS Code without a session.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const EXTENSION = 'worldswitch.worldswitch';

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension(EXTENSION);
  assert.ok(found, `${EXTENSION} is installed`);
  return found;
}

function sample(path: string): vscode.Uri {
  return vscode.Uri.joinPath(extension().extensionUri, path);
}

describe('the extension', () => {
  it('activates and registers its commands', async () => {
    await extension().activate();
    const commands = await vscode.commands.getCommands(true);
    const declared = (extension().packageJSON as { contributes: { commands: { command: string }[] } })
      .contributes.commands;
    assert.ok(declared.length > 0);
    for (const { command } of declared) assert.ok(commands.includes(command), command);
  });

  it('gives assembly sources its language', async () => {
    for (const path of ['hypervisor/lowvisor/world-switch.S', 'hypervisor/host/head.S']) {
      const document = await vscode.workspace.openTextDocument(sample(path));
      assert.equal(document.languageId, 'worldswitch-asm', path);
    }
  });

  it('completes launch.json by its schema', async () => {
    const uri = sample('samples/kvm-arm/.vscode/launch.json');
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const offset = document.getText().indexOf('"sample"');
    const labels = await completionsAt(uri, document.positionAt(offset + 1), (found) =>
      found.includes('protocolTrace'),
    );
    for (const attribute of ['kernel', 'guest', 'virtualization', 'listRegisters', 'protocolTrace'])
      assert.ok(labels.includes(attribute), `${attribute} in ${labels.join(', ')}`);
  });
});

/** The JSON language server needs a moment at the start: asks again until the answer is the expected one. */
async function completionsAt(
  uri: vscode.Uri,
  position: vscode.Position,
  isReady: (labels: string[]) => boolean,
): Promise<string[]> {
  for (let round = 0; ; round++) {
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      uri,
      position,
    );
    const labels = list.items.map(({ label }) =>
      (typeof label === 'string' ? label : label.label).replaceAll('"', ''),
    );
    if (isReady(labels) || round >= 100) return labels;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
