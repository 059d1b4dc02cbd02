// Verifies with the Svix library, which takes the `webhook-*` headers beside its own.
import { Webhook } from "svix";

import { libraryForm, runReceiver } from "./receiver.mjs";

runReceiver("svix", (secret, headers, body) => {
  new Webhook(libraryForm(secret)).verify(body, headers);
});
