"""The conversation by LangChain's agent, which is a graph of LangGraph; then a retriever over two texts."""

from conversation import EMBEDDING_MODEL, MODEL, QUESTION, SESSION, SYSTEM, TAGS, USER
from conversation import order_lookup as look_up
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.tools import tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings


@tool
def order_lookup(order: str) -> str:
    """Finds an order."""
    return look_up(order)


def converse() -> None:
    """Ask the agent, then look for a text."""
    agent = create_agent(ChatOpenAI(model=MODEL), tools=[order_lookup], system_prompt=SYSTEM, name="support_agent")
    config = {
        "configurable": {"thread_id": SESSION},
        "metadata": {"user_id": USER, "session_id": SESSION},
        "tags": TAGS,
        "run_name": "support request",
    }
    agent.invoke({"messages": [{"role": "user", "content": QUESTION}]}, config)
    texts = InMemoryVectorStore(OpenAIEmbeddings(model=EMBEDDING_MODEL, check_embedding_ctx_length=False))
    texts.add_documents([Document("Orders ship in two days.", id="doc-1", metadata={"page": 3})])
    texts.as_retriever().invoke(QUESTION)
