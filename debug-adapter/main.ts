// The debug adapter as VS Code starts it: the protocol on standard input and output; with --port N on a TCP port of
// 127.0.0.1, one session for each connection.
import { runAdapter } from './node/entry';

runAdapter(process.argv.slice(2));
