import { expect, test } from 'vitest';
import { splitBash } from './bash-line.ts';

/** Lines as models write them day in, day out. Caution about what parsers misread must not reach these. */
const EVERYDAY = String.raw`
git status
git add -A && git commit -m "Fix the parser (again); don't ask"
git commit -m 'feat(api)!: drop v1 & v2 <legacy>'
git log --oneline -n 20 --format='%h %s (%an)'
git diff HEAD~1 -- 'src/**/*.ts'
git show HEAD^:package.json
git rebase --onto main topic~3 topic
git push -u origin "feature/x"
git stash push -m "wip: a|b"
git grep -n -E 'foo\(|bar\)' -- '*.ts'
git branch --list 'release/*' | sed 's/^..//' | sort -V | tail -1
git ls-files -z | xargs -0 wc -l
npm ci && npm test -- --run
npm run build 2>&1 | tee build.log | tail -50
npx vitest run src/a.test.ts -t "parses (nested) groups"
NODE_ENV=production npm start >/dev/null 2>&1 &
node -e "console.log(JSON.stringify({a: [1, 2], b: process.version}))"
python3 -c 'import sys; print(sys.argv[1:], {"a": (1, 2)})' x y
python3 -m pytest -q tests/test_a.py::test_b -k "not slow"
pip install -r requirements.txt --quiet
cargo test --all-features -- --nocapture
go test ./... -run 'TestA|TestB' -count=1
make -j4 CFLAGS="-O2 -Wall" all
docker run --rm -v "$PWD":/src -w /src node:24 npm test
docker ps --format '{{.ID}} {{.Names}}'
kubectl get pods -o jsonpath='{.items[*].metadata.name}'
curl -fsSL -H 'Content-Type: application/json' -d '{"a": "b; c"}' https://example.com/x?y=1 -o out.json
curl -s "https://example.com/api?q=a&b=$B" | jq -r '.items[] | select(.n > 3 and (.s | test("a|b"))) | "\(.id)\t\(.name)"'
jq '.scripts |= with_entries(select(.key != "x"))' package.json > tmp.json && mv tmp.json package.json
find . -name '*.log' -mtime +7 -exec rm -f {} \;
find . -type f \( -name '*.js' -o -name '*.ts' \) -not -path './node_modules/*' -print0 | xargs -0 grep -ln TODO
find src -name '*.ts' -exec grep -l foo {} +
grep -rn "export function" src --include=*.ts | head -n 5
grep -E '^(a|b)+$' file || true
rg -n 'fn \w+\(' -g '!target' --json | head
awk '{print $1}' file
awk -F: '$3 >= 1000 && $1 !~ /^_/ { printf "%s:%d\n", $1, $3 }' /etc/passwd
awk 'BEGIN { while ((getline line < "x") > 0) n++; print n }'
sed -i 's/foo/bar/g; s|a/b|c/d|' file.txt
sed -n '10,20p' file
sed -E 's/^([^ ]+) +(.*)$/\2 \1/' file > out
perl -pi -e 's/(\w+)=~(\w+)/$2/g' file
cat file | tr -d '\r\n' | cut -d' ' -f1,3 | sort -u | uniq -c
ls -la ~/projects /tmp
ls *.md src/**/*.{ts,tsx}
mkdir -p a/{b,c} && touch a/b/x
cp -r src/. dest/ ; rm -rf dest/node_modules
tar -xzf a.tgz -C /tmp --strip-components=1
[ -f package.json ] && echo yes || echo no
[[ -n "$CI" && $A != y ]] || true
[[ "$a" == *.txt && $b =~ ^(x|y)[0-9]+$ ]] && echo match
test -d node_modules || npm ci
if [ ! -d venv ]; then python3 -m venv venv; fi
for f in *.txt; do echo "$f"; wc -l < "$f"; done
for i in 1 2 3; do curl -s localhost:$i; sleep 1; done
while read -r line; do echo "> $line"; done < input.txt
case "$1" in start|stop) echo "$1";; *) echo "usage: $0 {start|stop}" >&2; exit 1;; esac
cd /srv/app && source .env && ./run.sh --port=8080 --name='a b'
export PATH="$HOME/.local/bin:$PATH"
echo $((1 + 2 * (3 - 1))) "$((n % 2))"
printf '%s\n' "a" 'b "c"' $'d\te'
timeout 60 npm test; echo "exit: $?"
(( count++ )) || true
time ls -R > /dev/null
kill %1 2>/dev/null; wait
psql -c "select count(*) from t where a <> 'x' and (b is null or c > 3)"
ssh host 'cd /srv && ls | grep -c x'
diff -u a b | less -R
chmod u+x,go-w run.sh
exec 3>&1 4<&- && echo x >&3
set -euo pipefail; trap 'echo failed' ERR
`
  .trim()
  .split('\n');

const MORE_LINES = [
  'echo "total: ${#files[@]} in ${dir:-/tmp}" >> log.txt',
  'arr=(a "b c" d); echo "${arr[1]}"; arr[0]=x; arr+=(e)',
  'for f in *.JPG; do mv "$f" "${f%.JPG}.jpg"; done',
  "cat > a.py <<'EOF'\nimport os\nif (x := os.environ.get('A')) and x > '1':\n    print(f'{x!r}; done')\nEOF",
  'cat <<EOF >> notes.md\n# Title & more\n- it costs $5, isn\'t "that" much (for now)\nEOF\ngit add notes.md',
  'git commit -F - <<-EOF\n\tSubject\n\n\tBody; with (signs) & more\n\tEOF',
  'python3 - <<"PY" | sort\nprint("a|b")\nPY',
  'npm test \\\n  --run \\\n> out.log 2>&1',
  'npm run build &&\n  npm test \\\n    --run\n',
];

test.each([...EVERYDAY, ...MORE_LINES])('%s', (commandLine) => {
  const line = splitBash(commandLine);
  expect(line).not.toHaveProperty('opaque');
  const names = 'opaque' in line ? [] : line.parts.flatMap(({ words }) => words.slice(0, 1));
  expect(names).not.toContain(undefined);
});
