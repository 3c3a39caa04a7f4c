package dev.loadline.core;

/** Who asks: a user of a tenant. Written {@code tenant/user}. */
public record Principal(String tenant, String user) {
    /**
     * @throws IllegalArgumentException unless the text is {@code tenant/user} with both parts given
     */
    public static Principal parse(String text) {
        int slash = text.indexOf('/');
        if (slash <= 0 || slash == text.length() - 1 || text.indexOf('/', slash + 1) >= 0) {
            throw new IllegalArgumentException(
                    "a principal is written tenant/user, not '" + text + "'");
        }
        return new Principal(text.substring(0, slash), text.substring(slash + 1));
    }

    @Override
    public String toString() {
        return tenant + "/" + user;
    }
}
