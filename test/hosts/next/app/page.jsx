import { inspect } from './actions.js';

export default async function Page({ searchParams }) {
  const { score } = await searchParams;
  return (
    <form action={inspect}>
      <input type="file" name="picture" />
      <button type="submit">Inspect</button>
      <output>{score}</output>
    </form>
  );
}
