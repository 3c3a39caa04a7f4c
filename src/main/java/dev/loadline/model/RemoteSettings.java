package dev.loadline.model;

import static dev.loadline.core.Require.require;

import org.jspecify.annotations.Nullable;

import java.net.URI;

/** A model behind a server that is asked over HTTP. */
sealed interface RemoteSettings extends ModelSettings permits OpenAiSettings, AnthropicSettings {
    /** The base, without a slash at the end. */
    String url();

    /** Empty: none is sent. */
    String apiKey();

    /** The server's name for it. */
    String model();

    Normal normal();

    /** Absent: no cost is reported. */
    @Nullable Price price();

    /** Refuses what no such model can have. */
    static void check(String name, String url, String apiKey, String model, String limitGroup) {
        require(!name.isBlank(), "name must not be empty");
        require(!model.isBlank(), "model must not be empty");
        require(!limitGroup.isBlank(), "limitGroup must not be empty");
        require(
                apiKey.chars().allMatch(c -> c > ' ' && c < 127),
                "apiKey must be visible ASCII without blanks");
        checkAddress(url);
    }

    private static void checkAddress(String url) {
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

    static String withoutSlash(String url) {
        return url.replaceAll("/+$", "");
    }
}
