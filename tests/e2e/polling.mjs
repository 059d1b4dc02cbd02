// Waiting for what another process does: asked again and again until it holds or time is up.
import { setTimeout as pause } from "node:timers/promises";

const POLL_EVERY_MS = 20;

// Calls `question` until it gives something other than undefined, null or false, and returns that.
// Throws after `deadlineMs`, naming what was waited for and what `describe` last had to say.
export async function until(what, question, { deadlineMs = 20_000, describe = () => "" } = {}) {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (performance.now() > end) {
      throw new Error(`waited ${deadlineMs} ms for ${what}; ${await describe()}`);
    }
    await pause(POLL_EVERY_MS);
  }
}
