'use server';

import { redirect } from 'next/navigation';
import { scoreOf } from '../model.js';

/** A server action: the form of the page calls it. */
export async function inspect(form) {
  redirect(`/?score=${await scoreOf(form.get('picture'))}`);
}
