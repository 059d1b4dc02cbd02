// A sender in a few lines, written from docs/receiving/verify.md and from nothing of the server, so
// that the receivers can be proved without it.
import { createHmac } from "node:crypto";

// The key of the Standard Webhooks signature.
export function standardKey(secret) {
  if (secret.startsWith("whsec_")) return Buffer.from(secret.slice("whsec_".length), "base64");
  return Buffer.from(secret, "utf8");
}

export function standardSignature(secret, { id, timestamp, body }) {
  const mac = createHmac("sha256", standardKey(secret));
  mac.update(`${id}.${timestamp}.`).update(body);
  return `v1,${mac.digest("base64")}`;
}

// The key here is the secret as typed, `whsec_` and all.
export function bodySignature(secret, body) {
  return `sha256=${createHmac("sha256", Buffer.from(secret, "utf8")).update(body).digest("hex")}`;
}

// All headers of one attempt. `previousSecret` as while a secret is being rotated.
export function signedHeaders({ secret, previousSecret, id, timestamp, body, type, attempt = 1 }) {
  const signatures = [standardSignature(secret, { id, timestamp, body })];
  const headers = {
    "content-type": "application/json",
    "user-agent": "Returnflows/selftest",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "x-returnflows-event": type,
    "x-returnflows-delivery": "dlv_01KGE6Q2V8Y3SELFTEST000000",
    "x-returnflows-attempt": String(attempt),
    "x-returnflows-signature": bodySignature(secret, body),
  };
  if (previousSecret) {
    signatures.push(standardSignature(previousSecret, { id, timestamp, body }));
    headers["x-returnflows-signature-previous"] = bodySignature(previousSecret, body);
  }
  headers["webhook-signature"] = signatures.join(" ");
  return headers;
}
