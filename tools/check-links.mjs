// Every relative link in a Markdown file must lead to a file of this tree, and its #part to a heading there.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter(existsSync);
const broken = [];
let count = 0;

/** GitHub's rule: lower case, punctuation dropped, blanks to hyphens. */
function anchors(file) {
  const headings = withoutCode(readFileSync(file, 'utf8')).matchAll(/^#{1,6} +(.+?) *#*$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function withoutCode(text) {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '');
}

for (const file of files) {
  const text = withoutCode(readFileSync(file, 'utf8')).replace(/`[^`\n]*`(?!\])/g, '');
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)(?: +"[^"]*")?\)/g)) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
    count += 1;
    const [path = '', part] = target.split('#');
    const full =
      path === '' ? file : normalize(join(path.startsWith('/') ? '.' : dirname(file), decodeURIComponent(path)));
    if (!existsSync(full)) broken.push(`${file}: ${target} leads nowhere`);
    else if (part && full.endsWith('.md') && !anchors(full).has(part.toLowerCase()))
      broken.push(`${file}: ${target}: no such heading`);
    else if (part && !full.endsWith('.md') && !/^L\d/.test(part) && statSync(full).isFile())
      broken.push(`${file}: ${target}: only Markdown has headings`);
  }
}
for (const line of broken) console.error(line);
console.log(`${count} links in ${files.length} files, ${broken.length} broken`);
process.exit(broken.length === 0 ? 0 : 1);
