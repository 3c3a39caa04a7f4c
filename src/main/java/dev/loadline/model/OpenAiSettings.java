package dev.loadline.model;

import org.jspecify.annotations.Nullable;

/**
 * A model behind an OpenAI-compatible server.
 *
 * @param url where {@code /chat/completions} is asked, mostly ending in {@code /v1}
 * @param apiKey sent as a bearer token; empty: none is sent
 * @param model the server's name for it
 * @param price absent: no cost is reported
 */
public record OpenAiSettings(
        String name,
        String url,
        String apiKey,
        String model,
        String limitGroup,
        Normal normal,
        @Nullable Price price)
        implements RemoteSettings {

    public OpenAiSettings {
        RemoteSettings.check(name, url, apiKey, model, limitGroup);
        url = RemoteSettings.withoutSlash(url);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "OpenAiSettings[" + name + ": " + model + " at " + url + "]";
    }
}
