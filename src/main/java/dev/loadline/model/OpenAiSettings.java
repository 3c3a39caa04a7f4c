package dev.loadline.model;

import static dev.loadline.core.Require.require;

import org.jspecify.annotations.Nullable;

import java.net.URI;

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
        implements ModelSettings {

    public OpenAiSettings {
        require(!name.isBlank(), "name must not be empty");
        require(!model.isBlank(), "model must not be empty");
        require(!limitGroup.isBlank(), "limitGroup must not be empty");
        require(
                apiKey.chars().allMatch(c -> c > ' ' && c < 127),
                "apiKey must be visible ASCII without blanks");
        requireAddress(url);
        url = url.replaceAll("/+$", "");
    }

    private static void requireAddress(String url) {
        String rule = "url must be an http or https address without user, query and fragment";
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(rule, e);
        }
        String scheme = uri.getScheme();
        require("http".equals(scheme) || "https".equals(scheme), rule);
        require(uri.getHost() != null && uri.getPort() <= 65_535, rule);
        require(
                uri.getRawUserInfo() == null
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null,
                rule);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "OpenAiSettings[" + name + ": " + model + " at " + url + "]";
    }
}
