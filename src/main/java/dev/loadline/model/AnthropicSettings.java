package dev.loadline.model;

import static dev.loadline.core.Require.require;

import org.jspecify.annotations.Nullable;

import java.util.regex.Pattern;

/**
 * A model behind Anthropic's API or a server that speaks it.
 *
 * @param url with or without {@code /v1} at its end
 * @param apiKey sent as {@code x-api-key}; empty: none is sent
 * @param model the server's name for it
 * @param price absent: no cost is reported
 * @param version of the API, a date; from {@value #VERSION_WITHOUT_SAMPLING} on neither temperature
 *     nor top_p is sent
 * @param maxTokens the most that an answer may have, thinking included, where the caller does not
 *     say: the API has no default
 */
public record AnthropicSettings(
        String name,
        String url,
        String apiKey,
        String model,
        String limitGroup,
        Normal normal,
        @Nullable Price price,
        String version,
        int maxTokens)
        implements RemoteSettings {
    public static final String DEFAULT_VERSION = "2023-06-01";
    public static final int DEFAULT_MAX_TOKENS = 8192;

    private static final String VERSION_WITHOUT_SAMPLING = "2026-10-21";
    private static final Pattern VERSION = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");

    public AnthropicSettings {
        RemoteSettings.check(name, url, apiKey, model, limitGroup);
        require(VERSION.matcher(version).matches(), "version must be a date such as 2023-06-01");
        require(maxTokens > 0, "maxTokens must be positive");
        url = RemoteSettings.withoutSlash(url);
    }

    boolean sampling() {
        return version.compareTo(VERSION_WITHOUT_SAMPLING) < 0;
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "AnthropicSettings[" + name + ": " + model + " at " + url + "]";
    }
}
