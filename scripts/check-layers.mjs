// Checks what no compiler does: that arrows between the layers point one way (docs and DESIGN draw them), that each
// gatekeeper is the only one at its gate, that headers stand alone, and that files and functions are read at once.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root, runMain, sources, Trouble } from './tools.mjs';

const MOST_LINES = 300;
const MOST_FUNCTION_LINES = 50;

/**
 * @typedef {object} Rule
 * @property {string} folder where it holds
 * @property {(file: string) => boolean} [except]
 * @property {RegExp} forbidden tested on each line
 * @property {string} because
 */

/** @type {Rule[]} */
const RULES = [
  {
    folder: 'native/core',
    forbidden: /#include\s*[<"](?:.*\/)?(?:addon\/|napi|node_api|js_native_api|uv\.h|node\.h|v8)/,
    because: 'the core knows tensors and nothing of Node',
  },
  {
    folder: 'native/core',
    forbidden: /#include\s*"(?:\.\.\/)*(?:test|parity|loader)\//,
    because: 'the core includes the core only',
  },
  {
    folder: 'native/addon',
    forbidden: /#include\s*"(?:.*\/)?(?:lib|dist|test|parity)\//,
    because: 'the addon includes the core and itself only',
  },
  {
    folder: 'native',
    except: (file) => file === 'native/addon/napi_setup.h' || file.startsWith('native/loader/'),
    forbidden: /#include\s*[<"](?:.*\/)?(?:napi\.h|node_api\.h|js_native_api\.h)/,
    because: 'only native/addon/napi_setup.h includes Node-API',
  },
  {
    folder: 'native',
    forbidden: /#include\s*[<"]torch\/(?:torch|all|extension)\.h/,
    because: 'it costs 10 s a file: include ATen and the autograd headers that are needed',
  },
  {
    folder: 'native',
    forbidden: /#include\s*<filesystem>/,
    because: 'libtorch exports symbols of std::filesystem in the layout of an older compiler: it crashes with GCC 13',
  },
  {
    folder: 'lib',
    except: (file) => /^lib\/image(\.ts$|\/)/.test(file),
    forbidden: /(?:from|import|require\()\s*\(?'sharp'/,
    because: 'only lib/image imports sharp',
  },
  {
    folder: 'lib',
    except: (file) => file.startsWith('lib/binding/'),
    forbidden: /process\.dlopen|'node-gyp-build'|\.node'/,
    because: 'only lib/binding opens the addon',
  },
  {
    folder: 'lib',
    forbidden: /(?:from|import|require\()\s*\(?'(?:\.\.\/)+(?:test|bench|demo|examples|scripts|native|dist|build)\//,
    because: 'lib imports lib and its dependencies only',
  },
  {
    folder: 'lib',
    except: (file) => file === 'lib/kinds.ts',
    forbidden: /^(?! \*).*instanceof (?:Error|URL|AbortSignal|Map|Set|Date|RegExp|Promise|\w*Buffer|\w*Array)\b/,
    because: 'values come from other realms, as under Jest: lib/kinds.ts tells their kind',
  },
  {
    folder: 'test',
    except: (file) => file === 'test/helpers/where.ts',
    forbidden: /\bt\.pass\(|\b(?:test|ava|anyTest)(?:\.serial)?\.(?:skip|todo)\b/,
    because:
      'a test that cannot run here is skipped by test/helpers/where.ts, with its reason; one that can asserts something',
  },
  {
    folder: 'lib/libtorch',
    // What downloads and unpacks is loaded when it is needed.
    except: (file) => /\/(?:wheels|unzip)\.ts$/.test(file),
    forbidden: /from '(?!node:|\.\/|\.\.\/(?:errors|package)\.js')/,
    because: 'set-up scripts run it before anything else is there',
  },
];

/**
 * The functions of a formatted source: a head whose line ends in `{`, up to the brace at the same indentation.
 * @param {readonly string[]} lines
 */
function* functions(lines) {
  const head =
    /^(\s*)(?!(?:if|else|for|while|do|switch|try|catch|return|namespace|class|struct|enum|union|extern|export (?:class|interface)|interface|type|TEST)\b|[}{])\S.*(?:\)|=>|const|noexcept|override|[\w>\]] *)\s*\{$/;
  for (const [index, line] of lines.entries()) {
    const start = line.match(head)?.[1];
    // The initialisers of a constructor stand a step further in than its brace.
    const indent = line.trimStart().startsWith(':') ? start?.slice(4) : start;
    if (indent === undefined || !line.includes('(') || /^\s*(?:test|describe)[.(]/.test(line)) continue;
    const end = lines.findIndex((other, at) => at > index && other.startsWith(`${indent}}`));
    if (end > index) yield { line: index + 1, length: end - index + 1 };
  }
}

/** @param {string} file */
function checkLengths(file) {
  const lines = readFileSync(path.join(root, file), 'utf8').trimEnd().split('\n');
  const found = [];
  if (lines.length > MOST_LINES) found.push(`${file}: ${lines.length} lines, at most ${MOST_LINES}`);
  for (const { line, length } of functions(lines)) {
    if (length > MOST_FUNCTION_LINES)
      found.push(`${file}:${line}: a function of ${length} lines, at most ${MOST_FUNCTION_LINES}`);
  }
  return found;
}

/** @param {Rule} rule */
function checkRule({ folder, except, forbidden, because }) {
  const files = sources(folder, ['.c', '.h', '.cpp', '.ts', '.mts']).filter((file) => !except?.(file));
  return files.flatMap((file) =>
    readFileSync(path.join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, at) => (forbidden.test(line) ? [`${file}:${at + 1}: ${line.trim()}\n    ${because}`] : [])),
  );
}

/**
 * A source includes its own header before anything else, which shows that the header stands alone. (All but ATen: the
 * precompiled header hides that; a build with -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON shows it.)
 * @param {string} file
 */
function checkFirstInclude(file) {
  const header = file.replace(/\.cpp$/, '.h');
  if (!existsSync(path.join(root, header))) return [];
  const first = readFileSync(path.join(root, file), 'utf8').match(/^#include\s*[<"]([^>"]+)[>"]/m)?.[1] ?? '';
  return path.basename(first) === path.basename(header) ? [] : [`${file}: its own header must be its first include`];
}

await runMain(() => {
  const code = ['native', 'lib', 'test', 'bench', 'demo', 'examples', 'scripts'].flatMap((folder) =>
    sources(folder, ['.c', '.h', '.cpp', '.ts', '.mts', '.mjs']),
  );
  const own = sources('native', ['.cpp']).flatMap(checkFirstInclude);
  const found = [...RULES.flatMap(checkRule), ...code.flatMap(checkLengths), ...own];
  for (const line of found) console.error(line);
  if (found.length > 0) throw new Trouble(`${found.length} breaches of the layers`);
  console.log(`${code.length} files keep the layers`);
});
