// The debug adapter as VS Code starts it: the protocol on standard input and output; with --port N on a TCP port of
// 127.0.0.1, one session for each connection.
import { heedBranchHints } from './node/branch-hints';
import { runAdapter } from './node/entry';

heedBranchHints();
runAdapter(process.argv.slice(2));
