#!/usr/bin/env bash
# Verifies a captured Returnflows request with openssl, to look into one by hand. Not for a handler
# in production: the key stands on openssl's command line, where other users of the machine see it.
#
#   verify.sh --secret S --id I --timestamp T --signature SIG --body-file F [--now N]
#   verify.sh --secret S --short-signature SIG [--short-previous SIG] --body-file F
#
# Prints `ok` (exit code 0) or `refused: why` (exit code 1).
set -euo pipefail

# [snippet begin]
TOLERANCE_SECONDS=300

to_hex() { od -An -v -tx1 | tr -d ' \n'; }

# hmac_sha256 KEY_HEX: of standard input, as bytes.
hmac_sha256() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary; }

# key_of SECRET: the key of the Standard Webhooks signature, in hex. Fails on broken base64.
key_of() {
  local text=${1#whsec_}
  if [[ $text == "$1" ]]; then
    printf '%s' "$1" | to_hex
    return
  fi
  [[ -n $text && $(printf '%s' "$text" | openssl base64 -d -A | openssl base64 -A) == "$text" ]] ||
    return 1
  printf '%s' "$text" | openssl base64 -d -A | to_hex
}

# same A B: compares their MACs under a key that nobody knows, so that time tells nothing of them.
same() {
  local key
  key=$(openssl rand -hex 32)
  [[ $(printf '%s' "$1" | hmac_sha256 "$key" | to_hex) == \
    $(printf '%s' "$2" | hmac_sha256 "$key" | to_hex) ]]
}

# refusal SECRET ID TIMESTAMP SIGNATURE BODY_FILE NOW: recommended.
# Prints why the request is refused, or nothing when the signature is good.
refusal() {
  local secret=$1 id=$2 timestamp=$3 signature=$4 body_file=$5 now=$6
  [[ -n $id && -n $timestamp && -n $signature ]] || { echo "a webhook header is missing"; return; }
  [[ $timestamp =~ ^[0-9]{1,12}$ ]] || { echo "the timestamp is not a number"; return; }
  local off=$((now - 10#$timestamp))
  ((${off#-} <= TOLERANCE_SECONDS)) || { echo "the timestamp is more than 5 minutes off"; return; }
  local key expected entry
  key=$(key_of "$secret") || { echo "the secret is not whsec_ and base64"; return; }
  expected=v1,$({ printf '%s.%s.' "$id" "$timestamp"; cat -- "$body_file"; } |
    hmac_sha256 "$key" | openssl base64 -A)
  local -a entries
  read -ra entries <<<"$signature"
  for entry in "${entries[@]}"; do
    if same "$entry" "$expected"; then return; fi
  done
  echo "no signature fits"
}

# short_refusal SECRET SIGNATURE PREVIOUS BODY_FILE: the short way, the body alone, so that an old
# request cannot be told from a new one. PREVIOUS may be empty.
short_refusal() {
  local secret=$1 signature=$2 previous=$3 body_file=$4 key expected entry
  [[ -n $signature$previous ]] || { echo "a webhook header is missing"; return; }
  key=$(printf '%s' "$secret" | to_hex)
  expected=sha256=$(hmac_sha256 "$key" <"$body_file" | to_hex)
  for entry in "$signature" "$previous"; do
    if same "$entry" "$expected"; then return; fi
  done
  echo "no signature fits"
}
# [snippet end]

secret='' id='' timestamp='' signature='' short_signature='' short_previous='' body_file=''
now=$(date +%s)
while (($# >= 2)); do
  case $1 in
    --secret) secret=$2 ;;
    --id) id=$2 ;;
    --timestamp) timestamp=$2 ;;
    --signature) signature=$2 ;;
    --short-signature) short_signature=$2 ;;
    --short-previous) short_previous=$2 ;;
    --body-file) body_file=$2 ;;
    --now) now=$2 ;;
    *) echo "unknown argument $1" >&2; exit 2 ;;
  esac
  shift 2
done
if [[ -n $short_signature ]]; then
  why=$(short_refusal "$secret" "$short_signature" "$short_previous" "$body_file")
else
  why=$(refusal "$secret" "$id" "$timestamp" "$signature" "$body_file" "$now")
fi
if [[ -n $why ]]; then
  echo "refused: $why"
  exit 1
fi
echo ok
