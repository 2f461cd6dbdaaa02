"""Holds TLS connections to 127.0.0.1:PORT that have asked and been answered, until it is ended: hold.py PORT COUNT."""

import asyncio
import ssl
import sys

AT_A_TIME = 16
ANSWER = 1500
PATIENCE = 300  # seconds


async def hold(port, count):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    turn = asyncio.Semaphore(AT_A_TIME)

    async def connect():
        async with turn:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
            writer.write(b"x" * 100)
            await reader.readexactly(ANSWER)
            return reader, writer

    async with asyncio.timeout(PATIENCE):
        held = await asyncio.gather(*(connect() for _ in range(count)))
    print(f"{len(held)} connections are held", flush=True)
    await asyncio.Event().wait()


asyncio.run(hold(int(sys.argv[1]), int(sys.argv[2])))
