package dev.loadline.app.settings;

import java.util.regex.Pattern;

/** How agents, models and sources may be called: they stand in paths, metrics and addresses. */
final class Names {
    static final Pattern AGENT = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    static final String AGENT_RULE = "an agent's name is 1 to 64 of A-Z, a-z, 0-9 and . _ -";

    static final Pattern MODEL = Pattern.compile("[A-Za-z0-9._:/-]{1,64}");
    static final String MODEL_RULE = "a model's name is 1 to 64 of A-Z, a-z, 0-9 and . _ : / -";

    static final Pattern SOURCE = AGENT;
    static final String SOURCE_RULE = "a source's name is 1 to 64 of A-Z, a-z, 0-9 and . _ -";

    private Names() {}
}
