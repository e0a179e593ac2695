# /// script
# dependencies = [
#   "mcp==1.30.0",
#   "opentelemetry-instrumentation-mcp==0.62.4",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenLLMetry's instrumentation of MCP: a client, which starts a server that says nothing of itself."""

import asyncio
import os
import sys

from conversation import order_lookup
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.server.fastmcp import FastMCP
from opentelemetry.instrumentation.mcp import McpInstrumentor
from tracing import tracing


def serve() -> None:
    """Be the server."""
    server = FastMCP("orders")
    server.tool()(order_lookup)
    server.run()


async def converse() -> None:
    """Call what the server has."""
    command = StdioServerParameters(command=sys.executable, args=["-P", __file__, "serve"], env=dict(os.environ))
    async with stdio_client(command) as streams, ClientSession(*streams) as session:
        await session.initialize()
        await session.list_tools()
        await session.call_tool("order_lookup", {"order": "KC-7"})


if sys.argv[1:] == ["serve"]:
    serve()
else:
    tracing()
    McpInstrumentor().instrument()
    asyncio.run(converse())
