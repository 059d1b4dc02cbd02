#!/usr/bin/env bash
# Checks an OpenAPI document with two linters: lint.sh FILE (an absolute path).
# Fails on errors and on warnings. Needs `npm ci` in this folder; uses no network.
set -euo pipefail
if [[ $# -ne 1 || $1 != /* || ! -s $1 ]]; then
  echo "usage: lint.sh FILE   (the absolute path of a document that is not empty)" >&2
  exit 2
fi
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true CI=true

# Redocly's exit code is 1 for errors only, so that warnings are counted in what it reports.
report=$(mktemp)
trap 'rm -f "$report"' EXIT
status=0
node_modules/.bin/redocly lint --config redocly.yaml --max-problems 1000 --format json "$1" \
  >"$report" || status=1
node -e '
  const { totals, problems } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
  for (const problem of problems) {
    const place = problem.location?.[0]?.pointer ?? "";
    console.log(`${problem.severity} ${problem.ruleId} ${place}: ${problem.message}`);
  }
  console.log(`redocly: ${totals.errors} errors, ${totals.warnings} warnings`);
  process.exit(totals.errors + totals.warnings === 0 ? 0 : 1);
' "$report" || status=1

node_modules/.bin/spectral lint --ruleset .spectral.yaml --fail-severity hint "$1" || status=1
exit "$status"
