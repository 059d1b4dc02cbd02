<?php
// Verifies a captured Returnflows request. No extensions needed; PHP 8.0 or newer.
//
//   php verify.php --secret S --id I --timestamp T --signature SIG --body-file F [--now N]
//   php verify.php --secret S --short-signature SIG [--short-previous SIG] --body-file F
//
// Prints `ok` (exit code 0) or `refused: why` (exit code 1).
declare(strict_types=1);

// [snippet begin]
const TOLERANCE_SECONDS = 300;

function key_of(string $secret): string
{
    if (!str_starts_with($secret, 'whsec_')) {
        return $secret;  // PHP strings are bytes already.
    }
    $key = base64_decode(substr($secret, strlen('whsec_')), true);
    if ($key === false || $key === '') {
        throw new InvalidArgumentException('the secret is not whsec_ and base64');
    }
    return $key;
}

// Recommended. $headers with lower-case names, $body as file_get_contents('php://input') gives it.
// Returns why the request is refused, or null when the signature is good.
function refusal(string $secret, array $headers, string $body, ?int $now = null): ?string
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    $signature = $headers['webhook-signature'] ?? '';
    if ($id === '' || $timestamp === '' || $signature === '') {
        return 'a webhook header is missing';
    }
    if (preg_match('/\A[0-9]{1,12}\z/', $timestamp) !== 1) {
        return 'the timestamp is not a number';
    }
    if (abs(($now ?? time()) - (int) $timestamp) > TOLERANCE_SECONDS) {
        return 'the timestamp is more than 5 minutes off';
    }
    $mac = hash_hmac('sha256', "$id.$timestamp.$body", key_of($secret), true);
    $expected = 'v1,' . base64_encode($mac);
    foreach (explode(' ', $signature) as $entry) {
        if (hash_equals($expected, $entry)) {
            return null;
        }
    }
    return 'no signature fits';
}

// The short way: the body alone, so that an old request cannot be told from a new one.
function short_refusal(string $secret, array $headers, string $body): ?string
{
    $given = array_filter([
        $headers['x-returnflows-signature'] ?? '',
        $headers['x-returnflows-signature-previous'] ?? '',
    ]);
    if ($given === []) {
        return 'a webhook header is missing';
    }
    $expected = 'sha256=' . hash_hmac('sha256', $body, $secret);
    foreach ($given as $entry) {
        if (hash_equals($expected, $entry)) {
            return null;
        }
    }
    return 'no signature fits';
}
// [snippet end]

$given = getopt('', ['secret:', 'id:', 'timestamp:', 'signature:', 'short-signature:',
    'short-previous:', 'body-file:', 'now:']);
$body = file_get_contents($given['body-file']);
try {
    if (isset($given['short-signature'])) {
        $why = short_refusal($given['secret'], [
            'x-returnflows-signature' => $given['short-signature'],
            'x-returnflows-signature-previous' => $given['short-previous'] ?? '',
        ], $body);
    } else {
        $why = refusal($given['secret'], [
            'webhook-id' => $given['id'] ?? '',
            'webhook-timestamp' => $given['timestamp'] ?? '',
            'webhook-signature' => $given['signature'] ?? '',
        ], $body, isset($given['now']) ? (int) $given['now'] : null);
    }
} catch (InvalidArgumentException $error) {
    $why = $error->getMessage();
}
echo $why === null ? "ok\n" : "refused: $why\n";
exit($why === null ? 0 : 1);
