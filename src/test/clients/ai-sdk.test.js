// The Vercel AI SDK against /v1, by its provider for compatible servers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { closedSince, counts, next } from "./upstream.js";

const loadline = createOpenAICompatible({
    name: "loadline",
    baseURL: `${process.env.LOADLINE_URL}/v1`,
    apiKey: "unused",
    includeUsage: true,
});
const model = loadline("assistant");

test("a whole answer", async () => {
    await next("thoughtful");
    const answer = await generateText({
        model,
        system: "Rhyme.",
        messages: [
            { role: "user", content: "One" },
            { role: "assistant", content: "Two" },
            { role: "user", content: [{ type: "text", text: "Three" }] },
        ],
        temperature: 0.5,
        maxOutputTokens: 100,
        stopSequences: ["END"],
    });
    assert.equal(answer.text, "Hello there!");
    assert.equal(answer.reasoningText, "Hm.");
    assert.equal(answer.finishReason, "stop");
    assert.equal(answer.usage.totalTokens, 10);
});

test("a streamed answer", async () => {
    await next("thoughtful");
    const answer = streamText({ model, prompt: "Hi" });
    let text = "";
    for await (const delta of answer.textStream) text += delta;
    assert.equal(text, "Hello there!");
    assert.equal(await answer.reasoningText, "Hm.");
    assert.equal(await answer.finishReason, "stop");
    assert.equal((await answer.usage).totalTokens, 10);
});

test("its tools are called, and the model goes on with what they say", async () => {
    const weather = tool({
        description: "The weather at a place.",
        inputSchema: jsonSchema({ type: "object", properties: { place: { type: "string" } } }),
        execute: async ({ place }) => `sunny at ${place}`,
    });
    const asked = {
        model: loadline("rehearser"),
        prompt: 'call weather {"place":"Bern"}',
        tools: { weather },
        stopWhen: stepCountIs(3),
    };
    const answer = await generateText(asked);
    assert.equal(answer.steps.length, 2);
    assert.equal(answer.steps[0].finishReason, "tool-calls");
    assert.match(answer.text, /^weather answered .*sunny at Bern/);
    const streamed = streamText(asked);
    assert.match(await streamed.text, /^weather answered .*sunny at Bern/);
});

test("an error has our words, and says whether to ask again", async () => {
    const wrong = await generateText({ model: loadline("gpt"), prompt: "Hi" }).catch((e) => e);
    assert(APICallError.isInstance(wrong));
    assert.equal(wrong.statusCode, 404);
    assert.match(wrong.message, /no agent is named 'gpt'/);
    assert.equal(wrong.isRetryable, false);
});

test("an answer that breaks off is an error part", async () => {
    await next("broken");
    const answer = streamText({ model, prompt: "Hi", onError: () => {} });
    let text = "";
    const errors = [];
    for await (const part of answer.fullStream) {
        if (part.type === "text-delta") text += part.text;
        if (part.type === "error") errors.push(part.error);
    }
    assert.equal(text, "So far");
    assert.equal(errors.length, 1);
});

test("a client that aborts ends the request to the model", async () => {
    await next("held");
    const before = await counts();
    const stop = new AbortController();
    const answer = streamText({ model, prompt: "Hi", abortSignal: stop.signal });
    for await (const part of answer.fullStream) if (part.type === "text-delta") stop.abort();
    assert((await closedSince(before)) < 1000);
});
