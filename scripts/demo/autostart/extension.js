// Lives in the demo's profile only: starts the session when the window opens, and holds a connection to the demo, which
// ends everything when the last window has closed.
const net = require('node:net');
const vscode = require('vscode');

exports.activate = async function activate(context) {
  const [port, token] = (process.env.WORLDSWITCH_DEMO ?? '').split(':');
  if (!token) return;
  const connection = net.connect(Number(port), '127.0.0.1', () => connection.write(`${token}\n`));
  connection.on('error', () => undefined);
  connection.on('data', () => vscode.commands.executeCommand('workbench.action.closeWindow'));
  context.subscriptions.push({ dispose: () => connection.destroy() });
  await vscode.commands.executeCommand('workbench.view.debug');
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (process.env.WORLDSWITCH_DEMO_WAITS !== '1')
    await vscode.debug.startDebugging(folder, 'KVM/ARM: Boot sample');
};
