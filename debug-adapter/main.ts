// The debug adapter as VS Code starts it: the protocol on standard input and output; with --port N on a TCP port of
// 127.0.0.1, one session for each connection.
import { setV8Flags } from './node/v8-flags';
import { runAdapter } from './node/entry';

setV8Flags();
runAdapter(process.argv.slice(2));
