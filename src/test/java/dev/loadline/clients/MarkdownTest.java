package dev.loadline.clients;

import org.junit.jupiter.api.Test;

import java.util.Map;

/**
 * Goal: a model's words become what they mean, and nothing that runs. Method: the page's own parser
 * in Node.
 */
class MarkdownTest {
    @Test
    void text_becomes_blocks_and_nothing_that_runs() {
        RealClients.test("markdown.test.js", Map.of(), 60);
    }
}
