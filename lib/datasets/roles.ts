/** What folders of people's own sets are by their names, in any case and however the words are joined. */

const NORMAL = 'normal good ok okay io pass passed nodefect nodefects defectfree nondefective gut fehlerfrei';
const ANOMALOUS =
  'anomalous anomaly anomalies abnormal bad ng nok notok ko nio defect defects defective fault faults faulty reject rejects rejected fail failed schlecht defekt fehler fehlerhaft ausschuss';
const MASKS = 'masks mask groundtruth gt truth';

/** What a folder may be for its class. */
export type Role = 'normal' | 'anomalous' | 'masks';

const ROLES: ReadonlyMap<string, Role> = new Map(
  ([['normal', NORMAL] as const, ['anomalous', ANOMALOUS] as const, ['masks', MASKS] as const] as const).flatMap(
    ([role, names]) => names.split(' ').map((name) => [name, role] as const),
  ),
);

/** The role that a folder's name tells, as of `OK`, `not_ok` and `n.i.O.`; `undefined` for any other name. */
export function roleOf(name: string): Role | undefined {
  return ROLES.get(name.toLowerCase().replace(/[\s._-]+/g, ''));
}
