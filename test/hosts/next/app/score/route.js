import { DinomalyError } from 'dinomaly';
import { scoreOf } from '../../model.js';

/** A route handler: POST a form with the file `picture`. */
export async function POST(request) {
  try {
    return Response.json({ score: await scoreOf((await request.formData()).get('picture')) });
  } catch (error) {
    if (!(error instanceof DinomalyError)) throw error;
    return Response.json({ error: error.message, code: error.code }, { status: 422 });
  }
}
