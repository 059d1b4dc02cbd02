"""The server as the crash tests run it: started, killed and started again."""
import asyncio
import os
import signal
import time

ADMIN_KEY = "rf_crash_test_key_0123456789abcdef"
# What a client meets when the server is killed under it.
CONNECTION_LOST = (OSError, EOFError, asyncio.IncompleteReadError, asyncio.TimeoutError)


class Server:
    """The server under test, started and ended many times on one data directory."""

    def __init__(self, binary, data_dir, flags=()):
        self.binary, self.data_dir, self.flags = binary, data_dir, flags
        self.process, self.port = None, 0
        # Which start of the process this is. A connection belongs to the life in which it was made,
        # even when what it brought is read after the kill.
        self.life = 0
        self.ended_at = {}  # By life: when it was killed.
        self.ready_seconds = []
        self.up = asyncio.Event()

    async def start(self, environment=None):
        started = time.monotonic()
        self.life += 1
        self.process = await asyncio.create_subprocess_exec(
            self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", self.data_dir,
            "--egress-allow", "127.0.0.0/8", "--admin-key", ADMIN_KEY, "--log-format", "json",
            *self.flags,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, **(environment or {})})
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), 30)
            if not line:
                return False  # It ended before it was ready: a failing disk can do that.
            if line.startswith(b"listening on http://"):
                break
        self.port = int(line.decode().strip().rsplit(":", 1)[1])
        self.ready_seconds.append(time.monotonic() - started)
        self.up.set()
        return True

    async def kill(self):
        self.up.clear()
        self.ended_at[self.life] = time.monotonic()
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def terminate(self):
        self.up.clear()
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 60)
