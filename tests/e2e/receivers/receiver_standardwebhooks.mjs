// Verifies with the reference library of Standard Webhooks for JavaScript.
import { Webhook } from "standardwebhooks";

import { libraryForm, runReceiver } from "./receiver.mjs";

runReceiver("standardwebhooks", (secret, headers, body) => {
  new Webhook(libraryForm(secret)).verify(body, headers);
});
