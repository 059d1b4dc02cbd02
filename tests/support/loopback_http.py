"""A small HTTP/1.1 client and server over asyncio, for tests and the demo; loopback only."""
import asyncio
import json


class HttpError(Exception):
    """The other side answered something else than was expected, or broke off."""


async def read_message(reader):
    """One HTTP message: (first line, headers with lower-case names, body)."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
    body = b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
    elif "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    return first, headers, body


class Client:
    """One keep-alive connection. Raises OSError or EOFError when the server goes away."""

    def __init__(self, host, port, key):
        self.host, self.port, self.key = host, port, key
        self.reader = self.writer = None

    async def request(self, method, path, body=None, headers=None):
        """Returns (status, parsed JSON or None)."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        payload = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"host: {self.host}:{self.port}",
                 f"authorization: Bearer {self.key}", f"content-length: {len(payload)}"]
        if body is not None:
            lines.append("content-type: application/json")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        try:
            self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + payload)
            await self.writer.drain()
            first, answer_headers, answer = await read_message(self.reader)
        except BaseException:
            self.close()
            raise
        if answer_headers.get("connection", "").lower() == "close":
            self.close()
        return int(first.split()[1]), json.loads(answer) if answer else None

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def serve(handle, tag=lambda: None):
    """Serves `handle(headers, body, tag) -> status` on a free port; returns (server, port).

    `tag()` is asked once for each connection, when it is accepted.
    """

    async def connection(reader, writer):
        connection_tag = tag()
        try:
            while True:
                _, headers, body = await read_message(reader)
                status = await handle(headers, body, connection_tag)
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError,
                asyncio.CancelledError):  # The last when the program ends.
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]
