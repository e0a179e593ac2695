# /// script
# dependencies = [
#   "mcp==2.3.0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""What MCP's SDK sends by itself: a client and a server in one process, a tool and a resource."""

import asyncio

from conversation import order_lookup
from mcp import Client
from mcp.server import MCPServer
from tracing import tracing

tracing()
server = MCPServer("orders")
server.tool()(order_lookup)


@server.resource("help://shipping")
def shipping() -> str:
    """Tell how long it takes."""
    return "Orders ship in two days."


async def converse() -> None:
    """Call what the server has."""
    async with Client(server) as client:
        await client.list_tools()
        await client.call_tool("order_lookup", {"order": "KC-7"})
        await client.read_resource("help://shipping")


asyncio.run(converse())
