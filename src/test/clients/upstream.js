// What the model behind the server is to answer, and what came of it there: by the test's own door.
const door = process.env.UPSTREAM_DOOR;

/** The next request to the model gets this answer; see OpenAiClientsTest for their names. */
export async function next(...answers) {
    await fetch(`${door}/next?${new URLSearchParams({ answers: answers.join(",") })}`);
}

/** `{requests, closed}`: to the model, and those of them that the server has closed unanswered. */
export async function counts() {
    return (await fetch(`${door}/counts`)).json();
}

/** Waits until as many more requests were closed; answers how long that took, in ms. */
export async function closedSince(before, more = 1) {
    const began = performance.now();
    while ((await counts()).closed < before.closed + more) {
        if (performance.now() - began > 10_000) throw new Error("the request to the model stays open");
        await new Promise((done) => setTimeout(done, 10));
    }
    return performance.now() - began;
}
