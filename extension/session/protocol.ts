// The custom requests of the adapter, typed, over one debug session.
import type * as vscode from 'vscode';
import type { CustomRequestName, CustomRequests } from '../../debug-adapter/protocol/messages';

export const DEBUG_TYPE = 'worldswitch';

/**
 * Makes a custom request.
 * @throws Error with the adapter's message when the request fails
 */
export function request<Name extends CustomRequestName>(
  session: vscode.DebugSession,
  name: Name,
  args: CustomRequests[Name]['arguments'],
): Thenable<CustomRequests[Name]['response']> {
  return session.customRequest(name, args);
}
