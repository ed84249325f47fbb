import { appendField, defineSink, next, removeFields, setField } from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const name = z
  .string()
  .check(z.regex(/^[!-9;-~]{1,100}$/, 'expected the name of a header field'))
  .check(
    z.refine(
      (text) => !/^(?:content-|mime-version$|received$|return-path$|dkim-|arc-)/i.test(text),
      'is not for a stamp to change',
    ),
  );
const value = z
  .string('expected a text')
  .check(z.regex(/^[^\p{Cc}]{1,500}$/u, 'expected 1 to 500 characters on one line'));

const settings = z.strictObject({
  /** Added, whatever there is of that name. */
  add: z._default(z.record(name, value), {}),
  /** Instead of those of that name. */
  set: z._default(z.record(name, value), {}),
  remove: z._default(z.array(name).check(z.maxLength(50, 'expected at most 50 names')), []),
});

/** Adds, sets and removes header fields. See README.md beside this file. */
export default defineSink({
  name: 'header-stamp',
  version: '1.0.0',
  description: 'Adds, sets and removes header fields.',
  role: 'edits',
  settings,

  onArrival({ message, virtualServer, settings: { add, set, remove } }) {
    const fill = (text: string): string => text.replaceAll('{server}', virtualServer.id);
    const isThere = (wanted: string): boolean => message.field(wanted) !== null;
    return next(
      ...remove.filter(isThere).map((one) => removeFields(one)),
      ...Object.entries(set).map(([one, text]) => setField(one, fill(text))),
      ...Object.entries(add).flatMap(([one, text]) =>
        message.all(one).includes(fill(text)) ? [] : [appendField(one, fill(text))],
      ),
    );
  },
});
