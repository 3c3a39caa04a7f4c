// The official client against /v1: what it understands of us, and what its own retries do.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { closedSince, counts, next } from "./upstream.js";

const HI = [{ role: "user", content: "Hi" }];
const ask = { model: "assistant", messages: HI };

let attempts = 0;
function client(options = {}) {
    return new OpenAI({
        baseURL: `${process.env.LOADLINE_URL}/v1`,
        apiKey: "unused",
        fetch: (...args) => {
            attempts += 1;
            return fetch(...args);
        },
        ...options,
    });
}

const openai = client();

/** What was thrown, and how often the client has asked for it. */
async function refused(request, options) {
    attempts = 0;
    const thrown = await client(options).chat.completions.create(request.body ?? request, {
        headers: request.headers,
    }).then(
        () => assert.fail("it was answered"),
        (error) => error,
    );
    return { error: thrown, attempts };
}

test("a whole answer", async () => {
    await next("hello");
    const { data, request_id: id } = await openai.chat.completions.create(ask).withResponse();
    assert.equal(data.object, "chat.completion");
    assert.equal(data.model, "assistant");
    assert.equal(data.choices[0].message.content, "Hello there!");
    assert.equal(data.choices[0].message.tool_calls, undefined);
    assert.equal(data.choices[0].finish_reason, "stop");
    assert.equal(data.usage.total_tokens, 10);
    assert.match(id, /^r/);
    assert.equal(data._request_id, id);
});

test("the agents are its models", async () => {
    const names = [];
    for await (const model of openai.models.list()) names.push(model.id);
    assert.deepEqual(names.sort(), ["assistant", "other", "rehearser"]);
    assert.equal((await openai.models.retrieve("other")).owned_by, "loadline");
    await assert.rejects(openai.models.retrieve("a/b"), OpenAI.NotFoundError);
});

test("a streamed answer, with its usage", async () => {
    await next("thoughtful");
    const stream = await openai.chat.completions.create({
        ...ask,
        stream: true,
        stream_options: { include_usage: true },
    });
    let text = "";
    let thought = "";
    let usage;
    const finishes = [];
    for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        thought += chunk.choices[0]?.delta.reasoning_content ?? "";
        if (chunk.choices[0]?.finish_reason) finishes.push(chunk.choices[0].finish_reason);
        usage = chunk.usage ?? usage;
    }
    assert.equal(text, "Hello there!");
    assert.equal(thought, "Hm.");
    assert.deepEqual(finishes, ["stop"]);
    assert.equal(usage.total_tokens, 10);
});

const weather = {
    type: "function",
    function: {
        name: "weather",
        description: "The weather at a place.",
        parameters: { type: "object", properties: { place: { type: "string" } } },
        parse: JSON.parse,
        function: ({ place }) => `sunny at ${place}`,
    },
};
const wanted = {
    model: "rehearser",
    messages: [{ role: "user", content: 'call weather {"place":"Bern"} and call weather {"place":"Thun"}' }],
    tools: [weather],
};

for (const stream of [false, true])
    test(`its tool runner calls the caller's own tools${stream ? ", streamed" : ""}`, async () => {
        const runner = openai.chat.completions.runTools({ ...wanted, stream });
        const calls = [];
        runner.on("functionToolCall", (call) => calls.push(call.arguments));
        const answer = await runner.finalContent();
        assert.deepEqual(calls, ['{"place":"Bern"}', '{"place":"Thun"}']);
        assert.equal(answer, "weather answered “sunny at Bern”. weather answered “sunny at Thun”.");
    });

test("what the model asks for is told whole and in order", async () => {
    const { choices } = await openai.chat.completions.create(wanted);
    assert.equal(choices[0].finish_reason, "tool_calls");
    assert.equal(choices[0].message.content, null);
    assert.deepEqual(
        choices[0].message.tool_calls.map((call) => call.function.arguments),
        ['{"place":"Bern"}', '{"place":"Thun"}'],
    );
    const none = await openai.chat.completions.create({ ...wanted, tools: [] });
    assert.equal(none.choices[0].finish_reason, "stop");
    assert.equal(none.choices[0].message.tool_calls, undefined);
});

test("its stream helper is content with us", async () => {
    await next("hello");
    const stream = openai.chat.completions.stream({ ...ask, stream_options: { include_usage: true } });
    const deltas = [];
    stream.on("content", (delta) => deltas.push(delta));
    assert.equal(await stream.finalContent(), "Hello there!");
    assert.equal(deltas.join(""), "Hello there!");
    assert.equal((await stream.totalUsage()).total_tokens, 10);
    assert.equal((await stream.finalMessage()).role, "assistant");
});

test("what is wrong has its class, its code and its field, and is not asked again", async () => {
    const before = await counts();
    const missing = await refused({ ...ask, model: "gpt" });
    assert(missing.error instanceof OpenAI.NotFoundError);
    assert.equal(missing.error.code, "model_not_found");
    assert.match(missing.error.message, /404 no agent is named 'gpt'/);
    const two = await refused({ ...ask, n: 2 });
    assert(two.error instanceof OpenAI.BadRequestError);
    assert.deepEqual([two.error.code, two.error.param], ["unsupported_value", "n"]);
    assert.equal(two.error.type, "invalid_request_error");
    assert.match(two.error.requestID, /^r/);
    const long = await refused({ ...ask, messages: [{ role: "user", content: "word ".repeat(9000) }] });
    assert(long.error instanceof OpenAI.UnprocessableEntityError);
    assert.equal(long.error.code, "context_length_exceeded");
    assert.deepEqual([missing.attempts, two.attempts, long.attempts], [1, 1, 1]);
    assert.deepEqual(await counts(), before);
});

test("a conflict is not asked again", async () => {
    await next("hello");
    const headers = { "X-Loadline-Conversation": "of-an-agent" };
    await openai.chat.completions.create(ask, { headers });
    const other = await refused({ body: { ...ask, model: "other" }, headers });
    assert(other.error instanceof OpenAI.ConflictError);
    assert.equal(other.error.code, "agent_differs");
    assert.equal(other.attempts, 1);
});

test("what the model refuses is not asked again, what it could not do is", async () => {
    let before = await counts();
    await next("refusal");
    const wrong = await refused(ask);
    assert(wrong.error instanceof OpenAI.InternalServerError);
    assert.equal(wrong.error.code, "model_refused");
    assert.equal(wrong.attempts, 1);
    assert.equal((await counts()).requests, before.requests + 1);
    before = await counts();
    await next("unavailable", "unavailable");
    attempts = 0;
    const answer = await openai.chat.completions.create(ask);
    assert.equal(answer.choices[0].message.content, "Hello there!");
    assert.equal(attempts, 3);
    assert.equal((await counts()).requests, before.requests + 3);
});

test("an answer that breaks off is an error, and is not asked again", async () => {
    await next("broken");
    attempts = 0;
    const stream = await openai.chat.completions.create({ ...ask, stream: true });
    let text = "";
    const read = async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    };
    await assert.rejects(read, (error) => {
        assert(error instanceof OpenAI.APIError);
        assert.equal(error.code, "dependency_unavailable");
        assert.equal(error.type, "server_error");
        return true;
    });
    assert.equal(text, "So far");
    assert.equal(attempts, 1);
});

test("a client that stops reading ends the request to the model", async () => {
    for (const stop of [(stream) => stream.controller.abort(), undefined]) {
        await next("held");
        const before = await counts();
        const stream = await openai.chat.completions.create({ ...ask, stream: true });
        for await (const chunk of stream) {
            if (!chunk.choices[0]?.delta.content) continue;
            if (!stop) break;
            stop(stream);
        }
        assert((await closedSince(before)) < 1000);
    }
});

test("a client whose time is up ends the request to the model before it asks again", async () => {
    await next("held", "hello");
    const before = await counts();
    attempts = 0;
    const answer = await client({ timeout: 500 }).chat.completions.create(ask);
    assert.equal(answer.choices[0].message.content, "Hello there!");
    assert.equal(attempts, 2);
    const after = await counts();
    assert.deepEqual(
        [after.requests - before.requests, after.closed - before.closed],
        [2, 1],
        "two one after the other, the first closed",
    );
});

for (const [when, answer, timeout] of [
    ["still runs", "late", 900],
    ["has ended meanwhile", "soon", 300],
]) {
    test(`its own retry finds a turn of a kept conversation that ${when}`, async () => {
        await next(answer);
        const before = await counts();
        attempts = 0;
        const headers = { "X-Loadline-Conversation": `retried-${answer}` };
        const { data, response } = await client({ timeout })
            .chat.completions.create(ask, { headers })
            .withResponse();
        assert.equal(data.choices[0].message.content, "Hello at last!");
        assert.equal(response.headers.get("loadline-duplicate"), "true");
        assert.equal(attempts, 2);
        assert.equal((await counts()).requests, before.requests + 1);
    });
}

test("a server that is not there", async () => {
    const none = await refused(ask, { baseURL: "http://127.0.0.1:1/v1", maxRetries: 0 });
    assert(none.error instanceof OpenAI.APIConnectionError);
});
