/* Run as a process of its own: opens the data folder named by the argument, says what came of it, and holds it. */
import { openDatabase } from '../../../core/database/database.ts';
import { asFault } from '../../../core/errors.ts';
import { silent } from './engines.ts';

try {
  await openDatabase({ folder: process.argv[2] ?? '', operations: [], log: silent });
  process.stdout.write('open\n');
} catch (thrown) {
  const { code, context } = asFault(thrown);
  process.stdout.write(`${JSON.stringify({ code, pid: context['pid'] })}\n`);
}
