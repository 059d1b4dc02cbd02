// Verifies `X-Returnflows-Signature` with GitHub's library: the same `sha256=<hex>` over the body,
// keyed with the secret as typed. While a secret is being rotated the old one's signature stands in
// a header of its own.
import { verify } from "@octokit/webhooks-methods";

import { runReceiver } from "./receiver.mjs";

const HEADERS = ["x-returnflows-signature", "x-returnflows-signature-previous"];

runReceiver("octokit", async (secret, headers, body) => {
  const text = body.toString("utf8");
  for (const name of HEADERS) {
    if (headers[name] && (await verify(secret, text, headers[name]))) return;
  }
  throw new Error("no signature header fits the secret");
});
