/** A process that pulls: URL FOLDER SHA256. Says `begun` at the first bytes, and the path at the end. */
import { checkPullOptions, pullFrom } from '../../lib/weights/pull.js';

const [url = '', cacheFolder = '', sha256 = ''] = process.argv.slice(2);
let begun = false;
const onProgress = ({ phase, received }: { phase: string; received: number }): void => {
  const say = phase === 'waiting' ? 'waiting' : 'begun';
  if (!begun && (say === 'waiting' || received > 0)) process.stdout.write(`${say}\n`);
  begun ||= say === 'begun' && received > 0;
};
const pull = { ...checkPullOptions({ cacheFolder, onProgress }), env: {}, allowHttp: true, retryMs: 10 };
const source = { url, licence: 'MIT', sha256: sha256 === '' ? null : sha256 };
void pullFrom('net', source, pull).then((file) => process.stdout.write(`${file}\n`));
