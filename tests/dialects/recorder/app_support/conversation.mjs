// The conversation that the apps have with the fake API, see `dialects.recorder.script`.
export const MODEL = "gpt-4o-mini";
export const EMBEDDING_MODEL = "text-embedding-3-small";
export const SYSTEM = "Be brief.";
export const QUESTION = "Where is my order KC-7?";
export const METADATA = { sessionId: "conversation-1", userId: "ana", tags: ["vip", "beta"] };

export async function lookUp({ order }) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { status: order === "KC-7" ? "shipped" : "unknown" };
}
